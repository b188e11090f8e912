"""Health figures of a process: memory, processor time, picture, sound, ports and punctuality."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from messages.clock import SECOND
from messages.lesson_answers import AnswerCounts
from messages.stage_timing import PictureStatus, StageTiming

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
class SoundStatus:
    """The sound of the embedded synth, as it leaves for the sound card.

    Parameters
    ----------
    device : str
        Name of the sound card, or of what stands in for it.
    on_card : bool
        Whether a sound card asks for the samples.
    samples : int
        Number of frames that were asked for.
    volume : float
        Volume that is asked for, 0..1.
    peak : float
        Largest sample of the last 10 s, 0..1.
    silent_for : float or None
        Time since the last sound, seconds; None before the first.
    unheard_for : float
        Time since the first note that brought no sound, seconds; 0 if all notes were heard.
    level : float
        Largest sample since the last heartbeat, 0..1.
    """

    device: str
    on_card: bool = True
    samples: int = 0
    volume: float = 1.0
    peak: float = 0.0
    silent_for: float | None = None
    unheard_for: float = 0.0
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class MidiStatus:
    """The MIDI ports.

    Parameters
    ----------
    inputs, outputs : tuple of str
        Names of the open ports.
    missing : tuple of str
        Names that the settings ask for, without an open port.
    received : int
        Number of messages received at the inputs.
    lost : bool
        Whether the MIDI system died under the performer.
    volume : float or None
        Volume that was asked of the open outputs that play notes, 0..1, and 1 before any was; None
        if no such output is open.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    received: int = 0
    lost: bool = False
    volume: float | None = 1.0

    @property
    def plays_notes(self) -> bool:
        """Whether an instrument outside may sound."""
        return bool(self.outputs) and self.volume is not None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that the staff may change while the piece runs.

    Parameters
    ----------
    value : float or str
        As it is now.
    choices : tuple of str
        The words it accepts; empty for a number.
    """

    value: float | str
    choices: tuple[str, ...] = ()


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
    in_lesson : bool or None
        Whether a lesson is open, for which the music waits; of a performer.
    visits : int
        Number of visits so far.
    last_visit : str
        Start of the last visit, ISO 8601; empty before the first.
    picture : PictureStatus or None
        Of a stage.
    sound : SoundStatus or None
        Of a performer with an embedded synth.
    midi : MidiStatus or None
        Of a performer.
    settings : dict of str to Setting
        What the staff may change in this process, by name.
    answers : dict of str to AnswerCounts
        Answers to the questions of the lessons, by lesson; of a stage.
    """

    memory: int = 0
    frame_rate: float | None = None
    sync: StageTiming | None = None
    lateness: Lateness | None = None
    pushed: int = 0
    turn: str = ""
    in_lesson: bool | None = None
    visits: int = 0
    last_visit: str = ""
    picture: PictureStatus | None = None
    sound: SoundStatus | None = None
    midi: MidiStatus | None = None
    settings: dict[str, Setting] = field(default_factory=dict)
    answers: Mapping[str, AnswerCounts] = field(default_factory=dict)


def resident_memory_bytes() -> int:
    """Resident memory of this process.

    Returns
    -------
    int
        In bytes.
    """
    return psutil.Process().memory_info().rss


def open_descriptor_count() -> int:
    """Number of files, sockets and pipes that this process has open; on Windows, of handles.

    Returns
    -------
    int
    """
    process = psutil.Process()
    return process.num_handles() if psutil.WINDOWS else process.num_fds()


def thread_count() -> int:
    """Number of threads of this process, those of libraries among them.

    Returns
    -------
    int
    """
    return psutil.Process().num_threads()


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


def is_stopped(pid: int) -> bool:
    """Whether a signal has stopped a process, such as SIGSTOP or SIGTTOU.

    Parameters
    ----------
    pid : int

    Returns
    -------
    bool
    """
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def processor_pressure() -> int:
    """For how long some process of the machine has waited for a processor so far.

    Returns
    -------
    int
        Nanoseconds; 0 where the system does not tell, as only Linux does ("PSI - Pressure Stall
        Information" of its documentation).
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        some = Path("/proc/pressure/cpu").read_text().splitlines()[0]
        return int(some.rpartition("total=")[2]) * 1000
    return 0


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
