"""Learning curve of a recipe: validation bits per note against processor seconds, one core.

    OPENBLAS_NUM_THREADS=1 python benchmarks/recipe.py irish --steps 1470

1,470 steps of 16 lanes take about 120 processor seconds. Reports count too: about a second each.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from rnn.codecs.note_codec import NoteCodec
from rnn.model.network import Network
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import prepare_experiment
from rnn.training.settings import TrainingSettings
from rnn.training.trainer import Trainer, TrainingProgress


def main() -> None:
    """Train, and print a line a report and the test score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus of melodies by name, or a folder of .mid")
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    parser.add_argument("--steps", type=int, default=1470)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-match-echo", action="store_true")
    parser.add_argument("--last-layer", action="store_true", help="read the last layer only")
    given = parser.parse_args()
    codec = NoteCodec(match_echo=not given.no_match_echo)
    whole = prepare_experiment(load_corpus(given.corpus, given.folder).tunes, codec=codec)
    settings = TrainingSettings(
        seed=given.seed,
        steps=given.steps,
        lanes=given.lanes,
        length=given.length,
        dropout=given.dropout,
        sums_layers=not given.last_layer,
    )
    trainer = Trainer(codec, whole.train, whole.validation, settings)
    begun = time.process_time()

    def report(progress: TrainingProgress) -> None:
        used = time.process_time() - begun
        _say(f"step {progress.step}, {used:.0f} s: validation {progress.validation_bits:.4f}")

    trainer.run(report, every=60.0)
    best = Network(trainer.network.sizes, trainer.best_parameters)
    test = score_tunes(best, whole.test).bits_per_note
    _say(f"best {trainer.training_state.best:.4f}, test {test:.4f}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
