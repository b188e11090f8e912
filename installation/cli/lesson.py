"""`hidden-state lesson NAME`: the piece, with a lesson open from the start, for a teacher."""

from __future__ import annotations

from typing import Annotated

import typer

from installation.cli.options import ConfigOption, StyleOption
from installation.cli.play import play


def lesson(
    name: Annotated[
        str,
        typer.Argument(help="neuron, fold, graph, memory, song, seen or create."),
    ],
    style: StyleOption = None,
    config: ConfigOption = None,
) -> None:
    """Play, with one of the lessons open from the start."""
    play(style=style, config=config, lesson=name)
