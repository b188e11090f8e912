"""A take: a performance composed by the virtual clock, to be drawn and heard afterwards."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mido import Message as MidiMessage
from numpy.typing import NDArray

from installation.config import LiveSettings
from installation.engine.interfaces import CueSink, DummyRecorder
from installation.engine.key_input import Visitor
from installation.engine.live_controls import Mixing, Steered
from installation.engine.performer import Performer
from installation.engine.run import rehearse
from installation.engine.scheduler import Scheduler
from installation.io.audio.instruments import BLOCK, Instrument
from installation.io.audio.mixer import Rack
from installation.io.midi.outputs import TimedOutput
from messages.clock import SECOND, Clock, VirtualClock
from messages.cues import Message
from rnn.generation.composer import Composer

RATE = 48_000
"""Frames of sound a second."""
FIRST_VISIT = 7.0
"""Seconds from the start to the first note of the visitor there is in every take."""
VISIT_EVERY = 30.0
"""Seconds from one of the visitor's phrases to the next."""
WANDER_FROM, WANDER_STEP, WANDER_ROUND = 2.0, 0.2, 36.0
"""Seconds to when a wandering mixture sets out, between two steps of it, and for its round."""
TAIL = 2.0
"""Seconds of sound after the last picture, for the last notes to fade."""


@dataclass(frozen=True, slots=True)
class Press:
    """The visitor plays a key: `pitch` from `at` (seconds) for `length` seconds."""

    at: float
    pitch: int
    length: float
    velocity: int = 84


PHRASE = (
    Press(0.0, 69, 0.42),
    Press(0.5, 71, 0.42),
    Press(1.0, 72, 0.42),
    Press(1.5, 74, 0.42),
    Press(2.0, 76, 0.85),
    Press(3.0, 74, 0.42),
    Press(3.5, 71, 0.42),
    Press(4.0, 69, 0.85),
)
"""What the visitor of a take plays: a few notes up the scale and down again."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message for the stage, and when it was sent (ns)."""

    at: int
    message: Message


@dataclass(frozen=True, slots=True)
class Heard:
    """A MIDI message for the synth, and when it sounds (ns)."""

    at: int
    message: MidiMessage


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A whole performance, from 0 to `end` (ns).

    Parameters
    ----------
    told : list of Told
        For the stage, in the order sent.
    heard : list of Heard
        For the synth, in the order played.
    end : int
    """

    told: list[Told]
    heard: list[Heard]
    end: int


class _Stamped(CueSink):
    """Keeps what the stage is told."""

    def __init__(self, clock: Clock) -> None:
        self.told: list[Told] = []
        self._clock = clock

    def put(self, message: Message) -> None:
        self.told.append(Told(self._clock.now(), message))


class _Tape(TimedOutput):
    """Keeps what is played; the scheduler's virtual clock is never late."""

    def __init__(self, clock: Clock) -> None:
        self.heard: list[Heard] = []
        self._clock = clock
        super().__init__("tape")

    def _deliver(self, message: MidiMessage) -> None:
        self.heard.append(Heard(self._clock.now(), message.copy()))


def visits(seconds: float, first: float = FIRST_VISIT) -> list[Press]:
    """What a visitor plays in so many seconds: a phrase now and then."""
    starts = np.arange(first, seconds, VISIT_EVERY)
    moved = [
        Press(start + press.at, press.pitch, press.length, press.velocity)
        for start in starts
        for press in PHRASE
    ]
    return [press for press in moved if press.at < seconds]


def wandering(styles: int, seconds: float) -> list[Steered]:
    """A mixture that goes slowly from style to style, and now and then between them all."""
    changes = []
    for at in np.arange(WANDER_FROM, seconds, WANDER_STEP) if styles > 1 else ():
        turn = 2 * np.pi * (at - WANDER_FROM) / WANDER_ROUND
        near = np.cos(turn - 2 * np.pi * np.arange(styles) / styles)
        weights = near.clip(min=0.0) ** 2
        even = 0.6 * np.sin(1.5 * turn) ** 2
        weights = (1 - even) * weights / weights.sum() + even / styles
        changes.append(Steered(Mixing(tuple(weights.tolist())), round(float(at) * SECOND)))
    return changes


def compose_take(
    composer: Composer,
    settings: LiveSettings,
    seconds: float,
    seed: int,
    visitor: Sequence[Press] | None = None,
    steered: Sequence[Steered] = (),
) -> Take:
    """Compose and play a performance; the same seed and presses, the same take.

    Parameters
    ----------
    composer : Composer
    settings : LiveSettings
    seconds : float
    seed : int
    visitor : sequence of Press, optional
        By default a phrase now and then: `visits`.
    steered : sequence of Steered, optional
        What is turned meanwhile.

    Raises
    ------
    ValueError
        If there are no seconds.
    """
    if not seconds > 0:
        raise ValueError(f"a take lasts some seconds, not {seconds}")
    clock = VirtualClock()
    tape, sink = _Tape(clock), _Stamped(clock)
    hands, scheduler = Visitor([tape]), Scheduler([tape])
    performer = Performer(
        composer, hands, scheduler, DummyRecorder(), sink, settings, seed, clock.now()
    )
    end = round(seconds * SECOND)
    for change in steered:  # each counts from its own time on
        hands.steer(change)
    for at, pitch, velocity in _moves(visits(seconds) if visitor is None else visitor):
        if at < end:
            rehearse(performer, scheduler, clock, at)
            if velocity:
                hands.press(pitch, velocity, at)
            else:
                hands.release(pitch, at)
    rehearse(performer, scheduler, clock, end)
    performer.close(end)
    return Take(sink.told, tape.heard, end)


def render(
    take: Take, instruments: dict[int, Instrument], volume: float, start: int
) -> NDArray[np.float32]:
    """The sound of a take from `start` (ns) on, and its fading, shape (frames, 2)."""
    rack = Rack(instruments, RATE, volume)
    for heard in take.heard:
        rack.schedule(heard.message, round(heard.at * RATE / SECOND))
    frames = round((take.end / SECOND + TAIL) * RATE)
    blocks = [rack.render(BLOCK) for _ in range(-(-frames // BLOCK))]
    return np.concatenate(blocks)[round(start * RATE / SECOND) : frames]


def write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    """Write 16-bit stereo."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _moves(presses: Sequence[Press]) -> list[tuple[int, int, int]]:
    """Keys going down and up as (ns, pitch, velocity or 0), by time; ups before downs."""
    moves = []
    for press in presses:
        moves.append((round(press.at * SECOND), press.pitch, press.velocity))
        moves.append((round((press.at + press.length) * SECOND), press.pitch, 0))
    return sorted(moves, key=lambda move: (move[0], move[2]))
