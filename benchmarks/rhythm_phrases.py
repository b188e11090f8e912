"""Phrases whose rhythm is known: cut out of the training tunes of corpora, and put together.

Those of the tunes last 8 to 16 beats, mostly end with a long note on a beat, and begin on a bar
line or with the tune's upbeat. The others are forms of bars that are written here. All are played
with noise and accents as `tracking.py` plays its patterns, at any tempo. In a quarter of them all
keys are struck alike, and in 40 % the last key is held for as long as one likes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from tracking import JITTER_S, RUBATO_S, Pattern, Performance, play

from midi_data.notes import TICKS_PER_BEAT, Meter, Tune
from midi_data.recipes.corpora import load_corpus
from midi_data.splits import split_tunes

METERS = {str(meter): meter for meter in map(Meter.parse, ("4/4", "2/4", "3/4", "6/8", "9/8"))}
METERS["2/2"] = METERS["4/4"]  # a tracker cannot tell them
PHRASE_BEATS = (6, 16)  # fewest beats of a phrase, dotted ones in 6/8 and 9/8, and most
BARS_SHARES = {2: 2, 3: 1, 4: 6, 6: 1, 8: 2}  # how often phrases have so many bars
MIN_STEP_TICKS = 2  # shortest step between onsets; tunes with shorter ones are left out
MIN_ONSETS = 6  # of a phrase
CADENCE_SHARE = 0.75  # phrases that end with a long note on a beat
UPBEAT_SHARE = 0.15  # written phrases with an upbeat
MEAN_TEMPO_BPM, TEMPO_SPREAD_OCTAVES = 108, 0.38  # of beats, dotted ones in 6/8 and 9/8
TEMPO_BOUNDS_BPM = (58, 168)
MAX_NOTES_PER_SECOND = 8
FLAT_SHARE = 0.25  # phrases whose keys are all struck alike, as on a computer's keyboard
ODD_LAST_SHARE = 0.4  # phrases whose last key is held for any time


@dataclass(frozen=True)
class BarKind:
    """Bars of a kind of rhythm, and bars that end a phrase; T stands for a triplet.

    Durations are quarter notes, negative ones rests. `share` is how often the kind is drawn.
    """

    meter: str
    bars: tuple[str, ...]
    ends: tuple[str, ...]
    share: float = 1.0
    swing: tuple[float, float] = (0.5, 0.5)
    jitter: float = JITTER_S


TRIPLET = "0.3333 0.3333 0.3334"
FORMS = ("abac", "aabc", "abcd", "abab", "aaab", "abacabad", "aabaaabc", "abc", "ab", "abcabd")
EIGHT_BARS = ("abacadae", "abacabad", "abcdabce", "ababcdcb")  # forms of short bars
UPBEATS = {
    "6/8": (".5", ".5", ".5 .5"),
    "9/8": (".5", ".5 .5"),
    "7/8": (".5",),
    "3/4": ("1", "1", ".5", ".5 .5"),
}
OTHER_UPBEATS = ("1", "1", ".5", ".5 .5", ".5 .5 .5")
_STRAIGHT = ("1 1 1 1", "1 1 2", "2 1 1", "1 1 .5 .5 1", "1 .5 .5 1 1", "1 1 1 .5 .5", "2 2",
             ".5 .5 1 1 1", "1.5 .5 1 1", "1 1 1 -1")  # fmt: skip
_STRAIGHT_ENDS = ("4", "2 2", "1 1 2", "3 -1", "1 3", ".5 .5 1 2")
_EIGHTHS = (".5 .5 .5 .5 1 1", ".5 .5 .5 .5 .5 .5 .5 .5", "1 .5 .5 1 .5 .5", ".5 .5 1 .5 .5 1",
            "1 .5 .5 .5 .5 1", ".5 .5 .5 .5 2", "1 1 .5 .5 .5 .5", "-.5 .5 .5 .5 1 1")  # fmt: skip
_EIGHTHS_ENDS = ("2 2", "1 1 2", ".5 .5 1 2", "4", ".5 .5 .5 .5 2")
_SWUNG = _EIGHTHS + _STRAIGHT[:4]
_WALTZ = ("2 1", "1 1 1", "1.5 .5 1", "1 .5 .5 1", "1 1 .5 .5", "3", ".5 .5 1 1", ".5 .5 .5 .5 1",
          "1 2", ".5 .5 .5 .5 .5 .5")  # fmt: skip
_WALTZ_ENDS = ("3", "2 1", "3", "2 -1")
KINDS = {
    "even": BarKind(
        "4/4",
        ("1 1 1 1", "1 1 1 1", ".5 .5 .5 .5 .5 .5 .5 .5"),
        ("1 1 1 1", "4", "1 1 2", "1 1 1 -1", "1 1 -2", "2 2", "1 3", ".5 .5 .5 .5 .5 .5 .5 .5",
         ".5 .5 .5 .5 .5 .5 .5 -.5"),
        5,
    ),
    "straight": BarKind("4/4", _STRAIGHT, _STRAIGHT_ENDS, 5),
    "eighths": BarKind("4/4", _EIGHTHS, _EIGHTHS_ENDS, 4),
    "swing": BarKind("4/4", _SWUNG, _EIGHTHS_ENDS, 4, swing=(0.63, 0.69)),
    "light swing": BarKind("4/4", _SWUNG, _EIGHTHS_ENDS, 2, swing=(0.56, 0.62)),
    "rubato": BarKind("4/4", _STRAIGHT, _STRAIGHT_ENDS, jitter=RUBATO_S),
    "dotted": BarKind(
        "4/4",
        ("1.5 .5 1 1", "1.5 .5 2", "1 1 1.5 .5", "1.5 .5 1.5 .5", "2 1.5 .5", "1.5 .5 .5 .5 1",
         "1 1.5 .5 1"),
        ("1 1 2", "2 2", "1.5 .5 2", "4"),
        1.5,
    ),
    "dotted eighths": BarKind(
        "4/4",
        (".75 .25 .75 .25 1 1", ".75 .25 1 .75 .25 1", "1 .75 .25 1 1",
         ".75 .25 .75 .25 .75 .25 .75 .25", "1 1 .75 .25 .75 .25", ".75 .25 .5 .5 1 1"),
        ("1 1 2", "2 2", ".75 .25 1 2"),
    ),
    "triplets": BarKind(
        "4/4",
        ("1 1 T 1", "T 1 1 1", "1 T 1 1", "T T 1 1", "1 1 1 T", "T 1 T 1", "T T T 1", "1 T T 1",
         "1 T 2", "1 1 2", "1 .5 .5 T 1", "1 1 1 1"),
        ("1 1 2", "2 2", "T 1 2", "T T 2"),
        1.5,
    ),
    "3-3-2": BarKind(
        "4/4",
        ("1.5 1.5 1", "1.5 1.5 .5 .5", "1.5 1 .5 1", ".5 1 1.5 1", "1 .5 1.5 1", "1.5 1.5 1"),
        ("1.5 1.5 1", "1.5 2.5", "1.5 1.5 -1", "1 1 2"),
    ),
    "syncopated": BarKind(
        "4/4",
        (".5 1 .5 1 1", "1 .5 1 .5 1", ".5 1 1 1 .5", "1 1 .5 1 .5", ".5 1 .5 .5 1 .5",
         "1.5 1 .5 1"),
        ("1 1 2", ".5 1 2.5", "2 2", ".5 .5 1 2"),
    ),
    "sixteenths": BarKind(
        "4/4",
        ("1 .5 .25 .25 1 1", ".5 .25 .25 1 1 1", ".25 .25 .25 .25 1 1 1", ".5 .5 .5 .25 .25 1 1",
         ".25 .25 .5 1 .25 .25 .5 1", "1 1 .25 .25 .25 .25 1", ".5 .25 .25 .5 .25 .25 1 1",
         ".5 .5 .25 .25 .25 .25 1 1", ".25 .25 .25 .25 .25 .25 .25 .25 1 1"),
        ("1 1 2", ".5 .5 1 2", "2 2", ".25 .25 .5 1 2"),
        1.5,
    ),
    "waltz": BarKind("3/4", _WALTZ, _WALTZ_ENDS, 4),
    "waltz, rubato": BarKind("3/4", _WALTZ, _WALTZ_ENDS, jitter=RUBATO_S),
    "jig": BarKind(
        "6/8",
        (".5 .5 .5 .5 .5 .5", "1 .5 1 .5", "1 .5 .5 .5 .5", ".5 .5 .5 1 .5", "1.5 1 .5",
         "1.5 .5 .5 .5", "1 .5 1.5", "1.5 1.5"),
        ("1 .5 1.5", "1.5 1.5", "3", ".5 .5 .5 1.5", "1.5 1 -.5"),
        2,
    ),
    "siciliano": BarKind(
        "6/8",
        (".75 .25 .5 1 .5", ".75 .25 .5 .75 .25 .5", ".75 .25 .5 1.5", "1 .5 .75 .25 .5",
         "1 .5 1 .5", ".75 .25 .5 .5 .5 .5"),
        ("1.5 1.5", "1 .5 1.5", "3", ".75 .25 .5 1.5"),
    ),
    "slip jig": BarKind(
        "9/8",
        ("1 .5 1 .5 1 .5", "1 .5 1 .5 1.5", ".5 .5 .5 1 .5 1 .5", "1 .5 .5 .5 .5 1 .5",
         ".5 .5 .5 .5 .5 .5 1 .5", "1 .5 1 .5 .5 .5 .5", "1.5 1 .5 1 .5", ".5 .5 .5 .5 .5 .5 1.5"),
        ("1 .5 1 .5 1.5", "1.5 1.5 1.5", "1.5 3", "4.5", ".5 .5 .5 1 .5 1.5"),
    ),
    "five": BarKind(
        "5/4",
        ("1 1 1 1 1", "1 .5 .5 1 1 1", "3 2", "2 1 1 1", "1 1 1 2", "1.5 .5 1 1 1",
         "1 1 1 1 .5 .5", "1.5 1.5 1 1", "2 1 2"),
        ("3 2", "5", "1 1 1 2", "3 1 1"),
    ),
    "seven": BarKind(
        "7/8",
        ("1 1 1.5", ".5 .5 1 1.5", "1 1 .5 .5 .5", ".5 .5 .5 .5 .5 .5 .5", "1 .5 .5 .5 .5 .5",
         "1 .5 .5 1.5", "1 1 1 .5"),
        ("1 1 1.5", "2 1.5", "3.5", "1 1 1.5"),
    ),
    "seven, three first": BarKind(
        "7/8",
        ("1.5 1 1", ".5 .5 .5 1 1", "1 .5 1 1", "1.5 .5 .5 1", "1 .5 .5 .5 1", "1.5 1 .5 .5",
         ".5 .5 .5 .5 .5 .5 .5"),
        ("1.5 2", "1.5 1 1", "3.5"),
    ),
    "two": BarKind(
        "2/4",
        ("1 1", ".5 .5 1", ".5 .5 .5 .5", "1 .5 .5", ".75 .25 1", ".5 .25 .25 1", ".75 .25 .5 .5"),
        ("2", "1 1", "1 -1", ".5 .5 1"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Phrase:
    """A phrase as played, its kind, and as written."""

    kind: str
    pattern: Pattern
    truth: Performance


def make_phrases(corpora: Sequence[Path], half: int, count: int) -> list[Phrase]:
    """Phrases of one half of the tunes, `count` of each corpus and meter, and written ones."""
    generator = np.random.default_rng(half)
    drawn = [
        (f"{folder.name} {meter}", pattern)
        for folder in corpora
        for meter, tunes in _tunes_by_meter(folder, half).items()
        for pattern in _cut_phrases(tunes, count, generator)
    ]
    for name, kind in KINDS.items():
        drawn += [
            (name, _write_phrase(kind, generator)) for _ in range(round(kind.share * count / 2))
        ]
    return [
        Phrase(name, pattern, _perform(pattern, number, generator))
        for number, (name, pattern) in enumerate(drawn)
    ]


@cache
def _training_tunes(folder: Path) -> tuple[Tune, ...]:
    return split_tunes(load_corpus(folder).tunes).train


def _tunes_by_meter(folder: Path, half: int) -> dict[Meter, list[Tune]]:
    tunes: dict[Meter, list[Tune]] = defaultdict(list)
    for tune in _training_tunes(folder)[half::2]:
        if str(tune.meter) in METERS:
            tunes[METERS[str(tune.meter)]].append(tune)
    return tunes


def _cut_phrases(
    tunes: Sequence[Tune], count: int, generator: np.random.Generator
) -> Iterator[Pattern]:
    found = 0
    for _ in range(6 * count):
        pattern = cut_phrase(tunes[int(generator.integers(len(tunes)))], generator)
        if pattern is not None:
            yield pattern
            found += 1
        if found == count:
            return


def cut_phrase(tune: Tune, generator: np.random.Generator) -> Pattern | None:
    """Some bars of a tune; None if they cannot be played as a phrase."""
    meter = METERS[str(tune.meter)]
    beat = TICKS_PER_BEAT * 3 // 2 if meter.unit == 8 else TICKS_PER_BEAT
    bar = round(TICKS_PER_BEAT * meter.bar_beats)
    onsets = np.unique(np.round([TICKS_PER_BEAT * note.onset for note in tune.notes]).astype(int))
    upbeat = -int(onsets[0]) % bar
    if upbeat > bar // 2 or len(onsets) < MIN_ONSETS or np.diff(onsets).min() < MIN_STEP_TICKS:
        return None
    fewest, most = PHRASE_BEATS
    lengths = [bars for bars in BARS_SHARES if fewest <= bars * bar // beat <= most]
    shares = np.array([BARS_SHARES[bars] for bars in lengths], dtype=float)
    bars = int(generator.choice(lengths, p=shares / shares.sum()))
    first = (int(onsets[0]) + upbeat) // bar
    end = int(np.ceil(TICKS_PER_BEAT * tune.end / bar))
    starts = np.arange(first, end - bars + 1, 4 if bars >= 4 else 2)
    is_closed = generator.random() < CADENCE_SHARE
    for start in generator.permutation(starts).tolist():
        begin, stop = start * bar - upbeat, (start + bars) * bar - upbeat
        inside = onsets[(onsets >= begin) & (onsets < stop)]
        if len(inside) < MIN_ONSETS or inside[0] != begin or start * bar not in inside:
            continue
        steps = np.diff(np.append(inside, stop))
        if is_closed and (steps[-1] < beat or inside[-1] % beat):
            continue
        written = [f"{step / TICKS_PER_BEAT:.4g}" for step in steps]
        lead = int(np.count_nonzero(inside < start * bar))
        return Pattern("", str(meter), " ".join(written[lead:]), " ".join(written[:lead]))
    return None


def _write_phrase(kind: BarKind, generator: np.random.Generator) -> Pattern:
    """Bars of a kind in some form, with its end, and with an upbeat at times."""
    while True:
        form = str(generator.choice(EIGHT_BARS if kind.meter == "2/4" else FORMS))
        bars = {letter: str(generator.choice(kind.bars)) for letter in "abcde"}
        written = [*(bars[letter] for letter in form[:-1]), str(generator.choice(kind.ends))]
        text = " ".join(written).replace("T", TRIPLET)
        durations = [float(word) for word in text.split()]
        if sum(duration > 0 for duration in durations) >= MIN_ONSETS:
            break
    upbeat = ""
    if generator.random() < UPBEAT_SHARE:
        upbeat = str(generator.choice(UPBEATS.get(kind.meter, OTHER_UPBEATS)))
        if durations[-1] < 0:
            durations.pop()
        elif durations[-1] > sum(map(float, upbeat.split())):
            durations[-1] -= sum(map(float, upbeat.split()))
    swing = float(generator.uniform(*kind.swing))
    text = " ".join(f"{duration:.4g}" for duration in durations)
    return Pattern("", kind.meter, text, upbeat, swing, kind.jitter)


def _perform(pattern: Pattern, number: int, generator: np.random.Generator) -> Performance:
    """A pattern as played at some tempo."""
    durations = [abs(float(word)) for word in f"{pattern.upbeat} {pattern.bars}".split()]
    beats = sum(durations) / pattern.tactus
    while True:
        octaves = generator.normal(0, TEMPO_SPREAD_OCTAVES)
        tempo = float(MEAN_TEMPO_BPM * 2**octaves)
        rate = len(durations) / (60 * beats / tempo)
        if TEMPO_BOUNDS_BPM[0] <= tempo <= TEMPO_BOUNDS_BPM[1] and rate <= MAX_NOTES_PER_SECOND:
            break
    truth = play(pattern, tempo, number)
    if generator.random() < FLAT_SHARE:
        truth.notes[:] = [replace(note, velocity=80) for note in truth.notes]
    if generator.random() < ODD_LAST_SHARE:
        last = truth.notes[-1]
        held = round((last.end - last.due) * generator.uniform(0.3, 1.6))
        truth.notes[-1] = replace(last, end=last.due + held)
    return truth
