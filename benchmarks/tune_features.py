"""Features of a tune that tell people's music from a network's, and distances between sets of them.

The families follow Yang and Lerch 2018 ("On the evaluation of generative models in music", Neural
Computing and Applications 32), with features of repetition, meter and cadence added. A feature is
a number; none depends on the length of the tune in the large. The melody of polyphonic music is
its highest notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import TICKS_PER_BEAT, Note, Tune

SIMILARITY_BARS = (1, 2, 4, 8)
PATTERN_NOTES = 4  # notes of a pattern by which a motif is recognised
REPEAT_NOTES = 8  # notes of a run that counts as a repeat
Ticks = tuple[int, int, int]  # onset, pitch, duration in ticks


def features(tune: Tune, heard: Tune | None = None) -> dict[str, float]:
    """Features of a tune by name, as family.feature.

    Parameters
    ----------
    tune : Tune
        With its onsets in the bars of `heard`, if that is given.
    heard : Tune, optional
        Music before it, with which it may be similar too; it counts for nothing else.
    """
    bar = round(tune.meter.bar_beats * TICKS_PER_BEAT)
    notes = melody(tune.notes)
    onsets, pitches, lengths = (np.array(column) for column in zip(*notes, strict=True))
    before = [] if heard is None else [n for n in melody(heard.notes) if n[0] < notes[0][0]]
    found = {
        **_pitch_features(pitches, lengths, onsets, bar, find_key(tune.notes)),
        **_interval_features(np.diff(pitches)),
        **_rhythm_features(onsets, lengths, bar),
        **_repeat_features(notes, before, bar),
    }
    if len(notes) < len(tune.notes):
        found |= _voice_features(tune.notes)
    return {name: float(value) for name, value in found.items()}


def ending_features(tune: Tune) -> dict[str, float]:
    """Features of the end of a tune, which a tune cut out of a longer one does not have."""
    last = melody(tune.notes)[-1]
    return {
        "cadence.ends on tonic": float(last[1] % 12 == find_key(tune.notes).tonic),
        "cadence.last length": np.log2(last[2] / TICKS_PER_BEAT),
        "cadence.ends on beat": float(last[0] % TICKS_PER_BEAT == 0),
    }


def melody(notes: Sequence[Note]) -> list[Ticks]:
    """The highest note of each onset, in order, without those under a note that still sounds."""
    highest: dict[int, Ticks] = {}
    for note in notes:
        onset, length = round(note.onset * TICKS_PER_BEAT), round(note.duration * TICKS_PER_BEAT)
        if onset not in highest or note.pitch > highest[onset][1]:
            highest[onset] = (onset, note.pitch, max(1, length))
    line: list[Ticks] = []
    for each in sorted(highest.values()):
        if not line or each[0] >= line[-1][0] + line[-1][2] or each[1] > line[-1][1]:
            line.append(each)
    return line


def patterns(line: Sequence[Ticks]) -> set[tuple[int, ...]]:
    """Runs of `PATTERN_NOTES` notes as intervals and times between them, in any key."""
    found = set()
    for start in range(len(line) - PATTERN_NOTES + 1):
        run = line[start : start + PATTERN_NOTES]
        found.add(tuple(x for a, b in pairwise(run) for x in (b[1] - a[1], b[0] - a[0])))
    return found


def voice_changes(notes: Sequence[Note]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Each change of harmony between two times at which four notes sound: pitches, lowest first."""
    times = sorted({round(note.onset * TICKS_PER_BEAT) for note in notes})
    spans = [
        (round(n.onset * TICKS_PER_BEAT), round(n.end * TICKS_PER_BEAT), n.pitch) for n in notes
    ]
    chords = [tuple(sorted(p for start, end, p in spans if start <= t < end)) for t in times]
    return [(a, b) for a, b in pairwise(chords) if len(a) == len(b) == 4 and a != b]


def count_parallels(notes: Sequence[Note], semitones: int) -> tuple[int, int]:
    """Parallel fifths (7) or octaves (0) between any two of four voices, and the changes."""
    changes = voice_changes(notes)
    count = 0
    for before, after in changes:
        for low, high in combinations(range(4), 2):
            moved = after[low] - before[low]
            same = moved != 0 and after[high] - before[high] != 0
            same = same and np.sign(moved) == np.sign(after[high] - before[high])
            intervals = {(chord[high] - chord[low]) % 12 for chord in (before, after)}
            count += bool(same) and intervals == {semitones}
    return count, len(changes)


def _entropy(values: NDArray) -> float:
    _, counts = np.unique(values, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _pitch_features(
    pitches: NDArray, lengths: NDArray, onsets: NDArray, bar: int, key: MusicalKey
) -> dict[str, float]:
    bars = [pitches[onsets // bar == each] for each in np.unique(onsets // bar)]
    outside = ~np.isin(pitches % 12, list(key.scale))
    degrees = (pitches - key.tonic) % 12
    strong = onsets % bar == 0
    return {
        "pitch.mean": pitches.mean(),
        "pitch.sd": pitches.std(),
        "pitch.entropy": _entropy(pitches),
        "pitch.class entropy": _entropy(pitches % 12),
        "pitch.different a bar": np.mean([len(np.unique(each)) / len(each) for each in bars]),
        "range.whole": np.ptp(pitches),
        "range.bar": np.mean([np.ptp(each) for each in bars]),
        "range.bar sd": np.std([np.ptp(each) for each in bars]),
        "range.drift": np.std([each.mean() for each in bars]),
        "key.outside": outside.mean(),
        "key.tonic": (lengths * (degrees == 0)).sum() / lengths.sum(),
        "key.fifth": (lengths * (degrees == 7)).sum() / lengths.sum(),
        "key.third": (lengths * np.isin(degrees, (3, 4))).sum() / lengths.sum(),
        "key.tonic on downbeat": (degrees[strong] == 0).mean() if strong.any() else 0.0,
        "cadence.tonic at fourth bars": _cadence_share(onsets, degrees, bar, (0,)),
        "cadence.fifth at fourth bars": _cadence_share(onsets, degrees, bar, (2, 7, 11)),
        "cadence.length at fourth bars": _cadence_length(onsets, lengths, bar),
    }


def _fourth_bars(onsets: NDArray, bar: int) -> list[int]:
    """Index of the last note of each fourth bar."""
    bars = onsets // bar
    return [int(np.flatnonzero(bars == each)[-1]) for each in np.unique(bars) if each % 4 == 3]


def _cadence_share(onsets: NDArray, degrees: NDArray, bar: int, wanted: tuple[int, ...]) -> float:
    ends = _fourth_bars(onsets, bar)
    return np.isin(degrees[ends], wanted).mean() if ends else 0.0


def _cadence_length(onsets: NDArray, lengths: NDArray, bar: int) -> float:
    ends = _fourth_bars(onsets, bar)
    return np.log2(lengths[ends] / lengths.mean()).mean() if ends else 0.0


def _interval_features(steps: NDArray) -> dict[str, float]:
    if len(steps) < 3:
        steps = np.append(steps, [0, 0, 0])
    sizes, turns = np.abs(steps), np.sign(steps[1:]) * np.sign(steps[:-1])
    leaps = np.flatnonzero(sizes[:-1] > 4)
    return {
        "interval.repeated": (sizes == 0).mean(),
        "interval.steps": ((sizes > 0) & (sizes < 3)).mean(),
        "interval.semitones": (sizes == 1).mean(),
        "interval.thirds": ((sizes > 2) & (sizes < 5)).mean(),
        "interval.fourths, fifths": ((sizes > 4) & (sizes < 8)).mean(),
        "interval.leaps over a fifth": (sizes > 7).mean(),
        "interval.mean": sizes.mean(),
        "interval.entropy": _entropy(steps),
        "interval.up": (steps > 0).mean(),
        "interval.turns": (turns < 0).mean(),
        "interval.leaps turned": (turns[leaps] < 0).mean() if len(leaps) else 0.5,
    }


def _rhythm_features(onsets: NDArray, lengths: NDArray, bar: int) -> dict[str, float]:
    gaps = np.diff(onsets)
    places, bars = onsets % bar, onsets // bar
    shapes = [tuple(places[bars == each]) for each in range(bars[0], bars[-1] + 1)]
    counts = np.array([len(shape) for shape in shapes])
    off = (onsets % TICKS_PER_BEAT != 0)[:-1]
    over = onsets[:-1] // TICKS_PER_BEAT != (onsets[:-1] + gaps - 1) // TICKS_PER_BEAT
    inner = shapes[1:-1] or shapes
    beats = lengths / TICKS_PER_BEAT
    return {
        "duration.mean": np.log2(beats).mean(),
        "duration.sd": np.log2(beats).std(),
        "duration.entropy": _entropy(lengths),
        "duration.commonest": np.unique(lengths, return_counts=True)[1].max() / len(lengths),
        "duration.short": (beats < 0.4).mean(),
        "duration.half beat": np.isclose(beats, 0.5).mean(),
        "duration.beat": np.isclose(beats, 1.0).mean(),
        "duration.long": (beats >= 1.5).mean(),
        "duration.dotted": np.isin(lengths, (9, 18, 36)).mean(),
        "rhythm.gap entropy": _entropy(gaps),
        "rhythm.rests": (gaps > lengths[:-1]).mean(),
        "rhythm.syncopation": (off & over).mean(),
        "rhythm.changes": (gaps[1:] != gaps[:-1]).mean() if len(gaps) > 1 else 0.0,
        "rhythm.different bars": len(set(inner)) / len(inner),
        "rhythm.as the bar before": np.mean([a == b for a, b in pairwise(shapes)] or [0.0]),
        "place.entropy": _entropy(places),
        "place.on the beat": (onsets % TICKS_PER_BEAT == 0).mean(),
        "place.bars begun": np.mean([0 in shape for shape in shapes]),
        "density.mean": counts[counts > 0].mean() / (bar / TICKS_PER_BEAT),
        "density.sd": counts.std() / (bar / TICKS_PER_BEAT),
    }


def _repeat_features(notes: Sequence[Ticks], before: Sequence[Ticks], bar: int) -> dict[str, float]:
    past = {(onset, pitch) for onset, pitch, _ in [*before, *notes]}
    first = (before[0] if before else notes[0])[0]
    found = {}
    for bars in SIMILARITY_BARS:
        later = [n for n in notes if n[0] - bars * bar >= first]
        same = [(n[0] - bars * bar, n[1]) in past for n in later]
        found[f"similarity.{bars} bars"] = np.mean(same) if same else 0.0
    whole = [*before, *notes]
    seen: set[tuple[Ticks, ...]] = set()
    repeated, places = np.zeros(len(whole), bool), range(len(whole) - REPEAT_NOTES + 1)
    shapes: dict[tuple[int, ...], int] = {}
    moved = 0
    for start in places:
        run = whole[start : start + REPEAT_NOTES]
        exact = tuple((o - run[0][0], p, 0) for o, p, _ in run)
        repeated[start : start + REPEAT_NOTES] |= exact in seen
        seen.add(exact)
        shape = tuple(x for o, p, _ in run[:5] for x in (o - run[0][0], p - run[0][1]))
        pitch = shapes.setdefault(shape, run[0][1])
        moved += pitch != run[0][1] and start >= len(before)
    found["repeats.share"] = repeated[len(before) :].mean()
    found["repeats.sequences"] = moved / len(notes)
    return found


def _voice_features(notes: Sequence[Note]) -> dict[str, float]:
    times = np.unique([round(n.onset * TICKS_PER_BEAT) for n in notes])
    spans = np.array(
        [(round(n.onset * TICKS_PER_BEAT), round(n.end * TICKS_PER_BEAT), n.pitch) for n in notes]
    )
    chords = [np.sort(spans[(spans[:, 0] <= t) & (spans[:, 1] > t), 2]) for t in times]
    four = [each for each in chords if len(each) == 4] or [np.array([48, 55, 60, 64])]
    above_bass = np.concatenate([(each[1:] - each[0]) % 12 for each in four])
    changes = max(1, len(voice_changes(notes)))
    lowest = [each[0] for each in four]
    return {
        "voices.four": np.mean([len(each) == 4 for each in chords]),
        "voices.fewer": np.mean([len(each) < 4 for each in chords]),
        "voices.struck": len(notes) / len(times),
        "voices.fifths over bass": (above_bass == 7).mean(),
        "voices.thirds over bass": np.isin(above_bass, (3, 4)).mean(),
        "voices.dissonance": np.isin(above_bass, (1, 2, 6, 10, 11)).mean(),
        "voices.wide spacing": np.mean([(np.diff(each)[1:] > 12).any() for each in four]),
        "voices.outer distance": np.mean([each[-1] - each[0] for each in four]),
        "voices.bass steps": np.abs(np.diff(lowest)).mean() if len(lowest) > 1 else 0.0,
        "voices.parallel fifths": count_parallels(notes, 7)[0] / changes,
        "voices.parallel octaves": count_parallels(notes, 0)[0] / changes,
    }


def cross_validated_auc(
    values: NDArray,
    labels: NDArray,
    groups: NDArray,
    folds: int = 5,
    repeats: int = 10,
    ridge: float = 1.0,
) -> float:
    """Area under the ROC curve of a logistic regression, mean over held-out folds.

    Parameters
    ----------
    values : ndarray, shape (n, features)
    labels, groups : ndarray, shape (n,)
        Rows of one group are in one fold.
    folds, repeats : int
    ridge : float
        Weight of half the squared coefficients against the summed log loss.

    Returns
    -------
    float
        0.5 if the labels cannot be told apart.
    """
    generator, found = np.random.default_rng(0), []
    for _ in range(repeats):
        fold = (generator.permutation(groups.max() + 1) % folds)[groups]
        for each in range(folds):
            train, test = fold != each, fold == each
            mean, sd = values[train].mean(axis=0), values[train].std(axis=0)
            scaled = (values - mean) / np.where(sd > 1e-9, sd, 1.0)
            weights = _fit_logistic(scaled[train], labels[train], ridge)
            scores = scaled[test] @ weights[1:]
            found.append(_auc(scores[~labels[test]], scores[labels[test]]))
    return float(np.mean(found))


def _fit_logistic(x: NDArray, labels: NDArray, ridge: float) -> NDArray:
    """Intercept and weights, by Newton's method with halved steps where one overshoots."""
    x = np.hstack([np.ones((len(x), 1)), x])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 1e-6
    weights = np.zeros(x.shape[1])

    def loss(w: NDArray) -> float:
        margins = x @ w
        return float((np.logaddexp(0, margins) - labels * margins).sum() + penalty @ w**2 / 2)

    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - labels) + penalty * weights
        hessian = (x.T * (p * (1 - p))) @ x + np.diag(penalty)
        step, size = np.linalg.solve(hessian, gradient), 1.0
        while loss(weights - size * step) > loss(weights) and size > 1e-3:
            size /= 2
        weights -= size * step
        if np.abs(size * step).max() < 1e-5:
            break
    return weights


def _auc(negatives: NDArray, positives: NDArray) -> float:
    above = (positives[:, None] > negatives).mean()
    return float(above + (positives[:, None] == negatives).mean() / 2)


def overlap_and_divergence(people: NDArray, others: NDArray) -> tuple[float, float]:
    """Overlap area and KL divergence (nats) of one feature, by Yang and Lerch.

    Compared are the distances between people's tunes and those from people's tunes to the others.
    """
    rows, columns = np.triu_indices(len(people), 1)
    within = np.abs(people[rows] - people[columns])
    between = np.abs(people[:, None] - others).ravel()
    top = max(within.max(), between.max())
    if not top:
        return 1.0, 0.0
    grid = np.linspace(0, top, 200)
    p, q = _density(within, grid), _density(between, grid)
    return float(np.minimum(p, q).sum()), float((p * np.log(p / q)).sum())


def _density(values: NDArray, grid: NDArray) -> NDArray:
    """Gaussian kernel density by Scott's rule, as shares of the grid."""
    width = max(values.std() * len(values) ** -0.2, (grid[1] - grid[0]))
    heights = np.exp(-(((grid[:, None] - values) / width) ** 2) / 2).sum(axis=1) + 1e-12
    return heights / heights.sum()
