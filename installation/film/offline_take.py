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
from installation.engine.key_input import KeyInput
from installation.engine.live_controls import LiveControlChange, StyleSharesChange
from installation.engine.performer import Performer
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.io.audio.instruments import BLOCK_FRAMES, Instrument
from installation.io.audio.mixer import InstrumentMixer
from installation.io.midi.outputs import TimedOutput
from installation.session.message_log import StageMessageLog, TimedStageMessage
from messages.clock import SECOND, Clock, VirtualClock
from rnn.generation.composer import Composer

SAMPLE_RATE_HZ = 48_000
"""Frames of sound a second."""
FIRST_PHRASE_S = 7.0
"""Seconds from the start to the first note of the visitor there is in every take."""
PHRASE_INTERVAL_S = 30.0
"""Seconds from one of the visitor's phrases to the next."""
BLEND_SWEEP_START_S, BLEND_SWEEP_STEP_S, BLEND_SWEEP_PERIOD_S = 2.0, 0.2, 36.0
"""Seconds to when a wandering mixture sets out, between two steps of it, and for its round."""
FADE_TAIL_S = 2.0
"""Seconds of sound after the last picture, for the last notes to fade."""


@dataclass(frozen=True, slots=True)
class ScriptedKeyPress:
    """The visitor plays a key: `pitch` from `at` (seconds) for `length` seconds."""

    at: float
    pitch: int
    length: float
    velocity: int = 84


VISITOR_PHRASE = (
    ScriptedKeyPress(0.0, 69, 0.42),
    ScriptedKeyPress(0.5, 71, 0.42),
    ScriptedKeyPress(1.0, 72, 0.42),
    ScriptedKeyPress(1.5, 74, 0.42),
    ScriptedKeyPress(2.0, 76, 0.85),
    ScriptedKeyPress(3.0, 74, 0.42),
    ScriptedKeyPress(3.5, 71, 0.42),
    ScriptedKeyPress(4.0, 69, 0.85),
)
"""What the visitor of a take plays: a few notes up the scale and down again."""


@dataclass(frozen=True, slots=True)
class TimedMidiMessage:
    """A MIDI message for the synth, and when it sounds (ns)."""

    at: int
    message: MidiMessage


@dataclass(frozen=True, slots=True, eq=False)
class OfflineTake:
    """A whole performance, from 0 to `end` (ns).

    Parameters
    ----------
    told : list of Told
        For the stage, in the order sent.
    heard : list of Heard
        For the synth, in the order played.
    end : int
    """

    stage_messages: list[TimedStageMessage]
    midi_messages: list[TimedMidiMessage]
    end: int


class _RecordingOutput(TimedOutput):
    """Keeps what is played; the scheduler's virtual clock is never late."""

    def __init__(self, clock: Clock) -> None:
        self.messages: list[TimedMidiMessage] = []
        self._clock = clock
        super().__init__("tape")

    def _deliver(self, message: MidiMessage) -> None:
        self.messages.append(TimedMidiMessage(self._clock.now(), message.copy()))


def visitor_key_presses(seconds: float, first: float = FIRST_PHRASE_S) -> list[ScriptedKeyPress]:
    """What a visitor plays in so many seconds: a phrase now and then."""
    starts = np.arange(first, seconds, PHRASE_INTERVAL_S)
    moved = [
        ScriptedKeyPress(start + press.at, press.pitch, press.length, press.velocity)
        for start in starts
        for press in VISITOR_PHRASE
    ]
    return [press for press in moved if press.at < seconds]


def sweep_blend(styles: int, seconds: float) -> list[LiveControlChange]:
    """A mixture that goes slowly from style to style, and now and then between them all."""
    changes = []
    for at in np.arange(BLEND_SWEEP_START_S, seconds, BLEND_SWEEP_STEP_S) if styles > 1 else ():
        turn = 2 * np.pi * (at - BLEND_SWEEP_START_S) / BLEND_SWEEP_PERIOD_S
        near = np.cos(turn - 2 * np.pi * np.arange(styles) / styles)
        weights = near.clip(min=0.0) ** 2
        even = 0.6 * np.sin(1.5 * turn) ** 2
        weights = (1 - even) * weights / weights.sum() + even / styles
        changes.append(
            LiveControlChange(StyleSharesChange(tuple(weights.tolist())), round(float(at) * SECOND))
        )
    return changes


def compose_take(
    composer: Composer,
    settings: LiveSettings,
    seconds: float,
    seed: int,
    visitor: Sequence[ScriptedKeyPress] | None = None,
    steered: Sequence[LiveControlChange] = (),
) -> OfflineTake:
    """Compose and play a performance; the same seed and presses, the same take.

    Parameters
    ----------
    composer : Composer
    settings : LiveSettings
    seconds : float
    seed : int
    visitor : sequence of Press, optional
        By default a phrase now and then: `visitor_key_presses`.
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
    tape, sink = _RecordingOutput(clock), StageMessageLog(clock)
    hands, scheduler = KeyInput([tape]), Scheduler([tape])
    performer = Performer(composer, hands, scheduler, [sink], settings, seed, clock.now())
    end = round(seconds * SECOND)
    for change in steered:  # each counts from its own time on
        hands.submit_control_change(change)
    for at, pitch, velocity in _key_events(
        visitor_key_presses(seconds) if visitor is None else visitor
    ):
        if at < end:
            run_virtual(performer, scheduler, clock, at)
            if velocity:
                hands.press(pitch, velocity, at)
            else:
                hands.release(pitch, at)
    run_virtual(performer, scheduler, clock, end)
    performer.close(end)
    return OfflineTake(list(sink.messages), tape.messages, end)


def render_audio(
    take: OfflineTake, instruments: dict[int, Instrument], volume: float, start: int
) -> NDArray[np.float32]:
    """The sound of a take from `start` (ns) on, and its fading, shape (frames, 2)."""
    rack = InstrumentMixer(instruments, SAMPLE_RATE_HZ, volume)
    for heard in take.midi_messages:
        rack.schedule(heard.message, round(heard.at * SAMPLE_RATE_HZ / SECOND))
    frames = round((take.end / SECOND + FADE_TAIL_S) * SAMPLE_RATE_HZ)
    blocks = [rack.render(BLOCK_FRAMES) for _ in range(-(-frames // BLOCK_FRAMES))]
    return np.concatenate(blocks)[round(start * SAMPLE_RATE_HZ / SECOND) : frames]


def write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    """Write 16-bit stereo."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _key_events(presses: Sequence[ScriptedKeyPress]) -> list[tuple[int, int, int]]:
    """Keys going down and up as (ns, pitch, velocity or 0), by time; ups before downs."""
    moves = []
    for press in presses:
        moves.append((round(press.at * SECOND), press.pitch, press.velocity))
        moves.append((round((press.at + press.length) * SECOND), press.pitch, 0))
    return sorted(moves, key=lambda move: (move[0], move[2]))
