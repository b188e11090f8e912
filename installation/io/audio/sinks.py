"""Audio sinks: they request samples from the synth, on a thread of their own.

`AudioDeviceSink` is a sound card; `NullAudioSink`, its dummy twin, keeps the same time without one.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from installation.io.audio.sample_clock import FixedSampleClock, SampleClock, TrackingSampleClock
from installation.io.native_logging import silence_native_logging
from messages.clock import MILLISECOND, SECOND

RenderCallback = Callable[[int], NDArray[np.float32]]
"""Returns the next `frames` frames, float32 of shape (frames, 2)."""

AUDIO_BACKENDS = {
    "linux": ("PULSEAUDIO", "ALSA", "JACK"),
    "darwin": ("COREAUDIO",),
    "win32": ("WASAPI", "DSOUND", "WINMM"),
}
"""Backends of each platform, tried one by one: miniaudio itself stops at the first whose library
loads, with or without a device."""
PERIOD_MS, PERIOD_COUNT = 5, 3
"""Sound in one callback, ms, and periods the card holds; their product is the latency."""
NULL_PERIOD_S = 0.005  # time between two requests of the sink without a device, seconds

_log = logging.getLogger(__name__)


class AudioUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """No audio device could be opened; the message says what was tried."""


class AudioSink(ABC):
    """Requests samples; its `sample_clock` is valid from `start` on."""

    name: str
    sample_clock: SampleClock
    latency_ns: int = 0  # from a frame's time to its sound
    on_card: bool = False  # whether a sound card asks for the frames

    @abstractmethod
    def start(self, render: RenderCallback) -> None:
        """Begin to request frames; raises `AudioUnavailable` if the device refuses."""

    @abstractmethod
    def stop(self) -> None:
        """End the requests; returns once no callback is running."""


class NullAudioSink(AudioSink):
    """A sink without a device: a thread requests frames as the clock passes.

    After each request, floor(elapsed * rate) frames have been requested in all, those missed in a
    stall included. So frame n always belongs to n / rate seconds after the start.
    """

    MAX_FRAMES_PER_CALL = 4096
    """Frames in one request: after a stall, messages are still handled in between."""

    name = "no device"

    def __init__(self, rate: int, now: Callable[[], int] = time.monotonic_ns) -> None:
        self._rate, self._now = rate, now
        self._render: RenderCallback | None = None
        self._set_origin()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def attach(self, render: RenderCallback) -> None:
        """Set frame 0 to now; `render_due_frames` calls `render` from then on."""
        self._render = render
        self._set_origin()

    def start(self, render: RenderCallback) -> None:
        self.attach(render)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="paced audio", daemon=True)
        self._thread.start()

    def render_due_frames(self) -> None:
        """Request the frames that are due by now."""
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

    def _set_origin(self) -> None:
        self._origin, self._frames_requested = self._now(), 0
        self.sample_clock = FixedSampleClock(self._origin, self._rate)

    def _run(self) -> None:
        while not self._stopping.wait(NULL_PERIOD_S):
            self.render_due_frames()
        self.render_due_frames()


class AudioDeviceSink(AudioSink):
    """The system's sound card, through miniaudio.

    Parameters
    ----------
    rate : int
        Frames a second.
    device : str
        Name of the device or a part of it; empty for the system's default, which the sound servers
        of all platforms follow when it changes.

    Raises
    ------
    AudioUnavailable
        If no backend opens such a device.
    """

    latency_ns = PERIOD_MS * PERIOD_COUNT * MILLISECOND
    on_card = True

    def __init__(self, rate: int, device: str = "") -> None:
        self.sample_clock = TrackingSampleClock(rate)
        self._miniaudio = _load_miniaudio()
        self._device, found = _open_device(self._miniaudio, rate, device)
        self.name = f"{self._device.backend}: {found}" if found else f"{self._device.backend} audio"

    def start(self, render: RenderCallback) -> None:
        stream = self._stream(render)
        next(stream)  # miniaudio expects a generator that waits for its first number
        try:
            self._device.start(stream)
        except self._miniaudio.MiniaudioError as error:
            raise AudioUnavailable(f"{self.name}: {error.args[0]}") from error

    def stop(self) -> None:
        self._device.close()

    def _stream(self, render: RenderCallback) -> Generator[NDArray[np.float32], int, None]:
        frames = yield np.zeros((0, 2), np.float32)
        while True:
            self.sample_clock.record_request(time.monotonic_ns(), frames)
            frames = yield render(frames)


def _load_miniaudio() -> ModuleType:
    try:
        import miniaudio
    except (ImportError, OSError) as error:
        raise AudioUnavailable(f"miniaudio is not installed: {error}") from error
    silence_native_logging()
    return miniaudio


def match_device(wanted: str, names: Sequence[str]) -> int | None:
    """Index of the device whose name is or contains `wanted`, whatever its case; None without."""
    folded = [name.casefold() for name in names]
    if wanted.casefold() in folded:
        return folded.index(wanted.casefold())
    found = (index for index, name in enumerate(folded) if wanted.casefold() in name)
    return next(found, None)


def _open_device(miniaudio: ModuleType, rate: int, wanted: str) -> tuple[Any, str]:
    """A `miniaudio.PlaybackDevice` of the first backend that opens one, and its name if wanted."""
    reasons = []
    for name in _backend_names():
        try:
            device_id, found = None, ""
            if wanted:
                devices = miniaudio.Devices([miniaudio.Backend[name]]).get_playbacks()
                index = match_device(wanted, [device["name"] for device in devices])
                if index is None:
                    reasons.append(f"{name}: no device {wanted!r}")
                    continue
                device_id, found = devices[index]["id"], devices[index]["name"]
            opened = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=2,
                sample_rate=rate,
                buffersize_msec=PERIOD_MS,
                device_id=device_id,
                callback_periods=PERIOD_COUNT,
                backends=[miniaudio.Backend[name]],
                app_name="Hidden State",
            )
        except miniaudio.MiniaudioError as error:
            reasons.append(f"{name}: {error.args[0]}")
        else:
            return opened, found
    raise AudioUnavailable("; ".join(reasons))


def _backend_names() -> tuple[str, ...]:
    return AUDIO_BACKENDS.get(sys.platform, AUDIO_BACKENDS["linux"])


def device_names() -> dict[str, list[str]]:
    """Names of the playback devices, by backend.

    Returns
    -------
    dict of str to list of str
        Only of the backends that answer.

    Raises
    ------
    AudioUnavailable
        If miniaudio is not installed.
    """
    miniaudio = _load_miniaudio()
    found = {}
    for backend in _backend_names():
        try:
            devices = miniaudio.Devices([miniaudio.Backend[backend]]).get_playbacks()
        except miniaudio.MiniaudioError as error:
            _log.debug("audio backend %s: %s", backend, error)
            continue
        names = [device["name"] for device in devices]
        # ALSA lists its null device as if it were one, card or no card
        found[backend] = [name for name in names if not name.startswith("Discard all samples")]
    return found
