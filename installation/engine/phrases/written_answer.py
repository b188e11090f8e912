"""Answers to written phrases: as live, but from a phrase that is known whole, without a clock."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np

from installation.engine.phrases.phrase_generator import PhraseGenerator, PhrasePlan
from installation.engine.phrases.phrase_plans import plan_continuation, plan_harmony
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid
from midi_data.notes import BEAT_EPSILON, TICKS_PER_BEAT, Note, Tune, quantise_tune
from rnn.generation.composer import Composer

MIN_ANSWER_BEATS, MAX_ANSWER_BEATS = 16.0, 64.0
"""Bounds of the answer's length, beats; between them it is as long as the phrase."""
MAX_HARMONISED_BEATS = 40.0  # longest part of a melody that is harmonised, beats


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
    """Notes that continue a phrase as planned.

    Parameters
    ----------
    composer : Composer
    phrase : Tune
    plan : PhrasePlan
    generator : numpy.random.Generator

    Returns
    -------
    tuple of Note
        Onsets in the phrase's beats, from its end on.
    """
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
