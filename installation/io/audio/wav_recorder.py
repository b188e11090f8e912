"""Tap: what the synth renders, written to a .wav file as it goes."""

from __future__ import annotations

import threading
import wave
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from installation.io.audio.sample_clock import SECOND

WAV_CHANNELS = 2
SAMPLE_BYTES = 2


class WavRecorder:
    """Writes 16-bit stereo; a thread of its own does the writing.

    The header is put right with each write, about once a second, so a file whose writer was killed
    is readable up to then.

    Parameters
    ----------
    path : Path
    rate : int
        Frames a second.
    start : int
        Moment of the file's first frame, monotonic ns. Samples from before it are left out, and a
        gap before the first samples is silence.
    interval : float
        Seconds between writes.

    Raises
    ------
    OSError
        If the file cannot be written.
    """

    def __init__(self, path: Path, rate: int, start: int, interval: float = 1.0) -> None:
        self._rate, self._start, self._interval = rate, start, interval
        self._frames_to_skip: int | None = (
            None  # frames still to leave out; None before the first samples
        )
        self._waiting: deque[NDArray[np.float32]] = deque()
        self._file = path.open("wb")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - closed in `close`
        self._wave.setparams((WAV_CHANNELS, SAMPLE_BYTES, rate, 0, "NONE", "not compressed"))
        self._write(np.zeros((0, WAV_CHANNELS), np.float32))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wav", daemon=True)
        self._thread.start()

    def feed(self, frames: NDArray[np.float32], moment: int) -> None:
        """Take the next samples; never waits.

        Parameters
        ----------
        frames : ndarray of float32, shape (n, 2)
            Within -1..1.
        moment : int
            When the first of them sounds, monotonic ns; only the first call's is looked at, since
            frames follow each other.
        """
        if self._frames_to_skip is None:
            ahead = round((moment - self._start) * self._rate / SECOND)
            self._frames_to_skip = max(0, -ahead)
            self._waiting.append(np.zeros((max(0, ahead), WAV_CHANNELS), np.float32))
        left_out = min(self._frames_to_skip, len(frames))
        self._frames_to_skip -= left_out
        self._waiting.append(frames[left_out:])

    def close(self) -> None:
        """Write what waits and close the file."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        self._wave.close()
        self._file.close()

    def _run(self) -> None:
        while not self._closing.wait(self._interval):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        parts = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if parts:
            self._write(np.concatenate(parts))

    def _write(self, frames: NDArray[np.float32]) -> None:
        self._wave.writeframes(np.rint(frames * 32767).astype("<i2").tobytes())
        self._file.flush()
