from __future__ import annotations

import pytest

from midi_data import songs
from rnn.teaching.tune_learner import LEARNED_STYLE, TuneLearner, TuneLearnerSnapshot
from visuals.lessons.actions import LessonAction
from visuals.lessons.create.walkthrough import (
    HANDOVER_DELAY_S,
    MAX_OPTIONS,
    TICKS_PER_SECOND,
    CreateWalkthrough,
)
from visuals.lessons.shared_state import SharedLessonState


@pytest.fixture(scope="module")
def learned() -> TuneLearnerSnapshot:
    return TuneLearner(songs.ode_to_joy()).snapshot()


@pytest.fixture
def state(network_options) -> SharedLessonState:
    return SharedLessonState(network_options=lambda: network_options)


def test_the_trained_network_is_offered_first(state, learned):
    state.learned_snapshot = learned
    walk = CreateWalkthrough(state)
    assert [option.name for option in walk.options] == [LEARNED_STYLE, "first", "second"]
    assert walk.selected_option.network is learned
    assert walk.selected_option.notes == len(songs.ode_to_joy().notes)


def test_without_training_the_installations_networks_are_offered(state, network_options):
    assert CreateWalkthrough(state).options == network_options
    state.network_options = lambda: MAX_OPTIONS * network_options
    assert len(CreateWalkthrough(state).options) == MAX_OPTIONS - 1


def test_arrows_choose_and_the_network_is_handed_over(state, learned, network_options):
    state.learned_snapshot = learned
    walk = CreateWalkthrough(state)
    walk.handle_arrow(LessonAction.RIGHT)
    walk.advance()
    for tick in range(round(HANDOVER_DELAY_S * TICKS_PER_SECOND)):
        assert state.chosen_network is None, tick
        walk.tick()
    assert state.pop_chosen_network() is network_options[0].network
    assert state.chosen_network is None


def test_in_the_last_step_no_other_network_can_be_chosen(state, learned):
    state.learned_snapshot = learned
    walk = CreateWalkthrough(state)
    walk.advance()
    walk.handle_arrow(LessonAction.RIGHT)
    walk.select_option(2)
    assert walk.selected_option.name == LEARNED_STYLE


def test_with_no_network_to_offer_none_is_handed_over():
    state = SharedLessonState()
    walk = CreateWalkthrough(state)
    walk.advance()
    for _ in range(round(HANDOVER_DELAY_S * TICKS_PER_SECOND) + 1):
        walk.tick()
    assert (walk.selected_option, state.chosen_network) == (None, None)
