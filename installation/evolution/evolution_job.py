"""Evolution job: starts a training at its time, beside the piece, and tells how it goes."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Thread
from typing import Any

from installation.config import Config
from installation.evolution.piece_pipe import pack_settings
from installation.opening_hours import parse_time_of_day
from installation.ops.exhibit_status import ProcessHealth
from installation.ops.metrics import ProcessMetrics
from installation.ops.wall_clock import WallClock
from messages.clock import SECOND
from messages.training import TrainingStatus

CHECK_INTERVAL_NS = 5 * SECOND  # time between two looks at the clock, ns
MAX_DURATION_NS = 6 * 3600 * SECOND  # a training that takes longer is ended, ns
TELL_INTERVAL_NS = 2 * SECOND  # time after which what is known is told again, ns
MAX_RANKS = 256  # processes of a training that are told of
MAX_FIGURE = 1e9  # of a training; what is larger could not be drawn
END_TIMEOUT_S = 1.0  # longest wait for a process that was ended, seconds
DAY_MINUTES = 24 * 60

log = logging.getLogger(__name__)


def default_command() -> list[str]:
    """The training on this machine, at the lowest priority.

    Returns
    -------
    list of str
    """
    own = [sys.executable, "-m", "installation", "evolve", "run", "--json", "--from-piece"]
    return own if os.name == "nt" else ["nice", "-n", "19", *own]


class EvolutionJob:
    """Starts trainings, at a time of day and after so many visits; one at a time.

    The piece plays on whatever becomes of it: what fails is said once.

    Parameters
    ----------
    settings_of : callable
        Returns the settings of the piece with a set, by its name; empty for those of its start.
    wall_clock : WallClock
    command : sequence of str
        Gets the settings as `piece_pipe` packs them, and prints lines of JSON.
    tell : callable
        Gets the status whenever it has changed, and every few seconds: a stage may be a new one.

    Attributes
    ----------
    progress : dict
        The last line of the training that runs, or ran last.
    """

    def __init__(
        self,
        settings_of: Callable[[str], Config],
        wall_clock: WallClock,
        command: Sequence[str],
        tell: Callable[[TrainingStatus], None] = lambda status: None,
    ) -> None:
        self.progress: dict[str, Any] = {}
        self._generation: dict[str, Any] = {}  # what became of it, by its own line
        self._status, self._told = TrainingStatus(), TrainingStatus()
        self._tell, self._tell_again_at = tell, 0
        self._settings_of = settings_of
        self._wall_clock, self._command = wall_clock, list(command)
        schedule = settings_of("").evolution
        at = schedule.at
        self._minute = parse_time_of_day(at) % DAY_MINUTES if at else None
        self._visits, self._visits_before = schedule.visits, 0
        self._next_check_at = self._started_at = 0
        self._last_day = self._set_name = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether a training goes on."""
        return self._process is not None

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Do what is due at the time `now`, ns."""
        if self._status != self._told or now >= self._tell_again_at:
            self._told, self._tell_again_at = self._status, now + TELL_INTERVAL_NS
            self._tell(self._told)
        if now < self._next_check_at:
            return
        self._next_check_at = now + CHECK_INTERVAL_NS
        metrics = _performer_metrics(health)
        if metrics is not None and "set" in metrics.settings:
            self._set_name = str(metrics.settings["set"].value)
        if self._process is not None:
            self._check_process(self._process, now)
        elif self._is_due(health):
            self._start(now)

    def close(self) -> None:
        """End a training that runs; nothing of it is kept."""
        if self._process is not None:
            self._finish()

    def wait(self, timeout_s: float) -> None:
        """Wait until the training that runs has printed its last line."""
        if self._reader is not None:
            self._reader.join(timeout_s)

    def _is_due(self, health: Mapping[str, ProcessHealth]) -> bool:
        moment = self._wall_clock.now()
        day = moment.date().isoformat()
        if 60 * moment.hour + moment.minute == self._minute and day != self._last_day:
            self._last_day = day
            return True
        metrics = _performer_metrics(health)
        visits = 0 if metrics is None else metrics.visits
        if visits < self._visits_before:  # a new performer counts from 0
            self._visits_before = 0
        if self._visits and visits - self._visits_before >= self._visits:
            self._visits_before = visits
            return True
        return False

    def _start(self, now: int) -> None:
        self._started_at, self.progress, self._generation = now, {}, {}
        try:
            settings = self._settings_of(self._set_name)
            self._process = subprocess.Popen(
                self._command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self._end_with(logging.WARNING, f"no training: {error}; the piece plays on")
            return
        log.info("a training begins")
        self._status = TrainingStatus(is_running=True)
        with contextlib.suppress(OSError):  # it has ended already: its last line tells why
            if self._process.stdin is not None:
                self._process.stdin.write(pack_settings(settings))
                self._process.stdin.flush()
        self._reader = Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout or ():
            try:
                self.progress = dict(json.loads(line))
                self._status = read_progress(self._status, self.progress)
                if self.progress.get("event") == "generation":
                    self._generation = self.progress
            except (ValueError, TypeError, RecursionError):
                text = line.decode(errors="replace").strip()
                self.progress = {"event": "message", "text": text}

    def _check_process(self, process: subprocess.Popen[bytes], now: int) -> None:
        status = process.poll()
        if status is None:
            if now - self._started_at > MAX_DURATION_NS:
                self._finish()
                last = f" ({text})" if (text := self.progress.get("text")) else ""
                reason = f"a training takes too long{last} and is ended; the piece plays on"
                self._end_with(logging.WARNING, reason)
            return
        self._finish()
        told = self._generation
        if status or not told:
            reason = self.progress.get("text", f"the training ended with {describe_end(status)}")
            self._end_with(logging.WARNING, f"no new generation: {reason}; the piece plays on")
        elif told.get("accepted"):
            self._end_with(logging.INFO, f"generation {told.get('number')} plays")
        else:
            reasons = "; ".join(map(str, told.get("reasons", [])))
            self._end_with(logging.INFO, f"generation {told.get('number')} is set aside: {reasons}")

    def _end_with(self, level: int, outcome: str) -> None:
        log.log(level, outcome)
        self._status = replace(self._status, is_running=False, outcome=outcome)

    def _finish(self) -> None:
        """End the process, if it goes on, and forget it when its last line was read."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):  # what was not written is not wanted any more
                if process.stdin is not None:
                    process.stdin.close()  # it ends itself and what it has started
            try:
                process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                _kill_session(process)
            self.wait(END_TIMEOUT_S)
            if self._reader is not None and self._reader.is_alive():
                _kill_session(process)  # it was killed, and what it has started goes on


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a training and what it has started: it may be too starved to end them itself."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def describe_end(status: int) -> str:
    """How a process ended, in words: by itself, or by a signal.

    Parameters
    ----------
    status : int
        As `subprocess` tells it.

    Returns
    -------
    str
    """
    if status >= 0:
        return f"status {status}"
    return f"signal {-status} ({signal.strsignal(-status)})"


def read_progress(status: TrainingStatus, line: Mapping[str, Any]) -> TrainingStatus:
    """The status after a line of a training; what is no figure in it is 0.

    Parameters
    ----------
    status : TrainingStatus
        Before the line.
    line : mapping of str to value

    Returns
    -------
    TrainingStatus
    """
    if line.get("event") != "training":
        return status
    return replace(
        status,
        step=round(_number(line.get("step"))),
        loss=_number(line.get("loss")),
        held_out_bits=_number(line.get("held_out_bits")),
        learning_rate=_number(line.get("learning_rate")),
        notes_per_second=_number(line.get("notes_per_second")),
        gradient_norms=_numbers(line.get("gradient_norms")),
        rank_notes_per_second=_numbers(line.get("rank_notes_per_second")),
    )


def _number(value: object) -> float:
    is_figure = isinstance(value, int | float) and abs(value) <= MAX_FIGURE  # NaN is not
    return float(value) if is_figure else 0.0  # type: ignore[arg-type]


def _numbers(value: object) -> tuple[float, ...]:
    """Figures of the ranks, none of which is below 0."""
    rows = value[:MAX_RANKS] if isinstance(value, list) else ()
    return tuple(max(0.0, _number(each)) for each in rows)


def _performer_metrics(health: Mapping[str, ProcessHealth]) -> ProcessMetrics | None:
    return health["performer"].metrics if "performer" in health else None
