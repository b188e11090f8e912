"""Beat tracking: the beat of played notes, and their places on it.

Each candidate beat period is scored by how near the gaps between onsets come to simple fractions of
the period. A prior prefers about 105 beats a minute, where listeners prefer to hear a beat. The
same score follows a visitor note by note (`TempoTracker`) and transcribes a whole tune.

References
----------
R. Parncutt 1994, "A perceptual model of pulse salience and metrical accent in musical rhythms",
Music Perception 11(4). L. van Noorden and D. Moelants 1999, "Resonance in the perception of musical
pulse", Journal of New Music Research 28(1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Note, Tune, quantise_tune

CANDIDATE_PERIODS_S = np.geomspace(60 / 170, 60 / 55, 96)  # candidate beat periods, s
PREFERRED_PERIOD_S = 60 / 105  # beat period at the peak of the prior, s
PRIOR_WIDTH_OCTAVES = 0.5  # width of the prior, octaves
GRID_TOLERANCE_BEATS = 0.07  # deviation of a gap from the grid that costs half a nat, beats
GRID_COSTS_NATS = ((1, 0.0), (2, 0.5), (4, 2.5), (3, 2.5))
"""Divisions of a beat, and the cost of a gap that needs one, nats."""
MAX_GAP_COST_NATS = 6.0  # largest cost of one gap, nats
SPARSE_COST_NATS = 0.5
"""Cost of a gap longer than a beat and a half, nats: most beats have an onset."""
MAX_GAP_S = 3.0  # longest gap that is not a pause, s
MIN_GAP_S = 0.07  # shortest gap between two onsets that are not one chord, s
HYSTERESIS_NATS = 0.6
"""Advantage that a new period needs over the current one, nats divided by the number of gaps."""
MAX_ONSETS = 24  # number of onsets that count for the tempo
GRID_DIVISIONS = ((2, 0.0), (4, 0.02), (3, 0.03))
"""Divisions of a beat for onsets, and the mean deviation that a finer one must save, beats."""
MAX_TEMPO_DRIFT = 0.03
"""Largest relative difference between the beat fitted to a phrase and the tracked beat."""
END_SNAP_BEATS = 0.5
"""Largest distance of a note's end from the next onset at which the end moves there, beats."""
MAX_NOTE_BEATS = 8.0  # longest note, beats
MAX_REST_BEATS = 4.0  # longest step from one onset to the next in a transcription, beats
NS_PER_S = 1_000_000_000  # nanoseconds in a second


class PlayedNote(Protocol):
    """A note by the clock, such as `messages.timed_note.TimedNote`; times in ns."""

    @property
    def pitch(self) -> int: ...
    @property
    def velocity(self) -> int: ...
    @property
    def due(self) -> int: ...
    @property
    def end(self) -> int: ...


class TempoTracker:
    """Follows the beat of a player, onset by onset.

    Parameters
    ----------
    tempo : float
        Tempo until enough onsets have come, beats per minute.
    """

    def __init__(self, tempo: float) -> None:
        self._default_period = 60 / tempo
        self._period = self._default_period
        self._onsets: deque[int] = deque(maxlen=MAX_ONSETS)

    @property
    def beat_ns(self) -> int:
        """Length of a beat, ns."""
        return round(self._period * NS_PER_S)

    def add_onset(self, onset: int) -> None:
        """Update the beat with an onset at the time `onset`, ns."""
        self._onsets.append(onset)
        gaps = measure_gaps(self._onsets)
        if len(gaps) < 2:  # one gap is no tempo
            return
        new_cost, new_period = _best_period(gaps, CANDIDATE_PERIODS_S)
        cost, period = _best_period(gaps, _periods_near(self._period, 0.04))
        if new_cost < cost - HYSTERESIS_NATS / len(gaps) or len(gaps) == 2:
            _, period = _best_period(gaps, _periods_near(new_period, 0.02))
        self._period = period

    def reset(self) -> None:
        """Return to the first tempo, and forget all onsets."""
        self._onsets.clear()
        self._period = self._default_period

    def begin_phrase(self) -> None:
        """Forget the onsets, and keep the tempo."""
        self._onsets.clear()


def merge_chords(onsets: Sequence[int]) -> NDArray[np.int64]:
    """Onsets (ns, in order) in which the notes of one chord share the time of the first."""
    merged = np.array(onsets, dtype=np.int64)
    for index in range(1, len(merged)):
        if merged[index] - merged[index - 1] < MIN_GAP_S * NS_PER_S:
            merged[index] = merged[index - 1]
    return merged


def measure_gaps(onsets: Sequence[int]) -> NDArray[np.float64]:
    """Gaps (s) between onsets (ns, in order), without those inside chords and without pauses."""
    gaps = np.diff(merge_chords(onsets)) / NS_PER_S
    return gaps[(gaps > 0) & (gaps <= MAX_GAP_S)]


def score_periods(gaps: NDArray[np.float64], periods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cost of each beat period, nats per gap: deviation of the gaps from its grid, and prior.

    `gaps` (at least one) and `periods` are in seconds.
    """
    beats = gaps[None, :] / periods[:, None]  # (periods, gaps)
    costs = [
        0.5 * ((beats - _round_to_division(beats, division, 1)) / GRID_TOLERANCE_BEATS) ** 2 + cost
        for division, cost in GRID_COSTS_NATS
    ]
    sparse = SPARSE_COST_NATS * (beats > 1.5)
    misfit = (np.minimum(np.min(costs, axis=0), MAX_GAP_COST_NATS) + sparse).mean(axis=1)
    prior = 0.5 * (np.log2(periods / PREFERRED_PERIOD_S) / PRIOR_WIDTH_OCTAVES) ** 2
    return misfit + prior / min(len(gaps), 4)


def estimate_period(gaps: NDArray[np.float64]) -> float:
    """Beat period (s) that fits gaps (s) best; the preferred period without gaps."""
    if not len(gaps):
        return PREFERRED_PERIOD_S
    _, period = _best_period(gaps, CANDIDATE_PERIODS_S)
    return _best_period(gaps, _periods_near(period, 0.02))[1]


def quantise_onsets(onsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Onsets on the grid with the least mean deviation and penalty.

    Parameters
    ----------
    onsets : ndarray of float64, shape (notes,)
        Beats from the first onset.

    Returns
    -------
    ndarray of float64, shape (notes,)
    """
    return _round_to_division(onsets, _best_division(onsets, 0), 0)


def quantise_ends(onsets: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends as they would be written: a key released early or late makes no rest and no chord.

    An end within `END_SNAP_BEATS` of the next onset moves there. The last ends move to a whole
    beat, and the other ends to the finest grid.

    Parameters
    ----------
    onsets, ends : ndarray of float64, shape (notes,)
        Beats; the onsets are in order and on the grid.

    Returns
    -------
    ndarray of float64, shape (notes,)
    """
    written = np.round(ends * TICKS_PER_BEAT) / TICKS_PER_BEAT
    for index, (onset, end) in enumerate(zip(onsets, ends, strict=True)):
        later = onsets[onsets > onset]
        following = later[0] if len(later) else max(onset + 1.0, np.ceil(end - END_SNAP_BEATS))
        if abs(end - following) <= END_SNAP_BEATS or not len(later):
            written[index] = following
    shortest = 1 / max(division for division, _ in GRID_DIVISIONS)
    return np.clip(written, onsets + shortest, onsets + MAX_NOTE_BEATS)


def fit_beat(times: NDArray[np.int64], onsets: NDArray[np.float64], beat: int) -> tuple[int, int]:
    """Fit a beat grid to notes by least squares.

    Parameters
    ----------
    times : ndarray of int64, shape (notes,)
        When the notes were played, ns.
    onsets : ndarray of float64, shape (notes,)
        Their onsets on the grid, beats.
    beat : int
        Tracked length of a beat, ns; the fit differs by `MAX_TEMPO_DRIFT` at most.

    Returns
    -------
    origin, beat : int
        Time of beat 0 and length of a beat, ns.
    """
    first = times[0]
    if np.ptp(onsets) < 1.0:
        return round(float(np.mean(times - first - onsets * beat))) + int(first), beat
    slope, intercept = np.polyfit(onsets, times - first, 1)
    fitted = float(np.clip(slope, (1 - MAX_TEMPO_DRIFT) * beat, (1 + MAX_TEMPO_DRIFT) * beat))
    return round(intercept) + int(first), round(fitted)


def transcribe(played: Sequence[PlayedNote], name: str = "") -> Tune:
    """Transcribe played notes to a tune, its first note on beat 0.

    Parameters
    ----------
    played : sequence of PlayedNote
        In any order.
    name : str
        Name of the tune.

    Returns
    -------
    Tune

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not played:
        raise ValueError("nothing was played")
    ordered = sorted(played, key=lambda note: (note.due, note.pitch))
    starts = merge_chords([note.due for note in ordered])
    period = estimate_period(measure_gaps(starts))
    steps = np.diff(starts) / NS_PER_S / period
    apart = steps > 0
    steps[apart] = _round_to_division(steps[apart], _best_division(steps[apart], 1), 1)
    onsets = np.cumsum([0.0, *np.minimum(steps, MAX_REST_BEATS)])
    lengths = np.array([note.end - note.due for note in ordered]) / NS_PER_S / period
    ends = quantise_ends(onsets, onsets + lengths)
    notes = tuple(
        Note(note.pitch, float(onset), float(end - onset), note.velocity)
        for note, onset, end in zip(ordered, onsets, ends, strict=True)
    )
    return quantise_tune(Tune(notes, tempo=60.0 / period, name=name))


def _periods_near(period: float, share: float) -> NDArray[np.float64]:
    return np.linspace(period * (1 - share), period * (1 + share), 17)


def _best_period(gaps: NDArray[np.float64], periods: NDArray[np.float64]) -> tuple[float, float]:
    """Least cost (nats) and its period (s)."""
    costs = score_periods(gaps, periods)
    best = int(np.argmin(costs))
    return float(costs[best]), float(periods[best])


def _best_division(beats: NDArray[np.float64], min_steps: int) -> int:
    def cost(division: int, penalty: float) -> float:
        if not len(beats):
            return penalty
        rounded = _round_to_division(beats, division, min_steps)
        return float(np.abs(beats - rounded).mean()) + penalty

    return min(GRID_DIVISIONS, key=lambda grid: cost(*grid))[0]


def _round_to_division(
    beats: NDArray[np.float64], division: int, min_steps: int
) -> NDArray[np.float64]:
    """Beats rounded to a division, to `min_steps` steps of it at least."""
    return np.maximum(min_steps, np.round(beats * division)) / division
