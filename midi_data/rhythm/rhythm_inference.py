"""Rhythm inference: tempo, meter, bar line and swing of a phrase, found together.

The search has two stages, both over discrete hypotheses with a fixed order, so that the result
depends on the onsets alone.

1. A bank of Kalman filters follows the onsets, one for each pair of a beat period and a division of
   the beat (Cemgil & Kappen 2003: the tempo drifts, onsets deviate, and a hidden count of the score
   position is chosen note by note).
2. The likeliest of them are joined with each meter and each place of the first note in the bar.
   Which places of a beat are struck depends on the meter and the beat of the bar (Whiteley, Cemgil
   & Godsill 2006; Krebs, Boeck & Widmer 2013), as counted in tunes, and bars resemble the bars
   before (Temperley & Bartlette 2002: parallelism). Loud and long notes mark strong places (Lerdahl
   & Jackendoff 1983). A log-linear model weighs the evidence, its weights fitted to phrases whose
   rhythm is known.

References
----------
A. T. Cemgil and B. Kappen 2003, "Monte Carlo methods for tempo tracking and rhythm quantization",
Journal of Artificial Intelligence Research 18. N. Whiteley, A. T. Cemgil and S. Godsill 2006,
"Bayesian modelling of temporal structure in musical audio", ISMIR. F. Krebs, S. Boeck and G. Widmer
2013, "Rhythmic pattern modeling for beat and downbeat tracking in musical audio", ISMIR.
D. Temperley and C. Bartlette 2002, "Parallelism as a factor in metrical analysis", Music Perception
20(2). F. Lerdahl and R. Jackendoff 1983, "A Generative Theory of Tonal Music".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from midi_data.notes import Meter
from midi_data.rhythm.bar_reading import BarReadings, Evidence, path_features, read_bars
from midi_data.rhythm.beat_patterns import METERS, PatternTables, load_tables
from midi_data.rhythm.filter_bank import DIVISIONS, Array, FilterBank

MAX_ONSETS = 64  # number of onsets that count, the latest ones
SURVIVORS = 12  # number of filters that are joined with meters
MEMORY_NATS = 4.0
"""Advantage of the meter and tempo of the phrase before, half of it for the tempo, nats."""
MEMORY_TOLERANCE = 0.06  # relative difference of two tempi that count as one


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
    is_whole = len(times) == len(onsets)
    evidence = Evidence.of(times, loudness[-count:], last_duration if is_whole else 0.0)
    bank, tables = FilterBank(times, beat), load_tables()
    found = [
        (index, readings, _score(bank, index, readings, expected, tables))
        for index, readings in read_paths(bank, evidence, tables)
    ]
    index, readings, scores = max(found, key=lambda each: each[2].max())
    best = int(np.argmax(scores))
    meter = METERS[readings.meters[best]]
    confidence = _share_of_like(bank, index, meter, found)
    return _write_rhythm(
        bank, index, meter, float(readings.phases[best]), float(scores[best]), confidence
    )


def read_paths(
    bank: FilterBank, evidence: Evidence, tables: PatternTables
) -> list[tuple[int, BarReadings]]:
    """The likeliest paths through the onsets, and what speaks for their bars.

    Parameters
    ----------
    bank : FilterBank
    evidence : Evidence
    tables : PatternTables

    Returns
    -------
    list of (int, BarReadings)
        Index of the path in the bank, and readings with one kind of beats.
    """
    patterns, beats = bank.patterns()
    scores = path_features(bank, tables) @ tables.path_weights
    return [
        (index, readings)
        for index in bank.best(scores, SURVIVORS)
        for readings in read_bars(bank, index, patterns[index, : beats[index]], evidence, tables)
    ]


def _score(
    bank: FilterBank,
    index: int,
    readings: BarReadings,
    expected: Rhythm | None,
    tables: PatternTables,
) -> Array:
    """Log probabilities of readings up to a constant, shape (readings,)."""
    scores = readings.features @ tables.bar_weights[readings.kind]
    scores += tables.meter_nats[readings.meters] + tables.division_nats[bank.divisions[index]]
    if expected is not None and _is_like(_quarter(bank, index), expected.beat_s):
        same = np.array([METERS[meter] == expected.meter for meter in readings.meters])
        scores += np.where(same, MEMORY_NATS, MEMORY_NATS / 2)
    return scores


def _share_of_like(
    bank: FilterBank, best: int, meter: Meter, found: Iterable[tuple[int, BarReadings, Array]]
) -> float:
    """Share of the readings with the tempo and meter of the best, by their probabilities."""
    top = max(scores.max() for _, _, scores in found)
    like = total = 0.0
    for index, readings, scores in found:
        weights = np.exp(scores - top)
        total += float(weights.sum())
        if _is_like(_quarter(bank, index), _quarter(bank, best)):
            like += float(weights[readings.meters == METERS.index(meter)].sum())
    return like / total


def _quarter(bank: FilterBank, index: int) -> float:
    """Length of a quarter note at the end of a path, s."""
    return float(bank.periods[index]) / DIVISIONS[int(bank.divisions[index])].quarters


def _is_like(quarter: float, other: float) -> bool:
    """Whether two lengths of a quarter note count as one tempo."""
    return abs(np.log(quarter / other)) < MEMORY_TOLERANCE


def _write_rhythm(
    bank: FilterBank, index: int, meter: Meter, first_beat: float, score: float, confidence: float
) -> Rhythm:
    """A path as written, its beat 0 being `first_beat` quarter notes into a bar."""
    division = DIVISIONS[int(bank.divisions[index])]
    quarter = _quarter(bank, index)
    beats = bank.beats[index] + _written_places(bank, index)
    onsets = first_beat + beats * division.quarters
    start = np.floor((onsets[0] + 1e-6) / meter.bar_beats) * meter.bar_beats
    last = first_beat + bank.last_beats[index] * division.quarters - start
    origin = float(bank.ticks[index] - last * quarter)
    return Rhythm(quarter, meter, onsets - start, origin, division.swing, score, confidence)


def _written_places(bank: FilterBank, index: int) -> Array:
    """Places of the onsets in their beats as they are written: swung eighths are even ones."""
    division = DIVISIONS[int(bank.divisions[index])]
    beats, places = bank.beats[index], bank.places[index]
    written = np.array(division.places)[places]
    if division.swing != 0.5:
        last = len(division.places) - 1
        triplets = beats[(places > 0) & (places < last)]
        written = np.where((places == last) & ~np.isin(beats, triplets), 0.5, written)
    return written
