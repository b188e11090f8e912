"""`hidden-state evolve`: generations of a style that learn from liked duets."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, JsonOption
from installation.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from installation.evolution.training_command import EvolutionProgress
    from midi_data.notes import Tune
    from rnn.evolution.evolution_data import EvolutionData
    from rnn.evolution.generation import Generation
    from rnn.evolution.generation_store import GenerationStore
    from rnn.model.checkpoint import Checkpoint
    from rnn.training.ranks import Ranks

app = typer.Typer(help="Generations of the style, taught by the visitors.", no_args_is_help=True)
SeedOption = Annotated[
    int | None, typer.Option(min=0, help="By default the number of generations so far.")
]


@app.command("run")
def run(
    config: ConfigOption = None,
    seed: SeedOption = None,
    command: Annotated[
        str | None, typer.Option(help="What trains; by default evolution.command.")
    ] = None,
    as_json: JsonOption = False,
    from_piece: Annotated[bool, typer.Option("--from-piece", hidden=True)] = False,
) -> None:
    """Train the next generation from liked duets; it plays if it passes the gate.

    The processes of an MPI job train it together; `evolution.command` does not count then.
    """
    from installation.evolution.evolution_run import EvolutionSource, run_evolution
    from installation.evolution.piece_pipe import follow_piece
    from installation.evolution.training_command import EvolutionError
    from installation.visits.database import VisitDatabaseError
    from midi_data.recipes.corpora import CorpusError
    from rnn.evolution.generation import GenerationError
    from rnn.evolution.shared_training import SharedTraining
    from rnn.styles import UnknownStyleError
    from rnn.training.ranks import RanksError
    from rnn.training.trainer import DivergedError

    expected = (EvolutionError, VisitDatabaseError, CorpusError, DivergedError, OSError, RanksError)
    with exit_on_error(ConfigError, UnknownStyleError, GenerationError, *expected):
        ranks = _join_ranks()
        if ranks.index:
            _stand_back()
            SharedTraining(ranks).assist()
            return
        with SharedTraining(ranks) as training:
            settings = follow_piece() if from_piece else load_config(config)
            store = _open_store(settings)
            _stand_back()
            kept = run_evolution(
                store,
                EvolutionSource(Path(settings.recording.folder), _load_corpus(settings)),
                len(store.generations()) if seed is None else seed,
                datetime.now().astimezone(),
                _choose_command(ranks, settings, command),
                (lambda line: typer.echo(line.to_json())) if as_json else _print_progress,
                training=training,
            )
    if not as_json:
        verdict = "plays from now on" if kept.accepted else "; ".join(kept.reasons)
        typer.echo(f"generation {kept.number}: {verdict}")


@app.command("train")
def train(
    data: Annotated[Path, typer.Argument(help="Duets and tunes, as `run` wrote them.")],
    parent: Annotated[Path, typer.Argument(help="Model file to start from.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Model file to write.")],
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Train a candidate, alone or as one of the ranks of an MPI job; prints lines of JSON."""
    from installation.evolution.evolution_run import training_report
    from rnn.evolution.candidate_training import EvolutionSettings, train_candidate
    from rnn.evolution.generation import GenerationError
    from rnn.model.checkpoint import save_checkpoint
    from rnn.training.ranks import RanksError
    from rnn.training.trainer import DivergedError

    with exit_on_error(GenerationError, RanksError, DivergedError, OSError):
        ranks = _join_ranks()
        with ranks.end_together(DivergedError, GenerationError):
            candidate = train_candidate(
                *_load_together(ranks, data, parent),
                EvolutionSettings(seed=seed),
                ranks,
                (lambda progress: typer.echo(training_report(progress).to_json()))
                if not ranks.index
                else (lambda progress: None),
            )
            if not ranks.index:
                save_checkpoint(output, candidate)


@app.command("list")
def list_generations(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the family of the style: what plays, what was set aside and why."""
    from rnn.styles import UnknownStyleError

    with exit_on_error(ConfigError, UnknownStyleError, OSError):
        store = _open_store(load_config(config))
        generations, current, refused = store.generations(), store.current_number, store.refused()
    if as_json:
        found = [asdict(each) for each in generations]
        typer.echo(json.dumps({"current": current, "generations": found, "refused": refused}))
        return
    table = Table("", "parent", "trained", "duets", "corpus", "visits", "diversity", "", box=None)
    for each in generations:
        table.add_row(*_row(each, current))
    console = Console(highlight=False)
    console.print(table)
    for name, reason in refused.items():
        console.print(f"refused {name}: {reason}", markup=False, soft_wrap=True)


@app.command("show")
def show(number: int, config: ConfigOption = None) -> None:
    """Show all that is known of a generation, as JSON."""
    from rnn.evolution.generation import GenerationError
    from rnn.styles import UnknownStyleError

    with exit_on_error(ConfigError, UnknownStyleError, GenerationError):
        store = _open_store(load_config(config))
        typer.echo(store.record(number).to_json().rstrip())


@app.command("back")
def back(number: int, config: ConfigOption = None) -> None:
    """Let a generation play again, and the next one be trained from it; 0 is the beginning."""
    from rnn.evolution.generation import GenerationError
    from rnn.styles import UnknownStyleError

    with exit_on_error(ConfigError, UnknownStyleError, GenerationError, OSError):
        _open_store(load_config(config)).choose(number)
    typer.echo(f"generation {number} plays from now on")


def _open_store(settings: Config) -> GenerationStore:
    from installation.session.model_loading import open_generations

    return open_generations(settings)


def _load_corpus(settings: Config) -> tuple[Tune, ...]:
    """The corpus of the style, if the settings name one."""
    from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus

    name = settings.evolution.corpus
    return tuple(load_corpus(name, DEFAULT_CORPORA_FOLDER).tunes) if name else ()


def _join_ranks() -> Ranks:
    """The processes of this job, the first of which handles Ctrl-C."""
    from rnn.training.ranks import join_ranks

    ranks = join_ranks()
    if ranks.index:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return ranks


def _choose_command(ranks: Ranks, settings: Config, command: str | None) -> str:
    """What trains instead of this process, or of the job that this process is one of."""
    from rnn.training.ranks import RanksError

    if ranks.count == 1:
        return settings.evolution.command if command is None else command
    if command:
        raise RanksError("the processes of a job train by themselves, without --command")
    return ""


def _load_together(ranks: Ranks, data: Path, parent: Path) -> tuple[Checkpoint, EvolutionData]:
    """What is trained and by what; if one process cannot read it, none waits for that one."""
    from rnn.evolution.evolution_data import EvolutionData
    from rnn.evolution.generation import GenerationError
    from rnn.model.checkpoint import CheckpointError, load_checkpoint

    fault = ""
    try:
        loaded = load_checkpoint(parent), EvolutionData.load(data)
    except (CheckpointError, GenerationError) as error:
        fault = str(error)
    (faults,) = ranks.sum(bool(fault))
    if faults:
        others = f"{faults:.0f} of {ranks.count} processes cannot read {data} or {parent}"
        raise GenerationError(fault or others)
    return loaded


def _stand_back() -> None:
    """Leave the processor to the music."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(19)


def _print_progress(progress: EvolutionProgress) -> None:
    figures = ", ".join(f"{name} {value}" for name, value in progress.values.items())
    typer.echo(f"{progress.event}: {figures}", err=True)


def _row(generation: Generation, current: int) -> tuple[str, ...]:
    scores = generation.scores
    marks = ["plays"] if generation.number == current else []
    marks += generation.reasons
    return (
        str(generation.number),
        str(generation.parent) if generation.number else "",
        generation.created[:16].replace("T", " "),
        str(generation.duets or ""),
        f"{scores['corpus_change']:+.3f}" if scores else "",
        f"{scores['visit_change']:+.3f}" if scores else "",
        f"{scores['diversity']:.2f}" if scores else "",
        "; ".join(marks),
    )
