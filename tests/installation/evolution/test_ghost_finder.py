from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from installation.engine.phrases.phrase import Phrase
from installation.evolution import ghost_finder
from installation.evolution.ghost_finder import MAX_GHOST_NOTES, GhostFinder
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote
from messages.clock import SECOND
from messages.cues import NoteSource
from midi_data.key_detection import find_key
from midi_data.notes import Note, Tune
from rnn.evolution.phrase_state import phrase_state
from rnn.model.checkpoint import load_checkpoint

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
SCALE, LEAPS = (60, 62, 64, 65, 67, 65, 64, 62, 60), (60, 72, 55, 67, 48, 72, 55, 60)


@pytest.fixture
def database(tmp_path) -> Iterator[VisitDatabase]:
    """Two duets of earlier visits."""
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as opened:
        visit = opened.add(Visit(NOON.isoformat(), ended=NOON.isoformat(), style="mine"))
        for hour, pitches in enumerate((SCALE, LEAPS)):
            opened.add_duet(a_duet(pitches, str(hour), visit, NOON + timedelta(hours=hour)))
        yield opened


def a_duet(pitches: tuple[int, ...], address: str, visit: int, began: datetime = NOON) -> Duet:
    notes = [DuetNote(p, 80, 500 * k, 400, NoteSource.VISITOR) for k, p in enumerate(pitches)]
    notes += [DuetNote(72, 80, 6000 + 250 * k, 200, NoteSource.NETWORK) for k in range(8)]
    return Duet(address, began.isoformat(), "mine", 0, DuetMusic(tuple(notes)), visit=visit)


@pytest.fixture
def finder(database, tmp_path, model) -> GhostFinder:
    made = GhostFinder(tmp_path, "mine", load_checkpoint(model))
    made.read()
    return made


def phrase(pitches: tuple[int, ...], up: int = 0) -> Phrase:
    notes = tuple(Note(pitch + up, float(k), 0.8) for k, pitch in enumerate(pitches))
    centre = sum(note.pitch for note in notes) / len(notes)
    return Phrase(Tune(notes), 0, SECOND // 2, find_key(notes), centre, 3.0, 80)


@pytest.mark.parametrize(("pitches", "hour"), [(SCALE, 12), (LEAPS, 13)])
def test_the_ghost_is_the_visitor_whose_phrase_lies_nearest(finder, pitches, hour):
    ghost = finder.find(phrase(pitches))
    assert ghost.began.hour == hour
    assert [note.pitch for note in ghost.notes] == list(pitches)


def test_a_ghost_plays_in_the_key_and_register_of_the_visitor(finder):
    ghost = finder.find(phrase(SCALE, up=14))
    assert [note.pitch for note in ghost.notes] == [pitch + 14 for pitch in SCALE]


@pytest.mark.parametrize("pitches", [(21,) * 6 + (108,), (108,) * 6 + (21,), (21, 108) * 5])
def test_a_phrase_across_the_whole_piano_has_a_ghost_or_none(finder, pitches):
    ghost = finder.find(phrase(pitches))
    assert ghost is None or all(21 <= note.pitch <= 108 for note in ghost.notes)


@pytest.mark.parametrize(
    "pitches", [(21, 23, 24, 26, 28, 29, 31, 33, 108), (108, 107, 105, 103, 101, 100, 98, 96, 21)]
)
def test_a_past_phrase_across_the_whole_piano_hides_no_other(database, tmp_path, model, pitches):
    visit = database.add(Visit(NOON.isoformat(), ended=NOON.isoformat(), style="mine"))
    database.add_duet(a_duet(pitches, "wide", visit))
    finder = GhostFinder(tmp_path, "mine", load_checkpoint(model))
    finder.read()
    assert finder.find(phrase(SCALE)) is not None


@pytest.mark.parametrize(("before_pause", "kept"), [(5, 5), (2, 0)])
def test_a_ghost_does_not_pause_between_two_phrases(tmp_path, model, before_pause, kept):
    whole = a_duet(SCALE, "paused", 1)
    late = [n for n in whole.music.notes if n.source is NoteSource.VISITOR][before_pause:]
    notes = tuple(
        replace(note, onset_ms=note.onset_ms + 9000)
        if note in late or note.source is NoteSource.NETWORK
        else note
        for note in whole.music.notes
    )
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        visit = database.add(Visit(NOON.isoformat(), ended=NOON.isoformat(), style="mine"))
        database.add_duet(replace(whole, music=DuetMusic(notes), visit=visit))
    finder = GhostFinder(tmp_path, "mine", load_checkpoint(model))
    finder.read()
    ghost = finder.find(phrase(SCALE[:before_pause]))
    assert (0 if ghost is None else len(ghost.notes)) == kept


def test_a_long_phrase_keeps_the_music_no_longer_waiting(finder, monkeypatch):
    lengths = []

    def count_notes(checkpoint, tune):
        lengths.append(len(tune.notes))
        return phrase_state(checkpoint, tune)

    monkeypatch.setattr(ghost_finder, "phrase_state", count_notes)
    finder.find(phrase(SCALE * 40))
    assert lengths == [MAX_GHOST_NOTES]


def test_a_deleted_duet_is_no_ghost(finder, database):
    database.delete_visit(1)
    finder.read()
    assert finder.find(phrase(SCALE)) is None


def test_a_visit_that_began_after_the_piece_is_met_when_it_is_over(tmp_path, model):
    finder = GhostFinder(tmp_path, "mine", load_checkpoint(model))
    began = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="seconds")
    visit = Visit(began, style="mine")
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        number = database.add(visit)
        database.add_duet(a_duet(SCALE, "new", number))
        finder.read()
        assert finder.find(phrase(SCALE)) is None  # nobody meets himself
        database.update(number, replace(visit, ended=began))
        finder.read()
        assert finder.find(phrase(SCALE)) is not None


def test_nobody_meets_himself_after_the_performer_has_died(tmp_path, model):
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        cut_off = database.add(Visit(NOON.isoformat(), style="mine"))
        database.add_duet(a_duet(SCALE, "before", cut_off))
        database.add(Visit(NOON.isoformat(), style="mine"))  # goes on in another process
    finder = GhostFinder(tmp_path, "mine", load_checkpoint(model))
    finder.read()
    assert finder.find(phrase(SCALE)) is None


def test_a_duet_of_another_style_is_no_ghost(database, tmp_path, model):
    finder = GhostFinder(tmp_path, "other", load_checkpoint(model))
    finder.read()
    assert finder.find(phrase(SCALE)) is None


def test_another_network_learns_the_phrases_anew(finder, model):
    finder.use_network(load_checkpoint(model))
    assert finder.find(phrase(SCALE)) is None
    finder.read()
    assert finder.find(phrase(SCALE)) is not None


def test_without_a_database_there_is_no_ghost(tmp_path: Path, model):
    finder = GhostFinder(tmp_path, "mine", load_checkpoint(model))
    finder.read()
    assert finder.find(phrase(SCALE)) is None
