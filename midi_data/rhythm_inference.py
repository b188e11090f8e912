"""Rhythm inference: tempo, meter, bar line and swing of a phrase, found together.

The search has two stages, both over discrete hypotheses with a fixed order, so that the result
depends on the onsets alone.

1. A bank of Kalman filters follows the onsets, one for each pair of a beat period and a division of
   the beat (Cemgil & Kappen 2003: the tempo drifts, onsets deviate, and a hidden count of the score
   position is chosen note by note).
2. The best of them are joined with each meter and each place of the first note in the bar. A note
   is likelier on a strong place of the bar, an absent note on a weak one (Temperley 2007), loud and
   long notes mark strong places (Lerdahl & Jackendoff 1983), and bars resemble the bar before
   (Temperley & Bartlette 2002: parallelism). The deviations of the onsets have an unknown standard
   deviation, which is integrated out.

The prior of the beat is log-normal (Parncutt 1994).

References
----------
A. T. Cemgil and B. Kappen 2003, "Monte Carlo methods for tempo tracking and rhythm quantization",
Journal of Artificial Intelligence Research 18. D. Temperley 2007, "Music and Probability", MIT
Press, ch. 3. D. Temperley and C. Bartlette 2002, "Parallelism as a factor in metrical analysis",
Music Perception 20(2). F. Lerdahl and R. Jackendoff 1983, "A Generative Theory of Tonal Music".
R. Parncutt 1994, "A perceptual model of pulse salience and metrical accent in musical rhythms",
Music Perception 11(4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter

Array = NDArray[np.float64]

# Chosen by random search on the patterns `CHOOSING` of benchmarks/tracking.py, here and below
PERIODS_S = np.geomspace(60 / 210, 60 / 45, 40)  # candidate beat periods, s
PREFERRED_PERIOD_S = 60 / 111  # beat period at the peak of the prior, s
PRIOR_WIDTH_OCTAVES = 0.52  # standard deviation of the prior, octaves
PERIOD_SPREAD = 0.025  # relative standard deviation of a candidate's first period
KNOWN_PERIOD_SPREAD = 0.01  # the same where the period is given
PERIOD_DRIFT = 0.006  # relative standard deviation of the period's change in a beat
DEVIATION_S = 0.025  # standard deviation of onsets that the filters assume, s
EXPECTED_DEVIATION_S = 0.045  # standard deviation expected before any onset, s
DEVIATION_WEIGHT = 4.0  # number of pairs of onsets that the expectation counts for
MAX_ONSETS = 64  # number of onsets that count, the latest ones
MAX_STEP_BEATS = 8.0  # longest step from one onset to the next, beats
SURVIVORS = 20  # number of filters that are joined with meters
EMPTY_BEAT_COST_NATS = 0.35  # cost of a beat without onset, for the choice of survivors, nats
COPY_SHARE = 0.13  # share of a place's probability that comes from the bar before
VELOCITY_WEIGHT, LENGTH_WEIGHT, LAST_WEIGHT = 1.25, 1.8, 1.6
"""Nats for a standard deviation of loudness, an octave of length, and a last note on beat one."""
ONSETS_OF_A_CADENCE = 8  # number of onsets from which the last note has its full weight
MIN_VELOCITY_SPREAD = 6.0  # smallest standard deviation that velocities are divided by
FIRST_ON_BAR_SHARE = 0.79  # prior probability of a phrase that begins on the bar line
WHOLE_PHRASE_NATS = (0.5, 1.0)
"""Advantage of a phrase of two bars or a multiple, and of four or a multiple, nats."""
MEMORY_NATS = 4.0
"""Advantage of the meter and tempo of the phrase before, half of it for the tempo, nats."""
MEMORY_TOLERANCE = 0.06  # relative difference of two tempi that count as one


@dataclass(frozen=True, slots=True)
class Division:
    """A way of dividing beats: places in the beat, and the probability of an onset at each.

    `is_compound` divisions belong to meters of dotted beats.
    """

    places: tuple[float, ...]
    probabilities: tuple[float, ...]  # of places after the first
    first_places: tuple[int, ...]  # where a phrase may begin
    prior: float
    is_compound: bool = False
    swing: float = 0.5

    @property
    def quarters(self) -> float:
        """Length of a beat, quarter notes."""
        return 1.5 if self.is_compound else 1.0


LIGHT_SWING = 0.59  # place of the second eighth of a lightly swung beat
STRAIGHT = Division((0.0, 0.25, 0.5, 0.75), (0.1, 0.45, 0.12), (0, 2), 0.227)
QUARTERS = Division((0.0, 0.5), (0.1,), (0,), 0.1)
LIGHTLY_SWUNG = Division((0.0, LIGHT_SWING), (0.5,), (0, 1), 0.0235, swing=LIGHT_SWING)
SWUNG = Division((0.0, 1 / 3, 2 / 3), (0.08, 0.5), (0, 2), 0.04, swing=2 / 3)
MIXED = Division(
    (0.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75), (0.05, 0.05, 0.25, 0.05, 0.05), (0, 3), 0.684
)
COMPOUND = Division(
    (0.0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6),
    (0.04, 0.5, 0.12, 0.65, 0.04),
    (0, 2, 4),
    0.025,
    is_compound=True,
)
DIVISIONS = (QUARTERS, STRAIGHT, LIGHTLY_SWUNG, SWUNG, MIXED, COMPOUND)

LEVEL_PROBABILITIES = {3: 0.976, 2: 0.85, 1: 0.686, 0: 0.5}
"""Probability of an onset on a beat of a level; 3 is the first beat of a bar."""
LEVEL_ACCENTS = {3: 1.0, 2: 0.836, 1: 0.04, 0: 0.0}
"""Accent of a beat of a level; a place between beats has none."""
DOTTED_BEAT_PROBABILITY, DOTTED_BEAT_ACCENT = 0.88, 0.23
"""The same of a dotted beat that is not the first of a bar."""
DOTTED_BEAT_REST = 1.0
"""The same of long notes alone: a phrase may rest on any dotted beat."""


@dataclass(frozen=True, slots=True)
class BarShape:
    """A bar: its meter, the levels of its beats, and its prior probability.

    An uneven bar has half beats in groups of two and three, and `levels` counts those.
    """

    meter: Meter
    levels: tuple[int, ...]
    prior: float
    is_uneven: bool = False

    @property
    def is_compound(self) -> bool:
        """Whether the beats are dotted."""
        return self.meter.unit == 8 and not self.is_uneven


BAR_SHAPES = (
    BarShape(Meter(4, 4), (3, 1, 2, 1), 0.741),
    BarShape(Meter(3, 4), (3, 1, 1), 0.108),
    BarShape(Meter(2, 4), (3, 1), 0.048),
    BarShape(Meter(5, 4), (3, 1, 1, 2, 1), 0.017),
    BarShape(Meter(5, 4), (3, 1, 2, 1, 1), 0.017),
    BarShape(Meter(6, 8), (3, 0), 0.57),
    BarShape(Meter(9, 8), (3, 0, 0), 0.43),
    BarShape(Meter(7, 8), (3, 0, 2, 0, 2, 0, 0), 0.0345, is_uneven=True),
    BarShape(Meter(7, 8), (3, 0, 0, 2, 0, 2, 0), 0.0345, is_uneven=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """A rhythm as it would be written.

    Parameters
    ----------
    beat_s : float
        Length of a quarter note at the end of the phrase, s.
    meter : Meter
    onsets : ndarray of float64, shape (onsets,)
        Written onsets, quarter notes from the bar line at or before the first one.
    origin_s : float
        Time of that bar line by the beat at the end of the phrase, s.
    swing : float
        Share of the beat at which its second eighth is played; 0.5 is straight.
    log_score : float
        Log posterior up to a constant, nats.
    confidence : float
        Posterior probability of this tempo and meter, summed over all interpretations found.
    """

    beat_s: float
    meter: Meter
    onsets: Array
    origin_s: float
    swing: float
    log_score: float
    confidence: float = 1.0


def infer_rhythm(
    onsets: Sequence[float] | Array,
    velocities: Sequence[float] | Array | None = None,
    last_duration: float = 0.0,
    beat: float | None = None,
    expected: Rhythm | None = None,
) -> Rhythm | None:
    """Infer the rhythm of a phrase.

    Parameters
    ----------
    onsets : sequence of float, shape (onsets,)
        Times in order, s; a chord is one onset. Without a known beat, the last `MAX_ONSETS` count,
        and the result has those alone.
    velocities : sequence of float, shape (onsets,), optional
        MIDI velocity of each onset.
    last_duration : float
        Length of the last note, s; 0 while it is not known to be the last.
    beat : float, optional
        Quarter note, where it is known, s.
    expected : Rhythm, optional
        Rhythm of the phrase before, which is likelier than others.

    Returns
    -------
    Rhythm or None
        None for fewer than three onsets without a known beat.
    """
    count = len(onsets) if beat is not None else MAX_ONSETS
    times = np.asarray(onsets, dtype=np.float64)[-count:]
    if not len(times) or (len(times) < 3 and beat is None):
        return None
    loudness = np.full(len(times), 80.0) if velocities is None else np.asarray(velocities)
    marks = _mark_onsets(times, loudness[-count:], last_duration)
    paths = _FilterBank(times, beat)
    is_whole = last_duration > 0 and len(times) == len(onsets)
    found = [
        rhythm
        for index in paths.best(SURVIVORS)
        for rhythm in _find_bars(paths, index, marks, expected, is_whole)
    ]
    best = max(found, key=lambda rhythm: rhythm.log_score)
    return replace(best, confidence=_share_of_like(best, found))


def _share_of_like(best: Rhythm, found: Sequence[Rhythm]) -> float:
    """Share of the rhythms with the tempo and meter of the best, by their probabilities."""
    weights = np.exp([rhythm.log_score - best.log_score for rhythm in found])
    like = [
        rhythm.meter == best.meter and abs(np.log(rhythm.beat_s / best.beat_s)) < MEMORY_TOLERANCE
        for rhythm in found
    ]
    return float(weights[like].sum() / weights.sum())


def _mark_onsets(times: Array, velocities: Array, last_duration: float) -> Array:
    """Nats that each onset gains on a strong place, shape (2, onsets).

    The first row is for loudness, the second one for length and for being the last.
    """
    marks = np.zeros((2, len(times)))
    if len(times) < 2:
        return marks
    spread = max(MIN_VELOCITY_SPREAD, float(np.std(velocities)))
    marks[0] = VELOCITY_WEIGHT * np.clip((velocities - np.mean(velocities)) / spread, -2, 2)
    steps = np.diff(times)
    typical = max(1e-3, float(np.median(steps)))
    steps = np.append(steps, max(last_duration, typical))
    lengths = np.clip(np.log2(np.maximum(steps, 1e-3) / typical), -1.5, 1.5)
    marks[1] = LENGTH_WEIGHT * (lengths - lengths.mean())
    marks[1, -1] += LAST_WEIGHT * min(1.0, len(times) / ONSETS_OF_A_CADENCE)
    return marks


class _FilterBank:
    """Kalman filters of all hypotheses about period, division and first place, side by side.

    A filter knows the time of the last onset's place, the beat period, and their covariance. Each
    onset goes to the place that is likeliest by them. Arrays have shape (hypotheses,), or
    (hypotheses, onsets) for `beats` and `places`.

    Attributes
    ----------
    divisions : ndarray of int64
        Index of the division of the beat.
    beats, places : ndarray of int64
        Whole beats of each onset, and index of its place in the beat.
    periods, ticks, last_beats : ndarray of float64
        Beat period (s), and time (s) and beat of the last onset's place.
    log_timing : ndarray of float64
        Log probability of the deviations and of the period, nats.
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
        self._misfit, self._complexity, self._place_costs = np.zeros((3, len(rows)))
        self._follow(times, np.array([row[1] for row in rows]))

    def _follow(self, times: Array, first_places: NDArray[np.int64]) -> None:
        self.places = np.zeros((len(self._rows), len(times)), dtype=np.int64)
        self.beats = np.zeros_like(self.places)
        self.places[:, 0] = first_places
        self.last_beats = self._places[self._rows, first_places]
        self.ticks = np.full(len(self._rows), times[0])
        for index in range(1, len(times)):
            self.places[:, index] = self._add_onset(times[index])
            self.beats[:, index] = np.floor(self.last_beats + 1e-6)
        shape = DEVIATION_WEIGHT + 0.5 * (len(times) - 1)
        scale = 2 * DEVIATION_WEIGHT * EXPECTED_DEVIATION_S**2
        octaves = np.log2(self.periods / PREFERRED_PERIOD_S) / PRIOR_WIDTH_OCTAVES
        self.log_timing = -shape * np.log1p(self._misfit / scale) - self._complexity
        self.log_timing -= 0.5 * octaves**2
        struck = 1 + np.count_nonzero(np.diff(self.beats, axis=1), axis=1)
        empty = self.last_beats - struck
        self._rank = self.log_timing + self._place_costs - EMPTY_BEAT_COST_NATS * empty

    def _add_onset(self, time: float) -> NDArray[np.int64]:
        """Update all filters with an onset; returns the index of its place in each."""
        # a longer pause counts as the longest step
        wait = np.minimum((time - self.ticks) / self.periods, MAX_STEP_BEATS)
        self.ticks = time - wait * self.periods
        beats = np.round((self.last_beats + wait)[:, None] - self._places) + self._places
        beats += beats <= self.last_beats[:, None] + 1e-6  # (H, P)
        steps = beats - self.last_beats[:, None]
        errors = (wait[:, None] - steps) * self.periods[:, None]
        variances = DEVIATION_S**2 + self._predicted_tick_variance(steps)
        fit = self._costs - 0.5 * errors**2 / variances - 0.5 * np.log(variances)
        places = np.argmax(fit, axis=1)
        self._update(steps[self._rows, places], errors[self._rows, places])
        self._place_costs += self._costs[self._rows, places]
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
        self._complexity += 0.5 * np.log(total / DEVIATION_S**2)
        self.ticks = self.ticks + step * self.periods + gain * error
        self.periods = np.clip(self.periods + period_gain * error, self._fastest, self._slowest)
        self._period_variance = (
            self._period_variance + step * self._drift - period_gain * covariance
        )
        self._covariance = covariance - gain * covariance
        self._tick_variance = tick - gain * tick

    def best(self, count: int) -> list[int]:
        """The likeliest hypotheses, each interpretation once."""
        seen, kept = set(), []
        for index in np.argsort(-self._rank, kind="stable").tolist():
            path = (self.divisions[index], *self.beats[index], *self.places[index])
            if path not in seen:
                seen.add(path)
                kept.append(index)
                if len(kept) == count:
                    break
        return kept


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
    most = max(len(division.places) for division in DIVISIONS)
    places, costs = np.zeros((len(DIVISIONS), most)), np.full((len(DIVISIONS), most), -np.inf)
    for row, division in enumerate(DIVISIONS):
        places[row, : len(division.places)] = division.places
        costs[row, : len(division.places)] = np.log([0.8, *division.probabilities])
    return places, costs


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    """A bar of a division: onset probability and accents of each place, for all first places.

    Arrays have shape (phases, places of a bar), row `phase` beginning `phase * step` places into
    the bar. Loud notes mark `accents`, long ones and the last one `rests`.
    """

    shape: BarShape
    step: int
    probabilities: Array
    accents: Array
    rests: Array
    log_priors: Array  # (phases,)


@cache
def _templates(number: int) -> tuple[_Template, ...]:
    """Templates of all bars that a division may have."""
    division = DIVISIONS[number]
    templates = []
    for shape in BAR_SHAPES:
        if shape.is_compound != division.is_compound:
            continue
        if shape.is_uneven and division is not STRAIGHT:
            continue
        templates.append(_make_template(division, shape))
    return tuple(templates)


def _make_template(division: Division, shape: BarShape) -> _Template:
    weak = division.probabilities
    probabilities: list[float] = []
    accents: list[float] = []
    rests: list[float] = []
    for level in shape.levels:
        on_beat, accent, rest = LEVEL_PROBABILITIES[level], *[LEVEL_ACCENTS[level]] * 2
        if shape.is_compound and level == 0:
            on_beat, accent = DOTTED_BEAT_PROBABILITY, DOTTED_BEAT_ACCENT
            rest = DOTTED_BEAT_REST
        probabilities += [on_beat, weak[0]] if shape.is_uneven else [on_beat, *weak]
        between = [0.0] * (1 if shape.is_uneven else len(weak))
        accents += [accent, *between]
        rests += [rest, *between]
    step = 2 if shape.is_uneven else 1 + len(weak)
    phases = len(shape.levels)
    # an upbeat is rather short: later places of the bar are likelier
    late = np.arange(1, phases) ** 2.0
    first = np.array([FIRST_ON_BAR_SHARE, *((1 - FIRST_ON_BAR_SHARE) * late / late.sum())])

    def rolled(row: list[float], middle: float = 0.0) -> Array:
        return np.array([np.roll(row, -phase * step) - middle for phase in range(phases)])

    return _Template(
        shape,
        step,
        rolled(probabilities),
        rolled(accents, float(np.mean(accents))),
        rolled(rests, float(np.mean(rests))),
        np.log(first) + np.log(shape.prior) + np.log(division.prior),
    )


def _find_bars(
    paths: _FilterBank, index: int, marks: Array, expected: Rhythm | None, is_whole: bool
) -> Iterator[Rhythm]:
    """The rhythms of one path through the onsets, in bars of each kind."""
    number = int(paths.divisions[index])
    division = DIVISIONS[number]
    ticks = paths.beats[index] * len(division.places) + paths.places[index]
    occupied = np.zeros(int(ticks[-1]) + 1)
    occupied[ticks] = 1.0
    for template in _templates(number):
        scores = template.log_priors + _score_template(template, occupied, ticks, marks)
        if is_whole:
            scores += _whole_phrase_bonus(template, int(ticks[-1]))
        phase = int(np.argmax(scores))
        score = float(scores[phase]) + float(paths.log_timing[index])
        score += _memory_bonus(paths.periods[index] / division.quarters, template, expected)
        # beat 0 of the path, quarter notes into the bar
        first_beat = phase * template.step / len(division.places) * division.quarters
        yield _write_rhythm(paths, index, template.shape.meter, first_beat, score)


def _write_rhythm(
    paths: _FilterBank, index: int, meter: Meter, first_beat: float, score: float
) -> Rhythm:
    """A path as written, its beat 0 being `first_beat` quarter notes into a bar."""
    division = DIVISIONS[int(paths.divisions[index])]
    quarter = float(paths.periods[index]) / division.quarters
    beats = paths.beats[index] + _written_places(paths, index)
    onsets = first_beat + beats * division.quarters
    start = np.floor((onsets[0] + 1e-6) / meter.bar_beats) * meter.bar_beats
    last = first_beat + paths.last_beats[index] * division.quarters - start
    origin = float(paths.ticks[index] - last * quarter)
    return Rhythm(quarter, meter, onsets - start, origin, division.swing, score)


def _memory_bonus(quarter: float, template: _Template, expected: Rhythm | None) -> float:
    """Nats that a rhythm gains by being like the one expected."""
    if expected is None or abs(np.log(quarter / expected.beat_s)) > MEMORY_TOLERANCE:
        return 0.0
    return MEMORY_NATS if template.shape.meter == expected.meter else MEMORY_NATS / 2


def _score_template(
    template: _Template,
    occupied: Array,
    ticks: NDArray[np.int64],
    marks: Array,
) -> Array:
    """Log likelihood of the onsets' places for each first place in the bar, shape (phases,)."""
    bar, lead = template.probabilities.shape[1], int(ticks[0])
    places = np.arange(lead, len(occupied))
    probabilities = template.probabilities[:, places % bar]  # (phases, ticks)
    copied = occupied[np.maximum(places - bar, 0)]
    known = places - bar >= lead
    probabilities = np.where(
        known, (1 - COPY_SHARE) * probabilities + COPY_SHARE * copied, probabilities
    )
    accents = (
        template.accents[:, ticks % bar] @ marks[0] + template.rests[:, ticks % bar] @ marks[1]
    )
    chances = np.where(occupied[lead:] > 0, probabilities, 1 - probabilities)
    return np.log(chances).sum(axis=1) + accents


def _whole_phrase_bonus(template: _Template, last: int) -> Array:
    """Nats that a phrase gains by its number of bars, after an upbeat, shape (phases,)."""
    phases = np.arange(len(template.log_priors))
    bars = (last + phases * template.step) // template.probabilities.shape[1] + (phases == 0)
    two, four = WHOLE_PHRASE_NATS
    return two * (bars % 2 == 0) + four * (bars % 4 == 0)


def _written_places(paths: _FilterBank, index: int) -> Array:
    """Places of the onsets in their beats as they are written: swung eighths are even ones."""
    division = DIVISIONS[int(paths.divisions[index])]
    beats, places = paths.beats[index], paths.places[index]
    written = np.array(division.places)[places]
    if division.swing != 0.5:
        last = len(division.places) - 1
        triplets = beats[(places > 0) & (places < last)]
        written = np.where((places == last) & ~np.isin(beats, triplets), 0.5, written)
    return written
