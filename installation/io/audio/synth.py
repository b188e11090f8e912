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

from installation.io.audio.failover_sink import MendingSink
from installation.io.audio.instruments import DEFAULTS, Instrument, SfzInstrument, SynthUnavailable
from installation.io.audio.mixer import Rack
from installation.io.audio.sinks import AudioSink, AudioUnavailable, DeviceSink, PacedSink
from installation.io.audio.wav_recorder import WavTap
from installation.io.midi.outputs import TimedOutput

RATE = 48_000
"""Frames a second."""
LEAD = 60_000_000
"""How long before its due time the synth wants a message, ns."""
FAREWELL, FAREWELL_LOOKS = 0.2, 40
"""Seconds to wait at the end until the sound has faded, and how often to look in that time."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Play:
    message: Message
    moment: int


@dataclass(frozen=True, slots=True)
class _Withdraw:
    moment: int


@dataclass(frozen=True, slots=True)
class _Silence:
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

    lead = LEAD

    def __init__(
        self, rack: Rack, sink: AudioSink, now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._rack, self._sink, self._now = rack, sink, now
        self._inbox: deque[_Play | _Withdraw | _Silence] = deque()
        self._tap: WavTap | None = None
        super().__init__(f"embedded synth ({sink.name})")
        try:
            sink.start(self._render)
        except AudioUnavailable:
            self.closed = True
            raise

    @property
    def volume(self) -> float:
        """Amplitude of everything, 0..1; see `Master.volume`."""
        return self._rack.master.volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._rack.master.volume = value

    def send_at(self, message: Message, due: int) -> None:
        """Play a message so that it is heard at `due`, or as soon as possible if that is past."""
        self._inbox.append(_Play(message.copy(), due - self._sink.latency))

    def withdraw(self, at: int) -> None:
        """Forget the messages due after `at` that have not sounded; see `Agenda.withdraw`."""
        self._inbox.append(_Withdraw(at - self._sink.latency))

    def silence(self) -> None:
        """Fade out within some 30 ms and forget everything."""
        self._inbox.append(_Silence())

    def record(self, path: Path, start: int) -> None:
        """Write what is heard from `start` (monotonic ns) on to a .wav file, until closed.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If it records already.
        """
        if self._tap is not None:
            raise ValueError("the synth records already")
        self._tap = WavTap(path, self._rack.rate, start)

    def _deliver(self, message: Message) -> None:
        self._inbox.append(_Play(message, self._now()))

    def _render(self, frames: int) -> NDArray[np.float32]:
        self._heed()
        position = self._rack.position
        sound = self._rack.render(frames)
        if self._tap is not None:
            heard = self._sink.anchor.moment_of(position) + self._sink.latency
            self._tap.feed(sound, heard)
        return sound

    def _heed(self) -> None:
        anchor = self._sink.anchor
        while self._inbox:
            match self._inbox.popleft():
                case _Play(message, moment):
                    self._rack.schedule(message, anchor.frame_at(moment))
                case _Withdraw(moment):
                    self._rack.withdraw(anchor.frame_at(moment))
                case _Silence():
                    self._rack.silence()

    def _close(self) -> None:
        self._rack.master.muted = True
        for _ in range(FAREWELL_LOOKS):
            if self._rack.master.silent:
                break
            time.sleep(FAREWELL / FAREWELL_LOOKS)
        self._sink.stop()
        if self._tap is not None:
            self._tap.close()


def open_synth(
    instruments: Mapping[int, Path] = DEFAULTS,
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
    rack = Rack(_load(instruments), RATE, volume)
    if audible:
        try:
            return Synth(rack, _card(device))
        except AudioUnavailable as error:
            _log.warning(
                "embedded synth: SILENT - no audio device could be opened (%s); "
                "notes are still played on the clock",
                error,
            )
    return Synth(rack, PacedSink(RATE))


def _card(device: str | None) -> AudioSink:
    """A sound card that may go and come back."""
    return MendingSink(
        DeviceSink(RATE, device), lambda: DeviceSink(RATE, device), lambda: PacedSink(RATE)
    )


def _load(instruments: Mapping[int, Path]) -> dict[int, Instrument]:
    try:
        return {channel: SfzInstrument(path, RATE) for channel, path in instruments.items()}
    except SynthUnavailable as error:
        _log.warning(
            "embedded synth: SILENT - %s; notes are still played on the clock and to MIDI", error
        )
        return {}
