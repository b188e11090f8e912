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

from midi_data.notes import Note, Tune, quantise_tune

MIN_BEAT_S, MAX_BEAT_S = 0.3, 1.0
"""Seconds."""
PREFERRED_BEAT_S = 0.5
_CANDIDATE_COUNT = 141
_OCTAVE_PENALTY_BEATS = 0.04
"""Beats of deviation that an octave away from the commonest beat counts for."""
CHORD_WINDOW_S = 0.04
"""Notes begun within so many seconds are one chord."""
DIVISION_PENALTIES = ((2, 0.0), (3, 0.03), (4, 0.02))
"""Divisions of a beat, and the mean deviation (beats) a finer one must win by."""
MAX_REST_BEATS = 4.0
"""From one note to the next, beats: a longer silence was no part of the music."""
_S_PER_NS = 1e-9


@dataclass(frozen=True, slots=True)
class PlayedNote:
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
    start_ns: int
    end_ns: int


def transcribe(played: Sequence[PlayedNote], name: str = "") -> Tune:
    """The tune that was played, on the grid, from beat 0.

    Raises
    ------
    ValueError
        If nothing was.
    """
    if not played:
        raise ValueError("nothing was played")
    ordered = sorted(played, key=lambda note: (note.start_ns, note.pitch))
    starts = _merge_chord_starts(
        np.array([note.start_ns for note in ordered], np.float64) * _S_PER_NS
    )
    gaps = np.diff(starts)
    beat = estimate_beat(gaps[gaps > 0])
    places = _onset_beats(gaps / beat)
    notes = [
        Note(note.pitch, place, _duration_beats(note, place, places, beat), note.velocity)
        for note, place in zip(ordered, places.tolist(), strict=True)
    ]
    return quantise_tune(Tune(tuple(notes), tempo=60.0 / beat, name=name))


def estimate_beat(gaps: NDArray[np.float64]) -> float:
    """Length of the beat in which times between notes (seconds) are simplest, seconds."""
    beats = np.geomspace(MIN_BEAT_S, MAX_BEAT_S, _CANDIDATE_COUNT)
    costs = _OCTAVE_PENALTY_BEATS * np.abs(np.log2(beats / PREFERRED_BEAT_S))
    if len(gaps):
        counted = gaps / beats[:, None]  # (candidates, gaps)
        misses = [
            np.abs(counted - _round_to_division(counted, division)).mean(axis=1) + toll
            for division, toll in DIVISION_PENALTIES
        ]
        costs += np.min(misses, axis=0)
    return float(beats[np.argmin(costs)])


def _merge_chord_starts(starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Starts, those of one chord made one."""
    whole = starts.copy()
    for place in range(1, len(whole)):
        if whole[place] - whole[place - 1] <= CHORD_WINDOW_S:
            whole[place] = whole[place - 1]
    return whole


def _onset_beats(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Onsets in beats, each gap on the division that suits them all best."""

    def miss(division: int, toll: float) -> float:
        return (
            float(np.abs(gaps - _round_to_division(gaps, division)).mean()) + toll
            if len(gaps)
            else toll
        )

    division, _ = min(DIVISION_PENALTIES, key=lambda grid: miss(*grid))
    steps = np.where(gaps > 0, np.minimum(_round_to_division(gaps, division), MAX_REST_BEATS), 0.0)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _round_to_division(beats: NDArray[np.float64], division: int) -> NDArray[np.float64]:
    """Beats on a division; what is not together is at least one division apart."""
    return np.maximum(1, np.round(beats * division)) / division


def _duration_beats(
    note: PlayedNote, place: float, places: NDArray[np.float64], beat: float
) -> float:
    """Beats a note lasts: to the next one, unless it clearly stopped before or sounded on."""
    lasted = (note.end_ns - note.start_ns) * _S_PER_NS / beat
    later = places[places > place]
    to_next = float(later[0] - place) if len(later) else max(1.0, round(lasted))
    meant = 0.4 * to_next <= lasted <= to_next + 0.5
    return to_next if meant else max(0.25, round(lasted * 4) / 4)
