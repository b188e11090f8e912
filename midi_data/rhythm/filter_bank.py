"""Filter bank: Kalman filters that follow the onsets of a phrase, one for each idea of its beat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

PERIODS_S = np.geomspace(60 / 210, 60 / 45, 40)  # candidate beat periods, s
PREFERRED_PERIOD_S = 0.55  # beat period that others are compared with, s
# Chosen by random search on the patterns `CHOOSING` of benchmarks/tracking.py, here and below
PERIOD_SPREAD = 0.025  # relative standard deviation of a candidate's first period
KNOWN_PERIOD_SPREAD = 0.01  # the same where the period is given
PERIOD_DRIFT = 0.006  # relative standard deviation of the period's change in a beat
DEVIATION_S = 0.025  # standard deviation of onsets that the filters assume, s
EXPECTED_DEVIATION_S = 0.045  # standard deviation expected before any onset, s
DEVIATION_WEIGHT = 4.0  # number of pairs of onsets that the expectation counts for
MAX_STEP_BEATS = 8.0  # longest step from one onset to the next, beats
ON_BEAT_PROBABILITY = 0.8  # of an onset on a beat, for the place that a filter chooses

BEAT_PLACES = 6
"""Places of a beat as written: its start, sixteenths and triplets, or the sixths of a dotted one.

A pattern of a beat is the set of the places that are struck, as a number with a bit for each.
"""
PATTERNS = 1 << BEAT_PLACES  # number of patterns of a beat
FIRST_TRIPLET, SECOND_EIGHTH, LAST_TRIPLET = 2, 3, 4  # places of a beat that is not dotted


@dataclass(frozen=True, slots=True)
class Division:
    """A way of dividing beats: places in the beat, and the probability of an onset at each.

    `is_compound` divisions belong to meters of dotted beats.
    """

    places: tuple[float, ...]
    written: tuple[int, ...]  # the places as written, of `BEAT_PLACES`
    probabilities: tuple[float, ...]  # of places after the first
    first_places: tuple[int, ...]  # where a phrase may begin
    is_compound: bool = False
    swing: float = 0.5

    @property
    def quarters(self) -> float:
        """Length of a beat, quarter notes."""
        return 1.5 if self.is_compound else 1.0


LIGHT_SWING = 0.59  # place of the second eighth of a lightly swung beat
QUARTERS = Division((0.0, 0.5), (0, 3), (0.1,), (0,))
STRAIGHT = Division((0.0, 0.25, 0.5, 0.75), (0, 1, 3, 5), (0.1, 0.45, 0.12), (0, 2))
LIGHTLY_SWUNG = Division((0.0, LIGHT_SWING), (0, 3), (0.5,), (0, 1), swing=LIGHT_SWING)
SWUNG = Division((0.0, 1 / 3, 2 / 3), (0, 2, 3), (0.08, 0.5), (0, 2), swing=2 / 3)
MIXED = Division(
    (0.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75),
    (0, 1, 2, 3, 4, 5),
    (0.05, 0.05, 0.25, 0.05, 0.05),
    (0, 3),
)
COMPOUND = Division(
    (0.0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6),
    (0, 1, 2, 3, 4, 5),
    (0.04, 0.5, 0.12, 0.65, 0.04),
    (0, 2, 4),
    is_compound=True,
)
DIVISIONS = (QUARTERS, STRAIGHT, LIGHTLY_SWUNG, SWUNG, MIXED, COMPOUND)
IS_COMPOUND = np.array([division.is_compound for division in DIVISIONS])


class FilterBank:
    """Kalman filters of all hypotheses about period, division and first place, side by side.

    A filter knows the time of the last onset's place, the beat period, and their covariance. Each
    onset goes to the place that is likeliest by them. Arrays have shape (hypotheses,), or
    (hypotheses, onsets) for `beats` and `places`.

    Parameters
    ----------
    times : ndarray of float64, shape (onsets,)
        Onsets in order, s.
    beat : float, optional
        Length of a quarter note, s, if it is known.

    Attributes
    ----------
    divisions : ndarray of int64
        Index of the division of the beat.
    beats, places : ndarray of int64
        Whole beats of each onset, and index of its place in the beat.
    periods, ticks, last_beats : ndarray of float64
        Beat period (s), and time (s) and beat of the last onset's place.
    timing_nats, drift_nats : ndarray of float64
        Log probability of the deviations, and the price of a period that is not steady, nats.
    """

    def __init__(self, times: Array, beat: float | None) -> None:
        rows = [
            (number, place, period)
            for number, division in enumerate(DIVISIONS)
            for place in division.first_places
            for period in _candidate_periods(division, beat)
        ]
        self.divisions = np.array([row[0] for row in rows])
        self.periods = np.array([row[2] for row in rows])
        places, costs = _padded_divisions()
        self._places, self._costs = places[self.divisions], costs[self.divisions]  # (H, P)
        self._rows = np.arange(len(rows))
        self._drift = (PERIOD_DRIFT * self.periods) ** 2
        self._slowest, self._fastest = 2 * self.periods, 0.5 * self.periods
        spread = PERIOD_SPREAD if beat is None else KNOWN_PERIOD_SPREAD
        self._tick_variance = np.full(len(rows), DEVIATION_S**2)
        self._covariance = np.zeros(len(rows))
        self._period_variance = (spread * self.periods) ** 2
        self._misfit, self.drift_nats = np.zeros((2, len(rows)))
        self._follow(times, np.array([row[1] for row in rows]))

    def patterns(self) -> tuple[Indices, Indices]:
        """Pattern of each beat as written, and number of beats up to the last onset.

        Returns
        -------
        ndarray of int64, shape (hypotheses, beats)
            0 for a beat without onset, and after the last onset.
        ndarray of int64, shape (hypotheses,)
        """
        width = int(self.beats[:, -1].max()) + 1
        bits = (1 << _written_places())[self.divisions[:, None], self.places]
        beats = self._rows[:, None] * width + self.beats
        size = len(self._rows) * width
        found = np.bincount(beats.ravel(), bits.ravel(), size).astype(np.int64)
        found = found.reshape(-1, width)
        # beside a triplet, the last swung place is one too
        swung = (self.divisions == DIVISIONS.index(SWUNG))[:, None]
        both = (1 << FIRST_TRIPLET) | (1 << SECOND_EIGHTH)
        triplets = swung & (found & both == both)
        moved = found ^ ((1 << SECOND_EIGHTH) | (1 << LAST_TRIPLET))
        return np.where(triplets, moved, found), self.beats[:, -1] + 1

    def best(self, scores: Array, count: int) -> list[int]:
        """Hypotheses with the highest `scores`, each interpretation once, best first."""
        seen, kept = set(), []
        for index in np.argsort(-scores, kind="stable").tolist():
            path = (
                self.divisions[index],
                self.beats[index].tobytes(),
                self.places[index].tobytes(),
            )
            if path not in seen:
                seen.add(path)
                kept.append(index)
                if len(kept) == count:
                    break
        return kept

    def _follow(self, times: Array, first_places: Indices) -> None:
        self.places = np.zeros((len(self._rows), len(times)), dtype=np.int64)
        self.beats = np.zeros_like(self.places)
        self.places[:, 0] = first_places
        self.last_beats = self._places[self._rows, first_places]
        self.ticks = np.full(len(self._rows), times[0])
        for index in range(1, len(times)):
            self.places[:, index] = self._add_onset(times[index])
            self.beats[:, index] = np.floor(self.last_beats + 1e-6)
        # the standard deviation of the deviations is unknown, and integrated out
        expected = 2 * DEVIATION_WEIGHT * EXPECTED_DEVIATION_S**2
        shape = DEVIATION_WEIGHT + 0.5 * (len(times) - 1)
        self.timing_nats = -shape * np.log1p(self._misfit / expected)

    def _add_onset(self, time: float) -> Indices:
        """Update all filters with an onset; returns the index of its place in each."""
        # a longer pause counts as the longest step
        wait = np.minimum((time - self.ticks) / self.periods, MAX_STEP_BEATS)
        self.ticks = time - wait * self.periods
        beats = np.round((self.last_beats + wait)[:, None] - self._places) + self._places
        late = np.floor(self.last_beats[:, None] - beats + 1e-6) + 1
        beats += np.maximum(late, 0.0)  # each onset is later than the last one; (H, P)
        steps = beats - self.last_beats[:, None]
        errors = (wait[:, None] - steps) * self.periods[:, None]
        variances = DEVIATION_S**2 + self._predicted_tick_variance(steps)
        fit = self._costs - 0.5 * errors**2 / variances - 0.5 * np.log(variances)
        places = np.argmax(fit, axis=1)
        self._update(steps[self._rows, places], errors[self._rows, places])
        self.last_beats = beats[self._rows, places]
        return places

    def _predicted_tick_variance(self, steps: Array) -> Array:
        """Variance (s**2) of the time of a place some beats later, shape (H, P)."""
        return (
            self._tick_variance[:, None]
            + 2 * steps * self._covariance[:, None]
            + steps**2 * self._period_variance[:, None]
        )

    def _update(self, step: Array, error: Array) -> None:
        """Move all filters by a step (beats), and correct them by an error (s)."""
        tick = self._tick_variance + 2 * step * self._covariance + step**2 * self._period_variance
        covariance = self._covariance + step * self._period_variance
        total = tick + DEVIATION_S**2
        gain, period_gain = tick / total, covariance / total
        self._misfit += error**2 / total * DEVIATION_S**2
        self.drift_nats += 0.5 * np.log(total / DEVIATION_S**2)
        self.ticks = self.ticks + step * self.periods + gain * error
        self.periods = np.clip(self.periods + period_gain * error, self._fastest, self._slowest)
        self._period_variance = (
            self._period_variance + step * self._drift - period_gain * covariance
        )
        self._covariance = covariance - gain * covariance
        self._tick_variance = tick - gain * tick


def _candidate_periods(division: Division, beat: float | None) -> Array:
    """Beat periods (s) to try with a division, `beat` being the quarter note if it is known."""
    if beat is None:
        return PERIODS_S
    return np.array([beat * division.quarters])


@cache
def _padded_divisions() -> tuple[Array, Array]:
    """Places and log probabilities of all divisions, shape (divisions, places).

    A division with fewer places than others has its first one again, without probability.
    """
    places = np.zeros((len(DIVISIONS), BEAT_PLACES))
    costs = np.full((len(DIVISIONS), BEAT_PLACES), -np.inf)
    for row, division in enumerate(DIVISIONS):
        places[row, : len(division.places)] = division.places
        costs[row, : len(division.places)] = np.log([ON_BEAT_PROBABILITY, *division.probabilities])
    return places, costs


@cache
def _written_places() -> Indices:
    """Places as written of all divisions, shape (divisions, places)."""
    written = np.zeros((len(DIVISIONS), BEAT_PLACES), dtype=np.int64)
    for row, division in enumerate(DIVISIONS):
        written[row, : len(division.written)] = division.written
    return written
