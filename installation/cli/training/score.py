"""`hidden-state score`: bits per note a model needs for given music."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import JsonOption
from midi_data.midi_files import (
    MidiFileError,
    describe_tune_losses,
    pitched_tunes,
    read_folder,
    read_songs,
)
from midi_data.notes import Tune
from midi_data.recipes.corpora import CorpusError
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import score_tunes


def score(
    path: Annotated[Path, typer.Argument(metavar="FILE_OR_FOLDER", help="A .mid, or a folder.")],
    model: Annotated[Path, typer.Option(help="The model to score.")],
    as_json: JsonOption = False,
) -> None:
    """Bits a model needs for a note: every pitch, length, gap and ending charged."""
    with exit_on_error(CorpusError, MidiFileError, CheckpointError, OSError):
        checkpoint = load_checkpoint(model)
        tunes = encode_tunes(checkpoint.codec, _read_tunes(path))
        if not tunes:
            raise CorpusError(f"{path}: no notes in it")
        result = score_tunes(checkpoint.network, tunes)
    bits, notes, count = result.bits_per_note, result.notes, result.tunes
    if as_json:
        typer.echo(json.dumps({"bits_per_note": bits, "notes": notes, "tunes": count}))
    else:
        typer.echo(f"{bits:.3f} bits per note over {notes:,} notes in {count:,} tunes")


def _read_tunes(path: Path) -> tuple[Tune, ...]:
    if not path.is_dir():
        songs = read_songs(path)
        if losses := describe_tune_losses(songs):
            typer.echo(f"{path.name}: left out {losses}", err=True)
        return pitched_tunes(path, songs)
    folder = read_folder(path)
    for line in folder.report():
        typer.echo(line, err=True)
    if not folder.tunes:
        raise CorpusError(f"{path}: no usable .mid file in it")
    return folder.tunes
