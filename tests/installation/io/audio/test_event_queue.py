from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.audio.event_queue import MidiEventQueue
from installation.io.midi.active_notes import ActiveNotes


def on(pitch=60, channel=0):
    return Message("note_on", channel=channel, note=pitch, velocity=80)


def off(pitch=60, channel=0):
    return Message("note_off", channel=channel, note=pitch)


def taken(queue, before=10**9):
    return [(entry.frame, entry.message) for entry in queue.pop_before(before)]


def test_messages_come_by_frame():
    queue = MidiEventQueue()
    queue.push(on(62), 20)
    queue.push(on(60), 10)
    assert taken(queue) == [(10, on(60)), (20, on(62))]


def test_equal_frames_keep_their_order():
    queue = MidiEventQueue()
    queue.push(off(60), 10)
    queue.push(on(60), 10)
    assert taken(queue) == [(10, off(60)), (10, on(60))]


def test_pop_leaves_later_messages():
    queue = MidiEventQueue()
    queue.push(on(), 10)
    assert taken(queue, before=10) == []
    assert len(queue) == 1


def test_withdraw_removes_later_notes():
    queue = MidiEventQueue()
    queue.push(on(), 11)
    queue.push(off(), 20)
    queue.withdraw_pending(10)
    assert len(queue) == 0


def test_withdraw_keeps_the_end_of_a_sounding_note():
    queue = MidiEventQueue()
    queue.push(on(), 5)
    queue.push(off(), 20)
    taken(queue, before=6)
    queue.withdraw_pending(10)
    assert taken(queue) == [(20, off())]


def test_withdraw_keeps_the_end_of_a_note_that_begins_in_time():
    queue = MidiEventQueue()
    queue.push(on(), 10)
    queue.push(off(), 20)
    queue.withdraw_pending(10)
    assert taken(queue) == [(10, on()), (20, off())]


def test_withdraw_keeps_the_pedal_going_up_only():
    queue = MidiEventQueue()
    up = Message("control_change", control=64, value=0)
    queue.push(Message("control_change", control=64, value=127), 20)
    queue.push(up, 30)
    queue.withdraw_pending(10)
    assert taken(queue) == [(30, up)]


NOTES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 30), st.integers(60, 63), st.integers(0, 1)),
    max_size=12,
)


@given(NOTES, st.integers(0, 80), st.integers(0, 80))
def test_no_note_hangs_or_begins_after_a_withdrawal(notes, taken_to, after):
    queue, sounding = MidiEventQueue(), ActiveNotes()
    for onset, duration, pitch, channel in notes:
        queue.push(on(pitch, channel), onset)
        queue.push(off(pitch, channel), onset + duration)
    for entry in queue.pop_before(taken_to):
        sounding.update(entry.message)
    queue.withdraw_pending(after)
    for entry in queue.pop_before(10**9):
        assert entry.message.type == "note_off" or entry.frame <= after
        sounding.update(entry.message)
    assert sounding.note_offs() == []
