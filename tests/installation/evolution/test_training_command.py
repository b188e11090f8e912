from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from installation.evolution.training_command import (
    EvolutionError,
    EvolutionProgress,
    train_by_command,
)
from rnn.evolution.evolution_data import EvolutionData
from rnn.model.checkpoint import Checkpoint, load_checkpoint

LAUNCHER = "print('hidden-state: no MPI'); print('launcher: task 0 ended'); raise SystemExit(2)"
NOTHING = EvolutionData((), (), (), (), ())


@pytest.fixture
def events() -> list[EvolutionProgress]:
    return []


@pytest.fixture
def train(model, events) -> Callable[[str], Checkpoint]:
    """Trains from an untrained model, with the seed 7, by a command."""
    return lambda command: train_by_command(command, model, NOTHING, 7, events.append)


@pytest.fixture
def script(tmp_path) -> Callable[[str], str]:
    """Command that runs a text of Python with the names of all its files."""

    def write(text: str) -> str:
        path = tmp_path / "trainer.py"
        path.write_text(text)
        return f"{sys.executable} {path} {{data}} {{parent}} {{result}}"

    return write


def test_a_command_trains_and_its_lines_are_passed_on(train, script, events, model):
    candidate = train(
        script(
            "import shutil, sys\n"
            "sys.stdout.buffer.write(b'\\xff\\n')\n"
            'print(\'{"event": "training", "bits": 2.5}\', flush=True)\n'
            "shutil.copy(sys.argv[2], sys.argv[3])\n"
        )
    )
    own, parent = (each.network.parameters for each in (candidate, load_checkpoint(model)))
    np.testing.assert_array_equal(own["readout.bias"], parent["readout.bias"])
    assert [event.event for event in events] == ["message", "training"]
    assert events[1].values == {"bits": 2.5}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("raise SystemExit(3)", "status 3$"),
        ("raise SystemExit('ssh: cluster: no route')", "status 1: ssh: cluster: no route$"),
        (LAUNCHER, "status 2: no MPI$"),
        ("import os; os.kill(os.getpid(), 15)", "signal 15"),
        ("print('[' * 9000)", "left no model"),
        ("", "left no model"),
        ("import sys; open(sys.argv[3], 'w').write('no model')", "left no model"),
    ],
)
def test_a_command_that_fails_says_why(train, script, text, reason):
    with pytest.raises(EvolutionError, match=reason):
        train(script(text))


def test_a_command_that_would_begin_itself_again_is_refused(train):
    with pytest.raises(EvolutionError, match="evolve train {data} {parent} -o {result}, not"):
        train("mpiexec -n 8 hidden-state evolve run --config config.toml")


def test_a_command_gets_the_seed_no_input_and_the_programs_beside_this_python(
    train, script, events
):
    text = "import os, sys\nprint(sys.argv[4], repr(sys.stdin.read()), os.environ['PATH'])"
    with pytest.raises(EvolutionError, match="left no model"):
        train(f"{script(text)} {{seed}}")
    said = events[-1].values["text"]
    assert said.startswith(f"7 '' {Path(sys.executable).parent}{os.pathsep}")


def test_a_command_that_is_not_there_is_told(train):
    with pytest.raises(EvolutionError, match="no-such-trainer"):
        train("no-such-trainer {data}")


@pytest.mark.parametrize("command", ["train {dat}", "train {", "train '"])
def test_a_command_that_cannot_be_read_is_told(train, command):
    with pytest.raises(EvolutionError, match="{seed} are replaced"):
        train(command)
