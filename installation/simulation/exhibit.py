"""An exhibit: several simulated days, each played by a process of its own.

So it is with a piece that is switched off at night; and days played side by side take less time.
"""

from __future__ import annotations

import logging
import multiprocessing
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from installation.config import Config
from installation.process.process_lifetime import die_with_parent
from installation.process.thread_limits import one_thread_each
from installation.session.live_session import open_model
from installation.simulation.day_report import Account
from installation.simulation.day_script import Day
from installation.simulation.simulated_day import SimulatedDay

Progress = Callable[[int, float], None]
"""Told the number of a day, from 1, and how many hours of it have passed."""

LOOK = 0.2
"""Seconds between two looks at how far the others are."""
NEWS_FOR = 2.0
"""Seconds of news after which all days are looked after, however much more there is."""
PATIENCE = 300.0
"""Seconds without a word from a day, which has one for every key, after which it hangs."""


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


def play_exhibit(
    exhibit: Exhibit, processes: int, progress: Progress, patience: float = PATIENCE
) -> list[Account]:
    """Play all days, so many at a time; with one process, that plays them all.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If there is no network to play.
    ExhibitError
        If the process of a day dies, or is silent for `patience` seconds.
    """
    open_model(exhibit.config.style)  # what cannot be had is said before anything is begun
    numbers = range(1, len(exhibit.days) + 1)
    if processes == 1:
        return [exhibit.day(n).run(lambda hours, n=n: progress(n, hours)) for n in numbers]
    return _side_by_side(exhibit, numbers, processes, progress, patience)


def memory_growth(accounts: Sequence[Account], processes: int) -> float:
    """By what share memory grew, from when a process was warm to the end of its last day."""
    if processes == 1:
        accounts = [
            Account(0, memory_start=accounts[0].memory_start, memory_end=accounts[-1].memory_end)
        ]
    return max(account.memory_end / max(1, account.memory_start) - 1 for account in accounts)


def _side_by_side(
    exhibit: Exhibit,
    numbers: Sequence[int],
    processes: int,
    progress: Progress,
    patience: float,
) -> list[Account]:
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue = context.Queue()
    waiting, accounts = deque(numbers), dict[int, Account]()
    running: dict[int, BaseProcess] = {}
    hours: dict[int, float] = {}
    heard: dict[int, float] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                number = waiting.popleft()
                running[number] = context.Process(
                    target=_play, args=(exhibit, number, told), daemon=True
                )
                with one_thread_each():
                    running[number].start()
                hours[number], heard[number] = 0.0, time.monotonic()
            for number, word in _news(told, running):
                heard[number] = time.monotonic()
                if isinstance(word, Account):
                    accounts[number] = word
                    running.pop(number).join()
                else:
                    hours[number] = word
                    progress(number, word)
            for number in running:
                if time.monotonic() - heard[number] > patience:
                    raise ExhibitError(f"day {number} hangs after {hours[number]:.2f} hours")
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
    until = time.monotonic() + NEWS_FOR
    try:
        while time.monotonic() < until:
            number, word = told.get(timeout=LOOK)
            yield number, word
            if isinstance(word, Account):
                return  # there is room for another day
    except queue.Empty:  # so what the dead had to say has been heard
        for number in dead:
            raise ExhibitError(
                f"day {number} ended with status {running[number].exitcode}"
            ) from None


def _play(exhibit: Exhibit, number: int, told: multiprocessing.Queue) -> None:
    """What the process of a day does."""
    die_with_parent()
    logging.getLogger().setLevel(logging.ERROR)  # of faults there will be many
    account = exhibit.day(number).run(lambda hours: told.put((number, hours)))
    told.put((number, account))
