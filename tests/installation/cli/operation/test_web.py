from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from installation.cli.operation.web import compose_rounds
from installation.config import WebSettings
from installation.staff_pin import load_pin_hash, verify_pin
from installation.visits.database import VisitDatabase
from installation.visits.vote import Vote, VoteKind
from installation.web.audience.rounds import RoundsError, load_rounds
from installation.web.staff.family_tree import FamilyTree
from midi_data.midi_files import read_folder
from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f'[web]\npin_file = "{(tmp_path / "staff-pin").as_posix()}"\n')
    return path


def test_the_pin_is_set_and_not_shown(run, tmp_path, config):
    done = run("web", "pin", "--pin", "2468", "--config", config)
    assert done.exit_code == 0
    assert "2468" not in done.output
    assert verify_pin("2468", load_pin_hash(WebSettings(pin_file=str(tmp_path / "staff-pin"))))


def test_a_pin_of_one_digit_is_refused(run, tmp_path, config):
    done = run("web", "pin", "--pin", "7", "--config", config)
    assert done.exit_code != 0
    assert "a PIN has 4 to 64 characters" in done.output
    assert not (tmp_path / "staff-pin").exists()


def test_half_of_the_rounds_are_ended_by_the_network(model, folder):
    tunes = read_folder(folder).tunes
    made = compose_rounds(model, tunes * 2, 4, seed=1)
    assert [each.truth for each in made] == ["person", "network"] * (len(made) // 2)
    for each in made:
        assert each.opening[0][0] == 0.0
        assert min(onset for onset, _, _ in each.continuation) >= 16.0
        assert max(onset + length for onset, length, _ in each.continuation) <= 32.0


@pytest.fixture
def store(tmp_path, model, config) -> GenerationStore:
    """A style that plays its first generation."""
    with config.open("a") as file:
        file.write(f'[style]\nmodel = "{model.as_posix()}"\n[evolution]\nenabled = true\n')
        file.write(f'folder = "{(tmp_path / "generations").as_posix()}"\n')
    opened = GenerationStore(tmp_path / "generations" / model.stem, model.stem, model)
    origin = load_checkpoint(model)
    taught = replace(origin, card=replace(origin.card, lineage=[[1, 1, 30]]))
    opened.add(Generation(0, 0, model.stem), taught)
    return opened


def test_rounds_are_of_the_generation_that_plays(run, store, folder, config, tmp_path):
    for number in (1, 0):
        store.choose(number)
        done = run("web", "rounds", folder, "-o", tmp_path / "rounds.json", "--config", config)
        assert done.exit_code == 0 and f"generation {number}" in done.output
        made = load_rounds(tmp_path / "rounds.json")
        assert {(each.style, each.generation) for each in made} == {(store.style, number)}


def test_rounds_of_a_generation_s_file_are_scored_as_its_own(store, folder, tmp_path):
    store.choose(0)
    tunes = read_folder(folder).tunes
    copy = tmp_path / "copied.safetensors"
    shutil.copy(store.path(1), copy)
    for path in (store.path(1), copy):
        made = compose_rounds(path, tunes, 2, seed=1)
        assert {(each.style, each.generation) for each in made} == {(store.style, 1)}
    with contextlib.closing(VisitDatabase(tmp_path, datetime.now(UTC))) as database:
        for number, each in enumerate(made):
            kind = VoteKind.PERSON_OR_NETWORK
            guess = Vote(each.name, str(number), "", kind, "person", each.truth)
            database.add_vote(replace(guess, style=each.style, generation=each.generation))
    told = FamilyTree(lambda: store, tmp_path).describe()["guesses"]
    assert {number: score["guesses"] for number, score in told.items()} == {"1": 2}


def test_rounds_need_tunes_of_eight_bars(model):
    with pytest.raises(RoundsError, match="eight bars"):
        compose_rounds(model, [], 4, seed=1)


def test_a_corpus_that_is_not_there_is_said(run, tmp_path):
    done = run("web", "rounds", tmp_path / "none")
    assert done.exit_code != 0
    assert "no folder and no corpus" in done.output
