from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.engine.key_input import Visitor
from installation.io.drop_counter import Tally
from installation.io.midi.input_filter import ECHO, FIRST_STRIKES, LONGEST_NOTE, Echo, Guard
from installation.io.midi.inputs import DummyInput

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
        self.input = DummyInput(self._take, now=lambda: self.at, echo=echo)

    def _take(self, received):
        self.heard.append(received.message)

    def hear(self, message, at=None):
        self.at = self.at if at is None else at
        self.input.hear(message)


@pytest.mark.parametrize("message", [on(), Message("control_change", control=1, value=5)])
def test_what_was_just_sent_is_no_visitor(message):
    echo = Echo()
    keys = Keys(echo)
    echo.send(message, 0)
    keys.hear(message, ECHO)
    assert keys.heard == []
    assert keys.input.tally.counts == {"echoes of what was sent": 1}


def test_the_same_key_later_or_on_another_channel_is_one():
    echo = Echo()
    keys = Keys(echo)
    echo.send(on(), 0)
    keys.hear(on(channel=1), 1)
    keys.hear(on(), ECHO + 1)
    assert len(keys.heard) == 2


def test_a_held_key_can_always_be_released():
    echo = Echo()
    keys = Keys(echo)
    keys.hear(on())
    echo.send(off(), 5)
    keys.hear(off(), 6)
    assert keys.heard == [on(), off()]


def test_the_echo_of_a_note_off_ends_nobody_elses_note():
    echo = Echo()
    keys = Keys(echo)
    echo.send(off(), 5)
    keys.hear(off(), 6)
    assert keys.heard == []


def test_a_key_held_for_too_long_is_let_go_of():
    keys = Keys()
    keys.hear(on(60), 0)
    keys.hear(on(62), SECOND)
    keys.at = LONGEST_NOTE + 1
    keys.input.look_after()
    assert keys.heard == [on(60), on(62), off(60)]
    assert keys.input.tally.counts["stuck keys"] == 1


def test_a_lost_device_leaves_nothing_behind():
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
    keys.input.let_go()
    assert keys.heard == [
        off(62, channel=3),
        Message("control_change", control=64, value=0),
        Message("pitchwheel", pitch=0),
    ]


def test_a_flood_of_notes_is_thinned():
    keys = Keys()
    for index in range(2000):  # in one second
        keys.hear(on(index % 100), index * SECOND // 2000)
    assert FIRST_STRIKES <= len(keys.heard) <= FIRST_STRIKES + 61
    assert keys.input.tally.counts.total() + len(keys.heard) == 2000


def test_a_flood_of_wheel_ends_where_the_wheel_ends():
    keys = Keys()
    for index in range(2000):
        keys.hear(Message("pitchwheel", pitch=index), index * SECOND // 2000)
    keys.input.look_after()
    assert len(keys.heard) < 1000
    assert keys.heard[-1].pitch == 1999


def test_the_pedal_is_never_thinned():
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
def test_nothing_hangs_whatever_was_played(played):
    echo = Echo()
    keys = Keys(echo)
    for gap, is_on, channel, pitch in played:
        keys.hear((on if is_on else off)(pitch, channel), keys.at + gap)
        if pitch % 3 == 0:
            echo.send(on(pitch, channel), keys.at)
    keys.input.let_go()
    held = set()
    for message in keys.heard:
        change = held.add if message.type == "note_on" else held.discard
        change((message.channel, message.note))
    assert held == set()


@given(st.lists(st.binary(max_size=5), max_size=30))
def test_garbage_is_dropped_and_counted(chunks):
    visitor = Visitor([])
    keys = DummyInput(lambda received: visitor.receive(received.message, received.at))
    for chunk in chunks:
        keys.hear_bytes(chunk)
    good = [chunk for chunk in chunks if _is_message(chunk)]
    assert keys.tally.counts["malformed messages"] == len(chunks) - len(good)


def _is_message(chunk):
    try:
        Message.from_bytes(chunk)
    except (ValueError, IndexError):  # mido indexes before it checks
        return False
    return True


def test_guards_do_not_share_what_they_hold():
    one, two = Guard(Tally("one")), Guard(Tally("two"))
    one.admit(on(), 0)
    assert two.let_go() == []
