from __future__ import annotations

from dataclasses import dataclass

import pytest
from mido import Message

from installation.io.midi.active_notes import ActiveNotes, ends_note, starts_note, withdraw_messages

ON, OFF = Message("note_on", note=60), Message("note_off", note=60)
PEDAL_UP = Message("control_change", control=64, value=0)
PEDAL_DOWN = Message("control_change", control=64, value=127)


@dataclass(frozen=True)
class Entry:
    due: int
    message: Message


def withdraw(entries: list[Entry], at: int, active: ActiveNotes | None = None) -> list[Entry]:
    return withdraw_messages(entries, at, lambda entry: entry.due, active or ActiveNotes())


def test_a_note_on_of_velocity_0_ends_a_note():
    silent = Message("note_on", note=60, velocity=0)
    assert ends_note(silent) and not starts_note(silent)


def test_notes_are_counted_until_each_has_ended():
    active = ActiveNotes()
    for message in (ON, ON, OFF):
        active.update(message)
    assert active.is_active(ON)
    active.update(OFF)
    active.update(OFF)
    assert not active.is_active(ON)
    assert active.note_offs() == []


def test_a_copy_does_not_change_with_its_original():
    active = ActiveNotes()
    active.update(ON)
    twin = active.copy()
    active.clear()
    assert twin.note_offs() == [Message("note_off", note=60)]


@pytest.mark.parametrize(("at", "kept"), [(9, 0), (10, 2), (20, 2), (30, 4)])
def test_a_note_that_begins_keeps_its_end(at, kept):
    entries = [Entry(10, ON), Entry(20, OFF), Entry(30, ON), Entry(40, OFF)]
    assert withdraw(entries, at) == entries[:kept]


def test_a_note_that_sounds_already_keeps_its_end():
    active = ActiveNotes()
    active.update(ON)
    assert withdraw([Entry(40, OFF)], 0, active) == [Entry(40, OFF)]
    assert active.is_active(ON)


def test_the_pedal_is_released_but_not_pressed():
    entries = [Entry(10, PEDAL_UP), Entry(20, PEDAL_DOWN)]
    assert withdraw(entries, 0) == entries[:1]


def test_note_offs_come_by_channel_and_pitch():
    active = ActiveNotes()
    for channel, pitch in ((1, 50), (0, 72), (0, 60)):
        active.update(ON.copy(channel=channel, note=pitch))
    ends = [(message.channel, message.note) for message in active.note_offs()]
    assert ends == [(0, 60), (0, 72), (1, 50)]
