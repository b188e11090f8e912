from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.audio.event_queue import Agenda
from installation.io.midi.active_notes import Sounding


def on(pitch=60, channel=0):
    return Message("note_on", channel=channel, note=pitch, velocity=80)


def off(pitch=60, channel=0):
    return Message("note_off", channel=channel, note=pitch)


def taken(agenda, before=10**9):
    return [(entry.frame, entry.message) for entry in agenda.take(before)]


def test_messages_come_by_frame():
    agenda = Agenda()
    agenda.add(on(62), 20)
    agenda.add(on(60), 10)
    assert taken(agenda) == [(10, on(60)), (20, on(62))]


def test_equal_frames_keep_their_order():
    agenda = Agenda()
    agenda.add(off(60), 10)
    agenda.add(on(60), 10)
    assert taken(agenda) == [(10, off(60)), (10, on(60))]


def test_take_leaves_later_messages():
    agenda = Agenda()
    agenda.add(on(), 10)
    assert taken(agenda, before=10) == []
    assert len(agenda) == 1


def test_withdraw_forgets_later_notes():
    agenda = Agenda()
    agenda.add(on(), 11)
    agenda.add(off(), 20)
    agenda.withdraw(10)
    assert len(agenda) == 0


def test_withdraw_keeps_the_end_of_a_sounding_note():
    agenda = Agenda()
    agenda.add(on(), 5)
    agenda.add(off(), 20)
    taken(agenda, before=6)
    agenda.withdraw(10)
    assert taken(agenda) == [(20, off())]


def test_withdraw_keeps_the_end_of_a_note_that_begins_in_time():
    agenda = Agenda()
    agenda.add(on(), 10)
    agenda.add(off(), 20)
    agenda.withdraw(10)
    assert taken(agenda) == [(10, on()), (20, off())]


def test_withdraw_keeps_the_pedal_going_up_only():
    agenda = Agenda()
    up = Message("control_change", control=64, value=0)
    agenda.add(Message("control_change", control=64, value=127), 20)
    agenda.add(up, 30)
    agenda.withdraw(10)
    assert taken(agenda) == [(30, up)]


NOTES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 30), st.integers(60, 63), st.integers(0, 1)),
    max_size=12,
)


@given(NOTES, st.integers(0, 80), st.integers(0, 80))
def test_nothing_hangs_and_nothing_begins_after_a_withdrawal(notes, taken_to, after):
    agenda, heard = Agenda(), Sounding()
    for onset, duration, pitch, channel in notes:
        agenda.add(on(pitch, channel), onset)
        agenda.add(off(pitch, channel), onset + duration)
    for entry in agenda.take(taken_to):
        heard.hear(entry.message)
    agenda.withdraw(after)
    for entry in agenda.take(10**9):
        assert entry.message.type == "note_off" or entry.frame <= after
        heard.hear(entry.message)
    assert heard.note_offs() == []
