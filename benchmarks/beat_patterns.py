"""Counts beat patterns and fits the weights of rhythm inference.

    python benchmarks/beat_patterns.py CORPUS... [--count 80] [--save]

Patterns are counted in the phrases of `rhythm_phrases.py` of one half of the training tunes. The
weights are those with which the true readings of these phrases are likeliest among all. Some of
the phrases are cut off, or their last note is not known to be the last, as while somebody plays.
The other half of the tunes judges: `python benchmarks/tracking.py --corpus CORPUS`. With `--save`
the result is written to `midi_data/rhythm/beat_patterns.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rhythm_phrases import Phrase, make_phrases
from tracking import Belief, is_bar_line

from messages.timed_note import TimedNote
from midi_data.atomic_files import write_text_atomically
from midi_data.beat_tracking import NS_PER_S
from midi_data.notes import Meter
from midi_data.rhythm import beat_patterns
from midi_data.rhythm.bar_reading import FEATURES, Evidence, path_features
from midi_data.rhythm.beat_patterns import (
    BEATS,
    GROUP_LENGTHS,
    METERS,
    MIN_PROBABILITY,
    PER_MILLE,
    UNEVEN_BAR,
    PatternTables,
)
from midi_data.rhythm.filter_bank import (
    COMPOUND,
    DIVISIONS,
    MIXED,
    PATTERNS,
    Division,
    FilterBank,
)
from midi_data.rhythm.rhythm_inference import read_paths

Array = NDArray[np.float64]
KINDS, LOOSE_KINDS = 6, 4  # kinds of rhythm of each meter, and of all meters with like beats
ROUNDS = 30  # of expectation maximisation
PRIOR_BEATS = 5.0  # beats that a kind, and each of its beats in the bar, is thought to have had
SHARED_FEATURES = ("timing", "drift", "pattern", "beats")  # weighted alike in all meters
RIDGE = 1.0  # price of large weights, in units of their features' deviation
STEPS = 120  # of the optimiser
MEMORY = 12  # steps that the optimiser remembers
CUT_SHARE, OPEN_SHARE = 0.2, 0.2  # phrases that are cut off, or whose end is not known
TEMPO_TOLERANCE, SWING_TOLERANCE = 0.04, 0.045  # of a tempo and a swing that are right
PLACE_TOLERANCE_BEATS = 0.2  # of an onset in its place, for 9 of 10 onsets of a true path
VISITORS_NATS = {"4/4": 0.7, "2/4": -0.6}
FIRST_BAR_NATS = 0.7
"""Visitors play in 4/4, and begin on the bar line, more often than the counted phrases do."""
Beats = tuple[NDArray[np.int64], int]


@dataclass(frozen=True)
class Choices:
    """What can be chosen for a phrase, and which of it is true."""

    features: NDArray[np.float32]
    is_true: NDArray[np.bool_]


def beats_of(phrase: Phrase) -> tuple[NDArray[np.float64], float]:
    """Onsets of a phrase as written, beats from the first bar line; and quarters in a beat."""
    pattern = phrase.pattern
    upbeat = [float(word) for word in pattern.upbeat.split()]
    durations = np.array([*upbeat, *map(float, pattern.bars.split())])
    starts = np.cumsum([0.0, *np.abs(durations[:-1])]) - sum(upbeat)
    return starts[durations > 0] / pattern.tactus, pattern.tactus


def patterns_of(phrase: Phrase) -> Beats | None:
    """Patterns of the whole beats of a phrase, and the beat in the bar of the first one."""
    onsets, tactus = beats_of(phrase)
    places = np.array((COMPOUND if tactus == 1.5 else MIXED).places)
    beats = np.floor(onsets + 1e-2).astype(int)
    errors = np.abs((onsets - beats)[:, None] - places)
    if errors.min(axis=1).max() > 0.03:
        return None  # finer than the places of a beat
    struck = errors.argmin(axis=1)
    found = np.zeros(beats[-1] - beats[0] + 1, dtype=np.int64)
    np.bitwise_or.at(found, beats - beats[0], 1 << struck)
    is_late = int(struck[0] > 0)
    return found[is_late:], int(beats[0]) + is_late


def smoothed(counts: Array, base: Array, weight: float = PRIOR_BEATS) -> Array:
    """Probabilities by counts, as if `weight` more had been counted as in `base`."""
    return (counts + weight * base) / (counts.sum(axis=-1, keepdims=True) + weight)


def mix_kinds(sequences: Sequence[Beats], bar: int, kinds: int) -> list[dict[str, Any]]:
    """Share of each kind of rhythm, and its patterns by beat of the bar."""
    generator = np.random.default_rng(0)
    belongs = generator.dirichlet(np.full(kinds, 0.3), len(sequences))
    counts = np.zeros((len(sequences), bar, PATTERNS))
    for row, (patterns, first) in enumerate(sequences):
        np.add.at(counts[row], ((first + np.arange(len(patterns))) % bar, patterns), 1)
    for _ in range(ROUNDS):
        found = np.einsum("sk,sbp->kbp", belongs, counts, optimize=True)
        pooled = smoothed(found.sum(axis=(0, 1)), np.full(PATTERNS, 1 / PATTERNS), 1.0)
        tables = smoothed(found, smoothed(found.sum(axis=1), pooled)[:, None])
        shares = (belongs.sum(axis=0) + 1) / (len(sequences) + kinds)
        nats = np.einsum("sbp,kbp->sk", counts, np.log(tables), optimize=True) + np.log(shares)
        belongs = np.exp(nats - np.logaddexp.reduce(nats, axis=1, keepdims=True))
    return [
        {"share": max(1, round(PER_MILLE * share)), "beats": [per_mille(row) for row in table]}
        for share, table in zip(shares.tolist(), tables, strict=True)
    ]


def per_mille(probabilities: Array) -> dict[str, int]:
    """The patterns that are not rare, in thousandths."""
    return {
        str(pattern): round(PER_MILLE * share)
        for pattern, share in enumerate(probabilities.tolist())
        if round(PER_MILLE * share) > PER_MILLE * MIN_PROBABILITY
    }


def count_uneven(phrases: Sequence[Phrase]) -> list[dict[str, int]]:
    """Patterns of the beats of 7/8, by length of the beat and by whether it begins the bar."""
    bits = beat_patterns.group_bits()
    counts = np.zeros((2, 4, PATTERNS))  # begins the bar, eighths, pattern
    for phrase in phrases:
        grouping = 1 if "three first" in phrase.kind else 0
        sixteenths = np.round(4 * beats_of(phrase)[0]).astype(int)
        sixteenths = sixteenths[sixteenths >= 0]
        struck = np.zeros(UNEVEN_BAR * (sixteenths[-1] // UNEVEN_BAR + 1), dtype=np.int64)
        struck[sixteenths] = 1
        patterns = struck.reshape(-1, UNEVEN_BAR) @ bits
        for group in range(3 * grouping, 3 * grouping + 3):
            cell = counts[int(group % 3 == 0), GROUP_LENGTHS[group] // 2]
            np.add.at(cell, patterns[:, group], 1)
    tables = []
    for group, length in enumerate(GROUP_LENGTHS.tolist()):
        possible = np.arange(PATTERNS) < 1 << length
        pooled = smoothed(counts[:, length // 2].sum(axis=0), possible / possible.sum(), 2.0)
        tables.append(per_mille(smoothed(counts[int(group % 3 == 0), length // 2], pooled, 10.0)))
    return tables


def count_patterns(phrases: Sequence[Phrase]) -> dict[str, Any]:
    """The tables of patterns, with no weights yet."""
    by_meter: dict[str, list[Beats]] = {str(meter): [] for meter in METERS[:-1]}
    for phrase in phrases:
        found = patterns_of(phrase) if phrase.pattern.meter in by_meter else None
        if found is not None and len(found[0]) > 1:
            by_meter[phrase.pattern.meter].append(found)
    bars = {
        name: mix_kinds(sequences, int(count), KINDS)
        for (name, sequences), count in zip(by_meter.items(), BEATS, strict=True)
    }
    loose: dict[str, list[Beats]] = {"even": [], "dotted": []}
    for name, sequences in by_meter.items():
        loose["dotted" if Meter.parse(name).unit == 8 else "even"] += sequences
    return {
        "loose": {
            name: [
                {"share": kind["share"], "beat": kind["beats"][0]}
                for kind in mix_kinds(sequences, 1, LOOSE_KINDS)
            ]
            for name, sequences in loose.items()
        },
        "bars": bars,
        "uneven": count_uneven([each for each in phrases if each.pattern.meter == "7/8"]),
        "weights": {
            "path": [0.0] * (7 + len(DIVISIONS)),
            **{name: [0.0] * len(FEATURES) for name in ("even", "dotted", "uneven")},
            "meters": [0.0] * len(METERS),
            "divisions": [0.0] * len(DIVISIONS),
        },
    }


def heard(phrase: Phrase, number: int) -> tuple[list[TimedNote], float]:
    """The notes of a phrase that are known, and the length of the last one, s."""
    notes = phrase.truth.notes
    part = np.random.default_rng([number]).random()
    if part < CUT_SHARE and len(notes) > 8:
        return notes[: max(6, round(0.6 * len(notes)))], 0.0
    if part < CUT_SHARE + OPEN_SHARE:
        return notes, 0.0
    return notes, (notes[-1].end - notes[-1].due) / NS_PER_S


def is_heard(phrase: Phrase, division: Division, quarter: float) -> bool:
    """Whether a division and a quarter note (s) have the tempo and the swing of a phrase."""
    is_swung = abs(division.swing - phrase.pattern.swing) < SWING_TOLERANCE
    return is_swung and abs(quarter / phrase.truth.quarter - 1) < TEMPO_TOLERANCE


def true_paths(bank: FilterBank, phrase: Phrase, times: Array) -> NDArray[np.bool_]:
    """Which paths have the beat, the swing and the places of a phrase."""
    truth, is_dotted = phrase.truth, phrase.pattern.tactus == 1.5
    found = np.zeros(len(bank.divisions), dtype=bool)
    for index, number in enumerate(bank.divisions.tolist()):
        division = DIVISIONS[number]
        quarter = bank.periods[index] / division.quarters
        if division.is_compound != is_dotted or not is_heard(phrase, division, quarter):
            continue
        places = np.array(division.places)[bank.places[index]]
        errors = times / truth.quarter - (bank.beats[index] + places) * division.quarters
        near = np.abs(errors - np.median(errors)) < PLACE_TOLERANCE_BEATS
        found[index] = near.mean() > 0.9
    return found


def choose_weights(
    phrases: Sequence[Phrase], choices_of: Callable[[Phrase, int], Choices | None]
) -> Array:
    """Weights with which true choices are likeliest."""
    found = [choices_of(phrase, number) for number, phrase in enumerate(phrases)]
    found = [choices for choices in found if choices is not None and choices.is_true.any()]
    features = np.concatenate([choices.features for choices in found])
    is_true = np.concatenate([choices.is_true for choices in found])
    counts = np.array([len(choices.is_true) for choices in found])
    starts, rows = np.cumsum(counts) - counts, np.repeat(np.arange(len(found)), counts)
    scale = features.std(axis=0) + 1e-6

    def loss(scaled: Array) -> tuple[float, Array]:
        scores = (features @ (scaled / scale).astype(np.float32)).astype(np.float64)
        chances = np.exp(scores - np.maximum.reduceat(scores, starts)[rows])
        total = np.add.reduceat(chances, starts)
        true = np.add.reduceat(chances * is_true, starts) + 1e-30
        excess = chances / total[rows] - chances * is_true / true[rows]
        gradient = (excess.astype(np.float32) @ features) / scale + RIDGE * scaled
        value = float((np.log(total) - np.log(true)).sum())
        return value + 0.5 * RIDGE * float(scaled @ scaled), gradient

    return minimise(loss, np.zeros(features.shape[1])) / scale


def minimise(loss: Callable[[Array], tuple[float, Array]], at: Array) -> Array:
    """Minimum of a convex function by L-BFGS (Nocedal 1980)."""
    value, slope = loss(at)
    moves: list[tuple[Array, Array]] = []
    for _ in range(STEPS):
        way, shares = slope.copy(), []
        for step, change in reversed(moves):
            shares.append((step @ way) / (step @ change))
            way -= shares[-1] * change
        if moves:
            step, change = moves[-1]
            way *= (step @ change) / (change @ change)
        else:
            way /= np.linalg.norm(way)
        for (step, change), share in zip(moves, reversed(shares), strict=True):
            way += step * (share - (change @ way) / (step @ change))
        size = 1.0
        while (new := loss(at - size * way))[0] > value - 1e-4 * size * (slope @ way):
            size /= 2
            if size < 1e-5:
                return at
        moves = [*moves[-MEMORY + 1 :], (-size * way, new[1] - slope)]
        at = at - size * way
        value, slope = new
    return at


def fit(phrases: Sequence[Phrase]) -> dict[str, Any]:
    """The content of `beat_patterns.json`."""
    content = count_patterns(phrases)
    tables = PatternTables.from_json(content)

    def bank_of(phrase: Phrase, number: int) -> tuple[FilterBank, list[TimedNote], float]:
        notes, last = heard(phrase, number)
        return FilterBank(np.array([note.due / NS_PER_S for note in notes]), None), notes, last

    def choose_path(phrase: Phrase, number: int) -> Choices | None:
        bank, notes, _ = bank_of(phrase, number)
        features = path_features(bank, tables)
        best = bank.best(features[:, 0], len(features))
        times = np.array([note.due / NS_PER_S for note in notes])
        is_true = true_paths(bank, phrase, times)[best]
        return Choices(features[best].astype(np.float32), is_true)

    content["weights"]["path"] = rounded(choose_weights(phrases, choose_path))
    tables = PatternTables.from_json(content)

    def choose_bars(phrase: Phrase, number: int) -> Choices | None:
        bank, notes, last = bank_of(phrase, number)
        times = np.array([note.due / NS_PER_S for note in notes])
        evidence = Evidence.of(times, np.array([note.velocity for note in notes]), last)
        truth = replace(phrase.truth, notes=notes)
        rows, is_true = [], []
        for index, readings in read_paths(bank, evidence, tables):
            division = DIVISIONS[int(bank.divisions[index])]
            quarter = float(bank.periods[index]) / division.quarters
            for meter, phase, features in zip(
                readings.meters.tolist(), readings.phases.tolist(), readings.features, strict=True
            ):
                last_beat = phase + float(bank.last_beats[index]) * division.quarters
                line = float(bank.ticks[index]) - last_beat * quarter
                belief = Belief(quarter, str(METERS[meter]), line)
                is_true.append(
                    is_heard(phrase, division, quarter)
                    and belief.meter == truth.meter
                    and is_bar_line(belief, truth)
                )
                rows.append(spread(features, readings.kind, meter, int(bank.divisions[index])))
        return Choices(np.array(rows, np.float32), np.array(is_true))

    found = choose_weights(phrases, choose_bars)
    by_kind, rest = found[: 3 * len(FEATURES)].reshape(3, -1), found[3 * len(FEATURES) :]
    for name in SHARED_FEATURES:
        by_kind[:, FEATURES.index(name)] = by_kind[0, FEATURES.index(name)]
    by_kind[:, FEATURES.index("first_bar")] += FIRST_BAR_NATS
    for name, weights in zip(("even", "dotted", "uneven"), by_kind, strict=True):
        content["weights"][name] = rounded(weights)
    visitors = np.array([VISITORS_NATS.get(str(meter), 0.0) for meter in METERS])
    content["weights"]["meters"] = rounded(rest[: len(METERS)] + visitors)
    content["weights"]["divisions"] = rounded(rest[len(METERS) :])
    return content


def spread(features: Array, kind: int, meter: int, division: int) -> Array:
    """Features of a reading by kind of beats, meter and division, as one row."""
    row = np.zeros((3, len(FEATURES)))
    row[kind] = features
    for name in SHARED_FEATURES:
        column = FEATURES.index(name)
        row[:, column] = 0
        row[0, column] = features[column]
    ones = np.zeros(len(METERS) + len(DIVISIONS))
    ones[[meter, len(METERS) + division]] = 1
    return np.concatenate([row.ravel(), ones])


def rounded(weights: Array) -> list[float]:
    """Weights with as many digits as they mean something."""
    return [round(weight, 3) for weight in weights.tolist()]


def main(
    corpora: Annotated[list[Path], typer.Argument(help="Folders of corpora.")],
    count: Annotated[int, typer.Option(min=1, help="Phrases of each corpus and meter.")] = 80,
    save: Annotated[bool, typer.Option(help="Write the result into the program.")] = False,
) -> None:
    """Count and fit, and print the weights."""
    content = fit(make_phrases(corpora, 0, count))
    for name in ("even", "dotted", "uneven"):
        typer.echo(f"{name}: {dict(zip(FEATURES, content['weights'][name], strict=True))}")
    typer.echo(f"{content['weights']}")
    if save:
        path = Path(beat_patterns.__file__).with_suffix(".json")
        write_text_atomically(path, to_text(content))


def to_text(content: dict[str, Any]) -> str:
    """JSON with a line for each table and row of weights."""
    text = json.dumps(content)
    for opening in ('{"loose"', '"bars"', '"uneven"', '"weights"', '{"share"', '"path"', '"even":',
                    '"dotted":', '"meters"', '"divisions"'):  # fmt: skip
        text = text.replace(f" {opening}", f"\n{opening}")
    return text + "\n"


if __name__ == "__main__":
    typer.run(main)
