"""Processor time of a note of one, two or three blended styles.

    python benchmarks/blending.py MODEL [MODEL ...] [--notes 200] [--rounds 5] [--json]

The numbers of styles take turns in one run; the time is that of the composing thread alone, so
that other load has little effect. Ratios are to one style, with their spread over the turns. All
weight is on the first style, so that all write the same notes; every network is stepped. "hear" is
the time of a key struck, in twelve transpositions; "write" that of the next note in one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from midi_data.notes import Note, Tune
from rnn.generation.composer import Composer
from rnn.generation.ensemble import EnsembleImproviser
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import load_checkpoint
from rnn.model.sampling_params import SamplingParams

OPENING = Tune(tuple(Note(60 + step, k / 2, 0.5) for k, step in enumerate((0, 2, 4, 5, 7, 4, 2))))
PLAYED_PITCHES = (67, 69, 71, 72, 74, 71, 67, 64)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs="+", help="of one vocabulary and one size")
    parser.add_argument("--notes", type=int, default=200, help="notes composed a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measure(given.models, given.notes, given.rounds)
    if given.json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


def measure(models: Sequence[Path], notes: int, rounds: int) -> list[dict[str, object]]:
    """For each number of styles: processor time a note, ms, and its ratio to one style."""
    checkpoints = [load_checkpoint(path) for path in models]
    composers: list[Composer] = [Improviser(checkpoints[0])]
    for count in range(2, len(models) + 1):
        composers.append(EnsembleImproviser(checkpoints[:count], [1.0] + [0.0] * (count - 1)))
    writing = np.empty((rounds, len(composers)))
    hearing = np.empty((rounds, len(composers)))
    for turn in range(rounds):
        for place, composer in enumerate(composers):
            writing[turn, place] = write(composer, notes, turn)
            hearing[turn, place] = hear(composer)
    return [
        {
            "styles": place + 1,
            "write_ms": _spread(writing[:, place]),
            "write_to_one": _spread(writing[:, place] / writing[:, 0]),
            "hear_ms": _spread(hearing[:, place]),
            "hear_to_one": _spread(hearing[:, place] / hearing[:, 0]),
        }
        for place in range(len(composers))
    ]


def write(composer: Composer, notes: int, seed: int) -> float:
    """Mean processor time to compose a note, ms."""
    composer.restart_with_phrase(OPENING)
    generator, params = np.random.default_rng(seed), SamplingParams()
    composer.compose_note(generator, params)
    start = time.thread_time_ns()
    for _ in range(notes):
        composer.compose_note(generator, params)
    return (time.thread_time_ns() - start) / 1e6 / notes


def hear(composer: Composer) -> float:
    """Mean processor time to process a key, ms."""
    composer.begin_tune()
    start = time.thread_time_ns()
    for place, pitch in enumerate(PLAYED_PITCHES):
        composer.strike(pitch, place * 0.5)
        composer.release(pitch, place * 0.5 + 0.45)
    return (time.thread_time_ns() - start) / 1e6 / len(PLAYED_PITCHES)


def _spread(values: np.ndarray) -> list[float]:
    """Median, lowest, highest."""
    return [round(float(value), 2) for value in (np.median(values), values.min(), values.max())]


if __name__ == "__main__":
    main()
