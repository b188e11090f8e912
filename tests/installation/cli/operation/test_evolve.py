from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation.cli.main import create_app
from installation.config import Config, StyleSettings
from installation.evolution.piece_pipe import pack_settings
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource
from midi_data.notes import Note, Tune
from rnn.evolution.evolution_data import EvolutionData, LearnedDuet
from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore, check_kinship
from rnn.model.checkpoint import load_checkpoint
from tests.hang_guard import HANG_GUARD_S


@pytest.fixture
def store(tmp_path, model, monkeypatch) -> GenerationStore:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.nice", lambda step: 0)  # the tests after go on as they are
    (tmp_path / "config.toml").write_text(f'[style]\nmodel = "{model}"\n')
    opened = GenerationStore(tmp_path / "generations" / model.stem, model.stem, model)
    scores = {"corpus_change": 0.01, "visit_change": -0.2, "diversity": 1.0}
    good = Generation(0, 0, model.stem, "2031-05-06T03:30:00", duets=200, scores=scores)
    opened.add(good, load_checkpoint(model))
    return opened


def evolve(*arguments: str):
    return CliRunner().invoke(create_app([]), ["evolve", *arguments])


def test_the_family_is_listed(store):
    done = evolve("list")
    assert done.exit_code == 0, done.stderr
    assert "2031-05-06 03:30" in done.stdout and "plays" in done.stdout
    told = json.loads(evolve("list", "--json").stdout)
    assert told["current"] == 1 and len(told["generations"]) == 2


def test_a_generation_is_shown_as_json(store):
    assert json.loads(evolve("show", "1").stdout)["duets"] == 200
    done = evolve("show", "9")
    assert done.exit_code == 2 and "generation 9" in done.stderr


def test_one_goes_back_and_forth(store):
    assert "generation 0 plays" in evolve("back", "0").stdout
    assert store.current_number == 0
    evolve("back", "1")
    assert store.current_number == 1


def test_a_file_copied_in_by_hand_is_told(store):
    (store.folder / "0005.safetensors").write_bytes(b"what")
    assert "refused 0005: generation 5: there is no record" in evolve("list").stdout
    assert evolve("back", "5").exit_code == 2


def test_a_run_without_visits_is_one_line(store):
    done = evolve("run", "--json")
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1 and "liked duets" in done.stderr


def test_a_run_takes_the_settings_of_the_piece_not_those_of_the_folder(store, tmp_path):
    (tmp_path / "config.toml").write_text('[style]\nname = "none"\n')
    config = Config(style=StyleSettings(model=str(store.path(0))))
    command = [sys.executable, "-m", "installation", "evolve", "run", "--json", "--from-piece"]
    pipe, root = subprocess.PIPE, str(Path(__file__).parents[4])
    environment = os.environ | {"PYTHONPATH": root}
    with subprocess.Popen(command, stdin=pipe, stderr=pipe, env=environment) as run:
        run.stdin.write(pack_settings(config))
        run.stdin.flush()
        assert b"liked duets" in run.stderr.read()


def test_a_training_without_duets_is_one_line(store, tmp_path):
    done = evolve("train", "none.json", str(store.path(0)), "-o", "out.safetensors")
    assert done.exit_code == 2 and "no duets" in done.stderr


@pytest.fixture
def mpiexec() -> str:
    found = Path(sys.executable).with_name("mpiexec")
    if not found.exists():
        pytest.skip("no mpiexec beside this Python: pip install mpich mpi4py")
    return str(found)


def run_job(*words: str) -> subprocess.CompletedProcess:
    root = str(Path(__file__).parents[4])
    return subprocess.run(
        words, env=os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False, timeout=HANG_GUARD_S,
    )  # fmt: skip


def test_processes_do_not_wait_for_one_that_cannot_read_the_duets(store, tmp_path, mpiexec):
    EvolutionData((), (), (), (), ()).save(tmp_path / "data.json")
    job = [mpiexec]
    for name in ("data.json", "none.json"):
        train = ["-m", "installation", "evolve", "train", name, str(store.path(0)), "-o", "result"]
        job += ["-n", "1", sys.executable, *train, ":"]
    done = run_job(*job[:-1])
    assert done.returncode == 2
    assert "1 of 2 processes cannot read" in done.stderr and "none.json" in done.stderr


def a_walk(number: int) -> list[int]:
    """Five notes that no other number has."""
    return [60 + number // 3**k % 3 for k in range(5)]


def test_two_processes_train_a_candidate_together(store, tmp_path, mpiexec):
    answer = tuple(Note(72, 6 + k / 2, 0.5) for k in range(8))
    duets = tuple(
        LearnedDuet(Tune(tuple(Note(p, float(k), 1.0) for k, p in enumerate(a_walk(n)))), answer)
        for n in range(30)
    )
    EvolutionData(duets[:24], duets[24:27], duets[27:], (), ()).save(tmp_path / "data.json")
    train = ["-m", "installation", "evolve", "train", "data.json", str(store.path(0))]
    done = run_job(mpiexec, "-n", "2", sys.executable, *train, "-o", "result.safetensors")
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "training" and len(last["gradient_norms"]) == 2
    assert min(last["gradient_norms"]) > 0 and min(last["rank_notes_per_second"]) > 0
    check_kinship(load_checkpoint(tmp_path / "result.safetensors"), store.load(0))


RUN_OF_FEW_TUNES = """
import sys
from installation.cli.main import create_app
from installation.evolution import evolution_run
from rnn.evolution import gate, tune_sampler
evolution_run.REHEARSED_TUNES, evolution_run.CORPUS_TUNES = 2, 3
tune_sampler.MAX_SAMPLED_TOKENS, gate.PROBE_COUNT, gate.PROBE_ROUNDS = 40, 8, 1
create_app(["evolve"])(["evolve", "run", "--json", *sys.argv[1:]])
"""


def test_a_run_of_two_processes_keeps_one_generation_that_both_have_trained(
    store, tmp_path, mpiexec
):
    at = "2031-05-06T12:00:00+00:00"
    with contextlib.closing(VisitDatabase(tmp_path / "recordings", datetime.now(UTC))) as database:
        for number in range(40):
            notes = [
                DuetNote(p, 80, 500 * k, 400, NoteSource.VISITOR)
                for k, p in enumerate(a_walk(number))
            ]
            notes += [DuetNote(72, 80, 3000 + 250 * k, 200, NoteSource.NETWORK) for k in range(8)]
            music, visit = DuetMusic(tuple(notes)), database.add(Visit(at, at, style=store.style))
            database.add_duet(Duet(str(number), at, store.style, 0, music, visit=visit))
            database.add_vote(Vote(str(number), "a", at, VoteKind.LIKED, "yes"))
    (tmp_path / "run.py").write_text(RUN_OF_FEW_TUNES)
    with (tmp_path / "config.toml").open("a") as file:
        file.write('[evolution]\ncommand = "none of this job"\n')
    done = run_job(mpiexec, "-n", "2", sys.executable, "run.py")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    norms = [line["gradient_norms"] for line in lines if line["event"] == "training"]
    assert len(norms[-1]) == 2 and min(norms[-1]) > 0
    assert [line["number"] for line in lines if line["event"] == "generation"] == [2]
    assert [each.number for each in store.generations()] == [0, 1, 2]


def test_a_run_of_two_processes_without_visits_is_one_line(store, mpiexec):
    job = [mpiexec, "-n", "2", sys.executable, "-m", "installation", "evolve", "run"]
    for extra, words in (([], "liked duets"), (["--command", "true"], "without --command")):
        done = run_job(*job, *extra)
        assert done.returncode == 2
        said = [line for line in done.stderr.splitlines() if "hidden-state:" in line]
        assert len(said) == 1 and words in said[0]
