from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from installation.engine.phrases.written_answer import (
    compose_answer,
    compose_continuation,
    last_bars_within,
)
from midi_data.notes import Meter, Note, Tune
from midi_data.songs import ode_to_joy
from rnn.codecs.note_codec import NoteCodec
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from tests.dummy_composer import DummyComposer


class ChordComposer(DummyComposer):
    """Goes on with the chord of the last note, which began before the phrase has ended."""

    def restart_with_phrase(self, phrase):
        step = super().restart_with_phrase(phrase)
        self._beat = phrase.notes[-1].onset
        return step


THREE_FOUR = Tune(tuple(Note(60 + k, 1.5 * k, 1.5) for k in range(9)), Meter(3, 4))


class GridComposer(DummyComposer):
    """Goes on at the next tick of the grid."""

    def restart_with_phrase(self, phrase):
        step = super().restart_with_phrase(phrase)
        self._beat = round(12 * phrase.end) / 12
        return step


class LateComposer(DummyComposer):
    """Rests for some beats before it goes on."""

    def restart_with_phrase(self, phrase):
        step = super().restart_with_phrase(phrase)
        self._beat = phrase.end + 1.0
        return step


def test_an_answer_has_the_bars_of_its_file():
    answer = compose_continuation(LateComposer(), THREE_FOUR, np.random.default_rng(3))
    assert answer[0].onset == THREE_FOUR.end + 1.0


def test_an_answer_that_would_begin_within_the_last_chord_begins_after_it():
    answer = compose_continuation(ChordComposer(), THREE_FOUR, np.random.default_rng(3))
    assert answer[0].onset == THREE_FOUR.end


@pytest.mark.parametrize("late", [-0.03, 0.03])
def test_a_last_note_let_go_early_or_late_moves_no_answer(late):
    *notes, last = THREE_FOUR.notes
    played = replace(THREE_FOUR, notes=(*notes, replace(last, duration=last.duration + late)))
    answer = compose_continuation(GridComposer(), played, np.random.default_rng(3))
    assert answer[0].onset == THREE_FOUR.end


@pytest.fixture
def four_voices():
    """A composer of four voices, untrained."""
    codec = NoteCodec(voices=4)
    sizes = NetworkSizes(codec.inputs, codec.outputs, 8, 16, 2)
    network = Network.initial(sizes, np.random.default_rng(0))
    means = np.zeros((2, 12, 16), np.float32)
    return Improviser(Checkpoint(network, codec, ModelCard(style="four"), means))


def sounding_highest(notes, melody, later):
    """Notes of a melody that are struck some beats later, the highest of all that begin there."""
    found = {}
    for note in notes:
        found[note.onset] = max(note.pitch, found.get(note.onset, 0))
    return [note for note in melody if found.get(note.onset + later) == note.pitch]


def test_a_style_of_several_voices_harmonises_a_melody_and_goes_on(four_voices):
    song = Tune(ode_to_joy().notes[:15])
    answer = compose_answer(four_voices, song, np.random.default_rng(1))
    begin = np.ceil(song.end / 4) * 4
    assert sounding_highest(answer, song.notes, begin) == list(song.notes)
    assert len([note for note in answer if note.onset < begin + song.end]) > len(song.notes)
    assert max(note.onset for note in answer) >= begin + song.end + 4


def test_of_a_long_melody_the_last_bars_are_harmonised(four_voices):
    song = Tune(tuple(Note(60 + k % 7, k + 1.0, 1.0) for k in range(90)))
    heard = last_bars_within(song, 40)
    assert (heard.notes[0].onset, heard.end) == (0, 39)  # 91 beats: the last bar is not whole
    answer = compose_answer(four_voices, song, np.random.default_rng(1))
    assert sounding_highest(answer, heard.notes, 92) == list(heard.notes)
    assert max(note.end for note in answer) < 92 + 1.5 * 40 + 8


@pytest.mark.parametrize(
    "notes",
    [
        [Note(60 + k, float(k // 2), 1.0) for k in range(8)],  # two notes at a time
        [Note(60 + k, float(k), 1.0, part=k % 2) for k in range(8)],  # two parts in turn
    ],
)
def test_several_voices_are_continued(four_voices, notes):
    phrase = Tune(tuple(notes))
    answer = compose_answer(four_voices, phrase, np.random.default_rng(1))
    assert answer == compose_continuation(four_voices, phrase, np.random.default_rng(1))


def test_a_style_of_one_voice_continues_a_melody():
    song = Tune(ode_to_joy().notes[:15])
    answer = compose_answer(DummyComposer(), song, np.random.default_rng(1))
    assert answer == compose_continuation(DummyComposer(), song, np.random.default_rng(1))
