"""The trainer of the lessons in a process of its own, so that training never delays a frame.

The stage is a daemonic process, which may have no children of `multiprocessing`. The trainer is
therefore a program: it reads its tune from standard input, writes snapshots to standard output, and
ends with its standard input.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from collections import deque
from threading import Event, Thread
from typing import BinaryIO

from installation.process.process_lifetime import die_with_parent
from installation.process.spawned_process import THREAD_COUNT_VARIABLES
from midi_data.notes import Tune
from rnn.teaching.tune_learner import TuneLearner, TuneLearnerSnapshot
from visuals.lessons.base.trainer import UPDATES_PER_SECOND, LessonTrainer

MAX_QUEUED_SNAPSHOTS = 8
"""Snapshots kept for a stage that does not read them; older ones are dropped."""
MAX_ATTEMPTS_PER_TUNE = 3  # number of processes that may die over one tune
_NICE_INCREMENT = 10
_ADD_LAYER_COMMAND = b"layer\n"

log = logging.getLogger(__name__)


class TrainerProcess:
    """A process that trains on one tune; `ended` is set after its last snapshot is read."""

    def __init__(self, tune: Tune, seed: int) -> None:
        self.snapshots: deque[TuneLearnerSnapshot] = deque(maxlen=MAX_QUEUED_SNAPSHOTS)
        self.ended = Event()
        environment = os.environ | dict.fromkeys(THREAD_COUNT_VARIABLES, "1")
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
        )
        self._write(pickle.dumps((tune, seed)))
        Thread(target=self._read_snapshots, name="lesson trainer", daemon=True).start()

    def add_layer(self) -> None:
        self._write(_ADD_LAYER_COMMAND)

    def kill(self) -> None:
        """End the process; the reading thread cleans up."""
        self.process.kill()

    def _write(self, data: bytes) -> None:
        pipe = self.process.stdin
        with contextlib.suppress(OSError):  # the process has died, which `poll` finds out
            if pipe is not None:
                pipe.write(data)
                pipe.flush()

    def _read_snapshots(self) -> None:
        """Read snapshots until the process ends, then clean up."""
        pipe = self.process.stdout
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while pipe is not None:
                snapshot: TuneLearnerSnapshot = pickle.load(pipe)
                if not snapshot.updates:
                    log.debug("the lesson trainer learns %d notes", len(snapshot.tune.notes))
                self.snapshots.append(snapshot)
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if end is not None:
                    end.close()
        self.ended.set()


class ProcessLessonTrainer(LessonTrainer):
    """Trains in a process of low priority for each tune."""

    def __init__(self) -> None:
        self.trainer: TrainerProcess | None = None
        self._task: tuple[Tune, int] | None = None
        self._attempts = 0

    def start(self, tune: Tune, seed: int) -> None:
        self.stop()
        self._task, self._attempts = (tune, seed), 1
        self.trainer = TrainerProcess(tune, seed)

    def add_layer(self) -> None:
        if self.trainer is not None:
            self.trainer.add_layer()

    def poll(self) -> list[TuneLearnerSnapshot]:
        trainer, snapshots = self.trainer, []
        if trainer is None:
            return snapshots
        ended = trainer.ended.is_set()  # read before its last snapshots are
        while trainer.snapshots:
            snapshots.append(trainer.snapshots.popleft())
        if ended and not snapshots:  # an unexpected death
            again = self._attempts < MAX_ATTEMPTS_PER_TUNE
            log.warning("the lesson trainer died; %s", "beginning again" if again else "giving up")
            self._attempts += 1
            self.trainer = TrainerProcess(*self._task) if again and self._task else None
        return snapshots

    def stop(self) -> None:
        if self.trainer is not None:
            self.trainer.kill()
        self.trainer, self._task, self._attempts = None, None, 0


def train_tune(commands: BinaryIO, snapshots: BinaryIO) -> None:
    """Read a tune and a seed from `commands`, and write snapshots of the training for ever."""
    tune, seed = pickle.load(commands)
    learner, layer_commands = TuneLearner(tune, seed), deque[bytes]()
    Thread(target=_read_commands, args=(commands, layer_commands), daemon=True).start()
    _write_snapshot(snapshots, learner.snapshot())
    due = time.monotonic()
    while True:
        due = max(due + 1.0 / UPDATES_PER_SECOND, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        if layer_commands:
            layer_commands.clear()
            learner.add_layer()
            _write_snapshot(snapshots, learner.snapshot())
        if not learner.is_finished:
            learner.learn()
            _write_snapshot(snapshots, learner.snapshot())


def _read_commands(commands: BinaryIO, layer_commands: deque[bytes]) -> None:
    """Read commands to their end, which is the end of this process."""
    for line in commands:
        layer_commands.append(line)
    os._exit(0)


def _write_snapshot(snapshots: BinaryIO, snapshot: TuneLearnerSnapshot) -> None:
    snapshots.write(pickle.dumps(snapshot, pickle.HIGHEST_PROTOCOL))
    snapshots.flush()


def main() -> None:
    """Train in this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's
    die_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICE_INCREMENT)
    snapshots = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not mix with snapshots
    with contextlib.suppress(EOFError, OSError):
        train_tune(sys.stdin.buffer, snapshots)


if __name__ == "__main__":
    main()
