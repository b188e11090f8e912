"""`hidden-state train`: train a model on a corpus or a folder of MIDI files."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import CorporaFolderOption
from installation.cli.training.mpi_job import (
    default_process_count,
    default_thread_count,
    run_as_job,
)
from installation.cli.training.start import AUTO, NONE, find_start
from installation.cli.training.training_run import (
    TrainingRun,
    console,
    follow_training,
    kept_details,
)
from midi_data.midi_files import TuneFolder
from midi_data.recipes.corpora import (
    DEFAULT_CORPORA_FOLDER,
    CorpusError,
    load_corpus,
    read_manifest,
)
from midi_data.recipes.drum_corpus import DRUM_CORPUS, load_drum_corpus
from midi_data.splits import TuneSplit, split_tunes
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.model.model_card import ModelCard
from rnn.training.experiment import (
    Experiment,
    prepare_experiment,
    prepare_sharded_experiment,
)
from rnn.training.fine_tuning import FineTuner, FineTuningSettings
from rnn.training.ranks import Ranks, RanksError, SingleRank, join_ranks
from rnn.training.settings import TrainingSettings
from rnn.training.shards import ShardError, is_shard_folder
from rnn.training.starts import Start, scratch_wins
from rnn.training.trainer import DivergedError, Trainer

DEFAULTS = TrainingSettings()
DRUM_SETTINGS = {"embedding": 64, "length": 128}  # a hit takes four tokens


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
            help="Processes that share the work by MPI; part of the seed. By default 2, or without "
            "MPI one of two threads.",
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
        ranks = _join_ranks(processes)
        if ranks.index:  # rank 0 reports errors, and stops all ranks at Ctrl-C
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            silence = stack.enter_context(Path(os.devnull).open("w"))
            stack.enter_context(contextlib.redirect_stderr(silence))
        stack.enter_context(exit_on_error(DivergedError, ValueError, OSError, MemoryError))
        if output.is_dir():
            raise IsADirectoryError(f"{output}: a file is wanted, not a folder")
        sharded = is_shard_folder(Path(corpus))
        if sharded and start not in (AUTO, NONE):
            raise ShardError("shards are learned from scratch: give no --from")
        loaded, split = _load_tunes(corpus, folder, codec, sharded)
        is_drums = split is not None
        if sharded or is_drums or (resume and start == AUTO):
            start = NONE
        if not sharded and split is None:
            split = split_tunes([tune for tune in loaded.tunes if tune.notes])
        settings = TrainingSettings(
            seed=seed,
            minutes=minutes or DEFAULTS.minutes,
            steps=steps,
            units=hidden or DEFAULTS.units,
            layers=layers or DEFAULTS.layers,
            dropout=DEFAULTS.dropout if dropout is None else dropout,
            lanes=lanes or DEFAULTS.lanes,
        )
        if is_drums:
            settings = replace(settings, layers=layers or 1, **DRUM_SETTINGS)
        with console.status("comparing starts"):
            to_learn = () if split is None else (*split.train, *split.validation)
            name = Path(corpus).name
            found = find_start(start, loaded.tunes, name, codec, hidden, layers, to_learn)
        if sharded:
            with console.status("opening the shards"):
                experiment = prepare_sharded_experiment(Path(corpus))
        else:
            experiment = _prepare(loaded, codec or NoteCodec.kind, found, split)
        kept = _kept_start(found, start == AUTO, loaded, experiment)
        if kept is not found:
            experiment = _prepare(loaded, codec or NoteCodec.kind, None, split)
        if details := kept_details(experiment):
            console.print(f"the files hold of each note also {details}: it is learned")
        card = _card(corpus, folder, experiment, settings, output, title)
        if kept is None:
            tunes = experiment.train, experiment.validation
            learner = Trainer(experiment.codec, *tunes, settings, ranks)
        else:
            learner = _fine_tuner(kept, experiment, settings, minutes, dropout, ranks)
        if ranks.index:
            with ranks.end_together(DivergedError):
                follow_training(learner, output, resume)
            return
        TrainingRun(experiment, learner, loaded, kept, output, card).train(resume, ranks)


def _join_ranks(processes: int | None) -> Ranks:
    """The ranks of this job; the command starts again as a job if others are to share the work."""
    with exit_on_error(RanksError):
        ranks = join_ranks()
        if ranks.count == 1 and (wanted := processes or default_process_count()) > 1:
            run_as_job(wanted, sys.argv[1:])
    if ranks.count == 1 and processes is None:
        return SingleRank(default_thread_count())
    return ranks


def _load_tunes(
    corpus: str, folder: Path, codec: str | None, sharded: bool
) -> tuple[TuneFolder, TuneSplit | None]:
    """The tunes of a corpus, none if it is sharded; a corpus of drums has a split of its own."""
    if codec == DrumCodec.kind:
        split = load_drum_corpus(folder / corpus if corpus == DRUM_CORPUS else Path(corpus))
        return TuneFolder(split.train + split.validation + split.test), split
    loaded = TuneFolder() if sharded else load_corpus(corpus, folder)
    for line in loaded.report():
        console.print(line, markup=False, soft_wrap=True)
    return loaded, None


def _prepare(
    loaded: TuneFolder, kind: str, start: Start | None, split: TuneSplit | None
) -> Experiment:
    """Split and encode a corpus, by the codec of the start if there is one."""
    with console.status("encoding"):
        own = None if start is None else start.model.codec
        return prepare_experiment(loaded.tunes, kind, own, split)


def _kept_start(
    start: Start | None, is_automatic: bool, loaded: TuneFolder, experiment: Experiment
) -> Start | None:
    """Print and return the start; None if it was found automatically and a new network may win."""
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
    if is_automatic:
        ngram = experiment.score_baselines(experiment.validation)["ngram"]
        notes = experiment.note_counts["train"]
        if scratch_wins(start, ngram, notes):
            console.print(f"{line}, an 8-gram at {ngram:.2f}: starting from scratch")
            return None
    console.print(f"{line}: starting from it")
    return start


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
