from __future__ import annotations

import pytest
from mido import Message

from installation.io.midi.active_notes import ActiveNotes, ends_note, starts_note

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)


@pytest.mark.parametrize(
    ("message", "starts", "ends"),
    [
        (ON, True, False),
        (OFF, False, True),
        (ON.copy(velocity=0), False, True),
        (Message("control_change", control=64), False, False),
    ],
)
def test_a_note_on_without_velocity_ends_a_note(message, starts, ends):
    assert (starts_note(message), ends_note(message)) == (starts, ends)


def test_a_note_struck_twice_sounds_until_its_second_end():
    notes = ActiveNotes()
    for message in (ON, ON, OFF):
        notes.update(message)
    assert notes.is_active(ON)
    notes.update(OFF)
    notes.update(OFF)
    assert not notes.is_active(ON) and notes.note_offs() == []


def test_note_offs_come_by_channel_and_pitch():
    notes = ActiveNotes()
    for channel, pitch in ((1, 50), (0, 72), (0, 60)):
        notes.update(ON.copy(channel=channel, note=pitch))
    ends = [(message.channel, message.note) for message in notes.note_offs()]
    assert ends == [(0, 60), (0, 72), (1, 50)]


def test_a_copy_is_independent():
    notes = ActiveNotes()
    notes.update(ON)
    twin = notes.copy()
    notes.clear()
    assert twin.is_active(ON) and not notes.is_active(ON)
