from __future__ import annotations

import numpy as np

from rnn.teaching.perceptron import COIN_TOSS_BITS
from tests.walkthroughs import walk_to
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.hidden_layer.walkthrough import (
    MAX_HIDDEN_NEURONS,
    SONG_ROOT_PITCHES,
    HiddenLayerWalkthrough,
)


def test_the_one_neuron_searches_and_never_gets_below_a_coin():
    walk = walk_to(HiddenLayerWalkthrough(), "search")
    for _ in range(600):
        walk.tick()
    assert len(set(walk.neuron_errors)) > 500
    assert min(walk.neuron_errors) >= COIN_TOSS_BITS
    assert walk.neuron.count_mistakes(walk.songs) >= 1


def test_two_hidden_neurons_part_the_songs_while_watched():
    walk = walk_to(HiddenLayerWalkthrough(), "fold")
    for _ in range(round(walk.current_step.seconds * 30)):
        walk.tick()
    assert walk.hidden_network.count_mistakes(walk.songs) == 0
    assert walk.network_errors[-1] == walk.hidden_network.error(walk.songs)


def test_whoever_does_not_wait_sees_them_parted():
    assert (
        walk_to(HiddenLayerWalkthrough(), "parted").hidden_network.count_mistakes(
            [*HiddenLayerWalkthrough().songs]
        )
        == 0
    )


def test_arrows_add_and_take_away_hidden_neurons_within_limits():
    walk = walk_to(HiddenLayerWalkthrough(), "hands")
    counts = []
    for action in 3 * [LessonAction.DOWN] + 4 * [LessonAction.UP]:
        walk.handle_arrow(action)
        counts.append(walk.hidden_network.hidden_count)
    assert counts == [1, 1, 1, 2, 3, MAX_HIDDEN_NEURONS, MAX_HIDDEN_NEURONS]


def test_another_beginning_is_another_network():
    walk = walk_to(HiddenLayerWalkthrough(), "hands")
    before = walk.hidden_network.parameters["hidden.weight"].copy()
    walk.handle_arrow(LessonAction.RIGHT)
    assert not np.allclose(walk.hidden_network.parameters["hidden.weight"], before)


def test_the_end_shows_songs_parted_whatever_was_tried():
    walk = walk_to(HiddenLayerWalkthrough(), "hands")
    walk.handle_arrow(LessonAction.DOWN)
    walk.advance()
    assert walk.hidden_network.count_mistakes(walk.songs) == 0


def heard(walk, ticks: int) -> list[tuple[int, ...]]:
    """Pitches of each song asked for, from the step's beginning."""
    requests = []
    for _ in range(ticks):
        song = walk.pop_requested_notes()
        if song is not None:
            requests.append(tuple(note.pitch for note in song.notes))
        walk.tick()
    return requests


def test_one_song_always_beats_until_the_space_is_folded():
    def rough(walk):
        requests = heard(walk, 14 * 8)[-4:]
        return sum(high - low == 1 for low, high in requests)

    walk = walk_to(HiddenLayerWalkthrough(), "search")
    assert rough(walk) >= 1
    walk = walk_to(HiddenLayerWalkthrough(), "parted")
    pitches = {note.pitch for note in walk.pop_requested_notes().notes}
    assert pitches == {*SONG_ROOT_PITCHES, *(root + 12 for root in SONG_ROOT_PITCHES)}
    walk.advance()
    assert rough(walk) == 0
