"""Audio sinks: what asks the synth for its samples, and when.

A sink calls `render(frames)` on a thread of its own. `AudioDeviceSink` is a sound card;
`NullAudioSink`, its dummy twin, keeps the very same time without one.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from installation.io.audio.sample_clock import (
    SECOND,
    FixedSampleClock,
    SampleClock,
    TrackingSampleClock,
)
from installation.io.native_logging import silence_native_logging

if TYPE_CHECKING:
    import miniaudio

RenderCallback = Callable[[int], NDArray[np.float32]]
"""Gives the next so many frames, float32 of shape (frames, 2)."""

BACKENDS = {
    "linux": ("PULSEAUDIO", "ALSA", "JACK"),
    "darwin": ("COREAUDIO",),
    "win32": ("WASAPI", "DSOUND", "WINMM"),
}
"""Backends of each platform, to be tried one by one: miniaudio itself stops at the first whose
library loads, device or not."""

_log = logging.getLogger(__name__)


class AudioUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """No audio device could be opened; the message says what was tried."""


class AudioSink(ABC):
    """Takes samples.

    Attributes
    ----------
    name : str
        What it is, in words.
    anchor : Anchor
        Which frame belongs to which moment; valid from `start` on.
    latency : int
        From a frame's moment to when it is heard, ns.
    """

    name: str
    sample_clock: SampleClock
    latency_ns: int = 0

    @abstractmethod
    def start(self, render: RenderCallback) -> None:
        """Begin to ask for frames.

        Raises
        ------
        AudioUnavailable
            If the device refuses.
        """

    @abstractmethod
    def stop(self) -> None:
        """Ask no more; returns once no call is under way."""


class NullAudioSink(AudioSink):
    """No device: a thread asks for frames as the clock passes.

    By `now`, exactly floor(elapsed * rate) frames have been asked for, and after a stall those that
    were missed, so frame n is n / rate seconds after the start, for ever.

    Parameters
    ----------
    rate : int
        Frames a second.
    now : callable
        The monotonic clock, ns.
    period : float
        Seconds between two looks at the clock.
    """

    MAX_FRAMES_PER_CALL = 4096
    """Frames asked for in one call: after a stall, messages are still looked at in between."""

    name = "no device"

    def __init__(
        self,
        rate: int,
        now: Callable[[], int] = time.monotonic_ns,
        period: float = 0.005,
    ) -> None:
        self._rate, self._now, self._period = rate, now, period
        self._origin = now()
        self.sample_clock = FixedSampleClock(self._origin, rate)
        self._frames_requested = 0
        self._render: RenderCallback | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def attach(self, render: RenderCallback) -> None:
        """Frame 0 is now; ask `render` for frames whenever `catch_up` is called."""
        self._render = render
        self._origin = self._now()
        self._frames_requested = 0
        self.sample_clock = FixedSampleClock(self._origin, self._rate)

    def start(self, render: RenderCallback) -> None:
        self.attach(render)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="paced audio", daemon=True)
        self._thread.start()

    def render_due_frames(self) -> None:
        """Ask for the frames that are due by now."""
        due = (self._now() - self._origin) * self._rate // SECOND
        while self._render is not None and self._frames_requested < due:
            frames = min(self.MAX_FRAMES_PER_CALL, due - self._frames_requested)
            self._render(frames)
            self._frames_requested += frames

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(self._period):
            self.render_due_frames()
        self.render_due_frames()


class AudioDeviceSink(AudioSink):
    """A sound card, through miniaudio.

    Parameters
    ----------
    rate : int
        Frames a second.
    device : str, optional
        Part of a device's name, any case; by default, the system's own choice.
    period : int
        Milliseconds of sound in a call: a key pressed sounds some three of these later.
    periods : int
        How many the card holds.
    now : callable
        The monotonic clock, ns.

    Raises
    ------
    AudioUnavailable
        If no backend opens a device.
    """

    def __init__(
        self,
        rate: int,
        device: str | None = None,
        period: int = 5,
        periods: int = 3,
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._now = now
        self._tracking_clock = TrackingSampleClock(rate)
        self.sample_clock = self._tracking_clock
        self.latency_ns = period * periods * SECOND // 1000
        miniaudio = _load_miniaudio()
        self._refusal = miniaudio.MiniaudioError
        self._device = _open_device(rate, device, period, periods)
        self.name = f"{self._device.backend} audio"

    def start(self, render: RenderCallback) -> None:
        stream = self._stream(render)
        next(stream)  # miniaudio wants a generator that waits for its first number
        try:
            self._device.start(stream)
        except self._refusal as error:
            raise AudioUnavailable(f"{self.name}: {error.args[0]}") from error

    def stop(self) -> None:
        self._device.close()

    def _stream(self, render: RenderCallback) -> Generator[NDArray[np.float32], int, None]:
        frames = yield np.zeros((0, 2), np.float32)
        while True:
            self._tracking_clock.record_request(self._now(), frames)
            frames = yield render(frames)


def _load_miniaudio() -> ModuleType:
    try:
        import miniaudio
    except (ImportError, OSError) as error:
        raise AudioUnavailable(f"miniaudio is not installed: {error}") from error
    silence_native_logging()
    return miniaudio


def _open_device(
    rate: int, device: str | None, period: int, periods: int
) -> miniaudio.PlaybackDevice:
    miniaudio = _load_miniaudio()
    reasons = []
    for name in BACKENDS.get(sys.platform, BACKENDS["linux"]):
        backend = miniaudio.Backend[name]
        try:
            chosen = _find_device(backend, device) if device else None
            return miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=2,
                sample_rate=rate,
                buffersize_msec=period,
                callback_periods=periods,
                device_id=chosen,
                backends=[backend],
                app_name="Hidden State",
            )
        except miniaudio.MiniaudioError as error:
            reasons.append(f"{name}: {error.args[0]}")
    raise AudioUnavailable("; ".join(reasons))


def _find_device(backend: miniaudio.Backend, name: str) -> object:
    miniaudio = _load_miniaudio()
    there = miniaudio.Devices([backend]).get_playbacks()
    for device in there:
        if name.casefold() in device["name"].casefold():
            return device["id"]
    known = ", ".join(repr(device["name"]) for device in there) or "none"
    raise miniaudio.MiniaudioError(f"no device named {name!r}; there are: {known}")


def _is_null_device(name: str) -> bool:
    # ALSA lists its null device as if it were one, card or no card
    return name.startswith("Discard all samples")


def device_names() -> dict[str, list[str]]:
    """Names of the playback devices each backend has, for the backends that answer.

    Raises
    ------
    AudioUnavailable
        If miniaudio is not installed.
    """
    miniaudio = _load_miniaudio()
    found = {}
    for name in BACKENDS.get(sys.platform, BACKENDS["linux"]):
        try:
            devices = miniaudio.Devices([miniaudio.Backend[name]]).get_playbacks()
        except miniaudio.MiniaudioError as error:
            _log.debug("audio backend %s: %s", name, error)
            continue
        found[name] = [device["name"] for device in devices if not _is_null_device(device["name"])]
    return found
