from __future__ import annotations

import pytest

from messages.cues import NoteSource
from messages.timed_note import OpenNotes, TimedNote


def test_a_note_must_end_after_its_start():
    with pytest.raises(ValueError, match="end after it starts"):
        TimedNote(60, 80, 5, 5)


@pytest.mark.parametrize(("at", "end"), [(50, 50), (200, 100), (0, 11)])
def test_a_cut_note_ends_by_then_but_lasts_a_nanosecond(at, end):
    assert TimedNote(60, 80, 10, 100).cut(at) == TimedNote(60, 80, 10, end)


def test_an_open_note_becomes_a_note_of_the_visitor():
    notes = OpenNotes()
    notes.start(60, 60, 80, 10)
    assert len(notes) == 1
    assert notes.end(60, 30) == TimedNote(60, 80, 10, 30, NoteSource.VISITOR)
    assert len(notes) == 0


def test_a_note_that_is_not_open_has_no_end():
    assert OpenNotes().end(60, 30) is None


def test_an_end_at_or_before_the_start_leaves_a_nanosecond():
    notes = OpenNotes()
    notes.start(60, 60, 80, 10)
    assert notes.end(60, 10).end == 11


def test_all_notes_end_in_order_of_their_starts():
    notes = OpenNotes()
    for pitch in (64, 60):
        notes.start(pitch, pitch, 80, 10)
    assert [note.pitch for note in notes.end_all(20)] == [64, 60]
    assert len(notes) == 0
