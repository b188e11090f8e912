"""`hidden-state check`: the fitness of this machine for the piece."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption
from installation.config import CONFIG_FILE_NAME, ConfigError, load_config


def check(
    config: ConfigOption = None,
    exhibit: Annotated[
        bool, typer.Option("--exhibit", help="Check the running piece instead of the machine.")
    ] = False,
) -> None:
    """Check display, sound, MIDI, model, settings and disk, with advice for what is unfit.

    Ends with status 0 if the piece can be played, else 1. With --exhibit, ends with status 0 only
    if the piece runs and visitors can see and hear it.
    """
    if exhibit:
        _check_exhibit(config)
    from installation.session.preflight import PreflightResult, run_preflight

    try:
        settings = load_config(config)
    except ConfigError as error:
        results = [PreflightResult("settings", False, str(error), "correct that line", vital=True)]
    else:
        path = config or Path(CONFIG_FILE_NAME)
        message = str(path) if path.exists() else "none; the built-in ones hold"
        results = [PreflightResult("settings", True, message, vital=True), *run_preflight(settings)]
    console = Console(highlight=False, soft_wrap=True)
    for result in results:
        mark = "[green]fit[/]  " if result.passed else "[yellow]unfit[/]"
        console.print(f"{mark}  {result.subject:<9} {escape(result.message)}")
        if result.advice:
            console.print(f"       {'':<9} -> {escape(result.advice)}")
    playable = all(result.passed for result in results if result.vital)
    console.print("It can be played." if playable else "It cannot be played as it is.")
    raise typer.Exit(0 if playable else 1)


def _check_exhibit(config: Path | None) -> None:
    from installation.cli.operation.status import read_running_status
    from installation.ops.status_file import StatusError

    with exit_on_error(ConfigError):
        settings = load_config(config)
    try:
        found = read_running_status(settings)
    except StatusError as error:
        typer.echo(f"unwell: {error}")
        raise typer.Exit(1) from error
    typer.echo(f"{found.state}: {found.sentence}")
    raise typer.Exit(0 if found.state == "well" else 1)
