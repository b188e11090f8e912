from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.analysis import trace
from rnn.analysis.activation_maximisation import random_melody
from rnn.analysis.trace import run_all_slices, trace_tune, trace_tune_in_slices
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.model.checkpoint import Checkpoint

METER = Meter(4, 4)


@pytest.fixture
def model(a_model) -> Checkpoint:
    return a_model(NoteCodec())


@pytest.fixture
def melody() -> Tune:
    return random_melody(np.random.default_rng(1), METER, 6, range(60, 80), (0.5, 1.0))


def test_a_trace_equals_live_steps(model, melody):
    heard = trace_tune(model.network, model.codec, melody)
    state, reader = model.network.initial_state(), model.codec.new_reader()
    for step, token in enumerate(heard.tokens.tolist()):
        model.network.step(reader.features()[None], state)
        np.testing.assert_array_equal(heard.h[step], state.h[:, 0])
        reader.push(token)
    assert len(heard.note_end_steps) == len(melody.notes)
    assert heard.unit_activations(1, 3).shape == (6,)


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_known_beginning_is_copied(model, melody, place):
    notes = list(melody.notes)
    notes[place] = Note(81, notes[place].onset, notes[place].duration)
    changed = Tune(tuple(notes), METER)
    before = trace_tune(model.network, model.codec, melody)
    again = run_all_slices(trace_tune_in_slices(model.network, model.codec, changed, before))
    fresh = trace_tune(model.network, model.codec, changed)
    np.testing.assert_allclose(again.h, fresh.h, atol=1e-6)
    np.testing.assert_array_equal(again.rows, fresh.rows)
    np.testing.assert_allclose(again.log_likelihoods, fresh.log_likelihoods, atol=1e-5)
    assert again.note_end_steps == fresh.note_end_steps


def test_notes_are_in_the_order_in_which_a_codec_writes_them(a_model):
    codec = NoteCodec(details=NoteDetails(timing=12))
    network = a_model(codec).network
    heard = trace_tune(network, codec, Tune((Note(72, 1, 1), Note(60, 1 + 1 / 144, 1))))
    reader = codec.new_reader()
    written = [note for token in heard.tokens.tolist() if (note := reader.push(token)) is not None]
    assert [note.pitch for note in heard.notes] == [note.pitch for note in written] == [60, 72]


def test_slices_give_the_same_trace(model, melody, monkeypatch):
    monkeypatch.setattr(trace, "STEPS_PER_SLICE", 2)
    slices = trace_tune_in_slices(model.network, model.codec, melody)
    next(slices)
    np.testing.assert_array_equal(
        run_all_slices(slices).h, trace_tune(model.network, model.codec, melody).h
    )


def test_a_tune_without_notes_is_refused(model):
    with pytest.raises(ValueError, match="without notes"):
        trace_tune(model.network, model.codec, Tune((), METER))
