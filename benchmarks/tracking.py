"""Tempo, meter and bar line of played phrases.

    python benchmarks/tracking.py [--choosing | --songs | --corpus FOLDER...]

Each pattern is played at six tempi with three seeds of noise. Parameters were chosen on `CHOOSING`
at first, and then on phrases of `rhythm_phrases.py`, of which half the tunes of `--corpus` judge.
The figures are those of `REPORTING`, which were written before these phrases, and of `SONGS`, which
were written after them; both were measured once. A tempo is right
within 4 % of the quarter note, and an octave error is its half, double, third or triple.
The downbeat is right if the first bar line that is predicted after the phrase lies within
`BAR_LINE_TOLERANCE_S` of a true one.

Two baselines stand beside the tracker: the autocorrelation of the onsets, and the tracker of
revision 546c81a, which knew neither meter nor bar line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from messages.timed_note import TimedNote
from midi_data.beat_tracking import NS_PER_S
from midi_data.notes import Meter
from midi_data.rhythm.rhythm_inference import infer_rhythm

TEMPI_BPM = (72, 84, 96, 108, 120, 138)
"""Beats a minute; a beat of 6/8 and 9/8 is a dotted quarter note."""
SEEDS = (101, 102, 103)
JITTER_S = 0.012  # standard deviation of an onset, s
RUBATO_S = 0.040  # the same in a pattern played with rubato, s
VELOCITY_SPREAD = 7.0  # standard deviation of a velocity
BAR_LINE_TOLERANCE_S = 0.12  # largest distance of a bar line that is right, s
MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)  # semitones from the tonic
START_S = 3.0  # time of the first note, s


@dataclass(frozen=True)
class Pattern:
    """A rhythm: durations in quarter notes, bar by bar; negative ones are rests.

    `swing` is the share of a beat at which its second eighth begins.
    """

    name: str
    meter: str
    bars: str
    upbeat: str = ""
    swing: float = 0.5
    jitter: float = JITTER_S

    @property
    def tactus(self) -> float:
        """Length of a beat, quarter notes."""
        return 1.5 if self.meter in ("6/8", "9/8") else 1.0


CHOOSING = (
    Pattern("straight", "4/4", "1 1 1 1 | 1 .5 .5 1 1 | 1 1 .5 .5 1 | 2 2"),
    Pattern("eighths", "4/4", ".5 .5 .5 .5 1 1 | .5 .5 .5 .5 2 | .5 .5 1 .5 .5 1 | 1 1 2"),
    Pattern("swing", "4/4", "1 .5 .5 1 .5 .5 | .5 .5 1 2 | 1 .5 .5 .5 .5 1 | 1 1 2", swing=2 / 3),
    Pattern("light swing", "4/4", ".5 .5 .5 .5 1 1 | .5 .5 .5 .5 2 | .5 .5 1 .5 .5 1 | 1 1 2",
            swing=0.59),
    Pattern("dotted", "4/4", "1.5 .5 1 1 | 1.5 .5 2 | 1.5 .5 1.5 .5 | 1 1 2"),
    Pattern("triplets", "4/4", "1 1 .333 .333 .334 1 | 1 .333 .333 .334 2 "
            "| .333 .333 .334 1 1 1 | 1 1 2"),
    Pattern("3-3-2", "4/4", "1.5 1.5 1 | 1.5 1.5 1 | 1.5 1.5 .5 .5 | 1.5 1.5 1"),
    Pattern("sixteenths", "4/4", "1 .5 .25 .25 1 1 | .5 .25 .25 1 2 | 1 1 .5 .25 .25 1 | 1 1 2"),
    Pattern("jig", "6/8", ".5 .5 .5 .5 .5 .5 | 1 .5 1 .5 | .5 .5 .5 .5 .5 .5 | 1 .5 1.5"),
    Pattern("siciliano", "6/8", ".75 .25 .5 1 .5 | .75 .25 .5 1.5 | 1 .5 1 .5 | .5 .5 .5 1.5"),
    Pattern("slip jig", "9/8", "1 .5 1 .5 .5 .5 .5 | 1 .5 1 .5 1.5 | .5 .5 .5 1 .5 1 .5 "
            "| 1 .5 1 .5 1.5"),
    Pattern("waltz", "3/4", "2 1 | 1 1 1 | 2 1 | 1.5 .5 1 | 1 .5 .5 1 | 3"),
    Pattern("waltz with upbeat", "3/4", "1 1 1 | 2 1 | 1 .5 .5 1 | 2", upbeat="1"),
    Pattern("five", "5/4", "1 1 1 1 1 | 1 .5 .5 1 2 | 1 1 1 1 1 | 3 2"),
    Pattern("seven", "7/8", ".5 .5 .5 .5 .5 .5 .5 | 1 1 1.5 | 1 1 .5 .5 .5 | 1 1 1.5"),
    Pattern("rubato", "4/4", "1 1 1 1 | 1 .5 .5 1 1 | 1 1 .5 .5 1 | 2 2", jitter=RUBATO_S),
    Pattern("upbeat of an eighth", "4/4", "1 .5 .5 1 1 | 1 .5 .5 2 | 1 1 1 1 | 2 1.5", upbeat=".5"),
    Pattern("upbeat of a quarter", "4/4", "1 1 1 1 | 1.5 .5 1 1 | 1 .5 .5 1 1 | 3", upbeat="1"),
    Pattern("straight", "4/4", "1 1 2 | 1 1 1 1 | 1 .5 .5 1 1 | 1 1 2"),
    Pattern("eighths", "4/4", "1 .5 .5 .5 .5 1 | 1 .5 .5 1 1 | .5 .5 .5 .5 .5 .5 1 | 2 2"),
    Pattern("swing", "4/4", ".5 .5 1 .5 .5 1 | 1 .5 .5 2 | .5 .5 .5 .5 1 1 | 1 .5 .5 2",
            swing=0.66),
    Pattern("light swing", "4/4", "1 .5 .5 1 .5 .5 | .5 .5 1 2 | .5 .5 .5 .5 .5 .5 1 | 1 1 2",
            swing=0.58),
    Pattern("dotted", "4/4", "1 1 1.5 .5 | 1.5 .5 1 1 | 1 1 1.5 .5 | 2 2"),
    Pattern("triplets", "4/4", "1 .333 .333 .334 1 1 | .333 .333 .334 1 2 "
            "| 1 1 1 .333 .333 .334 | 2 2"),
    Pattern("3-3-2", "4/4", "1.5 1.5 1 | 1.5 1.5 .5 .5 | 1.5 1.5 1 | 1 .5 1.5 1"),
    Pattern("sixteenths", "4/4", ".5 .25 .25 1 1 1 | 1 .25 .25 .25 .25 2 | .5 .5 .5 .25 .25 1 1 "
            "| 1 1 2"),
    Pattern("jig", "6/8", "1 .5 .5 .5 .5 | 1 .5 1 .5 | .5 .5 .5 1 .5 | 1.5 1.5"),
    Pattern("siciliano", "6/8", "1 .5 .75 .25 .5 | 1 .5 1.5 | .75 .25 .5 .75 .25 .5 | 1 .5 1.5"),
    Pattern("slip jig", "9/8", ".5 .5 .5 1 .5 1 .5 | 1 .5 1 .5 1 .5 | .5 .5 .5 1 .5 1.5 "
            "| 1 .5 1 .5 1.5"),
    Pattern("waltz", "3/4", "1 1 1 | 2 1 | 1 .5 .5 1 | 2 1 | 1 1 1 | 3"),
    Pattern("waltz with upbeat", "3/4", "2 1 | 1.5 .5 1 | 2 1 | 1 1 1 | 2", upbeat=".5 .5"),
    Pattern("five", "5/4", "1 .5 .5 1 1 1 | 2 1 1 1 | 1 .5 .5 1 2 | 3 2"),
    Pattern("seven", "7/8", "1 .5 .5 1 .5 | 1 1 1.5 | .5 .5 1 .5 .5 .5 | 1 1 1.5"),
    Pattern("rubato", "4/4", "1 1 2 | 1 1 1 1 | 1 .5 .5 1 1 | 1 1 2", jitter=RUBATO_S),
    Pattern("upbeat of an eighth", "4/4", "1 1 .5 .5 1 | 1 1 1.5 .5 | 1 .5 .5 1 1 | 2 1.5",
            upbeat=".5"),
    Pattern("upbeat of a quarter", "4/4", "2 1 1 | 1 .5 .5 1 1 | 2 1 1 | 3", upbeat=".5 .5"),
)  # fmt: skip
REPORTING = (
    Pattern("straight", "4/4", "2 1 1 | 1 1 2 | 1 1 1 .5 .5 | 1 1 2"),
    Pattern("straight, eight bars", "4/4", "1 1 1 1 | 1 1 2 | 1 .5 .5 1 1 | 2 2 "
            "| 1 1 1 1 | 1 .5 .5 2 | .5 .5 1 1 1 | 1 1 2"),
    Pattern("straight, three bars", "4/4", "1 1 .5 .5 1 | 1 .5 .5 1 1 | 1 1 2"),
    Pattern("eighths", "4/4", ".5 .5 1 1 .5 .5 | 1 1 .5 .5 1 | .5 .5 .5 .5 1 .5 .5 | 1 1 2"),
    Pattern("swing", "4/4", ".5 .5 .5 .5 .5 .5 1 | 1 .5 .5 1 1 | .5 .5 1 .5 .5 .5 .5 | 1 .5 .5 2",
            swing=0.65),
    Pattern("light swing", "4/4", "1 .5 .5 .5 .5 1 | .5 .5 .5 .5 1 1 | 1 .5 .5 1 .5 .5 "
            "| .5 .5 1 2", swing=0.6),
    Pattern("dotted", "4/4", "1.5 .5 1 1 | 1 1 1.5 .5 | 1.5 .5 1 .5 .5 | 1.5 .5 2"),
    Pattern("triplets", "4/4", ".333 .333 .334 1 1 1 | 1 1 .333 .333 .334 1 "
            "| 1 .333 .333 .334 1 1 | 1 1 2"),
    Pattern("3-3-2", "4/4", "1.5 1.5 .5 .5 | 1.5 1.5 1 | 1 .5 1.5 1 | 1.5 1.5 1"),
    Pattern("sixteenths", "4/4", "1 .25 .25 .25 .25 1 1 | .5 .25 .25 .5 .5 2 "
            "| 1 1 .25 .25 .5 1 | .5 .5 1 2"),
    Pattern("jig", "6/8", "1 .5 1 .5 | .5 .5 .5 1 .5 | 1 .5 .5 .5 .5 | 1 .5 1.5"),
    Pattern("jig, eight bars", "6/8", ".5 .5 .5 1 .5 | 1 .5 1 .5 | .5 .5 .5 .5 .5 .5 | 1 .5 1.5 "
            "| 1 .5 .5 .5 .5 | .5 .5 .5 1 .5 | 1 .5 1 .5 | 1.5 1.5"),
    Pattern("siciliano", "6/8", ".75 .25 .5 .75 .25 .5 | 1 .5 1 .5 | .75 .25 .5 1 .5 "
            "| .5 .5 .5 1.5"),
    Pattern("slip jig", "9/8", "1 .5 .5 .5 .5 1 .5 | 1 .5 1 .5 1.5 | 1 .5 .5 .5 .5 .5 .5 .5 "
            "| .5 .5 .5 1 .5 1.5"),
    Pattern("waltz", "3/4", "1 1 1 | 1.5 .5 1 | 2 1 | 1 1 1 | 1 .5 .5 1 | 2 1 | 1 1 1 | 3"),
    Pattern("waltz with upbeat", "3/4", "1 .5 .5 1 | 2 1 | 1 1 1 | 2", upbeat="1"),
    Pattern("five", "5/4", "2 1 1 1 | 1 1 1 .5 .5 1 | 2 1 2 | 2 3"),
    Pattern("seven", "7/8", ".5 .5 1 1 .5 | 1 1 .5 .5 .5 | 1 .5 .5 1.5 | 1 1 1.5"),
    Pattern("rubato", "4/4", "1 1 1 1 | 2 1 1 | 1 1 .5 .5 1 | 2 2", jitter=RUBATO_S),
    Pattern("upbeat of an eighth", "4/4", "1 1 1 .5 .5 | 1.5 .5 1 1 | 1 1 1 .5 .5 | 2 1.5",
            upbeat=".5"),
    Pattern("upbeat of a quarter", "4/4", "1 1 1.5 .5 | 2 1 1 | 1 .5 .5 1 1 | 3", upbeat="1"),
)  # fmt: skip
SONGS = (
    Pattern("Twinkle, Twinkle", "4/4", "1 1 1 1 | 1 1 2 | 1 1 1 1 | 1 1 2"),
    Pattern("Frere Jacques", "4/4", "1 1 1 1 | 1 1 1 1 | 1 1 2 | 1 1 2"),
    Pattern("Jingle Bells", "4/4", "1 1 2 | 1 1 2 | 1 1 1.5 .5 | 4"),
    Pattern("Oh! Susanna", "4/4", "1 1 1.5 .5 | 1 1 1.5 .5 | 1 1 1 1 | 3", upbeat=".5 .5"),
    Pattern("When the Saints", "4/4", "4 | -1 1 1 1 | 4 | -1 1 1 1 | 2 2 | 2 2 | 4 | 1",
            upbeat="1 1 1"),
    Pattern("Eine kleine Nachtmusik", "4/4", "1 -.5 .5 1 -.5 .5 | .5 .5 .5 .5 1 -1 "
            "| 1 -.5 .5 1 -.5 .5 | .5 .5 .5 .5 1 -1"),
    Pattern("a march with dotted eighths", "4/4", "1 1 1 .75 .25 | 1 .75 .25 2 "
            "| 1 1 1 .75 .25 | 1 .75 .25 2"),
    Pattern("son clave", "4/4", "1.5 1.5 1 | -1 1 2 | 1.5 1.5 1 | -1 1 2"),
    Pattern("boogie", "4/4", ".5 .5 .5 .5 .5 .5 .5 .5 | .5 .5 .5 .5 .5 .5 .5 .5 "
            "| .5 .5 .5 .5 .5 .5 .5 .5 | 1 .5 .5 2", swing=0.66),
    Pattern("a march with triplets", "4/4", "1 .333 .333 .334 1 .333 .333 .334 | 1 1 2 "
            "| 1 .333 .333 .334 1 .333 .333 .334 | 1 1 2"),
    Pattern("Happy Birthday", "3/4", "1 1 1 | 2 .75 .25 | 1 1 1 | 2 .75 .25 | 1 1 1 | 1 1 .75 .25 "
            "| 1 1 1 | 2", upbeat=".75 .25"),
    Pattern("Amazing Grace", "3/4", "2 .5 .5 | 2 1 | 2 1 | 2 1 | 2 .5 .5 | 2 1 | 3 | 2",
            upbeat="1"),
    Pattern("Row, Row, Row", "6/8", "1.5 1.5 | 1 .5 1.5 | 1 .5 1 .5 | 3 "
            "| .5 .5 .5 .5 .5 .5 | .5 .5 .5 .5 .5 .5 | 1 .5 1 .5 | 3"),
    Pattern("Silent Night", "6/8", ".75 .25 .5 1.5 | .75 .25 .5 1.5 | 1 .5 1.5 | 1 .5 1.5"),
    Pattern("Greensleeves", "6/8", "1 .5 .75 .25 .5 | 1 .5 .75 .25 .5 | 1 .5 .75 .25 .5 | 1 .5 1",
            upbeat=".5"),
    Pattern("The Butterfly", "9/8", "1 .5 1 .5 1.5 | 1 .5 1 .5 .5 .5 .5 | 1 .5 1 .5 1.5 "
            "| 1 .5 1 .5 .5 .5 .5"),
    Pattern("five, 3 + 3 + 4", "5/4", "1.5 1.5 1 1 | 1.5 1.5 1 1 | 1.5 1.5 1 1 | 1.5 3.5"),
    Pattern("lesnoto", "7/8", "1.5 1 1 | 1.5 1 1 | .5 .5 .5 1 1 | 1.5 2"),
)  # fmt: skip


@dataclass(frozen=True)
class Performance:
    """A pattern as played, and what is true of it: quarter note and a bar line, s, and key."""

    notes: list[TimedNote]
    meter: str
    quarter: float
    bar_line: float
    tonic: int

    @property
    def bar(self) -> float:
        """Length of a bar, s."""
        return self.quarter * Meter.parse(self.meter).bar_beats


@dataclass(frozen=True)
class Belief:
    """What a tracker says: quarter note, meter, and some bar line, s."""

    quarter: float
    meter: str
    bar_line: float


Tracker = Callable[[list[TimedNote]], Belief]


def play(pattern: Pattern, tempo: float, seed: int) -> Performance:
    """Play a pattern at a tempo with the noise of a seed."""
    generator = np.random.default_rng([seed, round(tempo)])
    meter = Meter.parse(pattern.meter)
    quarter = 60 / tempo / pattern.tactus
    upbeat = [float(word) for word in pattern.upbeat.split()]
    durations = upbeat + [float(word) for word in pattern.bars.replace("|", " ").split()]
    beat, notes, tonic, degree = -sum(upbeat), [], int(generator.integers(60, 72)), 0
    bar_line = START_S + sum(upbeat) * quarter
    for duration in durations:
        if duration > 0:
            whole, share = divmod(beat + 1e-3, 1.0)
            swung = whole + pattern.swing if abs(share - 0.5) < 0.01 else beat
            onset = bar_line + swung * quarter + generator.normal(0, pattern.jitter)
            held = duration * quarter * generator.uniform(0.7, 0.98)
            velocity = _accented(beat, meter, pattern.tactus) + generator.normal(0, VELOCITY_SPREAD)
            degree = int(np.clip(degree + generator.integers(-2, 3), -4, 8))
            pitch = tonic + 12 * (degree // 7) + MAJOR_SCALE[degree % 7]
            start = round(onset * 1e9)
            notes.append(
                TimedNote(pitch, int(np.clip(velocity, 1, 127)), start, start + round(held * 1e9))
            )
        beat += abs(duration)
    return Performance(notes, pattern.meter, quarter, bar_line, tonic)


def _accented(beat: float, meter: Meter, tactus: float) -> float:
    """Mean velocity at a place of the bar."""
    place = (beat + 1e-2) % meter.bar_beats
    if place < 0.05:
        return 86.0
    return 80.0 if place % tactus < 0.05 else 75.0


@dataclass
class Score:
    """Counts of what a tracker got right."""

    cases: int = 0
    tempo: int = 0
    octave: int = 0
    meter: int = 0
    downbeat: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def add(self, belief: Belief, truth: Performance) -> None:
        """Count one case."""
        ratio = belief.quarter / truth.quarter
        self.cases += 1
        self.tempo += abs(ratio - 1) < 0.04
        self.octave += any(abs(ratio / octave - 1) < 0.04 for octave in (0.5, 2, 1 / 3, 3))
        self.meter += belief.meter == truth.meter
        self.downbeat += is_bar_line(belief, truth)

    @property
    def row(self) -> str:
        """Percentages, as a row of a table."""
        counts = (self.tempo, self.octave, self.meter, self.downbeat)
        return " | ".join(f"{100 * count / self.cases:5.1f}" for count in counts)


def is_bar_line(belief: Belief, truth: Performance) -> bool:
    """Whether the first bar line predicted after the last onset is a true one."""
    last = truth.notes[-1].due / 1e9 + 0.1
    bar = belief.quarter * Meter.parse(belief.meter).bar_beats
    predicted = belief.bar_line + np.ceil((last - belief.bar_line) / bar) * bar
    offset = (predicted - truth.bar_line + truth.bar / 2) % truth.bar - truth.bar / 2
    return bool(abs(offset) < BAR_LINE_TOLERANCE_S)


def track_by_autocorrelation(notes: list[TimedNote]) -> Belief:
    """Baseline: the lag at which the onsets resemble themselves most, about 105 a minute."""
    step = 0.01
    onsets = np.array([note.due for note in notes]) / 1e9
    axis = np.arange(onsets[0] - 0.2, onsets[-1] + 0.2, step)
    pulses = np.exp(-0.5 * ((axis[:, None] - onsets) / 0.025) ** 2).sum(axis=1)
    similarity = np.correlate(pulses, pulses, "full")[len(pulses) - 1 :]
    similarity /= np.maximum(np.arange(len(pulses), 0, -1), len(pulses) / 4)  # of what overlaps
    lags = np.arange(len(similarity)) * step
    near = (lags > 60 / 200) & (lags < 60 / 45)
    weight = np.exp(-0.5 * (np.log2(np.maximum(lags, step) / (60 / 105)) / 0.5) ** 2)
    beat = float(lags[near][np.argmax((similarity * weight)[near])])
    bars = {
        count: similarity[min(round(count * beat / step), len(lags) - 1)] for count in (2, 3, 4)
    }
    best = max(bars, key=lambda count: float(bars[count]))
    return Belief(beat, f"{best}/4", float(onsets[0]))


def track_by_gaps(notes: list[TimedNote]) -> Belief:
    """Baseline: the tracker of revision 546c81a, whose every phrase is 4/4 from its first note."""
    onsets = [note.due for note in notes]
    candidates, period = np.geomspace(60 / 170, 60 / 55, 96), 0.6
    for count in range(2, len(onsets) + 1):
        gaps = np.diff(onsets[max(0, count - 24) : count]) / 1e9
        gaps = gaps[(gaps > 0.07) & (gaps <= 3.0)]
        if len(gaps) < 2:
            continue
        new_cost, new = _best_of_gaps(gaps, candidates)
        cost, near = _best_of_gaps(gaps, period * np.linspace(0.96, 1.04, 17))
        period = near
        if new_cost < cost - 0.6 / len(gaps) or len(gaps) == 2:
            period = _best_of_gaps(gaps, new * np.linspace(0.98, 1.02, 17))[1]
    return Belief(period, "4/4", onsets[0] / 1e9)


def _best_of_gaps(gaps: NDArray[np.float64], periods: NDArray[np.float64]) -> tuple[float, float]:
    beats = gaps[None, :] / periods[:, None]
    costs = [
        0.5 * ((beats - np.maximum(1, np.round(beats * division)) / division) / 0.07) ** 2 + cost
        for division, cost in ((1, 0.0), (2, 0.5), (4, 2.5), (3, 2.5))
    ]
    misfit = (np.minimum(np.min(costs, axis=0), 6.0) + 0.5 * (beats > 1.5)).mean(axis=1)
    total = misfit + 0.5 * (np.log2(periods / (60 / 105)) / 0.5) ** 2 / min(len(gaps), 4)
    best = int(np.argmin(total))
    return float(total[best]), float(periods[best])


def track_by_inference(notes: list[TimedNote]) -> Belief:
    """The tracker of the instrument."""
    onsets = [note.due / NS_PER_S for note in notes]
    last = (notes[-1].end - notes[-1].due) / NS_PER_S
    rhythm = infer_rhythm(onsets, [note.velocity for note in notes], last)
    if rhythm is None:
        raise ValueError("too few notes for a rhythm")
    return Belief(rhythm.beat_s, str(rhythm.meter), rhythm.origin_s)


TRACKERS: dict[str, Tracker] = {
    "autocorrelation": track_by_autocorrelation,
    "gaps (546c81a)": track_by_gaps,
    "inference": track_by_inference,
}


def score_pattern(tracker: Tracker, pattern: Pattern) -> Score:
    """Score a tracker on all tempi and seeds of one pattern."""
    score = Score()
    for tempo in TEMPI_BPM:
        for seed in SEEDS:
            truth = play(pattern, tempo, seed)
            start = time.perf_counter()
            belief = tracker(truth.notes)
            score.milliseconds.append(1000 * (time.perf_counter() - start))
            score.add(belief, truth)
    return score


def sum_scores(scores: Iterable[Score]) -> Score:
    """All counts together."""
    total = Score()
    for score in scores:
        total.cases += score.cases
        total.tempo += score.tempo
        total.octave += score.octave
        total.meter += score.meter
        total.downbeat += score.downbeat
        total.milliseconds += score.milliseconds
    return total


def score_phrases(tracker: Tracker, corpora: list[Path], count: int) -> dict[str, Score]:
    """Score a tracker on the phrases of `rhythm_phrases.py` that judge, by kind."""
    from rhythm_phrases import make_phrases  # which needs this module

    scores: dict[str, Score] = {}
    for phrase in make_phrases(corpora, 1, count):
        score = scores.setdefault(phrase.kind, Score())
        start = time.perf_counter()
        belief = tracker(phrase.truth.notes)
        score.milliseconds.append(1000 * (time.perf_counter() - start))
        score.add(belief, phrase.truth)
    return scores


def main(
    choosing: Annotated[bool, typer.Option(help="Use the patterns for choosing.")] = False,
    songs: Annotated[bool, typer.Option(help="Use the songs, which report too.")] = False,
    corpus: Annotated[
        list[Path] | None, typer.Option(help="Use phrases of the tunes in these folders.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Phrases of each corpus and meter.")] = 60,
) -> None:
    """Print a row for each tracker, and one for each pattern of the last one."""
    patterns = CHOOSING if choosing else SONGS if songs else REPORTING
    typer.echo("| tracker | tempo % | octave % | meter % | downbeat % | ms, mean / worst |")
    typer.echo("|---|---|---|---|---|---|")
    for name, tracker in TRACKERS.items():
        if corpus:
            scores = list(score_phrases(tracker, corpus, count).items())
        else:
            scores = [(pattern.name, score_pattern(tracker, pattern)) for pattern in patterns]
        total = sum_scores(score for _, score in scores)
        spent = total.milliseconds
        typer.echo(f"| {name} | {total.row} | {np.mean(spent):.1f} / {max(spent):.1f} |")
    for kind, score in scores:
        typer.echo(f"| {name}: {kind} | {score.row} | |")


if __name__ == "__main__":
    typer.run(main)
