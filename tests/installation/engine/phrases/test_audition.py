from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest

from installation.engine.phrases.audition import Audition
from installation.engine.phrases.phrase_generator import PhraseGenerator
from installation.engine.phrases.phrase_plans import plan_attract_tune
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Meter
from rnn.model.sampling_params import SamplingParams
from tests.dummy_composer import CriticalComposer, DummyComposer

CANDIDATES = 4


@pytest.fixture
def audition_of():
    """An audition that is over, and its composer, by the log odds it gives in turn."""

    def hold(log_odds=(0.0,), section_bars=0, seed=1):
        composer = CriticalComposer(cycle(log_odds).__next__, CANDIDATES, section_bars)
        audition = Audition(composer, SamplingParams(), (seed,), CANDIDATES)
        for _ in range(100_000):
            if audition.is_over:
                return audition, composer
            audition.compose_note()
        raise AssertionError("it does not end")

    return hold


def play(drawn, composer=None):
    """Pitches and onsets of a drawn tune, by another composer."""
    composer = composer or DummyComposer()
    composer.begin_tune(composer.draw_meter(drawn.generator))
    plan = plan_attract_tune(SamplingParams(), 50)
    grid = BeatGrid(0, SECOND)
    line = PhraseGenerator(composer, drawn.generator, plan, grid, 0, drawn.later_generators)
    found = []
    while (composed := line.compose_note()) is not None:
        found.append((composed.step.note.pitch, composed.step.note.onset))
    return found


def written(tune):
    return [(note.pitch, note.onset) for note in tune.notes]


@pytest.mark.parametrize("best", range(CANDIDATES))
def test_the_tune_of_the_best_odds_is_played(audition_of, best):
    odds = [0.0] * CANDIDATES
    odds[best] = 90.0
    audition, composer = audition_of(odds)
    assert len(composer.judged) == CANDIDATES
    assert play(audition.finish()) == written(composer.judged[best])


def test_candidates_of_equal_odds_are_drawn_alike(audition_of):
    drawn = []
    for seed in range(120):
        audition, composer = audition_of(seed=seed)
        tunes = [written(tune) for tune in composer.judged]
        drawn.append(tunes.index(play(audition.finish())))
    assert min(np.bincount(drawn, minlength=CANDIDATES)) > 15


@pytest.mark.parametrize("best", range(CANDIDATES))
def test_a_tune_goes_on_from_the_best_of_each_section(audition_of, best):
    odds = [0.0] * CANDIDATES
    odds[best] = 90.0
    audition, composer = audition_of(odds, section_bars=2)
    sections = [
        [written(tune) for tune in composer.judged[start : start + CANDIDATES]]
        for start in range(0, len(composer.judged), CANDIDATES)
    ]
    for section, following in zip(sections, sections[1:], strict=False):
        assert len({tuple(each) for each in section}) == CANDIDATES
        assert all(each[: len(section[best])] == section[best] for each in following)
    assert len(sections) > 2 and play(audition.finish()) == sections[-1][best]


def test_a_section_ends_with_the_first_note_after_it(audition_of):
    _, composer = audition_of(section_bars=2)
    first = composer.judged[0].notes
    assert first[-2].onset < 8.0 <= first[-1].onset


def test_what_was_chosen_is_played_before_the_tune_is_whole():
    composer = CriticalComposer(cycle([0.0, 0.0, 90.0, 0.0]).__next__, CANDIDATES, 2)
    audition = Audition(composer, SamplingParams(), (1,), CANDIDATES)
    assert audition.finish() is None
    while len(composer.judged) < CANDIDATES:
        audition.compose_note()
    chosen = written(composer.judged[2])
    tune = play(audition.finish())
    assert tune[: len(chosen)] == chosen and len(tune) > len(chosen)


def test_a_tune_that_is_wanted_early_is_drawn_from_those_that_are_judged():
    composer = CriticalComposer(cycle([0.0, 90.0, 99.0, 99.0]).__next__, CANDIDATES)
    audition = Audition(composer, SamplingParams(), (1,), CANDIDATES)
    while len(composer.judged) < 2:
        audition.compose_note()
    audition.compose_note()  # the third has begun
    assert play(audition.finish()) == written(composer.judged[1])


class ManyMetersComposer(CriticalComposer):
    """Draws bars of three beats or of four."""

    def __init__(self, *arguments):
        self._meter = Meter()
        super().__init__(*arguments)

    @property
    def meter(self):
        return self._meter

    def draw_meter(self, generator):
        return Meter(int(generator.choice([3, 4])), 4)

    def begin_tune(self, meter=None):
        super().begin_tune(meter)
        self._meter = meter or Meter()

    def snapshot(self):
        return super().snapshot(), self._meter

    def restore(self, snapshot):
        inner, self._meter = snapshot
        super().restore(inner)


@pytest.mark.parametrize("best", range(CANDIDATES))
@pytest.mark.parametrize("seed", [0, 2, 3])
def test_sections_are_as_long_as_the_bars_of_the_tune_that_is_drawn(best, seed):
    odds = [0.0] * CANDIDATES
    odds[best] = 90.0
    composer = ManyMetersComposer(cycle(odds).__next__, CANDIDATES, 2)
    audition = Audition(composer, SamplingParams(), (seed,), CANDIDATES)
    while not audition.is_over:
        audition.compose_note()
    assert {tune.meter.beats for tune in composer.judged[:CANDIDATES]} == {3, 4}
    assert play(audition.finish(), ManyMetersComposer()) == written(composer.judged[-4:][best])


def test_the_composer_goes_on_as_if_there_were_none():
    def go_on(composer, between):
        generator = np.random.default_rng(3)
        for _ in range(50):
            between()
            yield composer.compose_note(generator, SamplingParams()).note

    composer = CriticalComposer(section_bars=2)
    audition = Audition(composer, SamplingParams(), (1,), CANDIDATES)
    noted = list(go_on(composer, audition.compose_note))
    assert noted == list(go_on(DummyComposer(), lambda: None))


def test_a_tune_too_short_to_judge_is_not_drawn(audition_of):
    audition, composer = audition_of([None, None, None, 0.0])
    assert play(audition.finish()) == written(composer.judged[3])


def test_an_audition_that_is_over_composes_no_more(audition_of):
    audition, composer = audition_of()
    audition.compose_note()
    assert len(composer.judged) == CANDIDATES
