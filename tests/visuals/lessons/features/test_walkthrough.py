from __future__ import annotations

import numpy as np
import pytest

from rnn.analysis.trace import trace_tune
from tests.walkthroughs import tick, walk_to
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.features.cell_grid import grid_columns
from visuals.lessons.features.walkthrough import FeaturesWalkthrough


@pytest.fixture
def walk(probed_network) -> FeaturesWalkthrough:
    return FeaturesWalkthrough(SharedLessonState(probed_network=probed_network))


def test_every_number_shown_is_the_networks(walk, probed_network):
    walk_to(walk, "corpus", 30)
    heard = trace_tune(probed_network.network, probed_network.codec, walk.corpus_trace.tune)
    expected = probed_network.polarity(walk.layer, walk.unit) * heard.unit_activations(
        walk.layer, walk.unit
    )
    np.testing.assert_allclose(walk.unit_response(walk.corpus_trace), expected, atol=1e-6)
    place = walk.playback.note_index
    np.testing.assert_allclose(walk.activations, heard.h[heard.note_end_steps[place]], atol=1e-6)


def test_the_dream_goes_on_only_while_it_is_shown_and_moves_the_cell(walk):
    walk_to(walk, "start", 30)
    first = walk.maximisation.activation
    tick(walk, 30)
    assert walk.maximisation.tunes_tried == 0
    walk_to(walk, "dream", 30)
    tick(walk, 300)
    assert walk.maximisation.tunes_tried > 20
    assert walk.maximisation.activation > first


def test_both_are_heard_when_it_is_found(walk):
    walk_to(walk, "found", 30)
    maximised = walk.pop_requested_notes()
    assert [n.pitch for n in maximised.notes] == [n.pitch for n in walk.maximisation.notes]
    tick(walk, 900)
    found = walk.pop_requested_notes()
    assert [n.pitch for n in found.notes] == [n.pitch for n in walk.corpus_trace.tune.notes]
    assert found.notes[0].onset == 0.0


def test_arrows_choose_another_cell_and_its_music_is_heard(walk, probed_network):
    walk_to(walk, "hands", 30)
    before = walk.layer * probed_network.units + walk.unit
    walk.pop_requested_notes()
    walk.handle_arrow(LessonAction.RIGHT)
    walk.handle_arrow(LessonAction.DOWN)
    chosen = walk.layer * probed_network.units + walk.unit
    assert chosen == (before + 1 + grid_columns(probed_network.units)) % (2 * probed_network.units)
    assert walk.pop_requested_notes().notes == ()  # the last cell's is silent at once
    songs = []
    for _ in range(2000):
        walk.tick()
        song = walk.pop_requested_notes()
        if song is not None:
            songs.append([n.pitch for n in song.notes])
    context = probed_network.strongest_context(walk.layer, walk.unit)
    assert songs == [[n.pitch for n in context.notes], [n.pitch for n in walk.maximisation.notes]]


def test_starting_over_forgets_the_choice(walk, probed_network):
    walk_to(walk, "hands", 30)
    walk.handle_arrow(LessonAction.LEFT)
    walk.restart()
    assert (walk.layer, walk.unit) == probed_network.best_explained_unit()
    assert walk.maximisation is None
    assert walk.playback is None
