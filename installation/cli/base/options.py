"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None, typer.Option(help="Settings; by default config.toml, if it is here.")
]
StyleOption = Annotated[str | None, typer.Option(help="A trained style, by name.")]
ModelOption = Annotated[Path | None, typer.Option(help="A model file of your own.")]
CorporaFolderOption = Annotated[Path, typer.Option(help="Folder of built corpora.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
