"""The embedded synth: an output with instruments of its own."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from mido import Message
from numpy.typing import NDArray

from installation.io.audio.failover_sink import FailoverAudioSink
from installation.io.audio.instruments import (
    Instrument,
    SfzInstrument,
    SynthUnavailable,
    default_instruments,
)
from installation.io.audio.mixer import InstrumentMixer
from installation.io.audio.sample_clock import SampleClock
from installation.io.audio.sinks import AudioDeviceSink, AudioSink, AudioUnavailable, NullAudioSink
from installation.io.audio.sound_meter import SoundMeter
from installation.io.audio.wav_recorder import WavRecorder
from installation.io.midi.outputs import TimedOutput
from installation.ops.metrics import SoundStatus

SAMPLE_RATE_HZ = 48_000  # frames a second
LEAD_TIME_NS = 60_000_000  # time before its due time at which the synth is given a message, ns
FADE_TIMEOUT_S, FADE_POLL_COUNT = 0.2, 40
"""Longest wait for the last fade, seconds, and polls in that time."""

_log = logging.getLogger(__name__)


class Synth(TimedOutput):
    """Renders a mixer into a sink.

    `send_at` places a message so that it is heard at its due time. `send` plays it now, at a
    constant delay: listeners mind a varying delay more than a long one (Jack et al. 2018).

    Only the sink's thread uses the mixer. All other threads append commands to a deque.

    Parameters
    ----------
    mixer : InstrumentMixer
    sink : AudioSink
        Started here, and stopped with the synth.
    now : callable
        The monotonic clock, ns.

    Raises
    ------
    AudioUnavailable
        If the sink does not start.

    References
    ----------
    Jack, Mehrabi, Stockman and McPherson, "Action-sound Latency and the Perceived Quality of
    Digital Musical Instruments", Music Perception 36, 2018.
    """

    lead_time_ns = LEAD_TIME_NS

    def __init__(
        self, mixer: InstrumentMixer, sink: AudioSink, now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._mixer, self._sink, self._now = mixer, sink, now
        self._commands: deque[Callable[[SampleClock], None]] = deque()
        self._wav_recorder: WavRecorder | None = None
        self._meter, self._notes_metered = SoundMeter(now), 0
        super().__init__(f"embedded synth ({sink.name})")
        try:
            sink.start(self._render)
        except AudioUnavailable:
            self.closed = True
            raise

    def send_at(self, message: Message, due: int) -> None:
        """Play a message so that it is heard at `due` (ns), or as soon as possible after it."""
        self._play_at(message.copy(), due - self._sink.latency_ns)

    def withdraw_pending(self, at: int) -> None:
        """Withdraw the messages due after `at`, ns, that have not sounded."""
        time_ns = at - self._sink.latency_ns
        self._commands.append(lambda clock: self._mixer.withdraw(clock.frame_at(time_ns)))

    def silence(self) -> None:
        """Fade out within some 30 ms, and forget all messages."""
        self._commands.append(lambda _: self._mixer.silence())

    def set_level(self, level: float) -> None:
        """Glide to a volume, 0..1."""
        self._mixer.limiter.volume = level

    @property
    def device_name(self) -> str:
        return self._sink.name

    @property
    def status(self) -> SoundStatus:
        """What is heard of the synth."""
        meter = self._meter
        return SoundStatus(
            self._sink.name,
            self._sink.on_card,
            meter.samples,
            self._mixer.limiter.volume,
            meter.peak,
            meter.silent_for_s,
            meter.unheard_for_s,
            meter.read_level(),
        )

    def record_wav(self, path: Path, start: int) -> None:
        """Write the sound from `start` (monotonic ns) to a .wav file, until closed.

        Raises OSError if the file cannot be written, ValueError if another one is recorded.
        """
        if self._wav_recorder is not None:
            raise ValueError("the synth records already")
        self._wav_recorder = WavRecorder(path, self._mixer.rate, start)

    def _deliver(self, message: Message) -> None:
        self._play_at(message, self._now())

    def _play_at(self, message: Message, time_ns: int) -> None:
        self._commands.append(lambda clock: self._mixer.schedule(message, clock.frame_at(time_ns)))

    def _render(self, frames: int) -> NDArray[np.float32]:
        clock = self._sink.sample_clock
        while self._commands:
            self._commands.popleft()(clock)
        position = self._mixer.next_frame
        sound = self._mixer.render(frames)
        is_heard = self._mixer.limiter.volume > 0.0
        self._meter.record(sound, is_heard and self._mixer.note_count > self._notes_metered)
        self._notes_metered = self._mixer.note_count
        if self._wav_recorder is not None:
            self._wav_recorder.feed(sound, clock.time_of(position) + self._sink.latency_ns)
        return sound

    def _close(self) -> None:
        self._mixer.limiter.muted = True
        for _ in range(FADE_POLL_COUNT):
            if self._mixer.limiter.is_silent:
                break
            time.sleep(FADE_TIMEOUT_S / FADE_POLL_COUNT)
        self._sink.stop()
        if self._wav_recorder is not None:
            self._wav_recorder.close()


def open_synth(
    instruments: Mapping[int, Path] | None = None,
    *,
    volume: float = 0.8,
    audible: bool = True,
    device: str = "",
    side_chain: float = 0.0,
) -> Synth:
    """Open the embedded synth; without a library or a card, it warns in one line and is silent.

    A card that appears later is taken.

    Parameters
    ----------
    instruments : mapping of int to Path
        An .sfz file for each MIDI channel; by default, the built-in ones.
    volume : float
        Amplitude, 0..1.
    audible : bool
        Whether to open a sound card; without one, the same samples are rendered unheard, and can
        be recorded.
    device : str
        Name of the sound card or a part of it, which is followed as it comes and goes; empty for
        the system's default.
    side_chain : float
        Share by which the bass yields to the kick, 0..1.

    Returns
    -------
    Synth

    Raises
    ------
    InstrumentError
        If a file is no instrument.
    """
    paths = default_instruments() if instruments is None else instruments
    mixer = InstrumentMixer(_load_instruments(paths), SAMPLE_RATE_HZ, volume, side_chain)
    if not audible:
        return Synth(mixer, _make_null_sink())
    preferred = partial(_open_card, device) if device else None
    return Synth(mixer, FailoverAudioSink(_open_card, _make_null_sink, open_preferred=preferred))


def _open_card(device: str = "") -> AudioSink:
    return AudioDeviceSink(SAMPLE_RATE_HZ, device)


def _make_null_sink() -> AudioSink:
    return NullAudioSink(SAMPLE_RATE_HZ)


def _load_instruments(paths: Mapping[int, Path]) -> dict[int, Instrument]:
    try:
        return {channel: SfzInstrument(path, SAMPLE_RATE_HZ) for channel, path in paths.items()}
    except SynthUnavailable as error:
        _log.warning(
            "embedded synth: SILENT - %s; notes are still played on the clock and to MIDI", error
        )
        return {}
