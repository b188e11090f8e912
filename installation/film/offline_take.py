"""An offline take: a performance on the virtual clock, to be drawn and rendered afterwards."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mido import Message as MidiMessage
from numpy.typing import NDArray

from installation.band.band import Band
from installation.config import LiveSettings
from installation.engine.key_input import KeyInput
from installation.engine.live_controls import LiveControlChange, StyleSharesChange
from installation.engine.performer import Performer
from installation.engine.publisher import StageMessageLog, TimedStageMessage
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.io.audio.instruments import BLOCK_FRAMES, Instrument
from installation.io.audio.mixer import InstrumentMixer
from installation.io.midi.outputs import TimedOutput
from messages.clock import SECOND, Clock, VirtualClock
from rnn.generation.composer import Composer

SAMPLE_RATE_HZ = 48_000
FIRST_PHRASE_S = 7.0  # time of the visitor's first note, seconds
PHRASE_INTERVAL_S = 30.0  # time between the starts of two visitor phrases, seconds
BLEND_SWEEP_START_S, BLEND_SWEEP_STEP_S, BLEND_SWEEP_PERIOD_S = 2.0, 0.2, 36.0
"""Start, step and period of the changing blend, seconds."""
FADE_TAIL_S = 2.0  # duration of the sound after the last frame, seconds


@dataclass(frozen=True, slots=True)
class ScriptedKeyPress:
    """A key that the visitor plays at `at` (seconds) for `length` (seconds)."""

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
"""Phrase of a take's visitor: a few notes up the scale and down again."""


@dataclass(frozen=True, slots=True)
class TimedMidiMessage:
    """A MIDI message for the synth, at time `at` (ns)."""

    at: int
    message: MidiMessage


@dataclass(frozen=True, slots=True, eq=False)
class OfflineTake:
    """A performance from time 0 to `end` (ns).

    Parameters
    ----------
    stage_messages : list of TimedStageMessage
        Messages for the stage, in order of time.
    midi_messages : list of TimedMidiMessage
        Messages for the synth, in order of time.
    end : int
    """

    stage_messages: list[TimedStageMessage]
    midi_messages: list[TimedMidiMessage]
    end: int


class _RecordingOutput(TimedOutput):
    """Keeps the messages; on a virtual clock, none is late."""

    def __init__(self, clock: Clock) -> None:
        self.messages: list[TimedMidiMessage] = []
        self._clock = clock
        super().__init__("recording")

    def _deliver(self, message: MidiMessage) -> None:
        self.messages.append(TimedMidiMessage(self._clock.now(), message.copy()))


def visitor_key_presses(seconds: float) -> list[ScriptedKeyPress]:
    """Key presses of a visitor: one phrase in each `PHRASE_INTERVAL_S`."""
    starts = np.arange(FIRST_PHRASE_S, seconds, PHRASE_INTERVAL_S)
    moved = [
        ScriptedKeyPress(start + press.at, press.pitch, press.length, press.velocity)
        for start in starts
        for press in VISITOR_PHRASE
    ]
    return [press for press in moved if press.at < seconds]


def sweep_blend(styles: int, seconds: float) -> list[LiveControlChange]:
    """A blend that moves from style to style, and at times to all of them."""
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
    changes: Sequence[LiveControlChange] = (),
    band: Band | None = None,
) -> OfflineTake:
    """Compose and play a performance; the same arguments give the same take.

    The visitor plays `visitor_key_presses` by default. Each change applies from its own time on.
    Without a band there are no drums and no bass.
    """
    if not seconds > 0:
        raise ValueError(f"a take lasts some seconds, not {seconds}")
    clock = VirtualClock()
    output, sink = _RecordingOutput(clock), StageMessageLog(clock)
    key_input, scheduler = KeyInput([output]), Scheduler([output])
    performer = Performer(
        composer, key_input, scheduler, [sink], settings, seed, clock.now(), band=band
    )
    end = round(seconds * SECOND)
    for change in changes:
        key_input.submit_control_change(change)
    presses = visitor_key_presses(seconds) if visitor is None else visitor
    for at, pitch, velocity in _key_events(presses):
        if at < end:
            run_virtual(performer, scheduler, clock, at)
            if velocity:
                key_input.press(pitch, velocity, at)
            else:
                key_input.release(pitch, at)
    run_virtual(performer, scheduler, clock, end)
    performer.close(end)
    return OfflineTake(list(sink.messages), output.messages, end)


def render_audio(
    take: OfflineTake,
    instruments: dict[int, Instrument],
    volume: float,
    start: int,
    side_chain: float = 0.0,
) -> NDArray[np.float32]:
    """Sound of a take from `start` (ns) on with its fading, shape (frames, 2)."""
    mixer = InstrumentMixer(instruments, SAMPLE_RATE_HZ, volume, side_chain)
    for timed in take.midi_messages:
        mixer.schedule(timed.message, round(timed.at * SAMPLE_RATE_HZ / SECOND))
    frames = round((take.end / SECOND + FADE_TAIL_S) * SAMPLE_RATE_HZ)
    blocks = [mixer.render(BLOCK_FRAMES) for _ in range(-(-frames // BLOCK_FRAMES))]
    return np.concatenate(blocks)[round(start * SAMPLE_RATE_HZ / SECOND) : frames]


def write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    """Write a 16-bit stereo file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _key_events(presses: Sequence[ScriptedKeyPress]) -> list[tuple[int, int, int]]:
    """Key events (ns, pitch, velocity or 0 for a release) by time; releases come first."""
    events = []
    for press in presses:
        events.append((round(press.at * SECOND), press.pitch, press.velocity))
        events.append((round((press.at + press.length) * SECOND), press.pitch, 0))
    return sorted(events, key=lambda event: (event[0], event[2]))
