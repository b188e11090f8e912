"""The workshop of the lessons as a process of its own, so that learning never holds up a picture.

The stage is a daemonic process and may have no children of `multiprocessing`; this one is started
as a program, told its tune on its standard input and heard on its standard output. It is bound to
whoever started it: its input ends with them.
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
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.trainer import UPDATES_PER_SECOND, LessonTrainer, TuneTrainingSession

MAX_QUEUED_SNAPSHOTS = 8
"""Snapshots kept for a stage that does not fetch them; older ones go."""
MAX_ATTEMPTS_PER_TUNE = 3
"""How often one tune is begun again after its process died."""
_NICE_INCREMENT = 10
_ADD_LAYER_COMMAND = b"layer\n"

log = logging.getLogger(__name__)


class _TrainerProcess:
    """One process that learns one tune."""

    def __init__(self, tune: Tune, seed: int) -> None:
        self.snapshots: deque[TuneLearnerSnapshot] = deque(maxlen=MAX_QUEUED_SNAPSHOTS)
        self.ended = Event()
        self._process = _spawn_trainer()
        self._send_bytes(pickle.dumps((tune, seed)))
        Thread(target=self._read_snapshots, name="workshop", daemon=True).start()

    def add_layer(self) -> None:
        self._send_bytes(_ADD_LAYER_COMMAND)

    def kill(self) -> None:
        """End it; who listens to it clears up."""
        self._process.kill()

    def _send_bytes(self, words: bytes) -> None:
        pipe = self._process.stdin
        with contextlib.suppress(OSError):  # it is gone: found out when it is polled
            if pipe is not None:
                pipe.write(words)
                pipe.flush()

    def _read_snapshots(self) -> None:
        """Fetch snapshots until there are no more, and clear up."""
        pipe = self._process.stdout
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while pipe is not None:
                snapshot: TuneLearnerSnapshot = pickle.load(pipe)
                if not snapshot.updates:
                    log.debug("the workshop learns %d notes", len(snapshot.tune.notes))
                self.snapshots.append(snapshot)
        self._process.kill()
        self._process.wait()
        for end in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if end is not None:
                    end.close()
        self.ended.set()


class ProcessLessonTrainer(LessonTrainer):
    """Learns in a process of low priority, which is started with each tune and dies with it."""

    def __init__(self) -> None:
        self._trainer: _TrainerProcess | None = None
        self._task: tuple[Tune, int] | None = None
        self._attempts = 0

    def start(self, tune: Tune, seed: int) -> None:
        self.stop()
        self._task = (tune, seed)
        self._start_trainer()

    def add_layer(self) -> None:
        if self._trainer is not None:
            self._trainer.add_layer()

    def poll(self) -> list[TuneLearnerSnapshot]:
        worker, found = self._trainer, []
        if worker is None:
            return found
        ended = worker.ended.is_set()  # asked before: what it left is fetched first
        while worker.snapshots:
            found.append(worker.snapshots.popleft())
        if ended and not found:
            self._handle_trainer_death()
        return found

    def stop(self) -> None:
        if self._trainer is not None:
            self._trainer.kill()
        self._trainer, self._task, self._attempts = None, None, 0

    def _start_trainer(self) -> None:
        if self._task is not None:
            self._attempts += 1
            self._trainer = _TrainerProcess(*self._task)

    def _handle_trainer_death(self) -> None:
        """It died though nobody wanted it to: begin the tune again, but not for ever."""
        self._trainer = None
        again = self._attempts < MAX_ATTEMPTS_PER_TUNE
        log.warning("the workshop died; %s", "beginning again" if again else "leaving it")
        if again:
            self._start_trainer()


def _spawn_trainer() -> subprocess.Popen[bytes]:
    environment = os.environ | dict.fromkeys(THREAD_COUNT_VARIABLES, "1")
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    low = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        creationflags=low,
    )


def train_tune(heard: BinaryIO, said: BinaryIO) -> None:
    """Learn the tune that is heard, and say how it goes, until nobody is there any more."""
    tune, seed = pickle.load(heard)
    pupil, wanted = TuneTrainingSession(tune, seed), deque[bytes]()
    Thread(target=_read_commands, args=(heard, wanted), name="attend", daemon=True).start()
    _write_snapshot(said, pupil.take_snapshot())
    due = time.monotonic()
    while True:
        due = max(due + 1.0 / UPDATES_PER_SECOND, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        if wanted:
            wanted.clear()
            pupil.add_layer()
            _write_snapshot(said, pupil.take_snapshot())
        if not pupil.is_finished:
            _write_snapshot(said, pupil.run_update())


def _read_commands(heard: BinaryIO, wanted: deque[bytes]) -> None:
    """Take orders; the end of them is the end of this process."""
    for line in heard:
        wanted.append(line)
    os._exit(0)


def _write_snapshot(said: BinaryIO, snapshot: TuneLearnerSnapshot) -> None:
    said.write(pickle.dumps(snapshot, pickle.HIGHEST_PROTOCOL))
    said.flush()


def main() -> None:
    """What the process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's business
    die_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICE_INCREMENT)
    said = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else is to be said there
    with contextlib.suppress(EOFError, OSError):
        train_tune(sys.stdin.buffer, said)


if __name__ == "__main__":
    main()
