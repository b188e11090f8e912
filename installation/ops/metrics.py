"""Vitals: the few figures by which one sees that a process is well."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from installation.engine.scheduler import Lateness
from messages.clock import SECOND
from messages.stage_timing import StageTiming

FRAME_RATE_WINDOW_FRAMES = 120
"""Frames over which the rate is taken."""


@dataclass(frozen=True, slots=True)
class ProcessMetrics:
    """One process, now.

    Parameters
    ----------
    memory : int
        Bytes of memory in use; 0 where the system does not tell.
    frame_rate : float or None
        Frames a second, of a stage.
    sync : Sync or None
        How punctual light is, and how long frames take, of a stage.
    lateness : Lateness or None
        Of a performer.
    pushed : int
        How often the music was put off to a later beat because the machine stalled.
    turn : str
        Whose turn it is, of a performer.
    visits : int
    last_visit : str
        When the last visit began, ISO 8601; empty before the first.
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
    """Resident memory of this process, bytes; 0 where there is no way to tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return _peak_memory_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float | None:
    """Processor time a process has had so far; None where there is no way to tell."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")")[-1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def has_runnable_thread(pid: int) -> bool:
    """Whether some thread of a process runs or would, if it were let; False if nothing tells."""
    return any(_task_state(task) == "R" for task in Path(f"/proc/{pid}/task").glob("*"))


def _task_state(task: Path) -> str:
    try:
        return (task / "stat").read_text(encoding="ascii").rsplit(")")[-1].split()[0]
    except (OSError, IndexError):
        return ""


def _peak_memory_bytes() -> int:
    """The most memory this process ever used: where nothing tells what it uses now."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


class FrameRateMeter:
    """Counts frames."""

    def __init__(self) -> None:
        self._frame_times: deque[int] = deque(maxlen=FRAME_RATE_WINDOW_FRAMES + 1)

    def record_frame(self, at: int) -> None:
        """A frame was drawn at `at`, ns."""
        self._frame_times.append(at)

    @property
    def frames_per_second(self) -> float:
        """Frames a second, over the last few; 0 before there are two."""
        if len(self._frame_times) < 2 or self._frame_times[-1] == self._frame_times[0]:
            return 0.0
        return (
            (len(self._frame_times) - 1) * SECOND / (self._frame_times[-1] - self._frame_times[0])
        )
