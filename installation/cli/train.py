"""`hidden-state train`: train a model on a corpus or a folder of MIDI files."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.errors import INTERRUPTED_EXIT_STATUS, exit_on_error
from installation.cli.interrupts import InterruptHandler
from installation.cli.options import CorporaFolderOption
from installation.cli.training_curve import PlottingUnavailableError, draw_training_curve
from midi_data.atomic_files import write_text_atomically
from midi_data.recipes.corpora import (
    DEFAULT_CORPORA_FOLDER,
    CorpusError,
    load_corpus,
    read_manifest,
)
from rnn.analysis.unit_probing import probe_units
from rnn.model.checkpoint import CheckpointError, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.training.data_parallel import GradientWorkerError
from rnn.training.experiment import Experiment, best_checkpoint, prepare_experiment, score_network
from rnn.training.settings import TrainingSettings
from rnn.training.trainer import DivergedError, Trainer, TrainingProgress

MAX_REPORT_INTERVAL_S = 30.0  # longest time between two reports, seconds

console = Console(stderr=True, highlight=False)


def train(
    corpus: Annotated[str, typer.Argument(help="A built corpus by name, or a folder of .mid.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Model file to write.")],
    minutes: Annotated[float, typer.Option(min=0.01, help="Training time.")] = 20.0,
    steps: Annotated[int, typer.Option(min=0, help="Updates to train for, not minutes.")] = 0,
    hidden: Annotated[int, typer.Option(min=1, max=2048, help="Units in a layer.")] = 256,
    layers: Annotated[int, typer.Option(min=1, max=8, help="Layers.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same steps: same weights.")] = 1,
    dropout: Annotated[float, typer.Option(min=0, max=0.9, help="Share dropped.")] = 0.2,
    crews: Annotated[
        int, typer.Option(min=1, max=64, help="Processes to share the work; part of the seed.")
    ] = 2,
    resume: Annotated[bool, typer.Option(help="Continue the last run.")] = False,
    title: Annotated[str, typer.Option(help="Name of the style, for people.")] = "",
    codec: Annotated[
        str, typer.Option(help="notes, or characters (a melody as ABC text).")
    ] = "notes",
    folder: CorporaFolderOption = DEFAULT_CORPORA_FOLDER,
) -> None:
    """Train a network on a corpus, and keep the weights that predict unseen tunes best."""
    with exit_on_error(
        CorpusError,
        CheckpointError,
        DivergedError,
        GradientWorkerError,
        ValueError,
        OSError,
        MemoryError,
    ):
        if output.is_dir():
            raise IsADirectoryError(f"{output}: a file is wanted, not a folder")
        settings = TrainingSettings(
            seed=seed,
            minutes=minutes,
            steps=steps,
            units=hidden,
            layers=layers,
            dropout=dropout,
            crews=crews,
        )
        experiment = _prepare(corpus, folder, codec)
        card = _card(corpus, folder, experiment, settings, output, title)
        _TrainingRun(experiment, settings, output, card).train(resume)


def _prepare(corpus: str, folder: Path, codec: str) -> Experiment:
    """Load, split and encode a corpus, and print its size."""
    loaded = load_corpus(corpus, folder)
    for line in loaded.report():
        console.print(line, markup=False, soft_wrap=True)
    with console.status("encoding"):
        experiment = prepare_experiment(loaded.tunes, codec)
    table = Table("", "train", "validation", "test", box=None)
    for name, counts in (("tunes", experiment.tune_counts), ("notes", experiment.note_counts)):
        table.add_row(name, *(f"{count:,}" for count in counts.values()))
    console.print(table)
    if experiment.removed_duplicates:
        console.print(f"{experiment.removed_duplicates} duplicates removed")
    return experiment


def _card(
    corpus: str,
    folder: Path,
    experiment: Experiment,
    settings: TrainingSettings,
    output: Path,
    title: str,
) -> ModelCard:
    """The card of the model before its training."""
    manifest = read_manifest(folder / corpus) or read_manifest(Path(corpus))
    style = output.name.split(".")[0]
    words = [word for word in sys.argv[1:] if word != "--resume"]
    return ModelCard(
        style=style,
        title=title or (style if manifest is None else style.capitalize()),
        command=f"hidden-state {shlex.join(words)}",
        seed=settings.seed,
        corpus=Path(corpus).name,
        source="a folder of MIDI files" if manifest is None else manifest.source,
        terms="" if manifest is None else manifest.terms,
        tunes=experiment.tune_counts,
        notes=experiment.note_counts,
        meter=experiment.meter,
        tempo=experiment.tempo,
    )


class _TrainingRun:
    """One training, and its files: the model, the training state, the card, the curve."""

    def __init__(
        self, experiment: Experiment, settings: TrainingSettings, output: Path, card: ModelCard
    ) -> None:
        self._experiment, self._output, self._card = experiment, output, card
        self._state_path = output.with_name(f"{output.name}.training")
        with console.status("counting baselines"):
            self._baselines = experiment.score_baselines(experiment.validation)
        _print_scores("bits per note to beat, on the validation tunes:", self._baselines)
        self._trainer = Trainer(experiment.codec, experiment.train, experiment.validation, settings)
        interval = MAX_REPORT_INTERVAL_S if settings.steps else settings.minutes * 60 / 20
        self._report_interval_s = min(MAX_REPORT_INTERVAL_S, interval)
        self._draws_curve = True

    def train(self, resume: bool) -> None:
        """Train to the end or to Ctrl-C, and save all files."""
        if resume:
            self._trainer.load(self._state_path)
            console.print(f"going on from step {self._trainer.training_state.step}")
        with InterruptHandler(self._trainer) as interrupts:
            console.print("training; Ctrl-C saves and stops")
            try:
                self._trainer.run(self._report, self._report_interval_s)
            except DivergedError:
                self._save_outputs(final=True)
                raise
            self._trainer.save(self._state_path)
            self._save_outputs(final=True)
        if interrupts.interrupted:
            console.print("stopped; the same command with --resume continues from here")
            raise typer.Exit(INTERRUPTED_EXIT_STATUS)

    def _report(self, progress: TrainingProgress) -> None:
        console.print(
            f"{progress.seconds / 60:6.1f} min  epoch {progress.epoch:3d}  "
            f"train {progress.train_bits:.3f}  validation {progress.validation_bits:.3f}  "
            f"best {progress.best_bits:.3f}  {progress.notes_per_second:,.0f} notes/s  "
            f"{progress.seconds_left / 60:.1f} min left"
        )
        self._trainer.save(self._state_path)
        self._save_outputs(final=False)

    def _save_outputs(self, final: bool) -> None:
        """Save the best model so far with its card and curve; if `final`, score and probe it."""
        state = self._trainer.training_state
        model = best_checkpoint(self._experiment, self._trainer, self._card)
        scores = {"validation": state.best}
        if final:
            scores = score_network(self._experiment, model.network)
            with console.status("probing the units"):
                atlas = probe_units(model.network, model.codec, self._experiment.train_tunes)
            model = replace(model, atlas=atlas)
        card = replace(
            self._card, minutes=round(state.seconds / 60, 1), scores=scores, history=state.history
        )
        save_checkpoint(self._output, replace(model, card=card))
        page = card.to_markdown(model.network.sizes, model.codec.kind)
        write_text_atomically(self._output.with_suffix(".md"), page)
        self._draw_curve(card)
        if final:
            _print_scores(f"{self._output}: bits per note (baselines: on the test tunes):", scores)

    def _draw_curve(self, card: ModelCard) -> None:
        """Draw the curve if matplotlib is installed; if it is not, say so once."""
        if not self._draws_curve:
            return
        try:
            path = self._output.with_suffix(".png")
            draw_training_curve(path, card.history, card.title, self._baselines)
        except PlottingUnavailableError as error:
            self._draws_curve = False
            line = f"no picture of the training curve: {error}"
            console.print(line, markup=False, soft_wrap=True)


def _print_scores(title: str, scores: Mapping[str, float]) -> None:
    table = Table(*scores, box=None)
    table.add_row(*(f"{bits:.3f}" for bits in scores.values()))
    console.print(title, soft_wrap=True)
    console.print(table)
