"""Messages from the performer to the stage.

Times are nanoseconds of the machine's monotonic clock. `messages.wire_format` turns messages into
bytes and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

KEY_COUNT = 88  # number of piano keys: index k stands for MIDI number k + 21
SIGNALS = ("input", "forget", "candidate", "output", "cell", "hidden")
"""Order of the second axis of `NoteCue.activations`."""
HIDDEN_INDEX = SIGNALS.index("hidden")  # index of the hidden state on that axis


class NoteSource(IntEnum):
    """Who plays a note; the value is also its MIDI channel, but for a ghost."""

    VISITOR = 0
    NETWORK = 1
    BASS = 2
    GHOST = 3  # a past visitor; sounds as the network does
    DRUMS = 9  # channel 10, as people count


class Turn(IntEnum):
    """Who has the turn; in attract mode, no visitor is present."""

    ATTRACT = 0
    LISTEN = 1
    ANSWER = 2
    FAREWELL = 3


@dataclass(frozen=True, slots=True, eq=False)
class NoteCue:
    """One note and the step of the network that belongs to it.

    Parameters
    ----------
    serial : int
        Number of the cue; each cue of a performer has the next number, from 0. Cues of a duet that
        the stage plays again have numbers below 0.
    due : int
        When the note sounds, ns.
    duration : int
        Length of the note, ns; 0 while a visitor holds the key (a `NoteRelease` follows).
    pitch, velocity : int
        MIDI numbers.
    source : NoteSource
    surprise : float
        -log2 of the probability that the network gave this note, bits.
    activations : ndarray of float32, shape (layers, 6, units)
        State of the network after this note; the second axis is `SIGNALS`.
    next_key_probabilities : ndarray of float32, shape (88,)
        Probability of each key to be the next note.
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
class KeyStruck:
    """A visitor's key that the network has not heard yet; a `NoteCue` of this number follows.

    So its light need not wait for the network, which takes some hundredths of a second.

    Parameters
    ----------
    serial : int
        Number of the cue that follows.
    due : int
        When the note sounds, ns.
    pitch, velocity : int
        MIDI numbers.
    """

    serial: int
    due: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True, eq=False)
class BandCue:
    """One note of the band, and the drummer's network as it wrote the note.

    Parameters
    ----------
    due : int
        When the note sounds, ns.
    duration : int
        Length of the note, ns.
    pitch, velocity : int
        MIDI numbers.
    source : NoteSource
        Drums or bass.
    cells : ndarray of float32, shape (parts, cells)
        Hidden states of the drummer's cells: in each row those that favour a part of the kit, in
        the order of `midi_data.drums.DrumPart`. Shape (0, 0) for a note that no network wrote.
    heard_serials : tuple of int
        Cues of the melody that gave a bass note its chord, the strongest first.
    """

    due: int
    duration: int
    pitch: int
    velocity: int
    source: NoteSource
    cells: NDArray[np.float32]
    heard_serials: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteRelease:
    """The end of a visitor's note.

    Parameters
    ----------
    serial : int
        Number of the note's cue.
    at : int
        When the note ended, ns.
    """

    serial: int
    at: int


@dataclass(frozen=True, slots=True)
class CueWithdrawal:
    """The withdrawal of cues that will not sound; `messages.withdrawal` has the rule.

    Parameters
    ----------
    serial : int
        First serial number that the withdrawal concerns.
    at : int
        Only cues due after this time are withdrawn, ns.
    """

    serial: int
    at: int


@dataclass(frozen=True, slots=True)
class TurnChange:
    """A change of turn.

    Parameters
    ----------
    due : int
        When the turn begins, ns.
    turn : Turn
    beat_ns : int
        Length of a beat at the current tempo, ns.
    """

    due: int
    turn: Turn
    beat_ns: int = 500_000_000


@dataclass(frozen=True, slots=True)
class RhythmBelief:
    """The rhythm that is heard in a visitor's phrase.

    Parameters
    ----------
    at : int
        When it was heard, ns.
    bar_line : int
        Time of a bar line, ns.
    beat_ns : int
        Length of a quarter note, ns.
    meter : str
        Meter, as in "6/8".
    swing : float
        Share of a beat at which its second eighth begins; 0.5 is straight.
    confidence : float
        Probability of tempo and meter.
    is_external : bool
        Whether the tempo is that of another device.
    is_phrase_over : bool
        Whether the phrase is over, and the rhythm that of all of it.
    """

    at: int
    bar_line: int
    beat_ns: int
    meter: str
    swing: float
    confidence: float
    is_external: bool = False
    is_phrase_over: bool = False


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A change of the model that plays.

    Parameters
    ----------
    path : str
        The model file; empty for the model with which the performer began.
    """

    path: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NoteAttribution:
    """The contributions of earlier notes to the note of one cue.

    Parameters
    ----------
    serial : int
        Number of the cue that is explained.
    cause_serials : ndarray of int64, shape (n,)
        Numbers of the cues of earlier notes, oldest first.
    contributions : ndarray of float32, shape (n,)
        Change of the note's log probability by each earlier note, nats.

    Raises
    ------
    ValueError
        If the arrays differ in length, or a cause is not before the explained note.
    """

    serial: int
    cause_serials: NDArray[np.int64]
    contributions: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.cause_serials.shape != self.contributions.shape:
            raise ValueError(
                f"{len(self.cause_serials)} serials have {len(self.contributions)} contributions"
            )
        if self.cause_serials.max(initial=-1) >= self.serial:
            raise ValueError(
                f"a note is explained by notes before it, not by {self.cause_serials.max()}"
            )


@dataclass(frozen=True, slots=True)
class VisitEndWarning:
    """A warning that the visit will end, or its cancellation.

    Parameters
    ----------
    at : int
        When the warning counts, ns.
    ends_at : int
        When the visit ends without another key, ns; 0 if a key has cancelled the warning.
    """

    at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class BlendChange:
    """A change of the mixture of networks.

    Parameters
    ----------
    at : int
        When the change was made, ns.
    names : tuple of str
        Names of the networks.
    weights : tuple of float
        Share of each network in the mixture; they sum to 1.
    temperature : float
        Sampling temperature.
    set_weights : tuple of float, optional
    set_temperature : float, optional
        The same as they were set, without the wishes of the crowd; by default there are none.

    Raises
    ------
    ValueError
        If there are not as many weights as names.
    """

    at: int
    names: tuple[str, ...]
    weights: tuple[float, ...]
    temperature: float = 1.0
    set_weights: tuple[float, ...] = ()
    set_temperature: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "set_weights", self.set_weights or self.weights)
        object.__setattr__(self, "set_temperature", self.set_temperature or self.temperature)
        if not len(self.names) == len(self.weights) == len(self.set_weights):
            raise ValueError(f"{len(self.names)} networks have {len(self.weights)} weights")


@dataclass(frozen=True, slots=True, eq=False)
class BlendContributions:
    """The contributions of S networks to the note of one cue.

    Parameters
    ----------
    serial : int
        Number of the cue.
    weights : ndarray of float32, shape (S,)
        Share of each network in the mixture at that note.
    note_probs : ndarray of float32, shape (S,)
        Probability that each network gave the note.
    next_key_probabilities : ndarray of float32, shape (S, 88)
        Probability that each network gives each key of being the next note.
    hidden : ndarray of float32, shape (S, units)
        Hidden state of each network's last layer after the note.

    Raises
    ------
    ValueError
        If the arrays do not all have S rows, or not 88 keys.
    """

    serial: int
    weights: NDArray[np.float32]
    note_probs: NDArray[np.float32]
    next_key_probabilities: NDArray[np.float32]
    hidden: NDArray[np.float32]

    def __post_init__(self) -> None:
        styles = len(self.weights)
        probabilities = self.note_probs.shape, self.next_key_probabilities.shape
        if probabilities != ((styles,), (styles, KEY_COUNT)):
            raise ValueError(f"probabilities of {styles} networks have the shapes {probabilities}")
        if self.hidden.ndim != 2 or len(self.hidden) != styles:
            raise ValueError(f"{styles} networks have hidden states of shape {self.hidden.shape}")


@dataclass(frozen=True, slots=True)
class WrittenText:
    """The characters that a character network wrote for the note of one cue.

    Parameters
    ----------
    serial : int
        Number of the cue.
    text : str
    """

    serial: int
    text: str


MAX_COMPARISON_NS = 60_000_000_000  # longest time that a version is believed to sound, ns


class ComparedVersion(IntEnum):
    """What is heard of a comparison."""

    WITH_UNIT = 0
    WITHOUT_UNIT = 1
    NONE = 2


@dataclass(frozen=True, slots=True)
class UnitComparison:
    """The start of the last phrase with or without a unit, or the end of both versions.

    Parameters
    ----------
    at : int
        When it begins, ns.
    layer, unit : int
        Which unit.
    version : ComparedVersion
    changed, notes : int
        Of the notes played without the unit, the number that differs, and all; known at the end.
    """

    at: int
    layer: int
    unit: int
    version: ComparedVersion
    changed: int = 0
    notes: int = 0

    def is_heard(self, time: int) -> bool:
        """Whether a version sounds at `time`, ns; after `MAX_COMPARISON_NS` it counts as over."""
        lasts = time - self.at < MAX_COMPARISON_NS
        return lasts and self.version is not ComparedVersion.NONE


@dataclass(frozen=True, slots=True)
class GhostAnswer:
    """A past visitor answers, before the network does.

    Parameters
    ----------
    at, until : int
        Beginning and end, ns.
    weekday, hour : int
        When that visitor played: from 0 for Monday, and 0 to 23.
    """

    at: int
    until: int
    weekday: int
    hour: int


StageMessage = (
    NoteCue
    | BandCue
    | NoteRelease
    | CueWithdrawal
    | TurnChange
    | ModelChange
    | NoteAttribution
    | VisitEndWarning
    | BlendChange
    | WrittenText
    | BlendContributions
    | RhythmBelief
    | UnitComparison
    | GhostAnswer
    | KeyStruck
)
"""Every message from the performer to the stage."""
