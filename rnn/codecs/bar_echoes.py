"""Bars: how much a network is shown of where in the music it is, whatever the codec.

Times are in ticks from the start of the tune.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT, Meter

METERS = tuple(
    Meter(beats, unit)
    for beats, unit in (
        (4, 4), (2, 4), (3, 4), (6, 8), (9, 8), (12, 8),
        (2, 2), (3, 2), (3, 8), (5, 4), (6, 4), (7, 8),
    )
)  # fmt: skip
"""Meters a network is told of; any other is read as 4/4."""
KEYS = HIGHEST_PITCH - LOWEST_PITCH + 1
SPAN = 48
"""Longest length, in ticks, that can be told from longer ones."""
PHASES = 96
"""Ticks of a bar the network can tell apart."""
BARS = 16
"""Bars are counted modulo this."""
ECHOES = (1, 2, 4, 8)
"""How many bars back the network is reminded of what began there."""
ECHO_ROWS = KEYS + SPAN + 1  # a pitch, a length, or nothing


def known_meter(meter: Meter) -> Meter:
    """The meter a network is told of in its place."""
    return meter if meter in METERS else METERS[0]


def ticks_of(beats: float) -> int:
    """A time on the grid, ticks."""
    return round(beats * TICKS_PER_BEAT)


def bar_ticks(meter: Meter) -> int:
    """Length of a bar, ticks."""
    return ticks_of(meter.bar)


def with_held(beats: NDArray[np.float32], held: int) -> NDArray[np.float32]:
    """Beats each token says something lasts, once it has lasted `held` ticks; 0 stays 0.

    So that the longer it is already, the less it matters for a wish for long notes what comes.
    """
    return np.where(beats > 0, beats + np.float32(held / TICKS_PER_BEAT), 0.0) if held else beats


class Echoes:
    """What began 1, 2, 4 and 8 bars ago; what is older is forgotten, however long the tune."""

    REACH = max(ECHOES) * max(map(bar_ticks, METERS))
    """Ticks after which a note is no echo of anything any more, whatever the meter."""

    def __init__(self) -> None:
        self._onsets: dict[int, tuple[int, int, int]] = {}  # onset -> pitch, length, note

    def copy(self) -> Echoes:
        """An independent copy."""
        other = Echoes()
        other._onsets = self._onsets.copy()
        return other

    def add(self, onset: int, pitch: int, length: int, note: int) -> None:
        """A note is complete, none before it; of several with one onset the last counts."""
        self._onsets[onset] = (pitch, length, note)
        while (oldest := next(iter(self._onsets))) < onset - self.REACH:
            del self._onsets[oldest]

    def rows(self, onset: int, bar: int, as_lengths: bool) -> list[int]:
        """What began so many bars before `onset`, as rows of each echo's own block."""
        return [
            place * ECHO_ROWS + self._row(onset - bars * bar, as_lengths)
            for place, bars in enumerate(ECHOES)
        ]

    def notes(self, onset: int, bar: int) -> list[int]:
        """Which notes those were; -1 where none began."""
        found = (self._onsets.get(onset - bars * bar) for bars in ECHOES)
        return [-1 if row is None else row[2] for row in found]

    def _row(self, onset: int, as_length: bool) -> int:
        found = self._onsets.get(onset)
        if found is None:
            return KEYS + SPAN
        pitch, length, _ = found
        return KEYS + min(length, SPAN) - 1 if as_length else pitch - LOWEST_PITCH
