"""Bars and echoes: the position in the music a network is given, in any codec.

Times are in ticks from the start of the tune.
"""

from __future__ import annotations

from itertools import islice

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
"""Meters with an input row; any other is read as 4/4."""
KEY_COUNT = HIGHEST_PITCH - LOWEST_PITCH + 1  # keys of a piano
MAX_TOKEN_TICKS = 48  # longest length with a token of its own, ticks
BAR_PHASE_TICKS = 96  # ticks of a bar with an input row each
BAR_CYCLE_BARS = 16  # bars with an input row each; bars are counted modulo this
ECHO_DELAYS_BARS = (1, 2, 4, 8)
"""Ages of the echoes, bars: notes that began 1, 2, 4 or 8 bars ago are in the input."""
MAX_REPEATED_NOTES = 8  # most notes for which it is known whether they repeat
ECHO_ROWS = KEY_COUNT + MAX_TOKEN_TICKS + 1  # input rows of an echo: its pitch, its length, or none


def known_meter(meter: Meter) -> Meter:
    """The meter itself if it has an input row, else 4/4."""
    return meter if meter in KNOWN_METERS else KNOWN_METERS[0]


def beats_to_ticks(beats: float) -> int:
    """A time in beats rounded to ticks."""
    return round(beats * TICKS_PER_BEAT)


def bar_ticks(meter: Meter) -> int:
    """Length of a bar, ticks."""
    return beats_to_ticks(meter.bar_beats)


def add_held_beats(beats: NDArray[np.float32], held: int) -> NDArray[np.float32]:
    """Add `held` ticks already spelled to the beats of each token; 0 stays 0."""
    return np.where(beats > 0, beats + np.float32(held / TICKS_PER_BEAT), 0.0) if held else beats


class BarEchoes:
    """The notes that began 1, 2, 4 and 8 bars ago; older ones are dropped."""

    MAX_AGE_TICKS = max(ECHO_DELAYS_BARS) * max(map(bar_ticks, KNOWN_METERS))
    """Age at which a note is dropped, ticks: the oldest echo in the longest bars."""

    def __init__(self) -> None:
        self._onsets: dict[int, tuple[int, int, int]] = {}  # onset -> pitch, length, note
        self.first_onset = 0

    def __len__(self) -> int:
        return len(self._onsets)

    def copy(self) -> BarEchoes:
        """An independent copy."""
        other = BarEchoes()
        other._onsets, other.first_onset = self._onsets.copy(), self.first_onset
        return other

    def add_note(self, onset: int, pitch: int, length: int, note: int) -> None:
        """Add a note, in order of onset; of several with one onset the last is kept."""
        if not self._onsets:
            self.first_onset = onset
        self._onsets[onset] = (pitch, length, note)
        while (oldest := next(iter(self._onsets))) < onset - self.MAX_AGE_TICKS:
            del self._onsets[oldest]

    def echo_rows(self, onset: int, bar: int, as_lengths: bool) -> list[int]:
        """Row of each echo of an onset, its pitch or its length, in a block of rows per echo."""
        return [
            place * ECHO_ROWS + self._row(onset - bars * bar, as_lengths)
            for place, bars in enumerate(ECHO_DELAYS_BARS)
        ]

    def echo_notes(self, onset: int, bar: int) -> list[int]:
        """Index of the note of each echo of an onset; -1 for none."""
        echoes = (self._onsets.get(onset - bars * bar) for bars in ECHO_DELAYS_BARS)
        return [-1 if echo is None else echo[2] for echo in echoes]

    def repeats(self, onset: int, bar: int) -> list[tuple[int, int, int, int]]:
        """Pitch (0 for none) and length of each echo, number of repeated notes, and their shift.

        The repeated notes are the latest notes before the onset that also sounded that many bars
        earlier, all of them `shift` semitones lower. At most `MAX_REPEATED_NOTES` are counted.
        """
        recent = list(islice(reversed(self._onsets), MAX_REPEATED_NOTES))
        found = []
        for bars in ECHO_DELAYS_BARS:
            delay, count, shift = bars * bar, 0, 0
            for at in recent:
                earlier = self._onsets.get(at - delay)
                if earlier is None:
                    break
                higher = self._onsets[at][0] - earlier[0]
                if count and higher != shift:
                    break
                count, shift = count + 1, higher
            echo = self._onsets.get(onset - delay)
            found.append((*(echo or (0, 0))[:2], count, shift))
        return found

    def _row(self, onset: int, as_length: bool) -> int:
        if onset not in self._onsets:
            return KEY_COUNT + MAX_TOKEN_TICKS
        pitch, length, _ = self._onsets[onset]
        return KEY_COUNT + min(length, MAX_TOKEN_TICKS) - 1 if as_length else pitch - LOWEST_PITCH
