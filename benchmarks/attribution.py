"""Time to attribute a note, and to compose it.

    python benchmarks/attribution.py MODEL [--notes 300] [--json]

Composes notes, and attributes each to the 32 notes before it, as a performance does. With
`--beside`, a second thread composes at the same time.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from midi_data.notes import Note, Tune
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import load_checkpoint
from rnn.model.sampling_params import SamplingParams

OPENING = Tune(tuple(Note(60 + step, k / 2, 0.5) for k, step in enumerate((0, 2, 4, 5, 7, 4, 2))))


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--notes", type=int, default=300)
    parser.add_argument("--beside", action="store_true", help="compose in a second thread")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    over = threading.Event()
    rival = threading.Thread(target=_play, args=(given.model, over))
    if given.beside:
        rival.start()
    found = measure(given.model, given.notes) | {"beside": given.beside}
    over.set()
    if given.beside:
        rival.join()
    if given.json:
        line = json.dumps(found)
    else:
        line = "  ".join(f"{name} {value}" for name, value in found.items())
    sys.stdout.write(line + "\n")


def measure(model: Path, notes: int) -> dict[str, float]:
    """Times to compose a note and to attribute it, ms, as percentiles."""
    composer = Improviser(load_checkpoint(model))
    composer.restart_with_phrase(OPENING)
    generator = np.random.default_rng(1)
    composing, explaining, working = [], [], []
    for _ in range(notes):
        start = time.perf_counter_ns()
        composer.compose_note(generator, SamplingParams())
        middle, worked = time.perf_counter_ns(), time.thread_time_ns()
        composer.explain_last_note()
        working.append(time.thread_time_ns() - worked)
        explaining.append(time.perf_counter_ns() - middle)
        composing.append(middle - start)
    # the first notes have fewer than 32 before them
    explaining, composing, working = explaining[40:], composing[40:], working[40:]

    def ms(values: list[int], share: float) -> float:
        return round(float(np.percentile(values, share)) / 1e6, 3)

    return {
        "explain_ms_p10": ms(explaining, 10),
        "explain_ms_p50": ms(explaining, 50),
        "explain_ms_p95": ms(explaining, 95),
        "explain_cpu_ms_p50": ms(working, 50),  # processor time of this thread
        "compose_ms_p50": ms(composing, 50),
        "compose_ms_p95": ms(composing, 95),
        "explain_per_compose": round(float(np.median(explaining) / np.median(composing)), 2),
    }


def _play(model: Path, over: threading.Event) -> None:
    """Compose 20 notes a second, far more than a performance does."""
    composer = Improviser(load_checkpoint(model))
    composer.restart_with_phrase(OPENING)
    generator = np.random.default_rng(2)
    while not over.wait(0.05):
        composer.compose_note(generator, SamplingParams())


if __name__ == "__main__":
    main()
