from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.engine.key_input import KeyInput
from installation.io.drop_counter import DropCounter
from installation.io.midi.input_filter import (
    ECHO_WINDOW_NS,
    MAX_NOTE_BURST,
    STUCK_KEY_TIMEOUT_NS,
    EchoDetector,
    MidiInputFilter,
)
from installation.io.midi.inputs import TimedInput

SECOND = 1_000_000_000


def on(pitch=60, channel=0):
    return Message("note_on", channel=channel, note=pitch, velocity=80)


def off(pitch=60, channel=0):
    return Message("note_off", channel=channel, note=pitch)


class Keys:
    """An input whose clock is set by hand."""

    def __init__(self, echo=None):
        self.at = 0
        self.heard = []
        self.input = TimedInput(self._take, now=lambda: self.at, echo=echo)

    def _take(self, received):
        self.heard.append(received.message)

    def hear(self, message, at=None):
        self.at = self.at if at is None else at
        self.input.on_message(message)


@pytest.mark.parametrize("message", [on(), Message("control_change", control=1, value=5)])
def test_an_echo_of_a_sent_note_is_dropped(message):
    echo = EchoDetector()
    keys = Keys(echo)
    echo.record_sent(message, 0)
    keys.hear(message, ECHO_WINDOW_NS)
    assert keys.heard == []
    assert keys.input.drop_counter.counts == {"echoes of sent messages": 1}


def test_the_same_key_later_or_on_another_channel_is_no_echo():
    echo = EchoDetector()
    keys = Keys(echo)
    echo.record_sent(on(), 0)
    keys.hear(on(channel=1), 1)
    keys.hear(on(), ECHO_WINDOW_NS + 1)
    assert len(keys.heard) == 2


@pytest.mark.parametrize(
    "moved",
    [
        [Message("control_change", control=1, value=each) for each in (5, 9, 14)],
        [Message("pitchwheel", pitch=each) for each in (100, 2000, -8192)],
        [Message("aftertouch", value=each) for each in (5, 9, 14)],
    ],
)
def test_a_wheel_that_is_passed_on_as_it_moves_is_no_echo(moved):
    echo = EchoDetector()
    keys = Keys(echo)
    for message in moved:
        keys.hear(message)
        echo.record_sent(message, keys.at)
    assert keys.heard == moved


def test_a_held_key_can_always_be_released():
    echo = EchoDetector()
    keys = Keys(echo)
    keys.hear(on())
    echo.record_sent(off(), 5)
    keys.hear(off(), 6)
    assert keys.heard == [on(), off()]


def test_the_echo_of_a_note_off_ends_no_held_note():
    echo = EchoDetector()
    keys = Keys(echo)
    echo.record_sent(off(), 5)
    keys.hear(off(), 6)
    assert keys.heard == []


def test_a_held_pedal_can_be_lifted_just_after_an_output_was_silenced():
    echo = EchoDetector()
    keys = Keys(echo)
    down, up = (Message("control_change", control=64, value=value) for value in (127, 0))
    keys.hear(down, 0)
    echo.record_sent(up, SECOND)
    keys.hear(up, SECOND + 1)
    assert keys.heard == [down, up]
    keys.hear(up, SECOND + 2)  # an echo, as nothing is held any more
    assert keys.heard == [down, up]


def test_a_stuck_key_is_released():
    keys = Keys()
    keys.hear(on(60), 0)
    keys.hear(on(62), SECOND)
    keys.at = STUCK_KEY_TIMEOUT_NS + 1
    keys.input.run_maintenance()
    assert keys.heard == [on(60), on(62), off(60)]
    assert keys.input.drop_counter.counts["stuck keys"] == 1


def test_a_lost_device_releases_keys_pedals_and_wheels():
    keys = Keys()
    for message in (
        on(60),
        on(62, channel=3),
        off(60),
        Message("control_change", control=64, value=127),
        Message("pitchwheel", pitch=4000),
    ):
        keys.hear(message)
    keys.heard.clear()
    keys.input.release_all()
    assert keys.heard == [
        off(62, channel=3),
        Message("control_change", control=64, value=0),
        Message("pitchwheel", pitch=0),
    ]


def test_a_flood_of_notes_is_limited():
    keys = Keys()
    for index in range(2000):  # in one second
        keys.hear(on(index % 100), index * SECOND // 2000)
    assert MAX_NOTE_BURST <= len(keys.heard) <= MAX_NOTE_BURST + 61
    assert keys.input.drop_counter.counts.total() + len(keys.heard) == 2000


def test_the_last_value_of_a_flood_of_wheel_messages_arrives():
    keys = Keys()
    for index in range(2000):
        keys.hear(Message("pitchwheel", pitch=index), index * SECOND // 2000)
    keys.input.run_maintenance()
    assert len(keys.heard) < 1000
    assert keys.heard[-1].pitch == 1999


def test_the_pedal_is_never_limited():
    keys = Keys()
    for index in range(1000):
        keys.hear(Message("pitchwheel", pitch=index))
    keys.hear(Message("control_change", control=64, value=127))
    assert keys.heard[-1].is_cc(64)


MESSAGES = st.lists(
    st.tuples(st.integers(0, 40_000_000), st.booleans(), st.integers(0, 3), st.integers(0, 127)),
    max_size=80,
)


@given(MESSAGES)
def test_no_note_hangs_after_any_messages(played):
    echo = EchoDetector()
    keys = Keys(echo)
    for gap, is_on, channel, pitch in played:
        keys.hear((on if is_on else off)(pitch, channel), keys.at + gap)
        if pitch % 3 == 0:
            echo.record_sent(on(pitch, channel), keys.at)
    keys.input.release_all()
    held = set()
    for message in keys.heard:
        change = held.add if message.type == "note_on" else held.discard
        change((message.channel, message.note))
    assert held == set()


@given(st.lists(st.binary(max_size=5), max_size=30))
def test_garbage_is_dropped_and_counted(chunks):
    visitor = KeyInput([])
    keys = TimedInput(lambda received: visitor.receive_midi(received.message, received.at))
    for chunk in chunks:
        keys.on_bytes(chunk)
    good = [chunk for chunk in chunks if _is_message(chunk)]
    assert keys.drop_counter.counts["malformed messages"] == len(chunks) - len(good)


def _is_message(chunk):
    try:
        Message.from_bytes(chunk)
    except (ValueError, IndexError):  # mido indexes before it checks
        return False
    return True


def test_two_filters_hold_their_own_keys():
    one, two = MidiInputFilter(DropCounter("one")), MidiInputFilter(DropCounter("two"))
    one.admit(on(), 0)
    assert two.release_all() == []
