"""Health figures of a process: memory, processor time, frame rate and note lateness."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path

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


def processor_waits(pid: int) -> dict[int, int]:
    """How long each thread of a process has waited for a processor so far, ready to run.

    Parameters
    ----------
    pid : int

    Returns
    -------
    dict of int to int
        Nanoseconds by thread; empty where the system does not tell, as only Linux does ("Scheduler
        Statistics" of its documentation, /proc/<pid>/schedstat).
    """
    waits = {}
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # the thread has ended
            waits[int(path.parent.name)] = int(path.read_text().split()[1])
    return waits


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
