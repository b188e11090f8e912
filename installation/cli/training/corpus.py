"""`hidden-state corpus`: list and build the corpora to train on."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from installation.cli.base.errors import INTERRUPTED_EXIT_STATUS, exit_on_error
from installation.cli.base.options import CorporaFolderOption
from midi_data.midi_files import MidiFileError, midi_paths, read_tunes
from midi_data.notes import Tune
from midi_data.recipes.conversion import ConversionProgress
from midi_data.recipes.corpora import (
    DEFAULT_CORPORA_FOLDER,
    RECIPES,
    CorpusError,
    CorpusManifest,
    build_corpus,
    read_manifest,
    recipe_named,
)
from midi_data.recipes.drum_corpus import (
    DRUM_CORPUS,
    GROOVE_SOURCE,
    GROOVE_TERMS,
    build_drum_corpus,
)
from rnn.codecs.note_codec import NoteCodec
from rnn.training.experiment import choose_codec
from rnn.training.shards import ShardError, ShardProgress, build_shards

SAMPLE_FILES = 100  # files by which a codec is chosen
LEFT_OUT_NAME = "left_out.tsv"

app = typer.Typer(help="List and build the music to learn from.", no_args_is_help=True)


@app.command("list")
def list_recipes(folder: CorporaFolderOption = DEFAULT_CORPORA_FOLDER) -> None:
    """Show the corpora with a recipe, and whether they are built."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "source", "terms"):
        table.add_column(column, overflow="fold")
    table.add_column("built", no_wrap=True)
    for recipe in RECIPES.values():
        manifest = read_manifest(folder / recipe.name)
        table.add_row(recipe.name, recipe.source, recipe.terms, _built_summary(manifest))
    drums = _built_summary(read_manifest(folder / DRUM_CORPUS))
    table.add_row(DRUM_CORPUS, f"--from FILE: {GROOVE_SOURCE}", GROOVE_TERMS, drums)
    Console().print(table)


@app.command("build")
def build_corpora(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names from the list.")],
    folder: CorporaFolderOption = DEFAULT_CORPORA_FOLDER,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that convert.")] = 2,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Of drums: an archive or a folder of performances."),
    ] = None,
) -> None:
    """Build corpora; an interrupted build continues where it stopped."""
    with exit_on_error(CorpusError, OSError):
        if names == [DRUM_CORPUS]:
            _build_drums(source, folder)
            return
        if source is not None:
            raise CorpusError(f"--from is for {DRUM_CORPUS}, and for it alone")
        for name in names:
            recipe_named(name)  # refuse a wrong name before a long build
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as on Ctrl-C
        try:
            for name in names:
                _build(name, folder, workers)
        except KeyboardInterrupt:
            typer.echo("Stopped. Run the same command again to go on.", err=True)
            raise typer.Exit(INTERRUPTED_EXIT_STATUS) from None
        finally:
            signal.signal(signal.SIGTERM, before)


def _build_drums(source: Path | None, folder: Path) -> None:
    if source is None:
        raise CorpusError(
            f"{DRUM_CORPUS} are built from files you have: --from FILE.zip or --from FOLDER, "
            f"for one the {GROOVE_SOURCE}"
        )
    console = Console(highlight=False)
    manifest = build_drum_corpus(source, folder)
    for name, reason in manifest.skipped.items():
        console.print(f"left out {name}: {reason}", markup=False, soft_wrap=True)
    console.print(f"{manifest.name}: {_built_summary(manifest)}", soft_wrap=True)


@app.command("shard")
def shard_collection(
    folder: Annotated[Path, typer.Argument(help="A folder of MIDI files, of any size.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the shards.")],
    codec: Annotated[
        str, typer.Option(help="notes or characters; drums are not sharded.")
    ] = NoteCodec.kind,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that read.")] = 2,
) -> None:
    """Encode a large collection once, for `train SHARDS`; run again, it reads what is new."""
    with exit_on_error(ValueError, OSError, MemoryError):
        chosen = choose_codec(codec, _sample(folder))
        bars = Progress(*Progress.get_default_columns(), console=Console(stderr=True))
        try:
            with bars:
                task = bars.add_task("reading", total=None)

                def show(progress: ShardProgress) -> None:
                    bars.update(task, completed=progress.files, total=progress.total)

                summary = build_shards(folder, output, chosen, workers, show)
        except KeyboardInterrupt:
            typer.echo("Stopped. Run the same command again to go on.", err=True)
            raise typer.Exit(INTERRUPTED_EXIT_STATUS) from None
        listing = output / LEFT_OUT_NAME
        lines = [f"{name}\t{reason}\n" for name, reason in summary.left_out]
        listing.write_text("".join(lines), encoding="utf-8", errors="replace")
    left_out = f"{len(summary.left_out):,} files left out or read in part (reasons in {listing})"
    Console(highlight=False).print(
        f"{output}: {summary.files:,} files ({summary.files_read:,} of them read now), "
        f"{summary.tunes:,} tunes, {summary.notes:,} notes; "
        f"{left_out if summary.left_out else 'nothing left out'}. "
        f"Next: hidden-state train {output} -o mine.safetensors",
        soft_wrap=True,
    )


def _sample(folder: Path) -> list[Tune]:
    """Tunes of some of a folder's files, to choose a codec by; raises ShardError if none is."""
    paths, tunes = midi_paths(folder), []
    for path in paths[:: max(1, len(paths) // SAMPLE_FILES)]:
        with contextlib.suppress(MidiFileError):
            tunes += read_tunes(path)
    if not tunes:
        found = f"no tune found in {len(paths)} files" if paths else "no MIDI files in it"
        raise ShardError(f"{folder}: {found}")
    return tunes


def _build(name: str, folder: Path, workers: int) -> None:
    """Build one corpus with a progress bar, and print what was built."""
    bars = Progress(
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
    Console(highlight=False).print(
        f"{manifest.name}: {_built_summary(manifest)}; "
        f"{manifest.duplicates:,} duplicates removed, {len(manifest.skipped):,} left out "
        f"(reasons in {folder / name / 'manifest.json'})",
        soft_wrap=True,
    )


def _built_summary(manifest: CorpusManifest | None) -> str:
    if manifest is None or not manifest.complete:
        return "no"
    return f"{manifest.pieces:,} pieces, {manifest.notes:,} notes"
