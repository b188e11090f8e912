"""A simulated exhibit: several days, each played by a process of its own.

A real piece is switched off at night as well, and days played side by side take less time.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as DayTimeoutError
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from installation.config import Config
from installation.process.process_lifetime import die_with_parent, format_error_line
from installation.process.spawned_process import single_threaded_blas
from installation.session.model_loading import load_model
from installation.simulation.day_report import DayReport
from installation.simulation.day_script import DayScript
from installation.simulation.simulated_day import SimulatedDay

DayProgressCallback = Callable[[int, float], None]
"""Gets the number of a day, from 1, and the hours of it that have passed."""

POLL_INTERVAL_S = 0.2  # longest wait for news before the days are checked, seconds
DAY_TIMEOUT_S = 1800.0
"""Time after which a day counts as hung, seconds; a day takes some minutes at most."""


class ExhibitError(RuntimeError):
    """A day that was not played to its end."""


@dataclass(frozen=True, slots=True)
class SimulatedExhibit:
    """Days of an exhibit.

    Parameters
    ----------
    config : Config
    days : tuple of DayScript
    seed : int
    folder : Path
        Folder for the recordings of visits.
    """

    config: Config
    days: tuple[DayScript, ...]
    seed: int
    folder: Path

    def create_day(self, number: int) -> SimulatedDay:
        """Prepare a day."""
        checkpoint = load_model(self.config.style)
        day = self.days[number - 1]
        return SimulatedDay(self.config, checkpoint, day, number, self.seed, self.folder)


def run_exhibit(
    exhibit: SimulatedExhibit,
    processes: int,
    progress: DayProgressCallback,
    day_timeout_s: float = DAY_TIMEOUT_S,
) -> list[DayReport]:
    """Play all days.

    Parameters
    ----------
    exhibit : SimulatedExhibit
    processes : int
        Number of days at a time; with 1, this process plays them all.
    progress : callable
        See `DayProgressCallback`.
    day_timeout_s : float
        Longest duration of a day, seconds.

    Returns
    -------
    list of DayReport
        In the order of the days.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If there is no model to play.
    ExhibitError
        If a day fails, or if its process ends or takes too long.
    """
    load_model(exhibit.config.style)  # reports a missing model before anything starts
    numbers = range(1, len(exhibit.days) + 1)
    if processes == 1:
        return [exhibit.create_day(n).run(lambda hours, n=n: progress(n, hours)) for n in numbers]
    with _process_pool(processes) as pool:
        return _run_in_parallel(exhibit, pool, numbers, progress, day_timeout_s)


def memory_growth(reports: Sequence[DayReport], processes: int) -> float:
    """Relative growth of memory from a process's warm-up to the end of its last day.

    Parameters
    ----------
    reports : sequence of DayReport
    processes : int
        With 1, one process played all days.

    Returns
    -------
    float
        Of the process whose memory grew most.
    """
    if processes == 1:
        start, end = reports[0].memory_start, reports[-1].memory_end
        reports = [DayReport(0, memory_start=start, memory_end=end)]
    return max(report.memory_end / max(1, report.memory_start) - 1 for report in reports)


@contextmanager
def _process_pool(processes: int) -> Iterator[ProcessPool]:
    """A pool with a new process for each day; an exception ends the days that run."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(processes, max_tasks=1, context=context)
    with single_threaded_blas():
        try:
            yield pool
            pool.close()
        except BaseException:
            pool.stop()
            raise
        finally:
            pool.join()


def _run_in_parallel(
    exhibit: SimulatedExhibit,
    pool: ProcessPool,
    numbers: Sequence[int],
    progress: DayProgressCallback,
    day_timeout_s: float,
) -> list[DayReport]:
    pipes = {number: multiprocessing.Pipe(duplex=False) for number in numbers}
    numbers_by_reader = {reader: number for number, (reader, _) in pipes.items()}
    hours = dict.fromkeys(numbers, 0.0)
    futures = {
        number: pool.schedule(_play_day, (exhibit, number, pipes[number][1]), timeout=day_timeout_s)
        for number in numbers
    }

    def read_progress() -> None:
        for reader in wait(list(numbers_by_reader), POLL_INTERVAL_S):
            number = numbers_by_reader[reader]
            while reader.poll():
                hours[number] = reader.recv()
            progress(number, hours[number])

    while not all(future.done() for future in futures.values()):
        read_progress()
        for number, future in futures.items():
            if future.done():
                _day_report(number, future, hours[number])
    read_progress()
    return [_day_report(number, futures[number], hours[number]) for number in numbers]


def _day_report(number: int, future: ProcessFuture, hours: float) -> DayReport:
    """The report of a day that is done."""
    try:
        return future.result()
    except DayTimeoutError as error:
        raise ExhibitError(f"day {number} hangs after {hours:.2f} hours") from error
    except ProcessExpired as error:
        raise ExhibitError(f"day {number} ended with status {error.exitcode}") from error
    except Exception as error:  # an exception of any kind in the process of the day
        raise ExhibitError(f"day {number} failed: {format_error_line(error)}") from error


def _play_day(exhibit: SimulatedExhibit, number: int, progress: Connection) -> DayReport:
    """Play a day in a process of its own."""
    die_with_parent()
    logging.getLogger().setLevel(logging.ERROR)  # the simulated faults would fill the screen
    return exhibit.create_day(number).run(progress.send)
