"""Real processes, short-lived; nothing here depends on how fast they are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

import pytest

from installation.house.link import Finished, Link, Unfit
from installation.house.supervisor import Role, Supervisor
from installation.live.clock import MonotonicClock
from visuals.gestures import Key, Leave

PATIENCE = 30.0


@dataclass(frozen=True)
class Worker:
    """Writes its process id to a file, then works until it is told to stop."""

    folder: Path
    name: str
    finishes: bool = False
    reason: str = ""
    leaves: bool = False

    def __call__(self, pipe: Connection) -> None:
        link = Link(pipe)
        link.open(self._take)
        starts = len(list(self.folder.glob(f"{self.name}-*.pid")))
        (self.folder / f"{self.name}-{starts}.pid").write_text(str(os.getpid()))
        if self.reason:
            link.send(Unfit(self.reason))
            return
        if self.leaves:
            link.send(Key(4, True, 1))
            link.send(Leave(2))
        while not link.stop.wait(0.02) and not self.finishes:
            link.beat(time.monotonic_ns())
        (self.folder / f"{self.name}.tidy").touch()
        link.send(Finished())

    def _take(self, letter: object) -> None:
        (self.folder / f"{self.name}.took").write_text(type(letter).__name__)


class House:
    """A supervisor on a thread of its own."""

    def __init__(self, folder: Path, *roles: Role) -> None:
        self.folder = folder
        self.stop = Event()
        self.supervisor = Supervisor(roles, MonotonicClock(), self.stop)
        self.thread = Thread(target=self.supervisor.run)
        self.thread.start()

    def pid(self, name: str, start: int = 0) -> int:
        path = self.folder / f"{name}-{start}.pid"
        until(lambda: path.exists() and path.read_text())
        return int(path.read_text())

    def end(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_all_come_down_tidily_when_told_to_stop(tmp_path) -> None:
    house = House(
        tmp_path,
        Role("one", Worker(tmp_path, "one"), vital=True),
        Role("two", Worker(tmp_path, "two"), vital=False),
    )
    pids = [house.pid("one"), house.pid("two")]
    house.end()
    assert not any(is_alive(pid) for pid in pids)
    assert (tmp_path / "one.tidy").exists() and (tmp_path / "two.tidy").exists()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_a_killed_child_is_mourned_and_started_again(tmp_path) -> None:
    mourned = []
    house = House(
        tmp_path,
        Role("one", Worker(tmp_path, "one"), vital=True, mourn=lambda: mourned.append(1)),
        Role("two", Worker(tmp_path, "two"), vital=False),
    )
    other = house.pid("two")
    os.kill(house.pid("one"), 9)
    assert house.pid("one", start=1) != 0
    assert mourned == [1]
    assert is_alive(other)
    house.end()


def test_the_piece_ends_when_its_vital_child_finishes(tmp_path) -> None:
    house = House(
        tmp_path,
        Role("one", Worker(tmp_path, "one", finishes=True), vital=True),
        Role("two", Worker(tmp_path, "two"), vital=False),
    )
    house.thread.join(PATIENCE)
    assert house.supervisor.failure is None
    house.end()


def test_a_vital_child_that_cannot_work_ends_the_piece_with_its_reason(tmp_path) -> None:
    house = House(tmp_path, Role("one", Worker(tmp_path, "one", reason="no port"), vital=True))
    house.thread.join(PATIENCE)
    assert house.supervisor.failure == "no port"
    house.end()


def test_another_that_cannot_work_is_done_without(tmp_path) -> None:
    house = House(
        tmp_path,
        Role("one", Worker(tmp_path, "one"), vital=True),
        Role("two", Worker(tmp_path, "two", reason="no display"), vital=False),
    )
    house.pid("one")
    until(lambda: house.supervisor.children[1].retired)
    assert not house.stop.is_set()
    house.end()
    assert not (tmp_path / "two-1.pid").exists()


def test_keys_at_the_window_reach_the_first_child_and_leaving_ends_all(tmp_path) -> None:
    house = House(
        tmp_path,
        Role("one", Worker(tmp_path, "one"), vital=True),
        Role("two", Worker(tmp_path, "two", leaves=True), vital=False),
    )
    house.thread.join(PATIENCE)
    assert house.stop.is_set()
    house.end()
