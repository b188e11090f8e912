"""`hidden-state answer`: continue the melody of one file in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ModelOption, StyleOption
from installation.config import StyleSettings
from installation.engine.phrases.written_answer import compose_answer
from installation.session.live_session import create_improviser
from installation.session.model_loading import model_path
from midi_data.midi_files import (
    MidiFileError,
    MidiPart,
    describe_losses,
    pitched_tunes,
    read_songs,
    write_parts,
)
from midi_data.midi_songs import MidiSong
from midi_data.notes import Note, Tune, quantise_tune
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from rnn.styles import UnknownStyleError

MIN_HEARD_NOTES = 8  # least number of notes after a change of meter for the answer to take it
MAX_LAST_NOTE_BEATS = 8.0  # longest note that an answer waits for, beats
ANSWER_CHANNELS = frozenset(range(1, 16)) - {9}  # channels for the answer; 9 is for drums


def answer(
    seed_file: Annotated[Path, typer.Argument(metavar="SEED.mid", help="The melody to continue.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: seed, answer.")],
    style: StyleOption = None,
    model: ModelOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another answer.")] = 1,
    expression: Annotated[
        float, typer.Option(min=0, max=1, help="Accents, phrasing and timing; 0: as written.")
    ] = 1.0,
) -> None:
    """Continue a melody: same tempo, same key, same register, as long as it is.

    A style of several voices harmonises it first, and then goes on.
    """
    if style is not None and model is not None:
        raise typer.BadParameter("give --style or --model, not both")
    chosen = StyleSettings()
    if style is not None:
        chosen = chosen.model_copy(update={"name": style})
    with exit_on_error(MidiFileError, CheckpointError, UnknownStyleError, OSError):
        path = model if model is not None else model_path(chosen)
        composer = create_improviser(load_checkpoint(path), path)
        songs = read_songs(seed_file)
        pitched_tunes(seed_file, songs)
        song = next(song for song in songs if song.tune.notes)
        phrase, start = last_bars(song, on_grid=not composer.writes_timing)
        notes = compose_answer(composer, phrase, np.random.default_rng(seed), expression)
        write_answer(output, song, [replace(note, onset=note.onset + start) for note in notes])
    if losses := describe_losses(songs):
        typer.echo(f"{seed_file.name}: left out {losses}", err=True)
    typer.echo(f"{output}: {len(song.tune.notes)} notes heard, {len(notes)} answered")


def last_bars(song: MidiSong, on_grid: bool = True) -> tuple[Tune, float]:
    """The music in the last meter of a song, from a bar line on; quantised if `on_grid`.

    Empty bars before it are left out. A meter of a few notes at the end does not count.

    Returns
    -------
    Tune
        With the tempo at the end.
    float
        Beat of the song that is beat 0 of the tune.
    """
    for number in reversed(range(len(song.meters))):
        meter = song.meters[number].meter
        bar_line = song.meters[number].beat if number else 0.0  # an upbeat is late in bar 0
        notes = tuple(note for note in song.tune.notes if note.onset >= bar_line)
        if len(notes) >= MIN_HEARD_NOTES:
            break
    first, last = min(n.onset for n in notes), max(n.onset for n in notes)
    start = bar_line + (first - bar_line) // meter.bar_beats * meter.bar_beats
    tempo = [each.tempo for each in song.tempos if each.beat <= last][-1]
    heard = (
        replace(n, onset=n.onset - start, duration=min(n.duration, MAX_LAST_NOTE_BEATS))
        for n in notes
    )
    tune = replace(song.tune, notes=tuple(heard), meter=meter, tempo=tempo)
    return quantise_tune(tune) if on_grid else tune, start


def write_answer(output: Path, song: MidiSong, answer: Sequence[Note]) -> None:
    """Write the parts of a song as they are, with its tempi and meters, and an answer to it."""
    parts = [
        MidiPart(part.name or "Visitor", part.notes, part.channel, part.program)
        for part in song.parts
    ]
    channel = min(ANSWER_CHANNELS - {part.channel for part in parts}, default=1)
    parts.append(MidiPart("Network", tuple(answer), channel))
    tempos, meters = song.tempos, song.meters
    write_parts(output, parts, tempos[0].tempo, meters[0].meter, changes=(*tempos[1:], *meters[1:]))
