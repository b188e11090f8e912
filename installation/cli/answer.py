"""`hidden-state answer`: continue the melody of one file in another."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ModelOption, StyleOption
from installation.config import StyleSettings
from installation.engine.phrase_generator import BeatGrid, PhraseGenerator, PhrasePlan
from installation.engine.phrase_plans import plan_continuation, plan_harmony
from installation.session.live_session import create_improviser, model_path
from messages.clock import SECOND
from midi_data.midi_files import (
    MidiFileError,
    MidiPart,
    describe_losses,
    pitched_tunes,
    read_songs,
    write_parts,
)
from midi_data.midi_songs import MidiSong
from midi_data.notes import BEAT_EPSILON, TICKS_PER_BEAT, Note, Tune, quantise_tune
from rnn.generation.composer import Composer
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from rnn.styles import UnknownStyleError

MIN_ANSWER_BEATS, MAX_ANSWER_BEATS = 16.0, 64.0
"""Bounds of the answer's length, beats; between them it is as long as the seed."""
MAX_HARMONISED_BEATS = 40.0  # longest part of a melody that is harmonised, beats
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


def compose_answer(
    composer: Composer, phrase: Tune, generator: np.random.Generator, expression: float = 0.0
) -> tuple[Note, ...]:
    """Notes that answer a phrase: a melody is harmonised where the style has several voices.

    Parameters
    ----------
    composer : Composer
    phrase : Tune
    generator : numpy.random.Generator
    expression : float
        Share of accents, phrasing and timing, from 0 to 1.

    Returns
    -------
    tuple of Note
        Onsets in the phrase's beats, from its end on. The last bars of a melody with lower voices,
        and then half as many; any other phrase is continued as by `compose_continuation`.
    """
    melody = last_bars_within(phrase, MAX_HARMONISED_BEATS)
    is_one_part = len({note.part for note in phrase.notes}) == 1
    composer.restart_with_phrase(phrase)
    begin = composer.harmonise_phrase(melody) if is_one_part else None
    if begin is None:
        return compose_continuation(composer, phrase, generator, expression)
    plan = plan_harmony(plan_continuation(melody, 0.0, composer.own_sampling), melody, begin)
    return _compose_line(composer, phrase, replace(plan, expression=expression), generator)


def last_bars_within(phrase: Tune, beats: float) -> Tune:
    """The last whole bars of a phrase, at most some beats of them, from its bar 0 on.

    Parameters
    ----------
    phrase : Tune
    beats : float
        At least a bar is left.

    Returns
    -------
    Tune
        With the notes that begin there.
    """
    bar = phrase.meter.bar_beats
    earliest = (phrase.notes[-1].onset // bar + 1 - max(1, beats // bar)) * bar
    notes = [note for note in phrase.notes if note.onset >= earliest]
    start = notes[0].onset // bar * bar
    return replace(phrase, notes=tuple(replace(n, onset=n.onset - start) for n in notes))


def compose_continuation(
    composer: Composer, phrase: Tune, generator: np.random.Generator, expression: float = 0.0
) -> tuple[Note, ...]:
    """Notes that continue a phrase, as long as a plan for it says.

    Parameters
    ----------
    composer : Composer
    phrase : Tune
    generator : numpy.random.Generator
    expression : float
        Share of accents, phrasing and timing, from 0 to 1.

    Returns
    -------
    tuple of Note
        Onsets in the phrase's beats, from its end on.
    """
    bar = phrase.meter.bar_beats
    beats = np.ceil((phrase.end - phrase.notes[0].onset) / bar) * bar
    length = float(np.clip(beats, MIN_ANSWER_BEATS, MAX_ANSWER_BEATS))
    plan = plan_continuation(phrase, length, composer.own_sampling)
    plan = replace(plan, expression=expression)
    composer.restart_with_phrase(phrase)
    start = composer.snapshot()
    first = _line_after(composer, phrase, plan, deepcopy(generator)).compose_note()
    composer.restore(start)
    end = _end_on_grid(phrase)
    if first is not None and first.step.note.onset < end - BEAT_EPSILON:
        plan = replace(plan, entry=end)  # it was a note more of the last chord
    return _compose_line(composer, phrase, plan, generator)


def compose_planned(
    composer: Composer, phrase: Tune, plan: PhrasePlan, generator: np.random.Generator
) -> tuple[Note, ...]:
    """Notes that continue a phrase as planned."""
    composer.restart_with_phrase(phrase)
    return _compose_line(composer, phrase, plan, generator)


def _compose_line(
    composer: Composer, phrase: Tune, plan: PhrasePlan, generator: np.random.Generator
) -> tuple[Note, ...]:
    """Notes of a composer that has heard a phrase, from the end of the phrase on."""
    line, notes = _line_after(composer, phrase, plan, generator), []
    grid = line.beat_grid
    while (composed := line.compose_note()) is not None:
        timed = composed.note
        onset = grid.beat_at_time(timed.due)
        notes.append(Note(timed.pitch, onset, grid.beat_at_time(timed.end) - onset, timed.velocity))
    answer_tune = Tune(tuple(notes), phrase.meter)
    written = plan.expression or composer.writes_timing
    return answer_tune.notes if written else quantise_tune(answer_tune).notes


def _line_after(
    composer: Composer, phrase: Tune, plan: PhrasePlan, generator: np.random.Generator
) -> PhraseGenerator:
    """A line that begins at the end of a phrase or later, in the phrase's beats."""
    grid = BeatGrid(0, round(60 * SECOND / phrase.tempo))
    earliest = grid.time_at_beat(_end_on_grid(phrase))
    return PhraseGenerator(composer, generator, plan, grid, earliest)


def _end_on_grid(phrase: Tune) -> float:
    """The tick of the grid that is nearest to the end of a phrase, beats."""
    return round(phrase.end * TICKS_PER_BEAT) / TICKS_PER_BEAT
