"""`hidden-state train`: train a model on a corpus or a folder of MIDI files."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.base.errors import INTERRUPTED_EXIT_STATUS, exit_on_error
from installation.cli.base.interrupts import InterruptHandler
from installation.cli.base.options import CorporaFolderOption
from installation.cli.training.curve import PlottingUnavailableError, draw_training_curve
from installation.cli.training.mpi_job import run_as_job, usual_processes
from installation.cli.training.report import TrainingSummary, training_sentences
from installation.cli.training.start import AUTO, NONE, find_start
from installation.io.audio.instruments import InstrumentError, SynthUnavailable
from midi_data.atomic_files import write_text_atomically
from midi_data.midi_files import TuneFolder
from midi_data.recipes.corpora import (
    DEFAULT_CORPORA_FOLDER,
    CorpusError,
    load_corpus,
    read_manifest,
)
from midi_data.recipes.drum_corpus import DRUM_CORPUS, load_drum_corpus
from midi_data.splits import TuneSplit
from rnn.analysis.unit_probing import probe_units
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import (
    Experiment,
    best_checkpoint,
    prepare_experiment,
    prepare_sharded_experiment,
    score_network,
)
from rnn.training.fine_tuning import FineTuner, FineTuningSettings, score_fold_baselines
from rnn.training.ranks import Ranks, RanksError, join_ranks
from rnn.training.settings import TrainingSettings
from rnn.training.shards import ShardError, is_shard_folder
from rnn.training.starts import Start, scratch_wins
from rnn.training.trainer import DivergedError, Trainer, TrainingProgress

MAX_REPORT_INTERVAL_S = 30.0  # longest time between two reports, seconds
MIN_SAVING_INTERVAL_S = 10.0  # shortest one with a start: saving takes a second
BASELINE_LABELS = {"unigram": "unigram", "ngram": "8-gram", "cached": "8-gram + cache"}
SAMPLE_S = 10.0  # length of the sample, seconds
DEFAULTS = TrainingSettings()
DRUM_SETTINGS = {"embedding": 64, "length": 128}  # a hit takes four tokens

console = Console(stderr=True, highlight=False, soft_wrap=True)


def train(
    corpus: Annotated[
        str, typer.Argument(help="A built corpus by name, a folder of .mid, or shards.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Model file to write.")],
    start: Annotated[
        str,
        typer.Option(
            "--from", help="A style or model file to start from; auto: what fits; or none."
        ),
    ] = AUTO,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Training time: by default 20, or at most 2 from a start."),
    ] = None,
    steps: Annotated[int, typer.Option(min=0, help="Updates to train for, not minutes.")] = 0,
    hidden: Annotated[
        int | None, typer.Option(min=1, max=2048, help="Units in a layer; 256 without a start.")
    ] = None,
    layers: Annotated[
        int | None, typer.Option(min=1, max=8, help="Layers; 2 without a start.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same steps: same weights.")] = 1,
    dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, help="Share dropped: 0.1, or 0.2 with a start."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes",
            "--crews",
            min=1,
            help="Processes that share the work by MPI; part of the seed. By default 2, if MPI is "
            "there.",
        ),
    ] = None,
    lanes: Annotated[
        int | None, typer.Option(min=1, help="Sequences in a batch, over all processes; 16.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Continue the last run, without a start.")] = False,
    title: Annotated[str, typer.Option(help="Name of the style, for people.")] = "",
    codec: Annotated[
        str | None,
        typer.Option(
            help="notes (the default), characters (a melody as ABC text), or drums (a drummer)."
        ),
    ] = None,
    folder: CorporaFolderOption = DEFAULT_CORPORA_FOLDER,
) -> None:
    """Train a network on a corpus, and keep the weights that predict unseen tunes best."""
    with contextlib.ExitStack() as stack:
        with exit_on_error(RanksError):
            ranks = join_ranks()
            if ranks.count == 1 and (wanted := processes or usual_processes()) > 1:
                run_as_job(wanted, sys.argv[1:])
        if ranks.index:  # rank 0 says it, and tells all when to stop
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            silence = stack.enter_context(Path(os.devnull).open("w"))
            stack.enter_context(contextlib.redirect_stderr(silence))
        stack.enter_context(exit_on_error(DivergedError, ValueError, OSError, MemoryError))
        if output.is_dir():
            raise IsADirectoryError(f"{output}: a file is wanted, not a folder")
        sharded = is_shard_folder(Path(corpus))
        if sharded and start not in (AUTO, NONE):
            raise ShardError("shards are learned from scratch: give no --from")
        split = None
        if codec == DrumCodec.kind:
            split = load_drum_corpus(folder / corpus if corpus == DRUM_CORPUS else Path(corpus))
            loaded, start = TuneFolder(split.train + split.validation + split.test), NONE
        else:
            loaded = TuneFolder() if sharded else load_corpus(corpus, folder)
        for line in loaded.report():
            console.print(line, markup=False, soft_wrap=True)
        asked = NONE if sharded or (resume and start == AUTO) else start
        settings = TrainingSettings(
            seed=seed,
            minutes=minutes or DEFAULTS.minutes,
            steps=steps,
            units=hidden or DEFAULTS.units,
            layers=layers or DEFAULTS.layers,
            dropout=DEFAULTS.dropout if dropout is None else dropout,
            lanes=lanes or DEFAULTS.lanes,
        )
        if split is not None:
            settings = replace(settings, layers=layers or 1, **DRUM_SETTINGS)
        with console.status("comparing starts"):
            begun = find_start(asked, loaded.tunes, Path(corpus).name, codec, hidden, layers)
        if sharded:
            with console.status("opening the shards"):
                experiment = prepare_sharded_experiment(Path(corpus))
        else:
            experiment = _prepare(loaded, codec or NoteCodec.kind, begun, split)
        kept = _kept_start(begun, asked, loaded, experiment)
        if kept is not begun:
            experiment = _prepare(loaded, codec or NoteCodec.kind, None, split)
        if details := _details(experiment):
            console.print(f"the files hold of each note also {details}: it is learned")
        card = _card(corpus, folder, experiment, settings, output, title)
        if kept is None:
            tunes = experiment.train, experiment.validation
            learner = Trainer(experiment.codec, *tunes, settings, ranks)
        else:
            learner = _fine_tuner(kept, experiment, settings, minutes, dropout, ranks)
        if ranks.index:
            with ranks.end_together(DivergedError):
                _follow(learner, output, resume)
            return
        _TrainingRun(experiment, learner, loaded, kept, output, card).train(resume, ranks)


def _prepare(
    loaded: TuneFolder, kind: str, start: Start | None, split: TuneSplit | None
) -> Experiment:
    """Split and encode a corpus, by the codec of the start if there is one."""
    with console.status("encoding"):
        own = None if start is None else start.model.codec
        return prepare_experiment(loaded.tunes, kind, own, split)


def _kept_start(
    start: Start | None,
    asked: str,
    loaded: TuneFolder,
    experiment: Experiment,
) -> Start | None:
    """The start, unless a new network will probably win and the choice is ours; says which."""
    if start is None:
        return None
    copies = experiment.removed_duplicates
    if sum(bool(tune.notes) for tune in loaded.tunes) - copies < 2:
        left_out = f" ({copies:,} copies of it left out)" if copies else ""
        raise CorpusError(
            f"one tune only{left_out}: with a start, a second one is needed to check with; "
            "--from none learns one by heart"
        )
    line = f"{start.name} predicts this music at {start.bits_per_note:.2f} bits a note"
    if asked == AUTO:
        ngram = experiment.score_baselines(experiment.validation)["ngram"]
        notes = experiment.note_counts["train"]
        if scratch_wins(start, ngram, notes):
            console.print(f"{line}, an 8-gram at {ngram:.2f}: starting from scratch")
            return None
    console.print(f"{line}: starting from it")
    return start


def _details(experiment: Experiment) -> str:
    """What the codec keeps of a note beside pitch and length, in words."""
    codec = experiment.codec
    return str(codec.details or "") if isinstance(codec, NoteCodec) else ""


def _fine_tuner(
    start: Start,
    experiment: Experiment,
    settings: TrainingSettings,
    minutes: float | None,
    dropout: float | None,
    ranks: Ranks,
) -> FineTuner:
    """A training of a start on all tunes but the test tunes."""
    own = FineTuningSettings()
    chosen = FineTuningSettings(
        seed=settings.seed,
        minutes=minutes or own.minutes,
        steps=settings.steps,
        dropout=own.dropout if dropout is None else dropout,
        lanes=settings.lanes,
    )
    tunes = [*experiment.train, *experiment.validation]
    return FineTuner(start.model.network, experiment.codec, tunes, chosen, ranks)


def _follow(learner: Trainer | FineTuner, output: Path, resume: bool) -> None:
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
        meters=experiment.meters,
        tempo=experiment.tempo,
    )


@dataclass
class _TrainingRun:
    """One training, and its files: the model, the training state, the card, the curve."""

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
            details=_details(experiment),
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


def _print_scores(title: str, scores: Mapping[str, float]) -> None:
    table = Table(*scores, box=None)
    table.add_row(*(f"{bits:.3f}" for bits in scores.values()))
    console.print(title, soft_wrap=True)
    console.print(table)
