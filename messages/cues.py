"""Cues: the one door between playing and showing.

The performer writes these messages, the stage reads them; both sides know this module and nothing
else of each other. Times are nanoseconds of the machine's monotonic clock. `messages.wire_format`
makes bytes of a message, for the wire, and a message of bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

KEY_COUNT = 88
"""Keys of the piano: column k is MIDI number k + 21."""
SIGNALS = ("input", "forget", "candidate", "output", "cell", "hidden")
"""Order of the second axis of `NoteCue.activations`."""
HIDDEN_INDEX = SIGNALS.index("hidden")


class NoteSource(IntEnum):
    """Who plays a note."""

    VISITOR = 0
    NETWORK = 1


class Turn(IntEnum):
    """Who has the turn."""

    ATTRACT = 0
    LISTEN = 1
    ANSWER = 2
    FAREWELL = 3


@dataclass(frozen=True, slots=True, eq=False)
class NoteCue:
    """One note and the step of the network behind it.

    Parameters
    ----------
    serial : int
        Counts up by one with each cue of a performer.
    due : int
        When the note sounds, ns.
    duration : int
        How long, ns; 0 while a visitor still holds the key (a `NoteRelease` follows).
    pitch, velocity : int
        MIDI numbers.
    source : Source
    surprise : float
        -log2 of the probability the network gave this note, in bits.
    activations : ndarray of float32, shape (layers, 6, units)
        The network after this note; the second axis is `SIGNALS`.
    ahead : ndarray of float32, shape (88,)
        Probability of each key being the next note after this one.
    """

    serial: int
    due: int
    duration: int
    pitch: int
    velocity: int
    source: NoteSource
    surprise: float
    activations: NDArray[np.float32]
    next_key_probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoteRelease:
    """The visitor let go of the key of cue `serial` at `at`."""

    serial: int
    at: int


@dataclass(frozen=True, slots=True)
class CueWithdrawal:
    """Cues with this serial or a later one that are due after `at` will not sound.

    Visitor cues are never withdrawn.
    """

    serial: int
    at: int


@dataclass(frozen=True, slots=True)
class TurnChange:
    """From `due` on, the turn is another's.

    Parameters
    ----------
    due : int
    turn : Turn
    beat : int
        Length of a beat at the current tempo, ns.
    """

    due: int
    turn: Turn
    beat_ns: int = 500_000_000


@dataclass(frozen=True, slots=True)
class ModelChange:
    """The performer plays another model from now on; an empty path is the one it began with."""

    path: str = field(default="")


@dataclass(frozen=True, slots=True, eq=False)
class NoteAttribution:
    """Why the network wrote the note of cue `serial`: what the notes before it did to its odds.

    Parameters
    ----------
    serial : int
        Of the note explained.
    serials : ndarray of int64, shape (n,)
        Cues of notes before it, oldest first.
    shares : ndarray of float32, shape (n,)
        What each did to its log probability, nats: above 0 it called for the note.

    Raises
    ------
    ValueError
        If the two have not one length, or a note is not before the one explained.
    """

    serial: int
    cause_serials: NDArray[np.int64]
    contributions: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.cause_serials.shape != self.contributions.shape:
            raise ValueError(
                f"{len(self.cause_serials)} serials have {len(self.contributions)} shares"
            )
        if self.cause_serials.max(initial=-1) >= self.serial:
            raise ValueError(
                f"a note is explained by notes before it, not by {self.cause_serials.max()}"
            )


@dataclass(frozen=True, slots=True)
class VisitEndWarning:
    """From `at` on: the visit ends at `until` unless somebody plays; 0 once somebody has."""

    at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class BlendChange:
    """From `at` on, what is composed is mixed by these weights.

    Parameters
    ----------
    at : int
        ns.
    names : tuple of str
        Of the networks that play.
    weights : tuple of float
        Share of each in the mixture; they sum to 1.
    temperature : float
        Below 1 they play safe, above 1 they take risks.

    Raises
    ------
    ValueError
        If there are not as many weights as names.
    """

    at: int
    names: tuple[str, ...]
    weights: tuple[float, ...]
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if len(self.names) != len(self.weights):
            raise ValueError(f"{len(self.names)} networks have {len(self.weights)} weights")


@dataclass(frozen=True, slots=True, eq=False)
class BlendContributions:
    """What each of S networks had to do with the note of cue `serial`.

    Parameters
    ----------
    serial : int
    weights : ndarray of float32, shape (S,)
        Share of each in the mixture as the note came.
    given : ndarray of float32, shape (S,)
        Probability each gave the note.
    ahead : ndarray of float32, shape (S, 88)
        Probability each gives each key of being the very next thing.
    hidden : ndarray of float32, shape (S, units)
        Hidden state of the last layer of each after the note.

    Raises
    ------
    ValueError
        If they are not of as many networks.
    """

    serial: int
    weights: NDArray[np.float32]
    note_probs: NDArray[np.float32]
    next_key_probabilities: NDArray[np.float32]
    hidden: NDArray[np.float32]

    def __post_init__(self) -> None:
        styles = len(self.weights)
        if self.note_probs.shape != (styles,) or self.next_key_probabilities.shape != (
            styles,
            KEY_COUNT,
        ):
            raise ValueError(f"shares of {styles} networks have other shapes")
        if self.hidden.ndim != 2 or len(self.hidden) != styles:
            raise ValueError(f"shares of {styles} networks have other hidden states")


@dataclass(frozen=True, slots=True)
class WrittenText:
    """What a network that writes characters wrote to come to the note of cue `serial`."""

    serial: int
    text: str


StageMessage = (
    NoteCue
    | NoteRelease
    | CueWithdrawal
    | TurnChange
    | ModelChange
    | NoteAttribution
    | VisitEndWarning
    | BlendChange
    | WrittenText
    | BlendContributions
)
