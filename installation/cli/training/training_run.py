"""A training of `hidden-state train` from its start to its files: model, state, card and curve."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.base.errors import INTERRUPTED_EXIT_STATUS
from installation.cli.base.interrupts import InterruptHandler
from installation.cli.training.curve import PlottingUnavailableError, draw_training_curve
from installation.cli.training.report import TrainingSummary, training_sentences
from installation.io.audio.instruments import InstrumentError, SynthUnavailable
from midi_data.atomic_files import write_text_atomically
from midi_data.midi_files import TuneFolder
from midi_data.recipes.corpora import CorpusError
from rnn.analysis.unit_probing import probe_units
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import Experiment, best_checkpoint, score_network
from rnn.training.fine_tuning import FineTuner, score_fold_baselines
from rnn.training.ranks import Ranks
from rnn.training.starts import Start
from rnn.training.trainer import DivergedError, Trainer, TrainingProgress

MAX_REPORT_INTERVAL_S = 30.0  # longest time between two reports, seconds
MIN_SAVING_INTERVAL_S = 10.0  # shortest one with a start: saving takes a second
BASELINE_LABELS = {"unigram": "unigram", "ngram": "8-gram", "cached": "8-gram + cache"}
SAMPLE_S = 10.0  # length of the sample, seconds

console = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass
class TrainingRun:
    """One training, and its files: the model, the training state, the card, the curve.

    Parameters
    ----------
    experiment : Experiment
    learner : Trainer or FineTuner
    loaded : TuneFolder
        The corpus, with what was left out of it.
    start : Start or None
        What the training starts from.
    output : Path
        The model file; the others lie beside it.
    card : ModelCard
        As it is before the training.
    """

    experiment: Experiment
    learner: Trainer | FineTuner
    loaded: TuneFolder
    start: Start | None
    output: Path
    card: ModelCard

    def __post_init__(self) -> None:
        learner = self.learner
        with console.status("counting baselines"):
            if isinstance(learner, FineTuner):
                self._baselines = score_fold_baselines(learner.folds, self.experiment.codec.outputs)
            else:
                self._baselines = self.experiment.score_baselines(self.experiment.validation)
        _print_scores("bits per note to beat, on tunes held out:", self._labelled_baselines())
        self._draws_curve = True

    def train(self, resume: bool, ranks: Ranks) -> None:
        """Train to the end or to Ctrl-C, and save all files."""
        resumable = isinstance(self.learner, Trainer)
        if resume:
            if not resumable:
                raise CorpusError("--resume continues a training from scratch: give no --from")
            self.learner.load(_state_path(self.output))
            console.print(f"going on from step {self.learner.training_state.step}")
        with InterruptHandler(self.learner) as interrupts:
            goes_on = ", --resume goes on from it" if resumable else ""
            console.print(f"training; Ctrl-C saves and stops; each report is saved{goes_on}")
            try:
                with ranks.end_together(DivergedError):
                    self.learner.run(self._report, _report_interval_s(self.learner))
            except DivergedError:
                self._save_outputs(final=True)
                raise
            self._save_state()
            self._save_outputs(final=True)
        if interrupts.interrupted:
            way = "with --resume" if resumable else f"with --from {shlex.quote(str(self.output))}"
            console.print(f"stopped; the same command {way} continues from here", soft_wrap=True)
            raise typer.Exit(INTERRUPTED_EXIT_STATUS)

    def _report(self, progress: TrainingProgress) -> None:
        speed = f"{progress.notes_per_second:,.0f} notes/s" if progress.notes_per_second else "end"
        console.print(
            f"{progress.seconds / 60:6.1f} min  epoch {progress.epoch:3d}  "
            f"train {progress.train_bits:.3f}  validation {progress.validation_bits:.3f}  "
            f"best {progress.best_bits:.3f}  {progress.seconds_left / 60:.1f} min left  {speed}",
            soft_wrap=True,
        )
        try:
            self._save_state()
            self._save_outputs(final=False)
        except OSError as error:  # a full disk may have room again by the next report
            console.print(f"not saved, training goes on: {error}", markup=False, soft_wrap=True)

    def _save_state(self) -> None:
        if isinstance(self.learner, Trainer):
            self.learner.save(_state_path(self.output))

    def _save_outputs(self, final: bool) -> None:
        """Save the best model so far with its card and curve; if `final`, score and probe it."""
        state = self.learner.training_state
        model = best_checkpoint(self.experiment, self.learner, self.card)
        scores = {"validation": state.best}
        if final:
            scores = score_network(self.experiment, model.network) | scores
            if model.codec.is_pitched:
                with console.status("probing the units"):
                    atlas = probe_units(model.network, model.codec, self.experiment.train_tunes)
                model = replace(model, atlas=atlas)
        card = replace(
            self.card, minutes=round(state.seconds / 60, 1), scores=scores, history=state.history
        )
        self._save_model(replace(model, card=card), final)
        page = card.to_markdown(model.network.sizes, model.codec.kind)
        write_text_atomically(self.output.with_suffix(".md"), page)
        self._draw_curve(card)
        if final:
            summary = replace(self._summary(card), sample=self._render_sample(model))
            for line in training_sentences(summary):
                console.print(line, markup=False, soft_wrap=True)

    def _render_sample(self, model: Checkpoint) -> Path | None:
        """Ten seconds of the network as a sound file; None where it cannot be made."""
        if not model.codec.is_pitched:
            return None
        from installation.film.film import render_sample

        path = self.output.with_suffix(".wav")
        try:
            with console.status("playing a sample"):
                render_sample(model, path, SAMPLE_S, self.card.seed)
        except (SynthUnavailable, InstrumentError, OSError) as error:
            console.print(f"no sample of its music: {error}", markup=False, soft_wrap=True)
            return None
        return path

    def _save_model(self, model: Checkpoint, final: bool) -> None:
        """Save the model; the final one in the folder for temporary files if need be."""
        try:
            save_checkpoint(self.output, model)
        except OSError as error:
            if not final:
                raise
            rescued = Path(tempfile.gettempdir()) / self.output.name
            save_checkpoint(rescued, model)
            raise OSError(f"{error}; the model is in {rescued}") from error

    def _summary(self, card: ModelCard) -> TrainingSummary:
        """What the closing sentences tell."""
        experiment, start, learner = self.experiment, self.start, self.learner
        learned = len(experiment.train) + len(experiment.validation)
        counts, start_bits = experiment.note_counts, 0.0
        if isinstance(learner, FineTuner) and len(learner.folds) > 1:
            judged, baselines = learned, self._baselines
            start_bits, bits = learner.start_bits, learner.training_state.best
        else:
            judged, bits = len(experiment.test), card.scores["test"]
            baselines = {name: card.scores[name] for name in ("ngram", "cached")}
            if start is not None:
                start_bits = score_tunes(start.model.network, experiment.test).bits_per_note
        notes = counts["train"] + counts["validation"]
        copies = experiment.removed_duplicates
        if sum(bool(tune.notes) for tune in self.loaded.tunes) - copies == 1:  # it is in all splits
            learned, notes, judged, baselines = 1, counts["train"], 0, {}
        return TrainingSummary(
            output=self.output,
            tunes=learned,
            notes=notes,
            details=kept_details(experiment),
            left_out=[(file.path.name, file.reason) for file in self.loaded.skipped],
            duplicates=copies,
            minutes=learner.training_state.seconds / 60,
            start="" if start is None else start.name,
            start_bits=start_bits,
            bits=bits,
            judged_tunes=judged,
            baselines=baselines,
        )

    def _labelled_baselines(self) -> dict[str, float]:
        return {label: self._baselines[name] for name, label in BASELINE_LABELS.items()}

    def _draw_curve(self, card: ModelCard) -> None:
        """Draw the curve if matplotlib is installed; if it is not, say so once."""
        if not self._draws_curve:
            return
        try:
            path = self.output.with_suffix(".png")
            draw_training_curve(path, card.history, card.title, self._labelled_baselines())
        except PlottingUnavailableError as error:
            self._draws_curve = False
            line = f"no picture of the training curve: {error}"
            console.print(line, markup=False, soft_wrap=True)


def kept_details(experiment: Experiment) -> str:
    """What the codec keeps of a note beside pitch and length, in words."""
    codec = experiment.codec
    return str(codec.details or "") if isinstance(codec, NoteCodec) else ""


def follow_training(learner: Trainer | FineTuner, output: Path, resume: bool) -> None:
    """Train beside rank 0, which reports and writes the files."""
    if resume and isinstance(learner, Trainer):
        learner.load(_state_path(output))
    learner.run(lambda progress: None, _report_interval_s(learner))


def _state_path(output: Path) -> Path:
    """The file from which a training is resumed."""
    return output.with_name(f"{output.name}.training")


def _report_interval_s(learner: Trainer | FineTuner) -> float:
    """Time between two reports, seconds."""
    settings = learner.settings
    interval = MAX_REPORT_INTERVAL_S if settings.steps else settings.minutes * 60 / 20
    least_s = MIN_SAVING_INTERVAL_S if isinstance(learner, FineTuner) else 0.0
    return min(MAX_REPORT_INTERVAL_S, max(least_s, interval))


def _print_scores(title: str, scores: Mapping[str, float]) -> None:
    table = Table(*scores, box=None)
    table.add_row(*(f"{bits:.3f}" for bits in scores.values()))
    console.print(title, soft_wrap=True)
    console.print(table)
