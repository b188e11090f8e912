from __future__ import annotations

from pathlib import Path

import pytest

from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load
from rnn.teaching.tune_learner import STYLE as APPRENTICE
from rnn.teaching.tune_learner import Apprentice, Snapshot
from visuals.lessons.actions import Action
from visuals.lessons.create.walkthrough import HANDED_OVER_AFTER, TICKS_A_SECOND, CreateWalk
from visuals.lessons.shared_state import Bench


@pytest.fixture(scope="module")
def learned() -> Snapshot:
    return Apprentice(songs.ode_to_joy()).snapshot()


def walk_of(snapshot: Snapshot | None) -> CreateWalk:
    bench = Bench()
    bench.learned = snapshot
    return CreateWalk(bench)


def test_what_was_learned_is_offered_first(learned):
    walk = walk_of(learned)
    assert [offer.name for offer in walk.offers] == [APPRENTICE, *styles.names()][:5]
    assert walk.chosen.network is learned
    assert walk.chosen.notes == len(songs.ode_to_joy().notes)


def test_with_nothing_learned_the_styles_are_offered():
    assert [offer.name for offer in walk_of(None).offers] == styles.names()[:4]


def test_the_numbers_are_those_of_the_model():
    offer = walk_of(None).offers[0]
    network = load(styles.path_of(offer.name)).network
    assert offer.weights == sum(array.size for array in network.parameters.values())
    assert (offer.layers, offer.units) == (network.sizes.layers, network.sizes.units)
    assert offer.preference.shape == (offer.layers, offer.units)


def test_arrows_choose_and_the_keyboard_is_handed_over(learned):
    walk = walk_of(learned)
    walk.turn(Action.RIGHT)
    name = walk.chosen.name
    walk.advance()
    for tick in range(round(HANDED_OVER_AFTER * TICKS_A_SECOND)):
        assert walk._bench.chosen is None, tick
        walk.tick()
    assert walk._bench.take_chosen() == Path(styles.path_of(name))
    assert walk._bench.chosen is None


def test_once_it_is_time_nothing_else_can_be_chosen(learned):
    walk = walk_of(learned)
    walk.advance()
    walk.turn(Action.RIGHT)
    walk.choose(2)
    assert walk.chosen.name == APPRENTICE
