"""Fine-tuning table: bits per note of a corpus's test tunes after learning a few of its tunes.

    mpiexec -n 2 python benchmarks/fine_tuning.py fife --start irish --tunes 20 100 400 --draws 3

The corpus keeps its own split. Each draw takes some of its training tunes; nothing else is seen,
and the training validates on tunes of the draw that it holds out. `--start none` trains from
scratch for the same time. Baselines are counted on the draw. With `--rows FILE` rows are kept, and
those that it holds are not measured again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from rnn.codecs.codec import Codec
from rnn.model.checkpoint import load_checkpoint
from rnn.model.network import Network
from rnn.styles import start_paths
from rnn.training.baselines import CachedNGramModel, NGramModel
from rnn.training.dataset import EncodedTune
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import prepare_experiment
from rnn.training.fine_tuning import FineTuner, FineTuningSettings, split_folds
from rnn.training.ranks import Ranks, join_ranks
from rnn.training.settings import TrainingSettings
from rnn.training.starts import fit_start
from rnn.training.trainer import Trainer

DEFAULT_MINUTES = {20: 0.45, 100: 1.9, 400: 1.9}
"""Time for a number of tunes: what is left of 30 s and two minutes for fitting the sharpness."""

Tunes = list[EncodedTune]


def main() -> None:
    """Print the table as Markdown, a row a draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    parser.add_argument("--start", nargs="+", default=["irish"], help="styles, or none")
    parser.add_argument("--tunes", nargs="+", type=int, default=[20, 100, 400])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--minutes", type=float, help="longest training; 0.45 or 1.9 by default")
    parser.add_argument("--processor-time", action="store_true", help="on a machine that is shared")
    parser.add_argument("--rows", type=Path, default=Path("/dev/null"), help="file of rows to keep")
    given = parser.parse_args()
    if given.processor_time:
        time.monotonic = time.process_time
    ranks = join_ranks()
    known = given.rows.read_text() if given.rows.exists() else ""

    def say(row: str) -> None:
        if ranks.index == 0:
            sys.stdout.write(row + "\n")
            sys.stdout.flush()
            with given.rows.open("a") as file:
                file.write(row + "\n")

    loaded = load_corpus(given.corpus, given.folder).tunes
    if not known:
        say("| start | tunes | draw | seconds | held out | test | 8-gram | with cache |")
        say("|---|---|---|---|---|---|---|---|")
    for name in given.start:
        model = None
        if name != "none":
            path = start_paths().get(name, Path(name))
            model = fit_start(load_checkpoint(path), loaded)
        whole = prepare_experiment(loaded, codec=None if model is None else model.codec)
        if model is not None and f"| {name} | 0 |" not in known:
            untouched = score_tunes(model.network, whole.test).bits_per_note
            say(f"| {name} | 0 | | 0 | | {untouched:.3f} | | |")
        for count in given.tunes:
            minutes = given.minutes or DEFAULT_MINUTES.get(count, 1.9)
            for draw in range(given.draws):
                if f"| {name} | {count} | {draw} |" in known:
                    continue
                order = list(range(len(whole.train)))
                random.Random(draw).shuffle(order)
                tunes = [whole.train[k] for k in order[:count]]
                began = time.monotonic()
                if model is None:
                    network, held = _from_scratch(whole.codec, tunes, minutes, ranks)
                else:
                    settings = FineTuningSettings(minutes=minutes)
                    tuner = FineTuner(model.network, whole.codec, tunes, settings, ranks)
                    tuner.run(lambda progress: None)
                    network = Network(model.network.sizes, tuner.best_parameters)
                    held = tuner.training_state.best
                seconds = time.monotonic() - began
                test = score_tunes(network, whole.test).bits_per_note
                ngram, cached = _baselines(tunes, whole.test, whole.codec.outputs)
                say(
                    f"| {name} | {count} | {draw} | {seconds:.0f} | {held:.3f} | {test:.3f} "
                    f"| {ngram:.3f} | {cached:.3f} |"
                )


def _from_scratch(
    codec: Codec, tunes: Tunes, minutes: float, ranks: Ranks
) -> tuple[Network, float]:
    """Train a new network, one part of the tunes held out."""
    train, held_out = split_folds(tunes)[0]
    trainer = Trainer(codec, train, held_out, TrainingSettings(minutes=minutes), ranks)
    trainer.run(lambda progress: None, every=minutes * 3)
    return Network(trainer.network.sizes, trainer.best_parameters), trainer.training_state.best


def _baselines(tunes: Tunes, test: Tunes, outputs: int) -> tuple[float, float]:
    """Bits per note of the 8-gram, without and with a cache fitted on tunes held out."""
    train, held_out = split_folds(tunes)[0]
    ngram = NGramModel(train, [*held_out, *test], outputs)
    cached = CachedNGramModel(ngram, held_out)
    return ngram.score(test).bits_per_note, cached.score(test).bits_per_note


if __name__ == "__main__":
    main()
