"""Gestures: what a visitor does at the window, on its way back to the performer.

Times are nanoseconds of the machine's monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    """A finger on a unit: what it says is multiplied by `factor`, 0 to silence it."""

    layer: int
    unit: int
    factor: float


@dataclass(frozen=True, slots=True)
class HeldUnitsChange:
    """These fingers are on units now, in place of those that were."""

    held_units: tuple[HeldUnit, ...]
    at: int


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """Something is turned.

    Parameters
    ----------
    name : str
        "temperature", "density", or "blend".
    values : tuple of float
        What it is to be; for a blend the share of each style that plays, in their order.
    at : int
    """

    name: str
    values: tuple[float, ...]
    at: int


@dataclass(frozen=True, slots=True)
class QuitRequest:
    """The window was closed or Esc pressed: the whole piece should end."""

    at: int


@dataclass(frozen=True, slots=True)
class LessonTone:
    """A note of a lesson: when it starts and how long it sounds, ns.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    at, duration : int
    """

    pitch: int
    velocity: int
    at: int
    duration: int


@dataclass(frozen=True, slots=True)
class LessonPlayRequest:
    """A lesson plays these, in place of what it was going to play; what sounds, rings out."""

    tones: tuple[LessonTone, ...]
    at: int


@dataclass(frozen=True, slots=True)
class LessonSilenceRequest:
    """A lesson is silent from now on, in the middle of a note if need be."""

    at: int


@dataclass(frozen=True, slots=True)
class LessonOpenChange:
    """A lesson is open, and the network's own music makes room for it; or it no longer is."""

    is_open: bool
    at: int


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """The network of a model file is to play for the rest of the visit."""

    path: str
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
)
