from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from midi_data.notes import Meter, Note
from rnn.generation.performance_rules import PerformanceRules

EIGHTHS = [Note(60 + (0, 2, 4, 5, 7, 5, 4, 2)[k % 8], k / 2, 0.5) for k in range(64)]


COMMON = Meter()


def perform(notes, *, seed=1, amount=1.0, mean=70.0, spread=10.0, meter=COMMON, **options):
    rules = PerformanceRules(
        np.random.default_rng(seed), amount, mean, spread, meter, notes[0].onset, **options
    )
    return [rules.perform(note) for note in notes]


def mean_velocity(played, places):
    return np.mean([played[k].velocity for k in places])


def test_the_same_seed_plays_the_same():
    assert perform(EIGHTHS) == perform(EIGHTHS)
    assert perform(EIGHTHS) != perform(EIGHTHS, seed=2)


@pytest.mark.parametrize("spread", [5.0, 10.0, 15.0])
def test_mean_and_spread_of_the_velocities_are_those_asked_for(spread):
    velocities = [one.velocity for one in perform(EIGHTHS, spread=spread)]
    assert np.mean(velocities) == pytest.approx(70, abs=0.35 * spread)
    assert np.std(velocities) == pytest.approx(spread, rel=0.35)


def test_the_first_note_is_on_its_beat():
    assert perform(EIGHTHS)[0].onset == EIGHTHS[0].onset


def test_no_onset_strays_far_and_none_overtakes_another():
    played = perform(EIGHTHS)
    delays = [one.onset - note.onset for one, note in zip(played, EIGHTHS, strict=True)]
    assert 0.03 < max(map(abs, delays)) < 0.1
    assert all(before.onset < after.onset for before, after in pairwise(played))


def test_each_phrase_begins_in_time():
    played = perform(EIGHTHS)
    assert [played[k].onset for k in (32,)] == pytest.approx([16.0], abs=0.02)


def test_a_note_ends_before_the_next_one():
    for before, after in pairwise(perform(EIGHTHS)):
        assert before.end <= after.onset + 1e-9


def test_the_bar_line_is_accented():
    played = perform(EIGHTHS)
    assert mean_velocity(played, range(0, 64, 8)) > mean_velocity(played, range(1, 64, 2)) + 8


def test_in_six_eight_the_fourth_eighth_is_a_beat():
    notes = [Note(60, k / 2, 0.5) for k in range(96)]
    played = perform(notes, meter=Meter(6, 8))
    assert mean_velocity(played, range(3, 96, 6)) > mean_velocity(played, range(2, 96, 6)) + 4


def test_a_phrase_is_loudest_past_its_middle():
    notes = [Note(60, k * 2.0, 1.0) for k in range(4)]  # each at a bar line
    played = perform(notes, meter=Meter(2, 4), length=8.0)
    assert played[2].velocity > played[0].velocity + 8
    assert played[2].velocity > played[1].velocity


def test_high_is_loud():
    notes = [Note(60 + 12 * (k % 8 == 4), k / 2, 0.5) for k in range(64)]
    low = [Note(60 - 12 * (k % 8 == 4), k / 2, 0.5) for k in range(64)]
    places = range(4, 64, 8)
    assert mean_velocity(perform(notes), places) > mean_velocity(perform(low), places) + 8


def test_short_notes_are_soft():
    short = [Note(60, k / 2, 0.25) for k in range(64)]
    difference = mean_velocity(perform(EIGHTHS), range(64)) - mean_velocity(
        perform(short), range(64)
    )
    assert difference > 2


def test_the_end_is_slower():
    played = perform(EIGHTHS, length=32.0)
    assert played[-1].onset - EIGHTHS[-1].onset > 0.02


def test_the_final_note_is_late_and_long():
    rules = PerformanceRules(np.random.default_rng(1), 1.0, 70, 10, Meter(), 0.0, length=4.0)
    final = rules.perform(Note(60, 0.0, 2.0), is_final=True)
    assert final.onset > 0.0
    assert final.end - final.onset > 2.3


def test_a_phrase_ends_with_a_breath():
    notes = [Note(60, k * 1.0, 1.0) for k in range(32)]
    played = perform(notes, agogics=False)
    breath = notes[15].end - played[15].end
    assert breath > 0.1 > notes[14].end - played[14].end


def test_beside_others_onsets_stay_on_the_beat():
    delays = [
        p.onset - n.onset for p, n in zip(perform(EIGHTHS, agogics=False), EIGHTHS, strict=True)
    ]
    assert max(map(abs, delays)) == 0.0


def test_the_notes_of_a_chord_are_struck_together():
    chords = [Note(pitch, k * 1.0, 1.0) for k in range(8) for pitch in (48, 60, 64, 67)]
    played = perform(chords)
    assert len({one.onset for one in played}) == 8


def test_without_an_amount_the_time_is_as_written():
    for one, note in zip(perform(EIGHTHS, amount=0.0), EIGHTHS, strict=True):
        assert (one.velocity, one.onset, one.end) == (70, note.onset, note.end)
