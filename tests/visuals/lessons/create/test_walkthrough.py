from __future__ import annotations

from pathlib import Path

import pytest

from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.tune_learner import LEARNED_STYLE as APPRENTICE
from rnn.teaching.tune_learner import TuneLearner, TuneLearnerSnapshot
from visuals.lessons.actions import LessonAction
from visuals.lessons.create.walkthrough import HANDOVER_DELAY_S, TICKS_PER_SECOND, CreateWalkthrough
from visuals.lessons.shared_state import SharedLessonState


@pytest.fixture(scope="module")
def learned() -> TuneLearnerSnapshot:
    return TuneLearner(songs.ode_to_joy()).snapshot()


def walk_of(snapshot: TuneLearnerSnapshot | None) -> CreateWalkthrough:
    bench = SharedLessonState()
    bench.learned_snapshot = snapshot
    return CreateWalkthrough(bench)


def test_what_was_learned_is_offered_first(learned):
    walk = walk_of(learned)
    assert [offer.name for offer in walk.options] == [APPRENTICE, *styles.style_names()][:5]
    assert walk.selected_option.network is learned
    assert walk.selected_option.notes == len(songs.ode_to_joy().notes)


def test_with_nothing_learned_the_styles_are_offered():
    assert [offer.name for offer in walk_of(None).options] == styles.style_names()[:4]


def test_the_numbers_are_those_of_the_model():
    offer = walk_of(None).options[0]
    network = load_checkpoint(styles.style_path(offer.name)).network
    assert offer.weights == sum(array.size for array in network.parameters.values())
    assert (offer.layers, offer.units) == (network.sizes.layers, network.sizes.units)
    assert offer.preference.shape == (offer.layers, offer.units)


def test_arrows_choose_and_the_keyboard_is_handed_over(learned):
    walk = walk_of(learned)
    walk.handle_arrow(LessonAction.RIGHT)
    name = walk.selected_option.name
    walk.advance()
    for tick in range(round(HANDOVER_DELAY_S * TICKS_PER_SECOND)):
        assert walk._shared_state.chosen_network is None, tick
        walk.tick()
    assert walk._shared_state.pop_chosen_network() == Path(styles.style_path(name))
    assert walk._shared_state.chosen_network is None


def test_once_it_is_time_nothing_else_can_be_chosen(learned):
    walk = walk_of(learned)
    walk.advance()
    walk.handle_arrow(LessonAction.RIGHT)
    walk.select_option(2)
    assert walk.selected_option.name == APPRENTICE
