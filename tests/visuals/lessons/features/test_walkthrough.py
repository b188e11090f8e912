from __future__ import annotations

import numpy as np
import pytest

from midi_data import songs
from midi_data.notes import Note, Tune
from rnn import styles
from rnn.analysis.trace import hear
from rnn.analysis.unit_probing import survey
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Card, Checkpoint, load
from rnn.model.network import Network, Sizes
from rnn.teaching.probed_network import Subject
from rnn.teaching.tune_learner import UNITS, Apprentice
from visuals.lessons.actions import Action
from visuals.lessons.features.cell_grid import CellPicture, columns
from visuals.lessons.features.lesson import WhatTheLayersSee
from visuals.lessons.features.walkthrough import SeenWalk
from visuals.lessons.shared_state import Bench
from visuals.words import load_words


@pytest.fixture(scope="module")
def subject() -> Subject:
    """Two layers of nine cells with an atlas of their own."""
    codec = NoteCodec()
    generator = np.random.default_rng(1)
    sizes = Sizes(codec.inputs, codec.outputs, embedding=8, units=9, layers=2)
    network = Network.initial(sizes, generator)
    network.parameters["embedding"] *= 6
    tunes = [
        Tune(tuple(Note(int(p), k / 2, 0.5) for k, p in enumerate(generator.integers(60, 75, 16))))
        for _ in range(20)
    ]
    atlas = survey(network, codec, tunes, notes=300)
    card = Card(meter="4/4")
    found = Subject.of(Checkpoint(network, codec, card, np.zeros((2, 12, 9), "f4"), atlas))
    assert found is not None
    return found


@pytest.fixture
def walk(subject) -> SeenWalk:
    return SeenWalk(Bench(subject=subject))


def to(walk: SeenWalk, name: str) -> SeenWalk:
    while walk.now.name != name:
        for _ in range(30):
            walk.tick()
        assert walk.advance()
    return walk


def ticks(walk: SeenWalk, count: int) -> None:
    for _ in range(count):
        walk.tick()


def test_what_is_remembered_is_the_atlas_context_where_it_moves_the_cell_most(subject):
    slices = subject.remember(1, 4)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            found = end.value
            break
    context = subject.context(1, 4)
    assert [n.pitch for n in found.tune.notes] == [n.pitch for n in context.notes]
    for place in np.arange(0.0, 4.0, 0.5):
        moved = tuple(Note(n.pitch, n.onset + place, n.duration) for n in context.notes)
        other = hear(subject.network, subject.codec, Tune(moved, subject.meter))
        polarity = subject.polarity(1, 4)
        assert polarity * other.said(1, 4)[-1] <= polarity * found.said(1, 4)[-1] + 1e-6


def test_every_number_shown_is_the_networks(walk, subject):
    to(walk, "corpus")
    heard = hear(subject.network, subject.codec, walk.corpus.tune)
    expected = subject.polarity(walk.layer, walk.unit) * heard.said(walk.layer, walk.unit)
    np.testing.assert_allclose(walk.moved(walk.corpus), expected, atol=1e-6)
    place = walk.playing.place
    np.testing.assert_allclose(walk.said, heard.h[heard.ends[place]], atol=1e-6)


def test_the_dream_goes_on_only_while_it_is_shown_and_moves_the_cell(walk):
    to(walk, "start")
    first = walk.dream.strength
    ticks(walk, 30)
    assert walk.dream.tried == 0
    to(walk, "dream")
    ticks(walk, 300)
    assert walk.dream.tried > 20
    assert walk.dream.strength > first


def test_both_are_heard_when_it_is_found(walk):
    to(walk, "found")
    dreamt = walk.take_song()
    assert [n.pitch for n in dreamt.notes] == [n.pitch for n in walk.dream.notes]
    ticks(walk, 900)
    found = walk.take_song()
    assert [n.pitch for n in found.notes] == [n.pitch for n in walk.corpus.tune.notes]
    assert found.notes[0].onset == 0.0


def test_arrows_choose_another_cell_and_its_music_is_heard(walk, subject):
    to(walk, "hands")
    before = walk.layer * subject.units + walk.unit
    walk.take_song()
    walk.turn(Action.RIGHT)
    walk.turn(Action.DOWN)
    chosen = walk.layer * subject.units + walk.unit
    assert chosen == (before + 1 + columns(subject.units)) % (2 * subject.units)
    assert walk.take_song().notes == ()  # the last cell's is silent at once
    songs = []
    for _ in range(2000):
        walk.tick()
        song = walk.take_song()
        if song is not None:
            songs.append([n.pitch for n in song.notes])
    context = subject.context(walk.layer, walk.unit)
    assert songs == [[n.pitch for n in context.notes], [n.pitch for n in walk.dream.notes]]


def test_a_touch_chooses_a_cell_or_plays_a_piece(subject):
    lesson = WhatTheLayersSee(load_words())
    lesson.equip(Bench(subject=subject))
    place = lesson._cells.rect(1)
    lesson.point(place.left + 3, place.top + 3)
    chosen = lesson.walk.layer, lesson.walk.unit
    assert chosen == subject.clearest()  # it is not the visitor's turn yet
    to(lesson.walk, "hands")
    lesson.point(place.left + 3, place.top + 3)
    assert (lesson.walk.layer, lesson.walk.unit) == (1, 0)
    ticks(lesson.walk, 100)
    lesson.walk.take_song()
    lesson.point(600, 400)
    assert lesson.walk.take_song().notes
    lesson.point(5, 5)
    assert lesson.walk.take_song() is None


def test_starting_over_forgets_the_choice(walk, subject):
    to(walk, "hands")
    walk.turn(Action.LEFT)
    walk.restart()
    assert (walk.layer, walk.unit) == subject.clearest()
    assert walk.dream is None
    assert walk.playing is None


def test_begun_again_it_asks_the_network_that_plays_now(subject):
    bench = Bench(subject=subject)
    lesson = WhatTheLayersSee(load_words())
    lesson.equip(bench)
    learned = Apprentice(songs.ode_to_joy())
    learned.learn()
    bench.subject = Subject.of(learned.checkpoint())
    assert lesson.walk.subject is subject  # not before a visitor's eyes
    lesson.walk.restart()
    to(lesson.walk, "found")
    assert lesson._cells.rect(0) == CellPicture(1, UNITS).rect(0)
    assert lesson.walk.subject.context(0, 7).tune == songs.ode_to_joy().name
    bench.subject = None
    lesson.walk.restart()
    assert [step.name for step in lesson.walk.steps] == ["none"]


def test_without_an_atlas_there_is_one_kind_sentence():
    lesson = WhatTheLayersSee(load_words())
    assert [step.name for step in lesson.walk.steps] == ["none"]
    assert "asked" in lesson.sentence()
    ticks(lesson.walk, 5)


def test_a_network_without_an_atlas_is_no_subject(subject):
    codec = NoteCodec()
    preference = np.zeros((2, 12, 9), "f4")
    assert Subject.of(Checkpoint(subject.network, codec, Card(), preference)) is None


@pytest.mark.parametrize("name", styles.names())
def test_the_styles_of_notes_that_come_along_can_be_asked(name):
    checkpoint = load(styles.path_of(name))
    subject = Subject.of(checkpoint)
    assert (subject is not None) is (checkpoint.codec.kind == NoteCodec.kind)
    if subject is not None:
        layer, unit = subject.clearest()
        assert subject.context(layer, unit).notes
