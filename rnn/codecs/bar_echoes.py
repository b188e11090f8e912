"""Bars: how much a network is shown of where in the music it is, whatever the codec.

Times are in ticks from the start of the tune.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT, Meter

KNOWN_METERS = tuple(
    Meter(beats, unit)
    for beats, unit in (
        (4, 4), (2, 4), (3, 4), (6, 8), (9, 8), (12, 8),
        (2, 2), (3, 2), (3, 8), (5, 4), (6, 4), (7, 8),
    )
)  # fmt: skip
"""Meters a network is told of; any other is read as 4/4."""
KEY_COUNT = HIGHEST_PITCH - LOWEST_PITCH + 1
MAX_TOKEN_TICKS = 48
"""Longest length, in ticks, that can be told from longer ones."""
BAR_PHASE_TICKS = 96
"""Ticks of a bar the network can tell apart."""
BAR_CYCLE_BARS = 16
"""Bars are counted modulo this."""
ECHO_DELAYS_BARS = (1, 2, 4, 8)
"""How many bars back the network is reminded of what began there."""
ECHO_ROWS = KEY_COUNT + MAX_TOKEN_TICKS + 1  # a pitch, a length, or nothing


def known_meter(meter: Meter) -> Meter:
    """The meter a network is told of in its place."""
    return meter if meter in KNOWN_METERS else KNOWN_METERS[0]


def beats_to_ticks(beats: float) -> int:
    """A time on the grid, ticks."""
    return round(beats * TICKS_PER_BEAT)


def bar_ticks(meter: Meter) -> int:
    """Length of a bar, ticks."""
    return beats_to_ticks(meter.bar_beats)


def add_held_beats(beats: NDArray[np.float32], held: int) -> NDArray[np.float32]:
    """Beats each token says something lasts, once it has lasted `held` ticks; 0 stays 0.

    So that the longer it is already, the less it matters for a wish for long notes what comes.
    """
    return np.where(beats > 0, beats + np.float32(held / TICKS_PER_BEAT), 0.0) if held else beats


class BarEchoes:
    """What began 1, 2, 4 and 8 bars ago; what is older is forgotten, however long the tune."""

    MAX_AGE_TICKS = max(ECHO_DELAYS_BARS) * max(map(bar_ticks, KNOWN_METERS))
    """Ticks after which a note is no echo of anything any more, whatever the meter."""

    def __init__(self) -> None:
        self._onsets: dict[int, tuple[int, int, int]] = {}  # onset -> pitch, length, note

    def copy(self) -> BarEchoes:
        """An independent copy."""
        other = BarEchoes()
        other._onsets = self._onsets.copy()
        return other

    def add_note(self, onset: int, pitch: int, length: int, note: int) -> None:
        """A note is complete, none before it; of several with one onset the last counts."""
        self._onsets[onset] = (pitch, length, note)
        while (oldest := next(iter(self._onsets))) < onset - self.MAX_AGE_TICKS:
            del self._onsets[oldest]

    def echo_rows(self, onset: int, bar: int, as_lengths: bool) -> list[int]:
        """What began so many bars before `onset`, as rows of each echo's own block."""
        return [
            place * ECHO_ROWS + self._row(onset - bars * bar, as_lengths)
            for place, bars in enumerate(ECHO_DELAYS_BARS)
        ]

    def echo_notes(self, onset: int, bar: int) -> list[int]:
        """Which notes those were; -1 where none began."""
        found = (self._onsets.get(onset - bars * bar) for bars in ECHO_DELAYS_BARS)
        return [-1 if row is None else row[2] for row in found]

    def _row(self, onset: int, as_length: bool) -> int:
        found = self._onsets.get(onset)
        if found is None:
            return KEY_COUNT + MAX_TOKEN_TICKS
        pitch, length, _ = found
        return KEY_COUNT + min(length, MAX_TOKEN_TICKS) - 1 if as_length else pitch - LOWEST_PITCH
