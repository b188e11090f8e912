"""Tempo: the beat a visitor plays to, from the moments of their keys.

Each candidate period is scored by how near the gaps between onsets come to simple fractions of it,
with a prior about 105 beats a minute, where listeners prefer to hear a beat (Parncutt 1994,
"A perceptual model of pulse salience and metrical accent in musical rhythms"; van Noorden and
Moelants 1999).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND

DEFAULT_TEMPO_BPM = 100.0
"""Where nothing is heard and the settings leave it open, beats a minute."""
PREFERRED_PERIOD_S = 60 / 105
"""Beat period of the prior's peak, s."""
CANDIDATE_PERIODS_S = np.geomspace(60 / 170, 60 / 55, 96)
"""Candidate beat periods, s."""
PRIOR_WIDTH_OCTAVES = 0.5
"""Width of the prior, octaves."""
GRID_TOLERANCE_BEATS = 0.07
"""Deviation of a gap from the grid that costs half a nat, beats."""
GRID_COSTS_NATS = ((1, 0.0), (2, 0.5), (4, 2.5), (3, 2.5))
"""Grids of a beat, and the cost in nats of a gap that needs one."""
SPARSE_COST_NATS = 0.5
"""Cost in nats of a gap longer than a beat and a half: most beats have an onset."""
MAX_GAP_S = 3.0
"""Gaps longer than this are pauses and tell nothing, s."""
MIN_GAP_S = 0.07
"""Onsets nearer than this are one chord, s."""
HYSTERESIS_NATS = 0.6
"""Nats a gap by which a new period must beat the old one."""
MAX_ONSETS = 24
"""Onsets remembered."""


def measure_gaps(onsets: Sequence[int]) -> NDArray[np.float64]:
    """Gaps between onsets (ns, in order) in seconds, chords taken as one and pauses left out."""
    kept: list[int] = []
    for onset in onsets:
        if not kept or onset - kept[-1] >= MIN_GAP_S * SECOND:
            kept.append(onset)
    gaps = np.diff(np.array(kept, dtype=np.float64)) / SECOND
    return gaps[gaps <= MAX_GAP_S]


def score_periods(gaps: NDArray[np.float64], periods: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each period costs, in nats a gap: deviation from the grid plus the prior's share.

    Parameters
    ----------
    gaps : ndarray, shape (gaps,)
        Seconds, at least one.
    periods : ndarray, shape (periods,)
        Seconds.

    Returns
    -------
    ndarray, shape (periods,)
    """
    beats = gaps[None, :] / periods[:, None]  # (periods, gaps)
    ways = [
        0.5 * ((beats - np.maximum(1, np.round(beats * parts)) / parts) / GRID_TOLERANCE_BEATS) ** 2
        + toll
        for parts, toll in GRID_COSTS_NATS
    ]
    nats = np.minimum(np.min(ways, axis=0), 6.0) + SPARSE_COST_NATS * (beats > 1.5)
    misfit = nats.mean(axis=1)  # (periods,)
    prior = 0.5 * (np.log2(periods / PREFERRED_PERIOD_S) / PRIOR_WIDTH_OCTAVES) ** 2
    return misfit + prior / min(len(gaps), 4)


class TempoTracker:
    """Follows the beat of a player.

    Parameters
    ----------
    tempo : float
        Beats a minute until something is heard.
    """

    def __init__(self, tempo: float) -> None:
        self._default_period = 60 / tempo
        self._period = self._default_period
        self._onsets: deque[int] = deque(maxlen=MAX_ONSETS)

    @property
    def beat_ns(self) -> int:
        """Length of a beat, ns."""
        return round(self._period * SECOND)

    def add_onset(self, onset: int) -> None:
        """Take in a key press at `onset`, ns."""
        self._onsets.append(onset)
        gaps = measure_gaps(self._onsets)
        if len(gaps) < 2:  # one gap is no tempo
            return
        costs = score_periods(gaps, CANDIDATE_PERIODS_S)
        best = CANDIDATE_PERIODS_S[int(np.argmin(costs))]
        near = np.linspace(self._period * 0.96, self._period * 1.04, 17)
        stay = score_periods(gaps, near)
        if costs.min() < stay.min() - HYSTERESIS_NATS / len(gaps) or len(gaps) == 2:
            near = np.linspace(best * 0.98, best * 1.02, 17)
            stay = score_periods(gaps, near)
        self._period = float(near[int(np.argmin(stay))])

    def reset(self) -> None:
        """Forget the player; back to the tempo it began with."""
        self._onsets.clear()
        self._period = self._default_period

    def begin_phrase(self) -> None:
        """A new phrase begins: the tempo stays, the onsets behind it are forgotten."""
        self._onsets.clear()
