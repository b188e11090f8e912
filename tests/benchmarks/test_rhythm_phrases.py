"""The phrases whose rhythm is known: what is cut and put together is what is held to be true."""

import numpy as np
import pytest
from rhythm_phrases import KINDS, TRIPLET, cut_phrase, make_phrases

from midi_data.notes import Meter, Note, Tune


@pytest.mark.parametrize("name", KINDS)
def test_the_bars_of_a_kind_are_full(name):
    full = Meter.parse(KINDS[name].meter).bar_beats
    for bar in KINDS[name].bars + KINDS[name].ends:
        words = bar.replace("T", TRIPLET).split()
        assert sum(abs(float(word)) for word in words) == pytest.approx(full), bar


def test_a_phrase_of_a_tune_keeps_its_upbeat_and_fills_its_bars():
    notes = [Note(60, 3.0, 1.0), *(Note(60, 4.0 + beat, 1.0) for beat in range(31))]
    pattern = cut_phrase(Tune(tuple(notes), Meter(4, 4)), np.random.default_rng(0))
    assert (pattern.meter, pattern.upbeat) == ("4/4", "1")
    assert sum(map(float, pattern.bars.split())) % 4 == 3


def test_the_same_phrases_are_put_together_each_time():
    first, second = make_phrases([], 0, 2), make_phrases([], 0, 2)
    assert first == second
    assert {phrase.kind for phrase in first} == set(KINDS)
