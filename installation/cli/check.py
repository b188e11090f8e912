"""`hidden-state check`: is this machine fit to play?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from installation.config import CONFIG_FILE_NAME, ConfigError, load_config


def check(
    config: Annotated[
        Path | None, typer.Option(help="Settings; by default config.toml, if it is here.")
    ] = None,
) -> None:
    """Say whether display, sound, MIDI, model, settings and disk are fit, and what to do if not.

    Ends with status 0 if the piece can be played, else 1.
    """
    from installation.session.preflight import PreflightResult, run_preflight

    try:
        settings = load_config(config)
    except ConfigError as error:
        findings = [PreflightResult("settings", False, str(error), "correct that line", vital=True)]
    else:
        path = config or Path(CONFIG_FILE_NAME)
        words = str(path) if path.exists() else "none; the built-in ones hold"
        findings = [PreflightResult("settings", True, words, vital=True), *run_preflight(settings)]
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        mark = "[green]fit[/]  " if finding.passed else "[yellow]unfit[/]"
        console.print(f"{mark}  {finding.subject:<9} {escape(finding.message)}")
        if finding.advice:
            console.print(f"       {'':<9} -> {escape(finding.advice)}")
    playable = all(finding.passed for finding in findings if finding.vital)
    console.print("It can be played." if playable else "It cannot be played as it is.")
    raise typer.Exit(0 if playable else 1)
