"""Loopback: whether a sound input hears what the loudspeakers play."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Generator

from installation.io.native_logging import silence_native_logging

CAPTURE_RATE_HZ = 48_000
CAPTURE_S = 10.0  # time for which is listened, seconds
MIN_HEARD_PEAK = 0.003  # largest sample below which nothing was heard: -50 dB
FULL_SCALE = 32768

log = logging.getLogger(__name__)


class LoopbackInput(ABC):
    """A sound input."""

    @abstractmethod
    def measure_peak(self, play: Callable[[], None]) -> float | None:
        """Largest sample within `CAPTURE_S`, 0..1; None if the input cannot be opened.

        Parameters
        ----------
        play : callable
            Called once it is listened: plays what is to be heard.
        """


class DummyLoopbackInput(LoopbackInput):
    """Hears what it is told."""

    def __init__(self, peak: float | None) -> None:
        self.peak = peak

    def measure_peak(self, play: Callable[[], None]) -> float | None:
        play()
        return self.peak


class DeviceLoopbackInput(LoopbackInput):
    """A device of the machine, through miniaudio.

    Parameters
    ----------
    name : str
        Part of its name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def measure_peak(self, play: Callable[[], None]) -> float | None:
        try:
            import miniaudio
        except ImportError:
            return None
        silence_native_logging()
        peaks = [0]
        try:
            device = self._open(miniaudio)
            if device is None:
                return None
            with device:
                stream = _keep_peaks(peaks)
                next(stream)
                device.start(stream)
                play()
                threading.Event().wait(CAPTURE_S)
        except miniaudio.MiniaudioError as error:
            log.warning("%r cannot be listened to: %s", self._name, error)
            return None
        return max(peaks) / FULL_SCALE

    def _open(self, miniaudio):  # of an optional library without types
        for found in miniaudio.Devices().get_captures():
            if self._name.lower() in found["name"].lower():
                return miniaudio.CaptureDevice(
                    input_format=miniaudio.SampleFormat.SIGNED16,
                    nchannels=1,
                    sample_rate=CAPTURE_RATE_HZ,
                    device_id=found["id"],
                )
        log.warning("there is no sound input with %r in its name", self._name)
        return None


def _keep_peaks(peaks: list[int]) -> Generator[None, bytes, None]:
    while True:
        samples = array("h", (yield))
        peaks.append(max(map(abs, samples), default=0))
