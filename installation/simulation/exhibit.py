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
from installation.process.thread_limits import single_threaded_blas
from installation.session.live_session import load_model
from installation.simulation.day_report import DayReport
from installation.simulation.day_script import DayScript
from installation.simulation.simulated_day import SimulatedDay

DayProgressCallback = Callable[[int, float], None]
"""Told the number of a day, from 1, and how many hours of it have passed."""

POLL_INTERVAL_S = 0.2
"""Seconds between two looks at how far the others are."""
MAX_POLL_DURATION_S = 2.0
"""Seconds of news after which all days are looked after, however much more there is."""
DAY_SILENCE_TIMEOUT_S = 300.0
"""Seconds without a word from a day, which has one for every key, after which it hangs."""


class ExhibitError(RuntimeError):
    """A day that was not played to its end."""


@dataclass(frozen=True, slots=True)
class SimulatedExhibit:
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
    days: tuple[DayScript, ...]
    seed: int
    folder: Path

    def create_day(self, number: int) -> SimulatedDay:
        """The day of that number, from 1, ready to be played."""
        checkpoint = load_model(self.config.style)
        day = self.days[number - 1]
        return SimulatedDay(self.config, checkpoint, day, number, self.seed, self.folder)


def run_exhibit(
    exhibit: SimulatedExhibit,
    processes: int,
    progress: DayProgressCallback,
    patience: float = DAY_SILENCE_TIMEOUT_S,
) -> list[DayReport]:
    """Play all days, so many at a time; with one process, that plays them all.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If there is no network to play.
    ExhibitError
        If the process of a day dies, or is silent for `patience` seconds.
    """
    load_model(exhibit.config.style)  # what cannot be had is said before anything is begun
    numbers = range(1, len(exhibit.days) + 1)
    if processes == 1:
        return [exhibit.create_day(n).run(lambda hours, n=n: progress(n, hours)) for n in numbers]
    return _run_in_parallel(exhibit, numbers, processes, progress, patience)


def memory_growth(accounts: Sequence[DayReport], processes: int) -> float:
    """By what share memory grew, from when a process was warm to the end of its last day."""
    if processes == 1:
        accounts = [
            DayReport(0, memory_start=accounts[0].memory_start, memory_end=accounts[-1].memory_end)
        ]
    return max(account.memory_end / max(1, account.memory_start) - 1 for account in accounts)


def _run_in_parallel(
    exhibit: SimulatedExhibit,
    numbers: Sequence[int],
    processes: int,
    progress: DayProgressCallback,
    patience: float,
) -> list[DayReport]:
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue = context.Queue()
    waiting, accounts = deque(numbers), dict[int, DayReport]()
    running: dict[int, BaseProcess] = {}
    hours: dict[int, float] = {}
    heard: dict[int, float] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                number = waiting.popleft()
                running[number] = context.Process(
                    target=_run_day_process, args=(exhibit, number, told), daemon=True
                )
                with single_threaded_blas():
                    running[number].start()
                hours[number], heard[number] = 0.0, time.monotonic()
            for number, word in _poll_reports(told, running):
                heard[number] = time.monotonic()
                if isinstance(word, DayReport):
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


def _poll_reports(
    told: multiprocessing.Queue, running: Mapping[int, BaseProcess]
) -> Iterator[tuple[int, float | DayReport]]:
    """What the processes told lately: how far a day is, or what came of it.

    Raises
    ------
    ExhibitError
        If one ended without an account.
    """
    dead = [number for number, process in running.items() if not process.is_alive()]
    until = time.monotonic() + MAX_POLL_DURATION_S
    try:
        while time.monotonic() < until:
            number, word = told.get(timeout=POLL_INTERVAL_S)
            yield number, word
            if isinstance(word, DayReport):
                return  # there is room for another day
    except queue.Empty:  # so what the dead had to say has been heard
        for number in dead:
            raise ExhibitError(
                f"day {number} ended with status {running[number].exitcode}"
            ) from None


def _run_day_process(exhibit: SimulatedExhibit, number: int, told: multiprocessing.Queue) -> None:
    """What the process of a day does."""
    die_with_parent()
    logging.getLogger().setLevel(logging.ERROR)  # of faults there will be many
    account = exhibit.create_day(number).run(lambda hours: told.put((number, hours)))
    told.put((number, account))
