"""Features of a tune by which people's music can be told from a network's.

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
NO_PITCH = 1000  # above all pitches: a voice that does not sound
REPEAT_NOTES = 8  # notes of a run that counts as a repeat
Ticks = tuple[int, int, int]  # onset, pitch, duration in ticks


def features(tune: Tune, heard: Tune | None = None) -> dict[str, float]:
    """Features of a tune by name, as family.feature.

    Parameters
    ----------
    tune : Tune
        With its onsets in the bars of `heard`, if that is given; one note or more.
    heard : Tune, optional
        Music before it, with which it may be similar too; it counts for nothing else.

    Returns
    -------
    dict of str to float
        Those of the family "voices" only of a tune of several voices.
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
    """Features of the end of a tune, which a tune cut out of a longer one does not have.

    Parameters
    ----------
    tune : Tune
        One note or more.

    Returns
    -------
    dict of str to float
    """
    last = melody(tune.notes)[-1]
    return {
        "cadence.ends on tonic": float(last[1] % 12 == find_key(tune.notes).tonic),
        "cadence.last length": np.log2(last[2] / TICKS_PER_BEAT),
        "cadence.ends on beat": float(last[0] % TICKS_PER_BEAT == 0),
    }


def melody(notes: Sequence[Note]) -> list[Ticks]:
    """The highest note of each onset, in order, without those under a note that still sounds.

    Parameters
    ----------
    notes : sequence of Note

    Returns
    -------
    list of tuple of int
        Onset, pitch and duration of each, ticks and MIDI numbers.
    """
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
    """Runs of `PATTERN_NOTES` notes as intervals and times between them, in any key.

    Parameters
    ----------
    line : sequence of tuple of int
        As of `melody`.

    Returns
    -------
    set of tuple of int
    """
    found = set()
    for start in range(len(line) - PATTERN_NOTES + 1):
        run = line[start : start + PATTERN_NOTES]
        found.add(tuple(x for a, b in pairwise(run) for x in (b[1] - a[1], b[0] - a[0])))
    return found


def voice_changes(notes: Sequence[Note]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Each change of harmony between two times at which four notes sound.

    Parameters
    ----------
    notes : sequence of Note

    Returns
    -------
    list of tuple of tuple of int
        The four pitches before and after it, lowest first.
    """
    chords, has_four = _chords(notes)
    pairs = [
        (tuple(before.tolist()), tuple(after.tolist()))
        for before, after in zip(chords[:-1], chords[1:], strict=True)
    ]
    both = has_four[:-1] & has_four[1:]
    return [pair for pair, kept in zip(pairs, both, strict=True) if kept and pair[0] != pair[1]]


def _chords(notes: Sequence[Note]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The lowest four pitches that sound at each onset, (n, 4), and whether there are just four."""
    begins, ends = (
        np.rint([getattr(n, name) * TICKS_PER_BEAT for n in notes]) for name in ("onset", "end")
    )
    pitches = np.array([note.pitch for note in notes])
    times = np.unique(begins)[:, None]
    sounds = (begins <= times) & (ends > times)  # (times, notes)
    lowest = np.sort(np.where(sounds, pitches, NO_PITCH), axis=1)[:, :4]
    short = max(0, 4 - lowest.shape[1])
    return np.pad(lowest, ((0, 0), (0, short)), constant_values=NO_PITCH), sounds.sum(axis=1) == 4


def count_parallels(notes: Sequence[Note], semitones: int) -> tuple[int, int]:
    """Parallel fifths or octaves between any two of four voices.

    Parameters
    ----------
    notes : sequence of Note
    semitones : int
        7 for fifths, 0 for octaves.

    Returns
    -------
    tuple of int
        Parallels, and changes of harmony in all.
    """
    changes = np.array(voice_changes(notes)).reshape(-1, 2, 4)
    moves, count = changes[:, 1] - changes[:, 0], 0  # (n, 4)
    for low, high in combinations(range(4), 2):
        together = moves[:, low] * moves[:, high] > 0
        intervals = (changes[:, :, high] - changes[:, :, low]) % 12 == semitones  # (n, 2)
        count += int((together & intervals.all(axis=1)).sum())
    return count, len(changes)


def _share(flags: NDArray) -> float:
    """Share of the flags that are set; 0 of none."""
    return float(flags.mean()) if len(flags) else 0.0


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
        "key.tonic on downbeat": _share(degrees[strong] == 0),
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
        "rhythm.rests": _share(gaps > lengths[:-1]),
        "rhythm.syncopation": _share(off & over),
        "rhythm.changes": _share(gaps[1:] != gaps[:-1]),
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
    chords, has_four = _chords(notes)
    four = chords[has_four] if has_four.any() else np.array([[48, 55, 60, 64]])
    above_bass = (four[:, 1:] - four[:, :1]) % 12
    changes, lowest = max(1, len(voice_changes(notes))), four[:, 0]
    return {
        "voices.four": has_four.mean(),
        "voices.fewer": (chords[:, 3] == NO_PITCH).mean(),
        "voices.struck": len(notes) / len(chords),
        "voices.fifths over bass": (above_bass == 7).mean(),
        "voices.thirds over bass": np.isin(above_bass, (3, 4)).mean(),
        "voices.dissonance": np.isin(above_bass, (1, 2, 6, 10, 11)).mean(),
        "voices.wide spacing": (np.diff(four, axis=1)[:, 1:] > 12).any(axis=1).mean(),
        "voices.outer distance": (four[:, 3] - lowest).mean(),
        "voices.bass steps": np.abs(np.diff(lowest)).mean() if len(lowest) > 1 else 0.0,
        "voices.parallel fifths": count_parallels(notes, 7)[0] / changes,
        "voices.parallel octaves": count_parallels(notes, 0)[0] / changes,
    }
