"""Health figures of a process: memory, processor time, frame rate and note lateness."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import psutil

from messages.clock import SECOND
from messages.stage_timing import StageTiming

FRAME_RATE_WINDOW_FRAMES = 120  # frames over which the frame rate is averaged


@dataclass(frozen=True, slots=True)
class Lateness:
    """Lateness of recent note-ons at their ports.

    Parameters
    ----------
    p50, p99, worst : float
        Milliseconds.
    count : int
        Number of note-ons.
    """

    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True)
class ProcessMetrics:
    """Health figures of one process at one moment.

    Parameters
    ----------
    memory : int
        Resident memory, bytes.
    frame_rate : float or None
        Frames per second of a stage.
    sync : StageTiming or None
        Timing errors and frame times of a stage.
    lateness : Lateness or None
        Note lateness of a performer.
    pushed : int
        Number of times a performer moved notes to a later beat after a stall of the machine.
    turn : str
        The performer's turn: attract, listen, answer or farewell.
    visits : int
        Number of visits so far.
    last_visit : str
        Start of the last visit, ISO 8601; empty before the first.
    """

    memory: int = 0
    frame_rate: float | None = None
    sync: StageTiming | None = None
    lateness: Lateness | None = None
    pushed: int = 0
    turn: str = ""
    visits: int = 0
    last_visit: str = ""


def resident_memory_bytes() -> int:
    """Resident memory of this process.

    Returns
    -------
    int
        In bytes.
    """
    return psutil.Process().memory_info().rss


def cpu_seconds(pid: int) -> float | None:
    """Processor time a process has used so far.

    Parameters
    ----------
    pid : int

    Returns
    -------
    float or None
        Seconds; None if there is no such process.
    """
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return times.user + times.system


def has_runnable_thread(pid: int) -> bool:
    """Whether a thread of a process runs or waits for a processor.

    Parameters
    ----------
    pid : int

    Returns
    -------
    bool
        False if the system does not tell.
    """
    try:
        threads = psutil.Process(pid).threads()
    except psutil.Error:
        return False
    return any(_is_runnable(thread.id) for thread in threads)


def _is_runnable(thread_id: int) -> bool:
    """Whether a thread is in the state R; on Linux, psutil takes a thread number as well."""
    try:
        return psutil.Process(thread_id).status() == psutil.STATUS_RUNNING
    except psutil.Error:
        return False


class FrameRateMeter:
    """Measures the frame rate over the last `FRAME_RATE_WINDOW_FRAMES` frames."""

    def __init__(self) -> None:
        self._frame_times: deque[int] = deque(maxlen=FRAME_RATE_WINDOW_FRAMES + 1)

    def record_frame(self, at: int) -> None:
        """Count a frame drawn at `at`, ns."""
        self._frame_times.append(at)

    @property
    def frames_per_second(self) -> float:
        """Mean frame rate; 0 before the second frame."""
        if len(self._frame_times) < 2 or self._frame_times[-1] == self._frame_times[0]:
            return 0.0
        duration = self._frame_times[-1] - self._frame_times[0]
        return (len(self._frame_times) - 1) * SECOND / duration
