"""Sound meter: whether the synth is heard, and how loud."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND

SILENT_PEAK = 1e-4  # largest sample that counts as silence: 80 dB below full scale
PEAK_WINDOW_S = 10  # seconds over which the peak is taken


class SoundMeter:
    """Measures what the synth renders; `record` and the readings may be on different threads."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.samples = 0
        self._level = 0.0
        self._peaks: deque[tuple[int, float]] = deque(maxlen=PEAK_WINDOW_S)  # by second
        self._sounded_at: int | None = None  # time of the last sound, ns
        self._unheard_since: int | None = None  # time of the first note without a sound, ns

    def record(self, sound: NDArray[np.float32], has_new_note: bool) -> None:
        """Measure the next frames, shape (n, 2), in which a note may have begun."""
        now, peak = self._now(), max(float(sound.max(initial=0)), -float(sound.min(initial=0)))
        self.samples += len(sound)
        self._level = max(peak, self._level)
        second = now // SECOND
        if self._peaks and self._peaks[-1][0] == second:
            self._peaks[-1] = (second, max(peak, self._peaks[-1][1]))
        else:
            self._peaks.append((second, peak))
        if peak > SILENT_PEAK:
            self._sounded_at, self._unheard_since = now, None
        elif has_new_note and self._unheard_since is None:
            self._unheard_since = now

    def read_level(self) -> float:
        """Largest sample since the last reading."""
        level, self._level = self._level, 0.0
        return level

    @property
    def peak(self) -> float:
        """Largest sample of the last `PEAK_WINDOW_S`."""
        oldest = self._now() // SECOND - PEAK_WINDOW_S
        return max((peak for second, peak in self._peaks.copy() if second > oldest), default=0.0)

    @property
    def silent_for_s(self) -> float | None:
        """Seconds since the last sound; None before the first."""
        at = self._sounded_at
        return None if at is None else (self._now() - at) / SECOND

    @property
    def unheard_for_s(self) -> float:
        """Seconds since the first note that brought no sound; 0 if all notes were heard."""
        since = self._unheard_since
        return 0.0 if since is None else (self._now() - since) / SECOND
