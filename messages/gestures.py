"""Messages from the stage to the performer: what a visitor does at the window.

Times are nanoseconds of the machine's monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from messages.clock import SECOND

MAX_TONES = 256  # most tones of one request
MAX_ONSET_DELAY_NS = 60 * SECOND  # longest time from a request to the onset of its last tone, ns
MAX_TONE_DURATION_NS = 8 * SECOND  # longest duration of a tone, ns


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A piano key went down or up: a computer key, or a key of the piano on the screen.

    Parameters
    ----------
    pitch : int
        MIDI note number.
    down : bool
    at : int
        Time of the event, ns.
    """

    pitch: int
    down: bool
    at: int


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """A finger on a unit of the network.

    Parameters
    ----------
    layer, unit : int
        Which unit.
    factor : float
        Factor of the unit's output; 0 silences it.
    """

    layer: int
    unit: int
    factor: float


@dataclass(frozen=True, slots=True)
class HeldUnitsChange:
    """A change of the held units.

    Parameters
    ----------
    held_units : tuple of HeldUnit
        All units held from now on.
    at : int
        Time of the change, ns.
    """

    held_units: tuple[HeldUnit, ...]
    at: int


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A change of a parameter of the music.

    Parameters
    ----------
    name : str
        "temperature", "density", "blend", or "silence", which ends every note.
    values : tuple of float
        New value; for a blend the share of each style, in their order; none for silence.
    at : int
        Time of the change, ns.
    """

    name: str
    values: tuple[float, ...]
    at: int


@dataclass(frozen=True, slots=True)
class QuitRequest:
    """A request to end the whole piece.

    Parameters
    ----------
    at : int
        Time of the request, ns.
    """

    at: int


@dataclass(frozen=True, slots=True)
class LessonTone:
    """A note of a lesson.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    at, duration : int
        Start and length, ns.
    """

    pitch: int
    velocity: int
    at: int
    duration: int


@dataclass(frozen=True, slots=True)
class LessonPlayRequest:
    """A request to play tones in place of those to come; sounding tones ring out.

    Parameters
    ----------
    tones : tuple of LessonTone
    at : int
        Time of the request, ns.
    """

    tones: tuple[LessonTone, ...]
    at: int


@dataclass(frozen=True, slots=True)
class LessonSilenceRequest:
    """A request to end all tones of the lesson.

    Parameters
    ----------
    at : int
        Time of the request, ns.
    """

    at: int


@dataclass(frozen=True, slots=True)
class LessonOpenChange:
    """The opening or closing of a lesson; the network is silent in between.

    Parameters
    ----------
    is_open : bool
        False as the lesson closes.
    at : int
        Time of the change, ns.
    """

    is_open: bool
    at: int


@dataclass(frozen=True, slots=True)
class PlayAloneRequest:
    """A request that the network plays by itself for a while, without rests between its tunes.

    Parameters
    ----------
    duration : int
        Time for which it plays unless a visitor does, ns.
    at : int
        Time of the request, ns.
    """

    duration: int
    at: int


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """A request to play the network's last phrase with a unit, and then without it.

    Parameters
    ----------
    layer, unit : int
        Which unit.
    at : int
        Time of the request, ns.
    """

    layer: int
    unit: int
    at: int


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A request to let another model play for the rest of the visit.

    Parameters
    ----------
    path : str
        Model file.
    at : int
        Time of the request, ns.
    """

    path: str
    at: int


@dataclass(frozen=True, slots=True)
class AnswerVote:
    """A visitor's vote on the answer that has just ended.

    Parameters
    ----------
    is_liked : bool
    at : int
        Time of the vote, ns.
    """

    is_liked: bool
    at: int


Gesture = (
    KeyEvent
    | HeldUnitsChange
    | ParameterChange
    | QuitRequest
    | LessonPlayRequest
    | LessonSilenceRequest
    | LessonOpenChange
    | ModelRequest
    | PlayAloneRequest
    | ComparisonRequest
    | AnswerVote
)
"""Every message from the stage to the performer."""
