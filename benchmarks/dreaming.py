"""Activations reached by activation maximisation, by random music and by the corpus; slice times.

    python benchmarks/dreaming.py [STYLE ...] [--cells 12] [--corpus FOLDER]

Strengths are hidden states, -1..1, times the polarity of the unit. Times are processor time of
this process, and depend on the machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from midi_data.midi_files import read_tunes
from rnn import styles
from rnn.analysis.activation_maximisation import random_melody, with_random_pitches
from rnn.analysis.trace import run_all_slices, trace_tune
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import MELODY_NOTE_COUNT, ProbedNetwork

RANDOM_TUNES = 100
"""Random tunes."""
CORPUS_TUNES, CORPUS_NOTES = 20, 160
"""Tunes of the corpus, and notes of each."""


def main() -> None:
    """Measure, and print lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("styles", nargs="*", default=styles.style_names())
    parser.add_argument("--cells", type=int, default=12)
    parser.add_argument("--corpus", type=Path, help="a folder of .mid files to compare with")
    given = parser.parse_args()
    for style in given.styles:
        subject = ProbedNetwork.from_checkpoint(load_checkpoint(styles.style_path(style)))
        if subject is None:
            sys.stdout.write(f"{style}: its units cannot be probed\n")
            continue
        for line in _measure(subject, given.cells, given.corpus):
            sys.stdout.write(f"{style}: {line}\n")
            sys.stdout.flush()


def _measure(subject: ProbedNetwork, cells: int, corpus: Path | None) -> list[str]:
    places = np.linspace(0, subject.layers * subject.units - 1, cells).astype(int)
    chosen = [(int(k) // subject.units, int(k) % subject.units) for k in places]
    corpus_states = None if corpus is None else _read(subject, corpus)
    strengths, contexts, random, common = [], [], [], []
    slices, whole, kept = [], [], []
    random_states = _drawn(subject, chosen[0])
    for layer, unit in chosen:
        found = run_all_slices(subject.replay_strongest_context(layer, unit))
        maximiser = subject.start_maximisation(layer, unit, found)
        begun = time.process_time()
        while True:
            before = time.process_time()
            goes_on = maximiser.step()
            slices.append(1000 * (time.process_time() - before))
            if not goes_on:
                break
        whole.append(time.process_time() - begun)
        kept.append(maximiser.edits_kept)
        polarity = subject.polarity(layer, unit)
        strengths.append(maximiser.activation)
        contexts.append(polarity * float(found.unit_activations(layer, unit)[-1]))
        random.append(float(np.percentile(polarity * random_states[:, layer, unit], 99)))
        if corpus_states is not None:
            common.append(float(np.percentile(polarity * corpus_states[:, layer, unit], 99)))
    reached = np.array(strengths)
    lines = [
        f"{cells} units, maximised {_spread(reached)}, 99th percentile of random music"
        f" {_spread(random)}, exceeded by {_share(reached > random)}",
        f"strongest contexts of the corpus {_spread(contexts)},"
        f" reached by {_share(reached > np.array(contexts) - 0.05)}",
        f"a maximisation takes {np.median(whole):.2f} s, {np.median(kept):.0f} edits kept; a slice"
        f" {np.median(slices):.1f} ms, 99th percentile {np.percentile(slices, 99):.1f},"
        f" longest {max(slices):.1f}",
    ]
    if common:
        exceeded = _share(reached > np.array(common))
        lines.append(f"99th percentile of the corpus {_spread(common)}, exceeded by {exceeded}")
    return lines


def _drawn(subject: ProbedNetwork, cell: tuple[int, int]) -> np.ndarray:
    """Hidden states at the end of random tunes, shape (tunes, layers, units)."""
    generator = np.random.default_rng(1)
    found = run_all_slices(subject.replay_strongest_context(*cell))
    chords = found is not None and subject.codec.settings().get("voices")
    states = []
    for _ in range(RANDOM_TUNES):
        tune = random_melody(
            generator, subject.meter, MELODY_NOTE_COUNT, subject.pitches, subject.lengths
        )
        if chords:
            tune = with_random_pitches(generator, found.tune, subject.pitches)
        states.append(trace_tune(subject.network, subject.codec, tune).h[-1])
    return np.stack(states)


def _read(subject: ProbedNetwork, folder: Path) -> np.ndarray:
    """Hidden states after each note of some tunes of a corpus, shape (notes, layers, units)."""
    paths = sorted(folder.rglob("*.mid"))
    states = []
    for path in paths[:: max(1, len(paths) // CORPUS_TUNES)][:CORPUS_TUNES]:
        for tune in read_tunes(path):
            fitted = subject.codec.fit_tune(tune)
            start = type(fitted)(fitted.notes[:CORPUS_NOTES], fitted.meter)
            trace = trace_tune(subject.network, subject.codec, start)
            states.append(trace.h[list(trace.note_end_steps)])
    return np.concatenate(states)


def _spread(values: np.ndarray | list[float]) -> str:
    low, middle, high = np.percentile(values, (25, 50, 75))
    return f"{middle:.2f} ({low:.2f}..{high:.2f})"


def _share(which: np.ndarray) -> str:
    return f"{int(np.sum(which))} of {len(which)}"


if __name__ == "__main__":
    main()
