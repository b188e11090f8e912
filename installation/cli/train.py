"""`hidden-state train`: from a corpus or a folder of MIDI files to a model."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.errors import exit_on_error
from installation.cli.interrupts import InterruptHandler
from installation.cli.training_curve import CurvePoint, draw_training_curve
from midi_data.atomic_files import write_text_atomically
from midi_data.corpora import DEFAULT_CORPORA_FOLDER, CorpusError, load_corpus, read_manifest
from rnn.analysis.unit_probing import probe_units
from rnn.model.checkpoint import CheckpointError, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.training.data_parallel import GradientWorkerError
from rnn.training.experiment import Experiment, best_checkpoint, prepare_experiment, score_network
from rnn.training.trainer import DivergedError, Trainer, TrainingProgress, TrainingSettings

console = Console(stderr=True)


def train(
    corpus: Annotated[str, typer.Argument(help="A built corpus by name, or a folder of .mid.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Model file to write.")],
    minutes: Annotated[float, typer.Option(min=0.01, help="How long to train.")] = 20.0,
    steps: Annotated[int, typer.Option(min=0, help="Updates to train for, not minutes.")] = 0,
    hidden: Annotated[int, typer.Option(min=1, max=2048, help="Cells in a layer.")] = 256,
    layers: Annotated[int, typer.Option(min=1, max=8, help="Layers.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same steps: same weights.")] = 1,
    dropout: Annotated[float, typer.Option(min=0, max=0.9, help="Share dropped.")] = 0.2,
    crews: Annotated[
        int, typer.Option(min=1, max=64, help="Processes to share the work; part of the seed.")
    ] = 2,
    resume: Annotated[bool, typer.Option(help="Go on from where the last run stopped.")] = False,
    title: Annotated[str, typer.Option(help="Name of the style, for people.")] = "",
    codec: Annotated[
        str, typer.Option(help="notes, or characters (a melody as ABC text).")
    ] = "notes",
    folder: Annotated[Path, typer.Option(help="Where built corpora are.")] = DEFAULT_CORPORA_FOLDER,
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
        study = _prepare_study(corpus, folder, codec)
        _TrainingRun(
            study, settings, output, _card(corpus, folder, study, settings, output, title)
        ).train(resume)


def _prepare_study(corpus: str, folder: Path, codec: str) -> Experiment:
    found = load_corpus(corpus, folder)
    for skipped in found.skipped:
        console.print(f"left out {skipped.path.name}: {skipped.reason}", highlight=False)
    with console.status("encoding"):
        study = prepare_experiment(found.tunes, codec)
    table = Table("", "train", "validation", "test", box=None)
    table.add_row("tunes", *(f"{count:,}" for count in study.tune_counts.values()))
    table.add_row("notes", *(f"{count:,}" for count in study.note_counts.values()))
    console.print(table)
    if study.removed_duplicates:
        console.print(f"{study.removed_duplicates} doubles removed")
    return study


def _card(
    corpus: str,
    folder: Path,
    study: Experiment,
    settings: TrainingSettings,
    output: Path,
    title: str,
) -> ModelCard:
    manifest = read_manifest(folder / corpus) or read_manifest(Path(corpus))
    style = output.name.split(".")[0]
    return ModelCard(
        style=style,
        title=title or (style if manifest is None else style.capitalize()),
        command=_training_command(sys.argv[1:]),
        seed=settings.seed,
        corpus=Path(corpus).name,
        source="a folder of MIDI files" if manifest is None else manifest.source,
        terms="" if manifest is None else manifest.terms,
        tunes=study.tune_counts,
        notes=study.note_counts,
        meter=study.meter,
        tempo=study.tempo,
    )


def _training_command(words: list[str]) -> str:
    """What trains it from the beginning, wherever this run began."""
    return "hidden-state " + shlex.join(word for word in words if word != "--resume")


class _TrainingRun:
    """One training, and the files it keeps: the model, its training state, its curve."""

    def __init__(
        self, study: Experiment, settings: TrainingSettings, output: Path, card: ModelCard
    ) -> None:
        self._study, self._output, self._card = study, output, card
        self._state_path = output.with_name(f"{output.name}.training")
        with console.status("counting baselines"):
            self._baselines = study.score_baselines(study.validation)
        named = ", ".join(f"{name} {bits:.3f}" for name, bits in self._baselines.items())
        console.print(f"bits per note on validation tunes to beat: {named}")
        self._trainer = Trainer(study.codec, study.train, study.validation, settings)
        self._report_interval_s = (
            min(30.0, settings.minutes * 60 / 20) if not settings.steps else 30.0
        )

    def train(self, resume: bool) -> None:
        """Train, keeping everything on the way."""
        if resume:
            self._trainer.load(self._state_path)
            console.print(f"going on from step {self._trainer.training_state.step}")
        with InterruptHandler(self._trainer.stop) as interrupts:
            try:
                self._trainer.run(self._report, self._report_interval_s)
            except DivergedError:
                self._save_outputs(final=True)
                raise
            self._trainer.save(self._state_path)
            self._save_outputs(final=True)
        if interrupts.interrupted:
            console.print("stopped; the same command with --resume goes on from here")
            raise typer.Exit(130)

    def _report(self, progress: TrainingProgress) -> None:
        console.print(
            f"{progress.seconds / 60:6.1f} min  epoch {progress.epoch:3d}  "
            f"train {progress.train_bits:.3f}  validation {progress.validation_bits:.3f}  "
            f"best {progress.best_bits:.3f}  {progress.notes_per_second:,.0f} notes/s  "
            f"{progress.seconds_left / 60:.1f} min left",
            highlight=False,
        )
        self._trainer.save(self._state_path)
        self._save_outputs(final=False)

    def _save_outputs(self, final: bool) -> None:
        trail = self._trainer.training_state
        model = best_checkpoint(self._study, self._trainer, self._card)
        known = score_network(self._study, model.network) if final else {"validation": trail.best}
        card = replace(
            self._card, minutes=round(trail.seconds / 60, 1), scores=known, history=trail.history
        )
        if final:
            with console.status("asking each unit what it likes"):
                atlas = probe_units(model.network, model.codec, self._study.train_tunes)
            model = replace(model, atlas=atlas)
        model = replace(model, card=card)
        save_checkpoint(self._output, model)
        write_text_atomically(
            self._output.with_suffix(".md"),
            model.card.to_markdown(model.network.sizes, model.codec.kind),
        )
        draw_training_curve(
            self._output.with_suffix(".png"),
            [CurvePoint(*row) for row in trail.history],
            card.title,
            self._baselines,
        )
        if final:
            named = ", ".join(f"{name} {bits:.3f}" for name, bits in known.items())
            console.print(f"{self._output}: bits per note: {named}", highlight=False)
