from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation.cli.main import create_app
from installation.config import Config, StyleSettings
from installation.evolution.piece_pipe import pack_settings
from rnn.evolution.evolution_data import EvolutionData
from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint


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


def test_processes_do_not_wait_for_one_that_cannot_read_the_duets(store, tmp_path):
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if not mpiexec.exists():
        pytest.skip("no mpiexec beside this Python: pip install mpich mpi4py")
    EvolutionData((), (), (), (), ()).save(tmp_path / "data.json")
    job = [str(mpiexec)]
    for name in ("data.json", "none.json"):
        train = ["-m", "installation", "evolve", "train", name, str(store.path(0)), "-o", "result"]
        job += ["-n", "1", sys.executable, *train, ":"]
    done = subprocess.run(
        job[:-1], env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "1 of 2 processes cannot read" in done.stderr and "none.json" in done.stderr
