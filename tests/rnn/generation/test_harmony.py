from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from midi_data.songs import ode_to_joy
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.generation.harmony import melody_to_harmonise
from rnn.generation.improviser import Improviser
from rnn.model.sampling_params import SamplingParams

SONG = Tune(ode_to_joy().notes[:8])


def harmonised(improviser, phrase, count=120, seed=1):
    """Notes of the first bars of the phrase harmonised."""
    improviser.restart_with_phrase(phrase)
    begin = improviser.harmonise_phrase(phrase)
    generator, notes = np.random.default_rng(seed), []
    step = improviser.compose_note_at(begin, generator, SamplingParams())
    while step.note is not None and len(notes) < count:
        notes.append(step.note)
        step = improviser.compose_note(generator, SamplingParams())
    return notes


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("details", [None, NoteDetails(parts=4, velocities=True, timing=12)])
def test_each_note_of_the_melody_is_the_highest_where_it_begins(a_model, seed, details):
    codec = NoteCodec(voices=4, details=details)
    notes = harmonised(Improviser(a_model(codec)), SONG, seed=seed)
    for wanted in SONG.notes:
        struck = [note for note in notes if note.onset == wanted.onset]
        assert max(struck, key=lambda note: note.pitch).pitch == wanted.pitch
        (own,) = [note for note in struck if note.pitch == wanted.pitch]
        assert own.duration == wanted.duration


def test_a_phrase_without_notes_is_not_harmonised(a_model):
    assert Improviser(a_model(NoteCodec(voices=4))).harmonise_phrase(Tune()) is None


def test_a_style_of_one_voice_and_a_phrase_of_chords_are_not_harmonised(a_model):
    chords = Tune((Note(60, 0, 1), Note(64, 0, 1)))
    for codec, phrase in ((NoteCodec(), SONG), (NoteCodec(voices=4), chords)):
        improviser = Improviser(a_model(codec))
        improviser.restart_with_phrase(phrase)
        assert improviser.harmonise_phrase(phrase) is None


def test_a_restored_snapshot_goes_on_with_the_same_harmony(a_model):
    improviser, generator = Improviser(a_model(NoteCodec(voices=4))), np.random.default_rng(1)
    improviser.restart_with_phrase(SONG)
    improviser.compose_note_at(improviser.harmonise_phrase(SONG), generator, SamplingParams())
    kept = improviser.snapshot()
    runs = []
    for _ in range(2):
        improviser.restore(kept)
        generator = np.random.default_rng(2)
        runs.append([improviser.compose_note(generator, SamplingParams()).note for _ in range(9)])
    assert runs[0] == runs[1]


def test_a_melody_moves_by_octaves_to_where_there_is_room_below():
    low = melody_to_harmonise([Note(40, 2.0, 1.0), Note(43, 3.0, 4.0), Note(41, 4.0, 1.0)], 0.0)
    assert [(note.onset, note.pitch, note.length) for note in low] == [
        (0, 64, 12), (12, 67, 12), (24, 65, 12)
    ]  # fmt: skip
