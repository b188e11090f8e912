"""A recorder that writes the synth's samples to a .wav file as they are rendered."""

from __future__ import annotations

import contextlib
import logging
import struct
import threading
import wave
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND

WAV_CHANNELS = 2
SAMPLE_BYTES = 2

log = logging.getLogger(__name__)


class WavRecorder:
    """Writes 16-bit stereo, on a thread of its own.

    Each write, once every `interval` seconds, updates the header. So the file of a killed process
    is readable up to the last write. The first frame is at `start`, monotonic ns: earlier samples
    are left out, and a gap before the first samples is silence. A file that cannot grow, on a full
    disk or at 4 GiB, ends the recording with a line in the log.
    """

    def __init__(self, path: Path, rate: int, start: int, interval: float = 1.0) -> None:
        self._rate, self._start, self._interval = rate, start, interval
        self._frames_to_skip: int | None = None  # None before the first samples
        self._waiting: deque[NDArray[np.float32]] = deque()
        self._has_failed = False
        self._file = path.open("wb")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - closed in `close`
        self._wave.setparams((WAV_CHANNELS, SAMPLE_BYTES, rate, 0, "NONE", "not compressed"))
        self._write(np.zeros((0, WAV_CHANNELS), np.float32))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wav", daemon=True)
        self._thread.start()

    def feed(self, frames: NDArray[np.float32], time: int) -> None:
        """Queue the next samples, shape (n, 2), within -1..1; never waits.

        Only the first call's time (monotonic ns) counts, since frames follow each other.
        """
        if self._has_failed:
            return
        if self._frames_to_skip is None:
            ahead = round((time - self._start) * self._rate / SECOND)
            self._frames_to_skip = max(0, -ahead)
            self._waiting.append(np.zeros((max(0, ahead), WAV_CHANNELS), np.float32))
        skipped = min(self._frames_to_skip, len(frames))
        self._frames_to_skip -= skipped
        self._waiting.append(frames[skipped:])

    def close(self) -> None:
        """Write the queued samples and close the file."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        try:
            self._wave.close()
        except (OSError, struct.error) as error:
            self._fail(error)
        with contextlib.suppress(OSError):
            self._file.close()

    def _run(self) -> None:
        while not self._closing.wait(self._interval):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        parts = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not parts or self._has_failed:
            return
        try:
            self._write(np.concatenate(parts))
        except (OSError, struct.error) as error:  # `wave` packs its sizes into 32 bits
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Keep what is written, and take no more samples."""
        if not self._has_failed:
            log.warning("%s holds no more sound: %s", self._file.name, error)
        self._has_failed = True
        self._waiting.clear()

    def _write(self, frames: NDArray[np.float32]) -> None:
        self._wave.writeframes(np.rint(frames * 32767).astype("<i2").tobytes())
        self._file.flush()
