"""Transcription: what somebody played by the clock, as a tune in beats.

Nobody says where the beats are. The beat is taken to be the length that lets the times between
notes fall nearest to halves and thirds and quarters of it, and lengths near the commonest (half a
second) are preferred, as listeners do (Parncutt 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Note, Tune, on_grid

SHORTEST_BEAT, LONGEST_BEAT = 0.3, 1.0
"""Seconds."""
COMMONEST_BEAT = 0.5
_CANDIDATES = 141
_PREFERENCE = 0.04
"""Beats of deviation that an octave away from the commonest beat counts for."""
TOGETHER = 0.04
"""Notes begun within so many seconds are one chord."""
GRIDS = ((2, 0.0), (3, 0.03), (4, 0.02))
"""Divisions of a beat, and the mean deviation (beats) a finer one must win by."""
LONGEST_REST = 4.0
"""From one note to the next, beats: a longer silence was no part of the music."""
_NANO = 1e-9


@dataclass(frozen=True, slots=True)
class Played:
    """A note by the clock.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    start, end : int
        ns; the end is after the start.
    """

    pitch: int
    velocity: int
    start: int
    end: int


def transcribed(played: Sequence[Played], name: str = "") -> Tune:
    """The tune that was played, on the grid, from beat 0.

    Raises
    ------
    ValueError
        If nothing was.
    """
    if not played:
        raise ValueError("nothing was played")
    ordered = sorted(played, key=lambda note: (note.start, note.pitch))
    starts = _together(np.array([note.start for note in ordered], np.float64) * _NANO)
    gaps = np.diff(starts)
    beat = beat_of(gaps[gaps > 0])
    places = _places(gaps / beat)
    notes = [
        Note(note.pitch, place, _length(note, place, places, beat), note.velocity)
        for note, place in zip(ordered, places.tolist(), strict=True)
    ]
    return on_grid(Tune(tuple(notes), tempo=60.0 / beat, name=name))


def beat_of(gaps: NDArray[np.float64]) -> float:
    """Length of the beat in which times between notes (seconds) are simplest, seconds."""
    beats = np.geomspace(SHORTEST_BEAT, LONGEST_BEAT, _CANDIDATES)
    costs = _PREFERENCE * np.abs(np.log2(beats / COMMONEST_BEAT))
    if len(gaps):
        counted = gaps / beats[:, None]  # (candidates, gaps)
        misses = [
            np.abs(counted - _rounded(counted, division)).mean(axis=1) + toll
            for division, toll in GRIDS
        ]
        costs += np.min(misses, axis=0)
    return float(beats[np.argmin(costs)])


def _together(starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Starts, those of one chord made one."""
    whole = starts.copy()
    for place in range(1, len(whole)):
        if whole[place] - whole[place - 1] <= TOGETHER:
            whole[place] = whole[place - 1]
    return whole


def _places(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Onsets in beats, each gap on the division that suits them all best."""

    def miss(division: int, toll: float) -> float:
        return float(np.abs(gaps - _rounded(gaps, division)).mean()) + toll if len(gaps) else toll

    division, _ = min(GRIDS, key=lambda grid: miss(*grid))
    steps = np.where(gaps > 0, np.minimum(_rounded(gaps, division), LONGEST_REST), 0.0)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _rounded(beats: NDArray[np.float64], division: int) -> NDArray[np.float64]:
    """Beats on a division; what is not together is at least one division apart."""
    return np.maximum(1, np.round(beats * division)) / division


def _length(note: Played, place: float, places: NDArray[np.float64], beat: float) -> float:
    """Beats a note lasts: to the next one, unless it clearly stopped before or sounded on."""
    lasted = (note.end - note.start) * _NANO / beat
    later = places[places > place]
    to_next = float(later[0] - place) if len(later) else max(1.0, round(lasted))
    meant = 0.4 * to_next <= lasted <= to_next + 0.5
    return to_next if meant else max(0.25, round(lasted * 4) / 4)
