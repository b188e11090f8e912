"""Cues: the one door between playing and showing.

The performer writes these messages, the stage reads them; both sides know this module and nothing
else of each other. Times are nanoseconds of the machine's monotonic clock. `pack` and `unpack` turn
a message into bytes for the wire and back.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

KEYS = 88
"""Keys of the piano: column k is MIDI number k + 21."""
SIGNALS = ("input", "forget", "candidate", "output", "cell", "hidden")
"""Order of the second axis of `Cue.activations`."""
HIDDEN = SIGNALS.index("hidden")


class Source(IntEnum):
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
class Cue:
    """One note and the step of the network behind it.

    Parameters
    ----------
    serial : int
        Counts up by one with each cue of a performer.
    due : int
        When the note sounds, ns.
    duration : int
        How long, ns; 0 while a visitor still holds the key (a `Release` follows).
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
    source: Source
    surprise: float
    activations: NDArray[np.float32]
    ahead: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Release:
    """The visitor let go of the key of cue `serial` at `at`."""

    serial: int
    at: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
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
    beat: int = 500_000_000


@dataclass(frozen=True, slots=True)
class StyleChange:
    """The performer plays another model from now on."""

    path: str = field(default="")


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
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
    serials: NDArray[np.int64]
    shares: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.serials.shape != self.shares.shape:
            raise ValueError(f"{len(self.serials)} serials have {len(self.shares)} shares")
        if self.serials.max(initial=-1) >= self.serial:
            raise ValueError(f"a note is explained by notes before it, not by {self.serials.max()}")


@dataclass(frozen=True, slots=True)
class Waning:
    """From `at` on: the visit ends at `until` unless somebody plays; 0 once somebody has."""

    at: int
    until: int


Message = Cue | Release | Withdrawal | TurnChange | StyleChange | Reasons | Waning

_KIND = struct.Struct("<B")
_CUE = struct.Struct("<BQqqBBBfHH")
_RELEASE = struct.Struct("<BQq")
_WITHDRAWAL = struct.Struct("<BQq")
_TURN = struct.Struct("<BqBq")
_WANING = struct.Struct("<Bqq")
_REASONS = struct.Struct("<BQB")
_REASON = np.dtype([("back", "<u2"), ("share", "<f2")])
_FURTHEST = np.iinfo(np.uint16).max
_TAG = {Cue: 1, Release: 2, Withdrawal: 3, TurnChange: 4, StyleChange: 5, Reasons: 6, Waning: 7}


def cue_size(layers: int, units: int) -> int:
    """Bytes of a packed cue of a network of that size."""
    return _CUE.size + 2 * (layers * len(SIGNALS) * units + KEYS)


def pack(message: Message) -> bytes:
    """Bytes of a message; activations and probabilities travel as float16."""
    tag = _TAG[type(message)]
    match message:
        case Cue():
            layers, _, units = message.activations.shape
            head = _CUE.pack(
                tag,
                message.serial,
                message.due,
                message.duration,
                message.pitch,
                message.velocity,
                message.source,
                message.surprise,
                layers,
                units,
            )
            return (
                head
                + message.activations.astype("<f2").tobytes()
                + message.ahead.astype("<f2").tobytes()
            )
        case Release():
            return _RELEASE.pack(tag, message.serial, message.at)
        case Withdrawal():
            return _WITHDRAWAL.pack(tag, message.serial, message.at)
        case TurnChange():
            return _TURN.pack(tag, message.due, message.turn, message.beat)
        case Waning():
            return _WANING.pack(tag, message.at, message.until)
        case StyleChange():
            return _KIND.pack(tag) + message.path.encode()
        case Reasons():
            back = message.serial - message.serials
            near = np.flatnonzero(back <= _FURTHEST)[-255:]
            entries = np.empty(len(near), _REASON)
            entries["back"], entries["share"] = back[near], message.shares[near]
            return _REASONS.pack(tag, message.serial, len(near)) + entries.tobytes()


def unpack(data: bytes) -> Message:
    """The message of some bytes.

    Raises
    ------
    ValueError
        If they are no message.
    """
    try:
        return _unpack(data)
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"not a message: {error}") from error


def _unpack(data: bytes) -> Message:
    (tag,) = _KIND.unpack_from(data)
    if tag == _TAG[Cue]:
        _, serial, due, duration, pitch, velocity, source, surprise, layers, units = (
            _CUE.unpack_from(data)
        )
        if len(data) != cue_size(layers, units):
            raise ValueError(f"not a message: a cue of {len(data)} bytes")
        numbers = np.frombuffer(data, "<f2", offset=_CUE.size).astype(np.float32)
        activations = numbers[:-KEYS].reshape(layers, len(SIGNALS), units)
        return Cue(
            serial,
            due,
            duration,
            pitch,
            velocity,
            Source(source),
            surprise,
            activations,
            numbers[-KEYS:],
        )
    if tag == _TAG[Release]:
        return Release(*_RELEASE.unpack(data)[1:])
    if tag == _TAG[Withdrawal]:
        return Withdrawal(*_WITHDRAWAL.unpack(data)[1:])
    if tag == _TAG[TurnChange]:
        _, due, turn, beat = _TURN.unpack(data)
        return TurnChange(due, Turn(turn), beat)
    if tag == _TAG[Waning]:
        return Waning(*_WANING.unpack(data)[1:])
    if tag == _TAG[StyleChange]:
        return StyleChange(data[1:].decode())
    if tag == _TAG[Reasons]:
        _, serial, count = _REASONS.unpack_from(data)
        if len(data) != _REASONS.size + count * _REASON.itemsize:
            raise ValueError(f"not a message: reasons of {len(data)} bytes")
        entries = np.frombuffer(data, _REASON, offset=_REASONS.size)
        serials = serial - entries["back"].astype(np.int64)
        return Reasons(serial, serials, entries["share"].astype(np.float32))
    raise ValueError(f"not a message: tag {tag}")
