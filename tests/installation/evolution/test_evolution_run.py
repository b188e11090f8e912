from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from datetime import UTC, datetime

import pytest

from installation.evolution import evolution_run
from installation.evolution.evolution_run import (
    EvolutionSource,
    rehearsal_tunes,
    run_evolution,
    training_report,
)
from installation.evolution.training_command import (
    FOLDER_PREFIX,
    MAX_FOLDER_AGE_S,
    EvolutionError,
)
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource
from midi_data.notes import Note, Tune
from rnn.evolution.gate import GateBounds
from rnn.evolution.generation import GenerationError
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint
from rnn.styles import style_path
from rnn.training.data_parallel import RankReport
from rnn.training.trainer import TrainingProgress

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
OPEN = GateBounds(corpus_bits=99.0, least_diversity=0.0, most_diversity=99.0, copied_notes=99.0)
COPY = f"{sys.executable} -c 'import shutil, sys; shutil.copy(*sys.argv[1:])'"


@pytest.fixture(autouse=True)
def few_tunes(monkeypatch):
    monkeypatch.setattr(evolution_run, "REHEARSED_TUNES", 2)
    monkeypatch.setattr(evolution_run, "CORPUS_TUNES", 3)
    monkeypatch.setattr("rnn.evolution.tune_sampler.MAX_SAMPLED_TOKENS", 40)
    monkeypatch.setattr("rnn.evolution.gate.PROBE_COUNT", 8)
    monkeypatch.setattr("rnn.evolution.gate.PROBE_ROUNDS", 1)


@pytest.fixture
def store(tmp_path, model) -> GenerationStore:
    return GenerationStore(tmp_path / "generations", "irish", model)


@pytest.fixture
def source(tmp_path) -> EvolutionSource:
    """Forty visits with a duet each, all liked."""
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        for number in range(40):
            visit = database.add(Visit(NOON.isoformat(), style="irish"))
            walk = [60 + number // 3**k % 3 for k in range(5)]
            notes = [DuetNote(p, 80, 500 * k, 400, NoteSource.VISITOR) for k, p in enumerate(walk)]
            notes += [DuetNote(72, 80, 3000 + 250 * k, 200, NoteSource.NETWORK) for k in range(8)]
            music = DuetMusic(tuple(notes))
            database.add_duet(Duet(str(number), NOON.isoformat(), "irish", 0, music, visit=visit))
            database.add_vote(Vote(str(number), "a", NOON.isoformat(), VoteKind.LIKED, "yes"))
    return EvolutionSource(tmp_path)


def test_a_generation_is_trained_judged_kept_and_told(store, source):
    events = []
    kept = run_evolution(store, source, 1, NOON, report=events.append, bounds=OPEN)
    assert (kept.number, kept.parent, kept.accepted) == (1, 0, True)
    assert kept.duets == 24 and kept.scores["visit_change"] < 0
    assert store.current_number == 1 and store.refused() == {}
    assert [events[0].event, events[-1].event] == ["data", "generation"]
    assert json.loads(events[-1].to_json())["accepted"] == 1


def test_a_line_of_a_training_tells_its_loss_rate_and_ranks():
    ranks = (RankReport(0.5, 900.4), RankReport(0.25, 800.0))
    line = training_report(TrainingProgress(7, 1, 2.0, 1.0, 3.5, 3.25, 3.0, 1700.0, 1e-4, ranks))
    told = json.loads(line.to_json())
    assert (told["event"], told["loss"], told["learning_rate"]) == ("training", 3.5, 1e-4)
    assert told["gradient_norms"] == [0.5, 0.25]
    assert told["rank_notes_per_second"] == [900, 800]


def test_a_generation_s_file_tells_its_lineage_and_how_far_its_units_moved(store, source):
    for seed in (1, 2):
        run_evolution(store, source, seed, NOON, bounds=OPEN)
    card = store.load(2).card
    assert [(mark.number, mark.accepted) for mark in card.generations] == [(1, True), (2, True)]
    assert len(card.moved) == 2 and min(map(min, card.moved)) > 0
    compared = card.comparison
    assert compared.phrase[0].onset == 0 and compared.first and compared.latest
    end = max(note.onset for note in compared.phrase)
    assert min(note.onset for note in compared.first + compared.latest) >= end


def test_the_same_data_and_seed_give_the_same_weights(store, source, tmp_path):
    other = GenerationStore(tmp_path / "other", "irish", store.path(0))
    kept = [run_evolution(each, source, 1, NOON, bounds=OPEN) for each in (store, other)]
    assert kept[0].weights_hash == kept[1].weights_hash
    assert kept[0].data_hash == kept[1].data_hash


def test_what_does_not_pass_is_set_aside_with_its_reasons(store, source):
    kept = run_evolution(store, source, 1, NOON, bounds=GateBounds(corpus_bits=-99.0))
    assert not kept.accepted and kept.reasons
    assert store.current_number == 0 and store.load(1) is not None


def test_the_next_generation_comes_from_the_one_that_plays(store, source):
    for seed in (1, 2):
        run_evolution(store, source, seed, NOON, bounds=OPEN)
    store.choose(1)
    assert run_evolution(store, source, 3, NOON, bounds=OPEN).parent == 1


def test_where_that_one_is_damaged_the_one_before_it_is_the_parent_and_it_is_said(store, source):
    for seed in (1, 2):
        run_evolution(store, source, seed, NOON, bounds=OPEN)
    store.path(2).write_bytes(store.path(2).read_bytes()[:-1])
    events = []
    kept = run_evolution(store, source, 3, NOON, report=events.append, bounds=OPEN)
    assert (kept.number, kept.parent, store.current_number) == (3, 1, 3)
    (said,) = (event.values["text"] for event in events if event.event == "message")
    assert "left aside: generation 2" in said


def test_without_votes_nothing_is_learned(store, tmp_path):
    VisitDatabase(tmp_path, NOON).close()
    with pytest.raises(GenerationError, match="0, 0 and 0 liked duets"):
        run_evolution(store, EvolutionSource(tmp_path), 1, NOON)
    assert not store.folder.exists()


def test_tunes_of_a_corpus_are_rehearsed_where_there_is_one(store):
    corpus = tuple(
        Tune(tuple(Note(60 + (k * n) % 12, k / 2, 0.5) for k in range(20)), name=str(n))
        for n in range(1, 60)
    )
    rehearsed, judged = rehearsal_tunes(store.load(0), corpus)
    assert set(rehearsed) < set(corpus) and set(judged) < set(corpus)
    assert not set(rehearsed) & set(judged)


def test_a_command_may_train(store, source):
    events = []
    kept = run_evolution(store, source, 1, NOON, f"{COPY} {{parent}} {{result}}", events.append)
    assert not kept.accepted and "learned nothing" in kept.reasons[0]  # it is its parent
    assert [event.event for event in events] == ["data", "generation"]


def test_a_command_that_fails_changes_nothing(store, source):
    with pytest.raises(EvolutionError, match="left no model"):
        run_evolution(store, source, 1, NOON, f"{sys.executable} --version")
    assert store.current_number == 0 and not store.folder.exists()


def test_a_model_of_another_size_is_refused(store, source):
    with pytest.raises(GenerationError, match="units 256, not 24"):
        run_evolution(store, source, 1, NOON, f"{COPY} {style_path('fife')} {{result}}")
    assert load_checkpoint(store.path(0)) is not None and store.current_number == 0


def test_what_a_killed_run_left_among_the_temporary_files_is_removed(store, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, recent = (tmp_path / f"{FOLDER_PREFIX}{name}" for name in ("left", "recent"))
    for folder in (left, recent):
        folder.mkdir()
        (folder / "data.json").touch()
    old = time.time() - MAX_FOLDER_AGE_S - 60
    os.utime(left, (old, old))
    VisitDatabase(tmp_path, NOON).close()
    with pytest.raises(GenerationError):
        run_evolution(store, EvolutionSource(tmp_path), 1, NOON)
    assert recent.exists() and not left.exists()
