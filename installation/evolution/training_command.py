"""Training command: a command line of the operator trains a candidate, here or on a cluster."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from installation.evolution.evolution_job import describe_end
from rnn.evolution.evolution_data import EvolutionData
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint

FOLDER_PREFIX = "hidden-state-evolve-"
MAX_MESSAGE_CHARACTERS = 300  # of a line that a command prints
KEPT_MESSAGES, LAST_MESSAGES = 12, 4  # lines of a command that are kept, and those that are told
OWN_PREFIX = "hidden-state: "  # of the line in which a command of ours tells why it failed
MAX_FOLDER_AGE_S = 20 * 3600.0
"""Age after which a folder was left by a run that was killed, seconds: before the next night's."""


class EvolutionError(RuntimeError):
    """A generation could not be trained; the piece plays on with what it has."""


@dataclass(frozen=True, slots=True)
class EvolutionProgress:
    """One line about a run.

    Parameters
    ----------
    event : str
        Kind of line: "data", "training", "generation", "message" (a line that is no JSON), or what
        a training command has printed.
    values : dict
        Figures of it, by name.
    """

    event: str
    values: Mapping[str, float | int | str | Sequence[str | float]]

    def to_json(self) -> str:
        """The line as a JSON object."""
        return json.dumps({"event": self.event, **self.values})


ProgressCallback = Callable[[EvolutionProgress], None]


def train_by_command(
    command: str, parent: Path, data: EvolutionData, seed: int, report: ProgressCallback
) -> Checkpoint:
    """Have a command train a candidate.

    Parameters
    ----------
    command : str
        A command line with {data} and {parent}, the files it reads, {result}, the model file it
        leaves, and {seed}.
    parent : Path
        Model file.
    data : EvolutionData
    seed : int
    report : callable
        Gets its lines of JSON, and its other lines as messages.

    Returns
    -------
    Checkpoint

    Raises
    ------
    EvolutionError
        If it cannot be run, fails, or leaves no model.
    """
    with TemporaryDirectory(prefix=FOLDER_PREFIX) as name:
        folder = Path(name)
        files = {"data": folder / "data.json", "result": folder / "result.safetensors"}
        data.save(files["data"])
        values = {**files, "parent": parent.resolve(), "seed": seed}
        try:
            words = [word.format(**values) for word in shlex.split(command)]
        except (ValueError, LookupError) as error:
            accepted = "{data}, {parent}, {result} and {seed}"
            raise EvolutionError(
                f"command {command!r}: {accepted} are replaced: {error}"
            ) from error
        if ("evolve", "run") in pairwise(words):  # it would begin itself again, without an end
            raise EvolutionError(
                f"command {command!r}: what trains is "
                "hidden-state evolve train {data} {parent} -o {result}, not evolve run"
            )
        _run_command(words, report)
        try:
            return load_checkpoint(files["result"])
        except CheckpointError as error:
            raise EvolutionError(f"{words[0]} left no model: {error}") from error


def _run_command(words: Sequence[str], report: ProgressCallback) -> None:
    """Run a command to its end; raises `EvolutionError` with its last words if it fails."""
    said = deque[str](maxlen=KEPT_MESSAGES)
    own = Path(sys.executable).parent  # mpiexec may lie beside this Python
    try:
        with subprocess.Popen(
            words,
            env=os.environ | {"PATH": f"{own}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
            stdin=subprocess.DEVNULL,  # ssh and mpiexec would read what the piece has to say
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                message = _pass_on(line, report)
                if message and message not in said:
                    said.append(message)
    except OSError as error:
        raise EvolutionError(f"{words[0]}: {error}") from error
    if process.returncode:
        end = f"{words[0]} ended with {describe_end(process.returncode)}"
        raise EvolutionError(f"{end}: {_last_words(said)}" if said else end)


def _last_words(said: Sequence[str]) -> str:
    """Why a command failed: what the training has said, or else what its launcher has."""
    own = [each.removeprefix(OWN_PREFIX) for each in said if each.startswith(OWN_PREFIX)]
    return own[-1] if own else "; ".join(list(said)[-LAST_MESSAGES:])


def remove_left_folders() -> None:
    """Remove the duets that killed runs have left among the temporary files."""
    oldest = time.time() - MAX_FOLDER_AGE_S
    for folder in Path(gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with contextlib.suppress(OSError):  # another run has removed it, or another user's
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)


def _pass_on(line: str, report: ProgressCallback) -> str:
    """Pass on a line of a training elsewhere; returns its words if it is no JSON object."""
    try:
        values = json.loads(line)
        report(EvolutionProgress(str(values.pop("event")), values))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        words = " ".join(line.split())[:MAX_MESSAGE_CHARACTERS]
        if words:
            report(EvolutionProgress("message", {"text": words}))
        return words
    return ""
