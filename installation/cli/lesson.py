"""`hidden-state lesson`: the piece with a lesson open from the start, or what visitors learned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, StyleOption
from installation.cli.play import play
from installation.config import ConfigError, load_config
from installation.ops.answer_log import AnswerLogError, read_answer_counts
from messages.lesson_answers import AnswerCounts


def lesson(
    name: Annotated[
        str,
        typer.Argument(help="neuron, fold, graph, memory, song, seen, create or tour."),
    ] = "",
    results: Annotated[
        bool,
        typer.Option("--results", help="Show how visitors answered before and after each lesson."),
    ] = False,
    style: StyleOption = None,
    config: ConfigOption = None,
) -> None:
    """Play, with one of the lessons open from the start; or show what visitors learned."""
    if results:
        with exit_on_error(ConfigError, AnswerLogError):
            counts = read_answer_counts(Path(load_config(config).recording.folder))
        Console(highlight=False).print(_table(counts))
    elif name:
        play(style=style, config=config, lesson=name)
    else:
        raise typer.BadParameter("name a lesson, or ask for --results")


def _table(counts: Mapping[str, AnswerCounts]) -> Table:
    """Right answers before and after each lesson, of those given, and how often it was asked."""
    table = Table("lesson", "right before", "asked", "right after", "asked")
    for lesson, row in counts.items():
        before = _share(row.before_right, row.before_answered)
        after = _share(row.after_right, row.after_answered)
        table.add_row(lesson, before, str(row.before_asked), after, str(row.after_asked))
    return table


def _share(right: int, answered: int) -> str:
    return f"{right} of {answered} ({100 * right / answered:.0f} %)" if answered else "-"
