"""A style that starts from the network of another style, validated on its own validation tunes.

    python benchmarks/second_style.py fife -o fife.safetensors --start irish.safetensors

`hidden-state train --from` holds out one of ten tunes; here all training tunes of a built corpus
are learned, and its validation tunes decide which weights are kept. `--minutes` are processor time.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus, recipe_named
from rnn.analysis.unit_probing import probe_units
from rnn.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.training.experiment import Experiment, best_checkpoint, prepare_experiment, score_network
from rnn.training.fine_tuning import FineTuner, FineTuningSettings
from rnn.training.starts import fit_start
from rnn.training.trainer import TrainingProgress

REPORT_INTERVAL_S = 20.0


def main() -> None:
    """Train, saving the best weights at each report; score and probe them in the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True, help="model file of another style")
    parser.add_argument("--minutes", type=float, default=17.0)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--title", default="")
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    given = parser.parse_args()
    time.monotonic = time.process_time  # the machine may be shared
    tunes = load_corpus(given.corpus, given.folder).tunes
    start = fit_start(load_checkpoint(given.start), tunes)
    whole = prepare_experiment(tunes, codec=start.codec)
    settings = FineTuningSettings(minutes=given.minutes, dropout=given.dropout)
    tuner = FineTuner(start.network, start.codec, whole.train, settings, held_out=whole.validation)

    def report(progress: TrainingProgress) -> None:
        _say(
            f"{progress.seconds:.0f} s, step {progress.step}: train {progress.train_bits:.3f}, "
            f"validation {progress.validation_bits:.4f}, best {progress.best_bits:.4f}"
        )
        save_checkpoint(given.output, best_checkpoint(whole, tuner, _card(given, whole, tuner)))

    tuner.run(report, every=REPORT_INTERVAL_S)
    model = best_checkpoint(whole, tuner, _card(given, whole, tuner))
    model.card.scores.update(score_network(whole, model.network))
    atlas = probe_units(model.network, model.codec, whole.train_tunes)
    save_checkpoint(
        given.output, Checkpoint(model.network, model.codec, model.card, model.preference, atlas)
    )


def _card(given: argparse.Namespace, whole: Experiment, tuner: FineTuner) -> ModelCard:
    recipe = recipe_named(given.corpus)
    return ModelCard(
        style=given.output.name.split(".")[0],
        title=given.title or given.corpus.capitalize(),
        command=f"python benchmarks/second_style.py {given.corpus} -o {given.output.name} "
        f"--start {given.start.name} --minutes {given.minutes:g}",
        seed=tuner.settings.seed,
        minutes=round(tuner.training_state.seconds / 60, 1),
        corpus=given.corpus,
        source=recipe.source,
        terms=recipe.terms,
        tunes=whole.tune_counts,
        notes=whole.note_counts,
        meter=whole.meter,
        meters=whole.meters,
        tempo=whole.tempo,
        history=tuner.training_state.history,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
