"""`hidden-state answer`: continue the melody of one file in another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from installation.cli.errors import exit_on_error
from installation.cli.options import ModelOption, StyleOption
from installation.config import StyleSettings
from installation.engine.phrase_generator import BeatGrid, PhraseGenerator, PhrasePlan
from installation.session.live_session import create_improviser, model_path
from messages.clock import SECOND
from midi_data.key_detection import find_key
from midi_data.midi_files import (
    MidiFileError,
    MidiPart,
    describe_losses,
    pitched_tunes,
    read_songs,
    write_parts,
)
from midi_data.notes import Note, Tune, quantise_tune
from rnn.generation.composer import Composer
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from rnn.styles import UnknownStyleError

MIN_ANSWER_BEATS, MAX_ANSWER_BEATS = 16.0, 64.0
"""Bounds of the answer's length, beats; between them it is the seed's."""
MIN_SPREAD_SEMITONES = 4.0  # minimum standard deviation of the answer's pitches, semitones


def answer(
    seed_file: Annotated[Path, typer.Argument(metavar="SEED.mid", help="The melody to continue.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: seed, answer.")],
    style: StyleOption = None,
    model: ModelOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another answer.")] = 1,
) -> None:
    """Continue a melody: same tempo, same key, same register, as long as it is."""
    if style is not None and model is not None:
        raise typer.BadParameter("give --style or --model, not both")
    chosen = StyleSettings()
    if style is not None:
        chosen = chosen.model_copy(update={"name": style})
    with exit_on_error(MidiFileError, CheckpointError, UnknownStyleError, OSError):
        path = model if model is not None else model_path(chosen)
        composer = create_improviser(load_checkpoint(path), path)
        songs = read_songs(seed_file)
        phrase = quantise_tune(pitched_tunes(seed_file, songs)[0])
        continuation = compose_continuation(composer, phrase, np.random.default_rng(seed))
        parts = [MidiPart("Visitor", phrase.notes, 0), MidiPart("Network", continuation, 1)]
        write_parts(output, parts, phrase.tempo, phrase.meter)
    if losses := describe_losses(songs):
        typer.echo(f"{seed_file.name}: left out {losses}", err=True)
    typer.echo(f"{output}: {len(phrase.notes)} notes heard, {len(continuation)} answered")


def compose_continuation(
    composer: Composer, phrase: Tune, generator: np.random.Generator
) -> tuple[Note, ...]:
    """Notes that continue a phrase; onsets in the phrase's beats, from its end on."""
    pitches = [note.pitch for note in phrase.notes]
    key = find_key(phrase.notes)
    params = replace(
        composer.own_sampling,
        scale=key.scale,
        centre=float(np.mean(pitches)),
        spread=max(MIN_SPREAD_SEMITONES, float(np.std(pitches))),
    )
    length = float(np.clip(np.ceil(phrase.end), MIN_ANSWER_BEATS, MAX_ANSWER_BEATS))
    velocity = round(float(np.mean([note.velocity for note in phrase.notes])))
    composer.restart_with_phrase(phrase)
    grid = BeatGrid(0, round(60 * SECOND / phrase.tempo))
    plan = PhrasePlan(length, params, velocity, key, max_overrun_beats=phrase.meter.bar_beats)
    line = PhraseGenerator(composer, generator, plan, grid, grid.time_at_beat(phrase.end))
    notes = []
    while (composed := line.compose_note()) is not None:
        timed = composed.note
        onset = grid.beat_at_time(timed.due)
        notes.append(Note(timed.pitch, onset, grid.beat_at_time(timed.end) - onset, timed.velocity))
    return quantise_tune(Tune(tuple(notes), phrase.meter)).notes
