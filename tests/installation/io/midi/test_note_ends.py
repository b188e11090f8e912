from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.midi.note_ends import MIN_REPEAT_DELAY_NS, NoteEnds

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)
PEDAL_DOWN = Message("control_change", control=64, value=64)
PEDAL_UP = Message("control_change", control=64, value=63)
CHANNELS, PITCHES = st.integers(0, 1), st.integers(60, 61)


def note_ends_after(*messages: Message) -> NoteEnds:
    ends = NoteEnds()
    for message in messages:
        ends.record_sent(message, 0)
    return ends


@pytest.mark.parametrize(
    ("begin", "end"), [(ON, OFF), (ON, ON.copy(velocity=0)), (PEDAL_DOWN, PEDAL_UP)]
)
def test_an_end_is_due_once(begin, end):
    ends = note_ends_after(begin, end)
    assert ends.pop_due(MIN_REPEAT_DELAY_NS) == [end]
    assert ends.pop_due(2 * MIN_REPEAT_DELAY_NS) == []


def test_an_end_is_not_due_in_the_cycle_that_may_have_lost_it():
    ends = note_ends_after(ON, OFF)
    assert ends.pop_due(MIN_REPEAT_DELAY_NS - 1) == []
    assert ends.pop_due(MIN_REPEAT_DELAY_NS) == [OFF]


@pytest.mark.parametrize(("begin", "end"), [(ON, OFF), (PEDAL_DOWN, PEDAL_UP)])
def test_what_began_again_is_not_ended(begin, end):
    assert note_ends_after(begin, end, begin).pop_due(MIN_REPEAT_DELAY_NS) == []


@pytest.mark.parametrize("end", [OFF, PEDAL_UP])
def test_an_end_without_a_beginning_is_not_repeated(end):
    assert note_ends_after(end).pop_due(MIN_REPEAT_DELAY_NS) == []


def test_ends_come_in_the_order_of_sending():
    low, high = Message("note_on", note=48), Message("note_on", note=72)
    ends = note_ends_after(low, high, high.copy(velocity=0), low.copy(velocity=0))
    assert [end.note for end in ends.pop_due(MIN_REPEAT_DELAY_NS)] == [72, 48]


def test_other_messages_are_not_repeated():
    other = [Message("control_change", control=1, value=5), Message("pitchwheel", pitch=4)]
    assert note_ends_after(*other, Message("clock")).pop_due(MIN_REPEAT_DELAY_NS) == []


def test_a_cleared_port_is_sent_nothing():
    ends = note_ends_after(ON, OFF)
    ends.clear()
    assert ends.pop_due(MIN_REPEAT_DELAY_NS) == []


@given(st.lists(st.tuples(st.booleans(), CHANNELS, PITCHES, st.booleans()), max_size=40))
def test_whatever_is_lost_no_note_sounds_on_that_has_ended(events):
    ends, held, heard = NoteEnds(), set(), set()
    for is_on, channel, pitch, is_lost in events:
        kind = "note_on" if is_on else "note_off"
        ends.record_sent(Message(kind, channel=channel, note=pitch), 0)
        for notes in (held,) if is_lost else (held, heard):
            (notes.add if is_on else notes.discard)((channel, pitch))
    for message in ends.pop_due(MIN_REPEAT_DELAY_NS):
        assert (message.channel, message.note) not in held
        heard.discard((message.channel, message.note))
    assert heard <= held
