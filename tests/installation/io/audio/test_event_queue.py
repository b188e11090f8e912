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


def taken(agenda, before=10**9):
    return [(entry.frame, entry.message) for entry in agenda.pop_before(before)]


def test_messages_come_by_frame():
    agenda = MidiEventQueue()
    agenda.push(on(62), 20)
    agenda.push(on(60), 10)
    assert taken(agenda) == [(10, on(60)), (20, on(62))]


def test_equal_frames_keep_their_order():
    agenda = MidiEventQueue()
    agenda.push(off(60), 10)
    agenda.push(on(60), 10)
    assert taken(agenda) == [(10, off(60)), (10, on(60))]


def test_take_leaves_later_messages():
    agenda = MidiEventQueue()
    agenda.push(on(), 10)
    assert taken(agenda, before=10) == []
    assert len(agenda) == 1


def test_withdraw_forgets_later_notes():
    agenda = MidiEventQueue()
    agenda.push(on(), 11)
    agenda.push(off(), 20)
    agenda.withdraw_pending(10)
    assert len(agenda) == 0


def test_withdraw_keeps_the_end_of_a_sounding_note():
    agenda = MidiEventQueue()
    agenda.push(on(), 5)
    agenda.push(off(), 20)
    taken(agenda, before=6)
    agenda.withdraw_pending(10)
    assert taken(agenda) == [(20, off())]


def test_withdraw_keeps_the_end_of_a_note_that_begins_in_time():
    agenda = MidiEventQueue()
    agenda.push(on(), 10)
    agenda.push(off(), 20)
    agenda.withdraw_pending(10)
    assert taken(agenda) == [(10, on()), (20, off())]


def test_withdraw_keeps_the_pedal_going_up_only():
    agenda = MidiEventQueue()
    up = Message("control_change", control=64, value=0)
    agenda.push(Message("control_change", control=64, value=127), 20)
    agenda.push(up, 30)
    agenda.withdraw_pending(10)
    assert taken(agenda) == [(30, up)]


NOTES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 30), st.integers(60, 63), st.integers(0, 1)),
    max_size=12,
)


@given(NOTES, st.integers(0, 80), st.integers(0, 80))
def test_nothing_hangs_and_nothing_begins_after_a_withdrawal(notes, taken_to, after):
    agenda, heard = MidiEventQueue(), ActiveNotes()
    for onset, duration, pitch, channel in notes:
        agenda.push(on(pitch, channel), onset)
        agenda.push(off(pitch, channel), onset + duration)
    for entry in agenda.pop_before(taken_to):
        heard.update(entry.message)
    agenda.withdraw_pending(after)
    for entry in agenda.pop_before(10**9):
        assert entry.message.type == "note_off" or entry.frame <= after
        heard.update(entry.message)
    assert heard.note_offs() == []
