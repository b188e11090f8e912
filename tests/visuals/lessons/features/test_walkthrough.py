from __future__ import annotations

import numpy as np
import pytest

from midi_data import songs
from midi_data.notes import Note, Tune
from rnn import styles
from rnn.analysis.trace import trace_tune
from rnn.analysis.unit_probing import probe_units
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network, NetworkSizes
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearner
from visuals.lessons.actions import LessonAction
from visuals.lessons.features.cell_grid import CellGrid, grid_columns
from visuals.lessons.features.lesson import FeaturesLesson
from visuals.lessons.features.walkthrough import FeaturesWalkthrough
from visuals.lessons.shared_state import SharedLessonState
from visuals.words import load_words


@pytest.fixture(scope="module")
def subject() -> ProbedNetwork:
    """Two layers of nine cells with an atlas of their own."""
    codec = NoteCodec()
    generator = np.random.default_rng(1)
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=8, units=9, layers=2)
    network = Network.initial(sizes, generator)
    network.parameters["embedding"] *= 6
    tunes = [
        Tune(tuple(Note(int(p), k / 2, 0.5) for k, p in enumerate(generator.integers(60, 75, 16))))
        for _ in range(20)
    ]
    atlas = probe_units(network, codec, tunes, notes=300)
    card = ModelCard(meter="4/4")
    found = ProbedNetwork.from_checkpoint(
        Checkpoint(network, codec, card, np.zeros((2, 12, 9), "f4"), atlas)
    )
    assert found is not None
    return found


@pytest.fixture
def walk(subject) -> FeaturesWalkthrough:
    return FeaturesWalkthrough(SharedLessonState(subject=subject))


def to(walk: FeaturesWalkthrough, name: str) -> FeaturesWalkthrough:
    while walk.current_step.name != name:
        for _ in range(30):
            walk.tick()
        assert walk.advance()
    return walk


def ticks(walk: FeaturesWalkthrough, count: int) -> None:
    for _ in range(count):
        walk.tick()


def test_what_is_remembered_is_the_atlas_context_where_it_moves_the_cell_most(subject):
    slices = subject.replay_strongest_context(1, 4)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            found = end.value
            break
    context = subject.strongest_context(1, 4)
    assert [n.pitch for n in found.tune.notes] == [n.pitch for n in context.notes]
    for place in np.arange(0.0, 4.0, 0.5):
        moved = tuple(Note(n.pitch, n.onset + place, n.duration) for n in context.notes)
        other = trace_tune(subject.network, subject.codec, Tune(moved, subject.meter))
        polarity = subject.polarity(1, 4)
        assert (
            polarity * other.unit_activations(1, 4)[-1]
            <= polarity * found.unit_activations(1, 4)[-1] + 1e-6
        )


def test_every_number_shown_is_the_networks(walk, subject):
    to(walk, "corpus")
    heard = trace_tune(subject.network, subject.codec, walk.corpus_trace.tune)
    expected = subject.polarity(walk.layer, walk.unit) * heard.unit_activations(
        walk.layer, walk.unit
    )
    np.testing.assert_allclose(walk.unit_response(walk.corpus_trace), expected, atol=1e-6)
    place = walk.playback.note_index
    np.testing.assert_allclose(walk.activations, heard.h[heard.note_end_steps[place]], atol=1e-6)


def test_the_dream_goes_on_only_while_it_is_shown_and_moves_the_cell(walk):
    to(walk, "start")
    first = walk.maximisation.activation
    ticks(walk, 30)
    assert walk.maximisation.tunes_tried == 0
    to(walk, "dream")
    ticks(walk, 300)
    assert walk.maximisation.tunes_tried > 20
    assert walk.maximisation.activation > first


def test_both_are_heard_when_it_is_found(walk):
    to(walk, "found")
    dreamt = walk.pop_requested_notes()
    assert [n.pitch for n in dreamt.notes] == [n.pitch for n in walk.maximisation.notes]
    ticks(walk, 900)
    found = walk.pop_requested_notes()
    assert [n.pitch for n in found.notes] == [n.pitch for n in walk.corpus_trace.tune.notes]
    assert found.notes[0].onset == 0.0


def test_arrows_choose_another_cell_and_its_music_is_heard(walk, subject):
    to(walk, "hands")
    before = walk.layer * subject.units + walk.unit
    walk.pop_requested_notes()
    walk.handle_arrow(LessonAction.RIGHT)
    walk.handle_arrow(LessonAction.DOWN)
    chosen = walk.layer * subject.units + walk.unit
    assert chosen == (before + 1 + grid_columns(subject.units)) % (2 * subject.units)
    assert walk.pop_requested_notes().notes == ()  # the last cell's is silent at once
    songs = []
    for _ in range(2000):
        walk.tick()
        song = walk.pop_requested_notes()
        if song is not None:
            songs.append([n.pitch for n in song.notes])
    context = subject.strongest_context(walk.layer, walk.unit)
    assert songs == [[n.pitch for n in context.notes], [n.pitch for n in walk.maximisation.notes]]


def test_a_touch_chooses_a_cell_or_plays_a_piece(subject):
    lesson = FeaturesLesson(load_words())
    lesson.use_shared_state(SharedLessonState(subject=subject))
    place = lesson._cell_grid.layer_rect(1)
    lesson.on_touch(place.left + 3, place.top + 3)
    chosen = lesson.walkthrough.layer, lesson.walkthrough.unit
    assert chosen == subject.best_explained_unit()  # it is not the visitor's turn yet
    to(lesson.walkthrough, "hands")
    lesson.on_touch(place.left + 3, place.top + 3)
    assert (lesson.walkthrough.layer, lesson.walkthrough.unit) == (1, 0)
    ticks(lesson.walkthrough, 100)
    lesson.walkthrough.pop_requested_notes()
    lesson.on_touch(600, 400)
    assert lesson.walkthrough.pop_requested_notes().notes
    lesson.on_touch(5, 5)
    assert lesson.walkthrough.pop_requested_notes() is None


def test_starting_over_forgets_the_choice(walk, subject):
    to(walk, "hands")
    walk.handle_arrow(LessonAction.LEFT)
    walk.restart()
    assert (walk.layer, walk.unit) == subject.best_explained_unit()
    assert walk.maximisation is None
    assert walk.playback is None


def test_begun_again_it_asks_the_network_that_plays_now(subject):
    bench = SharedLessonState(subject=subject)
    lesson = FeaturesLesson(load_words())
    lesson.use_shared_state(bench)
    learned = TuneLearner(songs.ode_to_joy())
    learned.learn()
    bench.probed_network = ProbedNetwork.from_checkpoint(learned.checkpoint())
    assert lesson.walkthrough.probed_network is subject  # not before a visitor's eyes
    lesson.walkthrough.restart()
    to(lesson.walkthrough, "found")
    assert lesson._cell_grid.layer_rect(0) == CellGrid(1, UNITS_PER_LAYER).layer_rect(0)
    assert lesson.walkthrough.probed_network.strongest_context(0, 7).tune == songs.ode_to_joy().name
    bench.probed_network = None
    lesson.walkthrough.restart()
    assert [step.name for step in lesson.walkthrough.steps] == ["none"]


def test_without_an_atlas_there_is_one_kind_sentence():
    lesson = FeaturesLesson(load_words())
    assert [step.name for step in lesson.walkthrough.steps] == ["none"]
    assert "asked" in lesson.current_sentence()
    ticks(lesson.walkthrough, 5)


def test_a_network_without_an_atlas_is_no_subject(subject):
    codec = NoteCodec()
    preference = np.zeros((2, 12, 9), "f4")
    assert (
        ProbedNetwork.from_checkpoint(Checkpoint(subject.network, codec, ModelCard(), preference))
        is None
    )


@pytest.mark.parametrize("name", styles.style_names())
def test_the_styles_of_notes_that_come_along_can_be_asked(name):
    checkpoint = load_checkpoint(styles.style_path(name))
    subject = ProbedNetwork.from_checkpoint(checkpoint)
    assert (subject is not None) is (checkpoint.codec.kind == NoteCodec.kind)
    if subject is not None:
        layer, unit = subject.best_explained_unit()
        assert subject.strongest_context(layer, unit).notes
