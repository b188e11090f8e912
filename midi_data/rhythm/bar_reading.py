"""Bar reading: what speaks for the bars in which a path through the onsets may lie.

The evidence is a row of features for each meter and each place of the first onset in the bar. Their
weighted sum is the log probability of the reading up to a constant: a log-linear model, whose
weights `benchmarks/beat_patterns.py` fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.rhythm.beat_patterns import (
    BEATS,
    GROUP_STARTS,
    GROUPS,
    METERS,
    PHASES,
    UNEVEN_BAR,
    PatternTables,
)
from midi_data.rhythm.filter_bank import (
    DIVISIONS,
    IS_COMPOUND,
    PREFERRED_PERIOD_S,
    STRAIGHT,
    Array,
    FilterBank,
    Indices,
)

FEATURES = (
    "timing",  # log probability of the deviations
    "drift",
    "pattern",  # log probability of the beats' patterns
    "tempo",  # octaves of the beat above `PREFERRED_PERIOD_S`
    "tempo_distance",
    "loud_bar",  # loudness of the onsets on the first beat of a bar
    "loud_beat",
    "long_bar",  # lengths in octaves
    "long_strong",
    "long_beat",
    "last_bar",  # the last onset is on the first beat of a bar
    "last_strong",
    "last_beat",
    "first_bar",  # the first onset is
    "short_upbeat",
    "two_bars",  # the bars are a multiple of two
    "four_bars",
    "filled",  # the last note lasts to a bar line, or to the upbeat of one
    "beats",
)
EVEN, DOTTED, UNEVEN = range(3)  # kinds of beats
TEMPO_WIDTH_OCTAVES = 0.5  # half width of the prior of the tempo, a Cauchy distribution, octaves
MIN_VELOCITY_SPREAD = 6.0  # smallest standard deviation that velocities are divided by
ONSETS_OF_A_CADENCE = 8  # number of onsets from which the last note has its full weight
HELD_SHARE, HELD_SPREAD = 0.84, 0.13
"""Mean and standard deviation of the share of a note for which its key is down."""
LONGEST_UPBEAT_BEATS = 1.0  # of a short upbeat


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of the onsets beside their times.

    Parameters
    ----------
    loudness, lengths : ndarray of float64, shape (onsets,)
        Standard deviations above the mean, and octaves above the mean.
    last_s : float
        Length of the last note, s; 0 while it is not known to be the last.
    """

    loudness: Array
    lengths: Array
    last_s: float

    @classmethod
    def of(cls, times: Array, velocities: Array, last_s: float) -> Evidence:
        """The evidence in onsets (s), velocities and the last note's length."""
        spread = max(MIN_VELOCITY_SPREAD, float(np.std(velocities)))
        loudness = np.clip((velocities - np.mean(velocities)) / spread, -2, 2)
        steps = np.diff(times)
        typical = max(1e-3, float(np.median(steps))) if len(steps) else 1.0
        steps = np.append(steps, max(last_s, typical))
        lengths = np.clip(np.log2(np.maximum(steps, 1e-3) / typical), -1.5, 1.5)
        return cls(loudness, lengths - lengths.mean(), last_s)


@dataclass(frozen=True, slots=True, eq=False)
class BarReadings:
    """Readings of one path in bars.

    Parameters
    ----------
    kind : int
        Kind of the beats.
    meters : ndarray of int64, shape (readings,)
        Of `METERS`.
    phases : ndarray of float64, shape (readings,)
        Place of the path's beat 0 in the bar, quarter notes.
    features : ndarray of float64, shape (readings, len(FEATURES))
    """

    kind: int
    meters: Indices
    phases: Array
    features: Array


def path_features(bank: FilterBank, tables: PatternTables) -> Array:
    """Features by which `read_paths` chooses the likeliest paths, shape (paths, features)."""
    is_dotted = IS_COMPOUND[bank.divisions]
    patterns, beats = bank.patterns()
    octaves = np.log2(bank.periods / PREFERRED_PERIOD_S)
    tempo = np.stack([octaves, _tempo_distance(octaves)], axis=1)
    return np.concatenate(
        [
            bank.timing_nats[:, None],
            bank.drift_nats[:, None],
            tables.loose_nats(patterns, beats, is_dotted)[:, None],
            tempo * ~is_dotted[:, None],
            tempo * is_dotted[:, None],
            np.eye(len(DIVISIONS))[bank.divisions],
        ],
        axis=1,
    )


def read_bars(
    bank: FilterBank, index: int, patterns: Indices, evidence: Evidence, tables: PatternTables
) -> list[BarReadings]:
    """Readings of the path `index`, whose beats have these patterns."""
    division = DIVISIONS[int(bank.divisions[index])]
    readings = [_read_even_bars(bank, index, patterns, evidence, tables)]
    if division is STRAIGHT:
        readings += _read_uneven_bars(bank, index, evidence, tables)
    return readings


def _read_even_bars(
    bank: FilterBank, index: int, patterns: Indices, evidence: Evidence, tables: PatternTables
) -> BarReadings:
    division = DIVISIONS[int(bank.divisions[index])]
    meters = np.flatnonzero(division.is_compound == _IS_DOTTED_METER)
    meters, phases = np.repeat(meters, BEATS[meters]), _counted(BEATS[meters])
    beats = BEATS[meters]
    on_beat = bank.places[index] == 0
    place = (phases[:, None] + bank.beats[index]) % beats[:, None]
    strong = (place == 2) & (meters == 0)[:, None] & on_beat
    features = _fill_features(
        bank, index, evidence, (place == 0) & on_beat, strong, np.tile(on_beat, (len(meters), 1))
    )
    features[:, FEATURES.index("pattern")] = tables.even_nats(patterns, meters, phases)
    features[:, FEATURES.index("beats")] = len(patterns)
    first = division.places[int(bank.places[index, 0])]
    upbeats = (-phases - first) % beats
    _add_ends(features, upbeats, bank.last_beats[index] - first, beats, evidence, bank, index)
    kind = DOTTED if division.is_compound else EVEN
    return BarReadings(kind, meters, phases * division.quarters, features)


def _read_uneven_bars(
    bank: FilterBank, index: int, evidence: Evidence, tables: PatternTables
) -> list[BarReadings]:
    sixteenths = 4 * bank.beats[index] + bank.places[index]
    phases = np.arange(PHASES)
    nats = tables.uneven_nats(sixteenths) - np.log(len(GROUPS))
    place = (sixteenths + 2 * phases[:, None]) % UNEVEN_BAR
    bar = UNEVEN_BAR / 4  # quarter notes
    readings = []
    for grouping, starts in enumerate(GROUP_STARTS.reshape(GROUPS.shape)):
        on_beat = np.isin(place, starts)
        features = _fill_features(
            bank, index, evidence, place == 0, np.zeros_like(on_beat), on_beat
        )
        features[:, FEATURES.index("pattern")] = nats[:, grouping]
        features[:, FEATURES.index("beats")] = bank.beats[index, -1] + 1
        upbeats = -place[:, 0] % UNEVEN_BAR / 4
        span = (sixteenths[-1] - sixteenths[0]) / 4
        _add_ends(features, upbeats, span, np.full(PHASES, bar), evidence, bank, index)
        meters = np.full(PHASES, len(METERS) - 1)
        readings.append(BarReadings(UNEVEN, meters, phases / 2, features))
    return readings


def _fill_features(
    bank: FilterBank,
    index: int,
    evidence: Evidence,
    on_bar: NDArray[np.bool_],
    on_strong: NDArray[np.bool_],
    on_beat: NDArray[np.bool_],
) -> Array:
    """Features of the tempo and of onsets on beats, the rest 0; shape (readings, features)."""
    octaves = np.log2(bank.periods[index] / PREFERRED_PERIOD_S)
    weight = min(1.0, len(evidence.lengths) / ONSETS_OF_A_CADENCE) if evidence.last_s > 0 else 0.0
    found = {
        "timing": bank.timing_nats[index],
        "drift": bank.drift_nats[index],
        "tempo": octaves,
        "tempo_distance": _tempo_distance(octaves),
        "loud_bar": on_bar @ evidence.loudness,
        "loud_beat": on_beat @ evidence.loudness,
        "long_bar": on_bar @ evidence.lengths,
        "long_strong": on_strong @ evidence.lengths,
        "long_beat": on_beat @ evidence.lengths,
        "last_bar": weight * on_bar[:, -1],
        "last_strong": weight * on_strong[:, -1],
        "last_beat": weight * on_beat[:, -1],
    }
    features = np.zeros((len(on_bar), len(FEATURES)))
    for name, column in found.items():
        features[:, FEATURES.index(name)] = column
    return features


def _add_ends(
    features: Array,
    upbeats: Array,
    span: float,
    bar: Array,
    evidence: Evidence,
    bank: FilterBank,
    index: int,
) -> None:
    """Features of the first and last note; `upbeats`, `span` and `bar` are in beats of the path."""
    begins = upbeats < 1e-6
    features[:, FEATURES.index("first_bar")] = begins
    is_short = upbeats < LONGEST_UPBEAT_BEATS + 1e-2
    features[:, FEATURES.index("short_upbeat")] = ~begins & is_short
    if not evidence.last_s > 0:
        return
    last = span - upbeats  # beats after the first bar line
    bars = np.floor(last / bar + 1e-3) + 1
    features[:, FEATURES.index("two_bars")] = bars % 2 == 0
    features[:, FEATURES.index("four_bars")] = bars % 4 == 0
    held = evidence.last_s / bank.periods[index]
    rests = np.stack([bars * bar - last, bars * bar - last - upbeats])  # beats to the next line
    shares = held / np.maximum(rests, 0.05)
    fits = np.where(rests > 0.05, np.exp(-0.5 * ((shares - HELD_SHARE) / HELD_SPREAD) ** 2), 0.0)
    features[:, FEATURES.index("filled")] = fits.max(axis=0)


_IS_DOTTED_METER = np.array([meter.unit == 8 for meter in METERS[:-1]])


def _counted(counts: Indices) -> Indices:
    """0, 1, ... of each count, one after the other."""
    return np.concatenate([np.arange(count) for count in counts])


def _tempo_distance(octaves: Array | float) -> Array:
    return np.log1p((np.asarray(octaves) / TEMPO_WIDTH_OCTAVES) ** 2)
