"""The embedded synth: an output port with instruments of its own and a sense of time."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mido import Message
from numpy.typing import NDArray

from installation.io.audio.failover_sink import FailoverAudioSink
from installation.io.audio.instruments import (
    DEFAULT_INSTRUMENTS,
    Instrument,
    SfzInstrument,
    SynthUnavailable,
)
from installation.io.audio.mixer import InstrumentMixer
from installation.io.audio.sinks import AudioDeviceSink, AudioSink, AudioUnavailable, NullAudioSink
from installation.io.audio.wav_recorder import WavRecorder
from installation.io.midi.outputs import TimedOutput

SAMPLE_RATE_HZ = 48_000
"""Frames a second."""
LEAD_TIME_NS = 60_000_000
"""How long before its due time the synth wants a message, ns."""
FADE_TIMEOUT_S, FADE_POLL_COUNT = 0.2, 40
"""Seconds to wait at the end until the sound has faded, and how often to look in that time."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _PlayCommand:
    message: Message
    moment: int


@dataclass(frozen=True, slots=True)
class _WithdrawCommand:
    moment: int


@dataclass(frozen=True, slots=True)
class _SilenceCommand:
    pass


class Synth(TimedOutput):
    """Plays a rack into a sink.

    `send_at` places a message so that it is heard at its due time. `send` plays it now, at a
    constant delay: listeners mind a delay that varies more than one that is long (Jack, Mehrabi,
    Stockman and McPherson, "Action-sound Latency and the Perceived Quality of Digital Musical
    Instruments", Music Perception 36, 2018).

    Only the sink's thread touches the rack. Everything else goes there through a deque.

    Parameters
    ----------
    rack : Rack
    sink : AudioSink
        Started here.
    now : callable
        The monotonic clock, ns.

    Raises
    ------
    AudioUnavailable
        If the sink does not start.
    """

    lead_time_ns = LEAD_TIME_NS

    def __init__(
        self, rack: InstrumentMixer, sink: AudioSink, now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._mixer, self._sink, self._now = rack, sink, now
        self._commands: deque[_PlayCommand | _WithdrawCommand | _SilenceCommand] = deque()
        self._wav_recorder: WavRecorder | None = None
        super().__init__(f"embedded synth ({sink.name})")
        try:
            sink.start(self._render)
        except AudioUnavailable:
            self.closed = True
            raise

    @property
    def volume(self) -> float:
        """Amplitude of everything, 0..1; see `MasterLimiter.volume`."""
        return self._mixer.master.volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._mixer.master.volume = value

    def send_at(self, message: Message, due: int) -> None:
        """Play a message so that it is heard at `due`, or as soon as possible if that is past."""
        self._commands.append(_PlayCommand(message.copy(), due - self._sink.latency_ns))

    def withdraw_pending(self, at: int) -> None:
        """Forget the messages due after `at` that have not sounded."""
        self._commands.append(_WithdrawCommand(at - self._sink.latency_ns))

    def silence(self) -> None:
        """Fade out within some 30 ms and forget everything."""
        self._commands.append(_SilenceCommand())

    def record_wav(self, path: Path, start: int) -> None:
        """Write what is heard from `start` (monotonic ns) on to a .wav file, until closed.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If it records already.
        """
        if self._wav_recorder is not None:
            raise ValueError("the synth records already")
        self._wav_recorder = WavRecorder(path, self._mixer.rate, start)

    def _deliver(self, message: Message) -> None:
        self._commands.append(_PlayCommand(message, self._now()))

    def _render(self, frames: int) -> NDArray[np.float32]:
        self._run_commands()
        position = self._mixer.next_frame
        sound = self._mixer.render(frames)
        if self._wav_recorder is not None:
            heard = self._sink.sample_clock.time_of(position) + self._sink.latency_ns
            self._wav_recorder.feed(sound, heard)
        return sound

    def _run_commands(self) -> None:
        anchor = self._sink.sample_clock
        while self._commands:
            match self._commands.popleft():
                case _PlayCommand(message, moment):
                    self._mixer.schedule(message, anchor.frame_at(moment))
                case _WithdrawCommand(moment):
                    self._mixer.withdraw(anchor.frame_at(moment))
                case _SilenceCommand():
                    self._mixer.silence()

    def _close(self) -> None:
        self._mixer.master.muted = True
        for _ in range(FADE_POLL_COUNT):
            if self._mixer.master.is_silent:
                break
            time.sleep(FADE_TIMEOUT_S / FADE_POLL_COUNT)
        self._sink.stop()
        if self._wav_recorder is not None:
            self._wav_recorder.close()


def open_synth(
    instruments: Mapping[int, Path] = DEFAULT_INSTRUMENTS,
    *,
    volume: float = 0.8,
    audible: bool = True,
    device: str | None = None,
) -> Synth:
    """Open the embedded synth; where something is missing, it says so in one line and is silent.

    Parameters
    ----------
    instruments : mapping of int to Path
        An .sfz file for each MIDI channel.
    volume : float
        Amplitude of everything, 0..1.
    audible : bool
        Whether to look for a sound card; without one, the same samples are rendered by the
        clock, unheard, and can be recorded.
    device : str, optional
        Part of the name of the sound card.

    Raises
    ------
    InstrumentError
        If a file is no instrument.
    """
    rack = InstrumentMixer(_load(instruments), SAMPLE_RATE_HZ, volume)
    if audible:
        try:
            return Synth(rack, _open_device_sink(device))
        except AudioUnavailable as error:
            _log.warning(
                "embedded synth: SILENT - no audio device could be opened (%s); "
                "notes are still played on the clock",
                error,
            )
    return Synth(rack, NullAudioSink(SAMPLE_RATE_HZ))


def _open_device_sink(device: str | None) -> AudioSink:
    """A sound card that may go and come back."""
    return FailoverAudioSink(
        AudioDeviceSink(SAMPLE_RATE_HZ, device),
        lambda: AudioDeviceSink(SAMPLE_RATE_HZ, device),
        lambda: NullAudioSink(SAMPLE_RATE_HZ),
    )


def _load(instruments: Mapping[int, Path]) -> dict[int, Instrument]:
    try:
        return {
            channel: SfzInstrument(path, SAMPLE_RATE_HZ) for channel, path in instruments.items()
        }
    except SynthUnavailable as error:
        _log.warning(
            "embedded synth: SILENT - %s; notes are still played on the clock and to MIDI", error
        )
        return {}
