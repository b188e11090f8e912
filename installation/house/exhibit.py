"""An exhibit: several simulated days, each played by a process of its own.

So it is with a piece that is switched off at night; and days played side by side take less time.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import queue
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from installation.config import Config
from installation.house.account import Account
from installation.house.blas import one_thread_each
from installation.house.kinship import die_with_parent
from installation.house.performance import open_model
from installation.house.simulation import SimulatedDay
from installation.house.visitors import Day

Progress = Callable[[int, float], None]
"""Told the number of a day, from 1, and how many hours of it have passed."""

LOOK = 0.2
"""Seconds between two looks at how far the others are."""


class ExhibitError(RuntimeError):
    """A day that was not played to its end."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is played.

    Parameters
    ----------
    config : Config
    days : tuple of Day
    seed : int
    folder : Path
        For the recordings of visits.
    """

    config: Config
    days: tuple[Day, ...]
    seed: int
    folder: Path

    def day(self, number: int) -> SimulatedDay:
        """The day of that number, from 1, ready to be played."""
        checkpoint = open_model(self.config.style)
        day = self.days[number - 1]
        return SimulatedDay(self.config, checkpoint, day, number, self.seed, self.folder)


def play_exhibit(exhibit: Exhibit, processes: int, progress: Progress) -> list[Account]:
    """Play all days, so many at a time; with one process, that plays them all.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If there is no network to play.
    ExhibitError
        If the process of a day dies.
    """
    open_model(exhibit.config.style)  # what cannot be had is said before anything is begun
    numbers = range(1, len(exhibit.days) + 1)
    if processes == 1:
        return [exhibit.day(n).run(lambda hours, n=n: progress(n, hours)) for n in numbers]
    return _side_by_side(exhibit, numbers, processes, progress)


def memory_growth(accounts: Sequence[Account], processes: int) -> float:
    """By what share memory grew, from when a process was warm to the end of its last day."""
    if processes == 1:
        accounts = [
            Account(0, memory_start=accounts[0].memory_start, memory_end=accounts[-1].memory_end)
        ]
    return max(account.memory_end / max(1, account.memory_start) - 1 for account in accounts)


def _side_by_side(
    exhibit: Exhibit, numbers: Sequence[int], processes: int, progress: Progress
) -> list[Account]:
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue = context.Queue()
    waiting, accounts = deque(numbers), dict[int, Account]()
    running: dict[int, BaseProcess] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                number = waiting.popleft()
                running[number] = context.Process(
                    target=_play, args=(exhibit, number, told), daemon=True
                )
                with one_thread_each():
                    running[number].start()
            for number, word in _news(told, running):
                if isinstance(word, Account):
                    accounts[number] = word
                    running.pop(number).join()
                else:
                    progress(number, word)
    finally:
        for process in running.values():
            process.kill()
            process.join()
    return [accounts[number] for number in numbers]


def _news(
    told: multiprocessing.Queue, running: Mapping[int, BaseProcess]
) -> Iterator[tuple[int, float | Account]]:
    """What the processes told lately: how far a day is, or what came of it.

    Raises
    ------
    ExhibitError
        If one ended without an account.
    """
    dead = [number for number, process in running.items() if not process.is_alive()]
    ended = set()
    with contextlib.suppress(queue.Empty):
        while True:
            number, word = told.get(timeout=LOOK)
            if isinstance(word, Account):
                ended.add(number)
            yield number, word
    for number in set(dead) - ended:  # what it had to say was in the queue before it was gone
        raise ExhibitError(f"day {number} ended with status {running[number].exitcode}")


def _play(exhibit: Exhibit, number: int, told: multiprocessing.Queue) -> None:
    """What the process of a day does."""
    die_with_parent()
    logging.getLogger().setLevel(logging.ERROR)  # of faults there will be many
    account = exhibit.day(number).run(lambda hours: told.put((number, hours)))
    told.put((number, account))
