"""Phrase plans: answers, farewells, play-along, and the tunes of attract mode."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from installation.engine.phrases.phrase import Phrase
from installation.engine.phrases.phrase_generator import PhrasePlan
from messages.clock import SECOND
from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import Note, Tune
from rnn.generation.performance_rules import velocity_spread
from rnn.model.sampling_params import SamplingParams

MIN_ANSWER_SPREAD_SEMITONES = 14.0  # smallest spread of an answer about its centre, semitones
ANSWER_SPREAD_RATIO = 3.0  # spread of an answer to that of the phrase
ANSWER_STRICTNESS_NATS = 0.6  # least strictness of the scale of a phrase that keeps to it, nats
MAX_OUTSIDE_SHARE = 0.2  # share of notes outside the scale from which on there is no scale
OPEN_ENDING_SHARE = 0.25  # share of answers that end away from the tonic
ANSWER_FINAL_BEATS = (0.5, 1.0, 1.0, 1.0, 1.5, 2.0)
"""Lengths of an answer's last note, beats, each as likely as another."""
MIN_ANSWER_NOTES = 4  # least number of notes of an answer to a phrase of at least three
QUESTION_NOTES = 2  # a phrase of so many notes is answered by a question
MIN_MASHED_NOTES, MIN_MASHED_NOTES_PER_S = 10, 8.0  # of a phrase that is keys mashed
MIN_MASH_S = 0.5  # duration of which the notes of a shorter phrase count, seconds
MIN_MASH_OUTSIDE_SHARE = 0.14  # share of mashed keys outside the scale that fits them best
MAX_STEP_SEMITONES, MAX_STEP_SHARE = 4.0, 0.7
"""Largest step of a line, and share of such steps from which on fast keys are a run, no mash."""
MASH_ANSWER_DENSITY = 1.0  # by which the answer to mashed keys is faster than others, nats
MASH_ANSWER_SPREAD_SEMITONES = 30.0  # spread of that answer
MASH_ANSWER_SOFTNESS = 24  # difference of its MIDI velocity to the phrase's
MIN_MASH_ANSWER_VELOCITY = 36
MIN_TUNE_BEATS, MAX_TUNE_BEATS = 16.0, 192.0  # bounds of the length of an attract tune, beats
LONG_TUNE_BEATS = 40.0  # length after which it is more and more drawn to its end, beats
FAREWELL_BEATS = 4.0  # length of the farewell, beats
MIN_FAREWELL_NOTES = 3  # least number of notes of the farewell
MAX_RECENT_KEYS = 16  # number of the visitor's last keys that count for playing along
MIN_NOTES_FOR_KEY = 4  # least number of notes for detecting a musical key
MIN_PLAY_ALONG_SPREAD_SEMITONES = 5.0
"""Smallest spread about the visitor's centre when playing along, semitones."""
VELOCITY_REDUCTION = 8  # difference to the visitor's MIDI velocity when playing along
PLAY_ALONG_BEATS = 64.0  # length after which playing along comes to rest without another key, beats


def plan_answer(phrase: Phrase, entry: float, sampling: SamplingParams) -> PhrasePlan:
    """Plan an answer with the length in bars, key, register and loudness of the phrase.

    Mashed keys get a bar that is fast, wide and light.

    Parameters
    ----------
    phrase : Phrase
    entry : float
        Beat on which the answer enters, or whole bars later.
    sampling : SamplingParams
        How the style is sampled.

    Returns
    -------
    PhrasePlan
    """
    notes = phrase.tune.notes
    is_question = len(notes) == QUESTION_NOTES
    plan = PhrasePlan(
        phrase.bar_beats * math.ceil(phrase.length / phrase.bar_beats),
        follow_phrase(notes, phrase.key, sampling),
        phrase.velocity,
        phrase.key,
        min_notes=min(MIN_ANSWER_NOTES, len(notes) + 1),
        entry=entry,
        shift_beats=phrase.bar_beats,
        velocity_spread=velocity_spread(phrase.velocity_spread),
        open_share=1.0 if is_question else OPEN_ENDING_SHARE,
        final_beats=ANSWER_FINAL_BEATS,
    )
    return _playful(plan, phrase) if is_key_mash(phrase) else plan


def _playful(plan: PhrasePlan, phrase: Phrase) -> PhrasePlan:
    """A plan with the place of another one, for a short, fast, wide and light answer."""
    sampling = replace(
        plan.sampling,
        scale=frozenset(),
        density=plan.sampling.density + MASH_ANSWER_DENSITY,
        spread=MASH_ANSWER_SPREAD_SEMITONES,
    )
    velocity = max(MIN_MASH_ANSWER_VELOCITY, phrase.velocity - MASH_ANSWER_SOFTNESS)
    return replace(
        plan,
        length=phrase.bar_beats,
        sampling=sampling,
        velocity=min(plan.velocity, velocity),
        final_beats=plan.final_beats[:1],
    )


def is_key_mash(phrase: Phrase) -> bool:
    """Whether a phrase is keys mashed: many notes in a short time, without a scale or a line.

    Parameters
    ----------
    phrase : Phrase

    Returns
    -------
    bool
    """
    notes = phrase.tune.notes
    duration_s = (notes[-1].onset - notes[0].onset) * phrase.beat_ns / SECOND
    return (
        len(notes) >= MIN_MASHED_NOTES
        and len(notes) >= MIN_MASHED_NOTES_PER_S * max(MIN_MASH_S, duration_s)
        and _outside_share(notes, phrase.key) >= MIN_MASH_OUTSIDE_SHARE
        and _step_share(notes) < MAX_STEP_SHARE
    )


def _outside_share(notes: Sequence[Note], key: MusicalKey) -> float:
    """Share of some notes that are not in the scale of a key."""
    return float(np.mean([note.pitch % 12 not in key.scale for note in notes]))


def _step_share(notes: Sequence[Note]) -> float:
    """Share of the moves from one onset to the next that are steps of a line.

    Keys of a fast run may share an onset; they are then close to one another.
    """
    chords = [[note.pitch for note in group] for _, group in groupby(notes, lambda n: n.onset)]
    places = np.array([np.mean(chord) for chord in chords])
    widths = np.array([max(chord) - min(chord) for chord in chords])
    is_narrow = np.maximum(widths[1:], widths[:-1]) <= MAX_STEP_SEMITONES
    is_step = is_narrow & (np.abs(np.diff(places)) <= MAX_STEP_SEMITONES)
    return float(np.mean(is_step)) if len(is_step) else 0.0


def plan_harmony(answer: PhrasePlan, tune: Tune, begin: float) -> PhrasePlan:
    """Plan an answer that harmonises a tune, then goes on half as long.

    Parameters
    ----------
    answer : PhrasePlan
        All but its length and its entry stays.
    tune : Tune
        It begins in bar 0.
    begin : float
        Beat of its first note.

    Returns
    -------
    PhrasePlan
    """
    bar = tune.meter.bar_beats
    bars = math.ceil(tune.end / bar)
    return replace(answer, length=(bars + math.ceil(bars / 2)) * bar - begin, entry=begin)


def plan_continuation(tune: Tune, length: float, sampling: SamplingParams) -> PhrasePlan:
    """Plan an answer to a tune.

    Parameters
    ----------
    tune : Tune
    length : float
        Length of the answer, beats.
    sampling : SamplingParams
        How the style is sampled.

    Returns
    -------
    PhrasePlan
        In the key, register, loudness and bars of the tune.
    """
    key = find_key(tune.notes)
    return PhrasePlan(
        length,
        follow_phrase(tune.notes, key, sampling),
        round(float(np.mean([note.velocity for note in tune.notes]))),
        key,
        max_overrun_beats=tune.meter.bar_beats,
        shift_beats=tune.meter.bar_beats,
        open_share=OPEN_ENDING_SHARE,
        final_beats=ANSWER_FINAL_BEATS,
        velocity_spread=velocity_spread(float(np.std([note.velocity for note in tune.notes]))),
    )


def follow_phrase(
    notes: Sequence[Note], key: MusicalKey, sampling: SamplingParams
) -> SamplingParams:
    """Sampling that leans to the scale and the register of a phrase.

    The more of its notes are outside the scale of its key, the less that scale counts. A style
    whose own tunes keep to their key keeps to the phrase's as strictly.
    """
    pitches = np.array([note.pitch for note in notes])
    outside = _outside_share(notes, key)
    follows_scale = len(notes) > QUESTION_NOTES and outside < MAX_OUTSIDE_SHARE
    strictness = max(ANSWER_STRICTNESS_NATS, sampling.key_nats)
    return replace(
        sampling,
        scale=key.scale if follows_scale else frozenset(),
        strictness=strictness * max(0.0, 1.0 - outside / MAX_OUTSIDE_SHARE),
        centre=float(pitches.mean()),
        spread=max(MIN_ANSWER_SPREAD_SEMITONES, ANSWER_SPREAD_RATIO * float(pitches.std())),
    )


def plan_farewell(phrase: Phrase | None, sampling: SamplingParams, velocity: int) -> PhrasePlan:
    """Plan a short phrase that ends in the key of the visitor's last phrase, if any.

    Parameters
    ----------
    phrase : Phrase, optional
    sampling : SamplingParams
        How the style is sampled.
    velocity : int
        Mean loudness, 1 to 127.

    Returns
    -------
    PhrasePlan
    """
    key = phrase.key if phrase is not None else MusicalKey(0)
    return PhrasePlan(
        FAREWELL_BEATS,
        replace(sampling, scale=key.scale),
        velocity,
        key,
        min_notes=MIN_FAREWELL_NOTES,
    )


def plan_attract_tune(sampling: SamplingParams, velocity: int) -> PhrasePlan:
    """Plan a tune without constraints, until the network ends it.

    Parameters
    ----------
    sampling : SamplingParams
        How the style is sampled.
    velocity : int
        Mean loudness, 1 to 127.

    Returns
    -------
    PhrasePlan
    """
    return PhrasePlan(
        LONG_TUNE_BEATS,
        sampling,
        velocity,
        max_overrun_beats=MAX_TUNE_BEATS - LONG_TUNE_BEATS,
        may_end_after=MIN_TUNE_BEATS,
    )


class PlayAlongPlanner:
    """Plans music for playing along, in the visitor's key, register and loudness."""

    def __init__(self) -> None:
        self._recent_keys: deque[tuple[int, int]] = deque(maxlen=MAX_RECENT_KEYS)

    def add_key(self, pitch: int, velocity: int) -> None:
        """Add a key press of the visitor."""
        self._recent_keys.append((pitch, velocity))

    def reset(self) -> None:
        """Forget all keys."""
        self._recent_keys.clear()

    def plan(self, sampling: SamplingParams, velocity: int) -> PhrasePlan:
        """Plan the music to play now; without keys, `sampling` and `velocity` stay as given."""
        if not self._recent_keys:
            return PhrasePlan(PLAY_ALONG_BEATS, sampling, velocity, agogics=False)
        pitches, velocities = zip(*self._recent_keys, strict=True)
        sampling = replace(
            sampling,
            scale=_detect_scale(pitches),
            centre=float(np.mean(pitches)),
            spread=max(MIN_PLAY_ALONG_SPREAD_SEMITONES, float(np.std(pitches))),
        )
        loudness = round(float(np.mean(velocities))) - VELOCITY_REDUCTION
        return PhrasePlan(
            PLAY_ALONG_BEATS,
            sampling,
            max(1, loudness),
            velocity_spread=velocity_spread(float(np.std(velocities))),
            agogics=False,
        )


def _detect_scale(pitches: tuple[int, ...]) -> frozenset[int]:
    if len(pitches) < MIN_NOTES_FOR_KEY:
        return frozenset()
    return find_key([Note(pitch, float(k), 1.0, 80) for k, pitch in enumerate(pitches)]).scale
