"""`hidden-state corpus`: list and build the music to learn from."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from installation.cli.errors import exit_on_error
from midi_data.corpora import (
    DEFAULT_CORPORA_FOLDER,
    RECIPES,
    ConversionProgress,
    CorpusError,
    CorpusManifest,
    build_corpus,
    read_manifest,
    recipe_named,
)

app = typer.Typer(help="List and build the music to learn from.", no_args_is_help=True)

INTERRUPTED_EXIT_STATUS = 130
"""Exit status after Ctrl-C: 128 and the number of the signal."""

FolderOption = Annotated[Path, typer.Option(help="Where built corpora are.")]


@app.command("list")
def list_recipes(folder: FolderOption = DEFAULT_CORPORA_FOLDER) -> None:
    """Show the corpora there are recipes for, and which are built."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "source", "terms"):
        table.add_column(column, overflow="fold")
    table.add_column("built", no_wrap=True)
    for recipe in RECIPES.values():
        manifest = read_manifest(folder / recipe.name)
        table.add_row(recipe.name, recipe.source, recipe.terms, _built_summary(manifest))
    Console().print(table)


@app.command("build")
def build_corpora(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names from the list.")],
    folder: FolderOption = DEFAULT_CORPORA_FOLDER,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that convert.")] = 2,
) -> None:
    """Build corpora; one that was interrupted is taken up where it was left."""
    with exit_on_error(CorpusError, OSError):
        for name in names:
            recipe_named(name)  # a wrong name is told before an hour's work on the right ones
        try:
            with _sigterm_as_interrupt():
                for name in names:
                    _build(name, folder, workers)
        except KeyboardInterrupt:
            typer.echo("Stopped. Run the same command again to go on.", err=True)
            raise typer.Exit(INTERRUPTED_EXIT_STATUS) from None


def _build(name: str, folder: Path, workers: int) -> None:
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[notes]:,} notes"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bars:
        task = bars.add_task(name, total=None, notes=0)

        def show(progress: ConversionProgress) -> None:
            bars.update(task, completed=progress.done, total=progress.total, notes=progress.notes)

        manifest = build_corpus(name, folder, workers, show)
    _report(manifest, folder / name)


def _report(manifest: CorpusManifest, folder: Path) -> None:
    console = Console(highlight=False)
    console.print(
        f"{manifest.name}: {manifest.pieces:,} pieces, {manifest.notes:,} notes; "
        f"{manifest.duplicates:,} duplicates removed, {len(manifest.skipped):,} left out "
        f"(reasons in {folder / 'manifest.json'})",
        soft_wrap=True,
    )


def _built_summary(manifest: CorpusManifest | None) -> str:
    if manifest is None or not manifest.complete:
        return "no"
    return f"{manifest.pieces:,} pieces, {manifest.notes:,} notes"


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end a build as tidily as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
