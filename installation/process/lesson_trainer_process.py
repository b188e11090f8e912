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
from installation.process.thread_limits import THREADS
from midi_data.notes import Tune
from rnn.teaching.tune_learner import Snapshot
from visuals.lessons.trainer import PACE, Pupil, Workshop

MOST_WAITING = 8
"""Snapshots kept for a stage that does not fetch them; older ones go."""
MOST_LIVES = 3
"""How often one tune is begun again after its process died."""
_NICE = 10
_LAYER = b"layer\n"

log = logging.getLogger(__name__)


class _Worker:
    """One process that learns one tune."""

    def __init__(self, tune: Tune, seed: int) -> None:
        self.snapshots: deque[Snapshot] = deque(maxlen=MOST_WAITING)
        self.ended = Event()
        self._process = _started()
        self._tell(pickle.dumps((tune, seed)))
        Thread(target=self._listen, name="workshop", daemon=True).start()

    def add_layer(self) -> None:
        self._tell(_LAYER)

    def kill(self) -> None:
        """End it; who listens to it clears up."""
        self._process.kill()

    def _tell(self, words: bytes) -> None:
        pipe = self._process.stdin
        with contextlib.suppress(OSError):  # it is gone: found out when it is polled
            if pipe is not None:
                pipe.write(words)
                pipe.flush()

    def _listen(self) -> None:
        """Fetch snapshots until there are no more, and clear up."""
        pipe = self._process.stdout
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while pipe is not None:
                snapshot: Snapshot = pickle.load(pipe)
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


class ProcessWorkshop(Workshop):
    """Learns in a process of low priority, which is started with each tune and dies with it."""

    def __init__(self) -> None:
        self._worker: _Worker | None = None
        self._task: tuple[Tune, int] | None = None
        self._lives = 0

    def start(self, tune: Tune, seed: int) -> None:
        self.stop()
        self._task = (tune, seed)
        self._begin()

    def add_layer(self) -> None:
        if self._worker is not None:
            self._worker.add_layer()

    def poll(self) -> list[Snapshot]:
        worker, found = self._worker, []
        if worker is None:
            return found
        ended = worker.ended.is_set()  # asked before: what it left is fetched first
        while worker.snapshots:
            found.append(worker.snapshots.popleft())
        if ended and not found:
            self._mourn()
        return found

    def stop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
        self._worker, self._task, self._lives = None, None, 0

    def _begin(self) -> None:
        if self._task is not None:
            self._lives += 1
            self._worker = _Worker(*self._task)

    def _mourn(self) -> None:
        """It died though nobody wanted it to: begin the tune again, but not for ever."""
        self._worker = None
        again = self._lives < MOST_LIVES
        log.warning("the workshop died; %s", "beginning again" if again else "leaving it")
        if again:
            self._begin()


def _started() -> subprocess.Popen[bytes]:
    environment = os.environ | dict.fromkeys(THREADS, "1")
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    low = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        creationflags=low,
    )


def work(heard: BinaryIO, said: BinaryIO) -> None:
    """Learn the tune that is heard, and say how it goes, until nobody is there any more."""
    tune, seed = pickle.load(heard)
    pupil, wanted = Pupil(tune, seed), deque[bytes]()
    Thread(target=_attend, args=(heard, wanted), name="attend", daemon=True).start()
    _say(said, pupil.look())
    due = time.monotonic()
    while True:
        due = max(due + 1.0 / PACE, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        if wanted:
            wanted.clear()
            pupil.add_layer()
            _say(said, pupil.look())
        if not pupil.rests:
            _say(said, pupil.work())


def _attend(heard: BinaryIO, wanted: deque[bytes]) -> None:
    """Take orders; the end of them is the end of this process."""
    for line in heard:
        wanted.append(line)
    os._exit(0)


def _say(said: BinaryIO, snapshot: Snapshot) -> None:
    said.write(pickle.dumps(snapshot, pickle.HIGHEST_PROTOCOL))
    said.flush()


def main() -> None:
    """What the process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's business
    die_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    said = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else is to be said there
    with contextlib.suppress(EOFError, OSError):
        work(sys.stdin.buffer, said)


if __name__ == "__main__":
    main()
