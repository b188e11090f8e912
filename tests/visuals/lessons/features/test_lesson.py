from __future__ import annotations

import pytest

from midi_data import songs
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearner
from tests.walkthroughs import tick, walk_to
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.features.cell_grid import CellGrid
from visuals.lessons.features.lesson import FeaturesLesson
from visuals.words import load_words


def test_a_touch_chooses_a_cell_or_plays_a_piece(probed_network):
    lesson = FeaturesLesson(load_words(), SharedLessonState(probed_network=probed_network))
    place = lesson.cell_grid.layer_rect(1)
    lesson.on_touch(place.left + 3, place.top + 3)
    chosen = lesson.walkthrough.layer, lesson.walkthrough.unit
    assert chosen == probed_network.best_explained_unit()  # it is not the visitor's turn yet
    walk_to(lesson.walkthrough, "hands", 30)
    lesson.on_touch(place.left + 3, place.top + 3)
    assert (lesson.walkthrough.layer, lesson.walkthrough.unit) == (1, 0)
    tick(lesson.walkthrough, 100)
    lesson.walkthrough.pop_requested_notes()
    lesson.on_touch(600, 400)
    assert lesson.walkthrough.pop_requested_notes().notes
    lesson.on_touch(5, 5)
    assert lesson.walkthrough.pop_requested_notes() is None


def test_begun_again_it_asks_the_network_that_plays_now(probed_network):
    state = SharedLessonState(probed_network=probed_network)
    lesson = FeaturesLesson(load_words(), state)
    learned = TuneLearner(songs.ode_to_joy())
    learned.learn()
    state.probed_network = ProbedNetwork.from_checkpoint(learned.checkpoint())
    assert lesson.walkthrough.probed_network is probed_network  # until the restart
    lesson.walkthrough.restart()
    walk_to(lesson.walkthrough, "found", 30)
    assert lesson.cell_grid.layer_rect(0) == CellGrid(1, UNITS_PER_LAYER).layer_rect(0)
    assert lesson.walkthrough.probed_network.strongest_context(0, 7).tune == songs.ode_to_joy().name
    state.probed_network = None
    lesson.walkthrough.restart()
    assert [step.name for step in lesson.walkthrough.steps] == ["none"]


def test_without_an_atlas_there_is_one_kind_sentence():
    lesson = FeaturesLesson(load_words())
    assert [step.name for step in lesson.walkthrough.steps] == ["none"]
    assert "asked" in lesson.current_sentence()
    tick(lesson.walkthrough, 5)


def test_the_light_of_a_cell_has_the_sign_of_its_curve(probed_network):
    """A cell may answer with its negative side: gold and up mean the same for all."""
    state = SharedLessonState(probed_network=probed_network)
    walk = FeaturesLesson(load_words(), state).walkthrough
    walk_to(walk, "corpus", 60)
    response = walk.unit_response(walk.corpus_trace)[-1]
    assert walk.oriented_activations[walk.layer, walk.unit] == pytest.approx(response)
    signs = probed_network.atlas.polarity.reshape(walk.activations.shape)
    assert (signs < 0).any()
    assert (walk.oriented_activations[signs < 0] == -walk.activations[signs < 0]).all()


def test_the_step_of_gradients_shows_what_they_promise(probed_network):
    """Each edit is of another note, the best first, and the search has not changed anything yet."""
    state = SharedLessonState(probed_network=probed_network)
    walk = FeaturesLesson(load_words(), state).walkthrough
    walk_to(walk, "slope", 60)
    before = walk.maximisation.notes
    assert walk.promised_edits == ()
    tick(walk, 200)
    gains = [edit.gain for edit in walk.promised_edits]
    assert gains and min(gains) > 0 and gains == sorted(gains, reverse=True)
    assert len({edit.note_index for edit in walk.promised_edits}) == len(gains)
    assert all(edit.note.pitch != before[edit.note_index].pitch for edit in walk.promised_edits)
    assert walk.maximisation.notes == before and walk.maximisation.tunes_tried == 0
