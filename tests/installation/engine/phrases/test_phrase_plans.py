from __future__ import annotations

import numpy as np
import pytest

from installation.engine.phrases.phrase import build_phrase
from installation.engine.phrases.phrase_plans import (
    ANSWER_STRICTNESS_NATS,
    MIN_ANSWER_SPREAD_SEMITONES,
    OPEN_ENDING_SHARE,
    VELOCITY_REDUCTION,
    PlayAlongPlanner,
    follow_phrase,
    is_key_mash,
    plan_answer,
    plan_farewell,
    plan_harmony,
)
from messages.clock import SECOND
from messages.timed_note import TimedNote
from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import Note
from rnn.generation.performance_rules import DEFAULT_VELOCITY_SPREAD
from rnn.model.sampling_params import SamplingParams

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def test_an_answer_has_length_key_register_and_loudness_of_the_phrase():
    notes = [TimedNote(pitch, 90, k * SECOND, (k + 1) * SECOND) for k, pitch in enumerate(SCALE)]
    phrase = build_phrase(notes, SECOND)
    plan = plan_answer(phrase, 12.0, SamplingParams(temperature=0.7))
    assert (plan.length, plan.velocity, plan.key) == (8.0, 90, MusicalKey(0))
    assert (plan.entry, plan.shift_beats) == (12.0, phrase.bar_beats)
    assert plan.sampling.centre == phrase.centre
    assert plan.sampling.spread >= MIN_ANSWER_SPREAD_SEMITONES
    assert plan.sampling.temperature == 0.7


@pytest.mark.parametrize(
    ("velocities", "spread"),
    [((80, 80), DEFAULT_VELOCITY_SPREAD), ((79, 81), 4.0), ((70, 90), 10.0), ((10, 120), 18.0)],
)
def test_an_answer_is_as_varied_in_loudness_as_the_phrase(velocities, spread):
    notes = [
        TimedNote(pitch, velocities[k % 2], k * SECOND, (k + 1) * SECOND)
        for k, pitch in enumerate(SCALE)
    ]
    plan = plan_answer(build_phrase(notes, SECOND), 12.0, SamplingParams())
    assert plan.velocity_spread == pytest.approx(spread)


def test_playing_along_stays_on_the_beat():
    assert not PlayAlongPlanner().plan(SamplingParams(), 50).agogics


def test_a_farewell_without_a_phrase_ends_in_c_major():
    assert plan_farewell(None, SamplingParams(), 60).key == MusicalKey(0)


def test_playing_along_without_keys_changes_nothing():
    sampling = SamplingParams(temperature=0.7)
    plan = PlayAlongPlanner().plan(sampling, 50)
    assert (plan.sampling, plan.velocity) == (sampling, 50)


def test_playing_along_follows_the_last_keys():
    planner = PlayAlongPlanner()
    for pitch in SCALE:
        planner.add_key(pitch, 80)
    plan = planner.plan(SamplingParams(), 50)
    assert plan.velocity == 80 - VELOCITY_REDUCTION
    assert plan.sampling.scale == MusicalKey(0).scale
    planner.reset()
    assert planner.plan(SamplingParams(), 50).velocity == 50


def phrase_of(*pitches: int):
    return build_phrase(
        [TimedNote(pitch, 90, k * SECOND, (k + 1) * SECOND) for k, pitch in enumerate(pitches)],
        SECOND,
    )


def test_a_song_stays_in_its_key_and_chromatic_music_is_free():
    song, chromatic = (
        plan_answer(phrase_of(*pitches), 12.0, SamplingParams()).sampling
        for pitches in (SCALE, range(60, 72))
    )
    assert song.scale == MusicalKey(0).scale
    assert song.strictness > 0
    assert chromatic.scale == frozenset()


def test_the_more_a_phrase_leaves_its_scale_the_less_the_scale_counts():
    inside, outside = (
        plan_answer(phrase_of(*pitches), 12.0, SamplingParams()).sampling
        for pitches in (SCALE * 2, (*SCALE, 66, *SCALE[:7]))
    )
    assert inside.scale == outside.scale
    assert 0 < outside.strictness < inside.strictness


def test_one_note_gets_a_short_answer_and_two_a_question():
    one, two = (
        plan_answer(phrase_of(*pitches), 8.0, SamplingParams()) for pitches in ((60,), (60, 64))
    )
    assert one.length == two.length == one.shift_beats
    assert one.min_notes < two.min_notes < plan_answer(phrase_of(*SCALE), 8, one.sampling).min_notes
    assert (one.open_share, two.open_share) == (OPEN_ENDING_SHARE, 1.0)


def played(keys, step_s: float, velocity: int = 100):
    """A phrase of keys, or of chords of keys, one each `step_s` seconds."""
    chords = [[each] if isinstance(each, int) else each for each in keys]
    notes = [
        TimedNote(pitch, velocity, round(k * step_s * SECOND), round((k + 0.9) * step_s * SECOND))
        for k, chord in enumerate(chords)
        for pitch in chord
    ]
    return build_phrase(notes, SECOND // 2)


HANDS = np.random.default_rng(3).integers(48, 84, 40).tolist()
PALMS = [list(range(low, low + 7)) for low in (50, 71, 52, 66)]
MASHES = {
    "two hands": played(HANDS, 0.08),
    "faster than chords": played(HANDS, 0.03),
    "palms": played(PALMS, 0.3),
    "a forearm": played([list(range(55, 70))], 1.0),
}


@pytest.mark.parametrize("name", MASHES)
def test_mashed_keys_get_a_short_fast_wide_and_light_answer(name):
    phrase = MASHES[name]
    assert is_key_mash(phrase)
    usual = SamplingParams(density=0.5)
    plan = plan_answer(phrase, 8.0, usual)
    assert (plan.length, plan.entry, plan.shift_beats) == (phrase.bar_beats, 8.0, phrase.bar_beats)
    assert plan.sampling.density > usual.density
    assert plan.sampling.spread > 2 * MIN_ANSWER_SPREAD_SEMITONES
    assert plan.sampling.scale == frozenset()
    assert plan.velocity < phrase.velocity
    assert plan == plan_answer(MASHES[name], 8.0, usual)


ARPEGGIO = [48, 55, 60, 64, 67, 72, 76, 79, 84, 79, 76, 72, 67, 64, 60, 55] * 3
CHORALE = [[48, 55, 64, 72], [50, 57, 65, 74], [43, 59, 62, 71], [48, 55, 64, 72]] * 2
ORDINARY = {
    "a fast scale": played([*SCALE, *SCALE[::-1]] * 4, 0.08),
    "a fast arpeggio": played(ARPEGGIO, 0.08),
    "a fast chromatic run": played(range(48, 84), 0.08),
    "a chromatic glissando": played(range(48, 84), 0.025),
    "chords": played(CHORALE, 0.4),
    "a slow row of twelve notes": played(HANDS, 0.3),
    "a few keys at random": played(HANDS[:6], 0.08),
    "a trill": played([70, 71] * 12, 0.08),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_phrase_is_no_key_mash(name):
    phrase = ORDINARY[name]
    assert not is_key_mash(phrase)
    assert plan_answer(phrase, 8.0, SamplingParams()).velocity == phrase.velocity


def test_a_harmonised_phrase_goes_on_half_as_long():
    phrase = phrase_of(*SCALE)
    plan = plan_harmony(plan_answer(phrase, 12.0, SamplingParams()), phrase.tune, 0.0)
    assert (plan.length, plan.entry) == (12.0, 0.0)


@pytest.mark.parametrize(("key_nats", "strictness"), [(0.0, ANSWER_STRICTNESS_NATS), (2.5, 2.5)])
def test_a_style_that_keeps_to_its_key_keeps_to_that_of_the_phrase(key_nats, strictness):
    notes = [Note(pitch, float(beat), 1.0) for beat, pitch in enumerate((60, 62, 64, 65, 67))]
    sampling = SamplingParams(key_nats=key_nats)
    assert follow_phrase(notes, find_key(notes), sampling).strictness == strictness
