from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.analysis.activation_maximisation import random_melody
from rnn.analysis.note_edits import MAX_EDITS_PER_NOTE, NoteEditSearch, input_gradient
from rnn.analysis.trace import run_all_slices, trace_tune
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes

METER = Meter(4, 4)
PITCHES, LENGTHS = tuple(range(60, 80)), (0.5, 1.0)


@pytest.mark.parametrize("details", [None, NoteDetails(timing=12, ends=True)])
def test_edits_come_in_order_of_gain_and_change_one_note(a_model, details):
    model = a_model(NoteCodec(details=details))
    melody = random_melody(np.random.default_rng(1), METER, 6, PITCHES, LENGTHS)
    trace = trace_tune(model.network, model.codec, melody)
    search = NoteEditSearch(model.network, model.codec, 1, 4, 1, PITCHES, ())
    edits = run_all_slices(search.find_edits(trace))
    assert [edit.gain for edit in edits] == sorted((edit.gain for edit in edits), reverse=True)
    for index, note in enumerate(melody.notes):
        others = [edit.note for edit in edits if edit.note_index == index]
        assert 0 < len(others) <= MAX_EDITS_PER_NOTE
        for other in others:
            assert other.pitch != note.pitch and other.pitch in PITCHES
            assert (other.onset, other.duration) == (note.onset, note.duration)


def test_edits_of_notes_in_one_tick_are_of_the_note_that_was_written(a_model):
    model = a_model(NoteCodec(details=NoteDetails(timing=12)))
    trace = trace_tune(model.network, model.codec, Tune((Note(72, 0, 1), Note(60, 1 / 144, 1))))
    search = NoteEditSearch(model.network, model.codec, 1, 4, 1, PITCHES, ())
    edits = run_all_slices(search.find_edits(trace))
    # the higher one is written last: it can change to higher keys only
    assert {edit.note.onset for edit in edits if edit.note_index == 1} == {0}
    assert min(edit.note.pitch for edit in edits if edit.note_index == 1) > 60


@pytest.mark.parametrize(("layer", "unit"), [(0, 2), (1, 5)])
def test_the_slope_is_that_of_finite_differences(layer, unit):
    codec = NoteCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=5, units=6, layers=2)
    drawn = Network.initial(sizes, np.random.default_rng(2)).parameters
    drawn["embedding"] *= 6
    network = Network(sizes, {name: array.astype(np.float64) for name, array in drawn.items()})
    tune = random_melody(np.random.default_rng(3), METER, 4, PITCHES, LENGTHS)
    trace = trace_tune(network, codec, tune)
    gradient = input_gradient(network, trace, layer, unit, trace.note_end_steps[-1])

    def hidden_state(step: int, number: int, by: float) -> float:
        state = network.initial_state()
        for t in range(trace.note_end_steps[-1] + 1):
            shown = drawn["embedding"][trace.rows[t]].sum(axis=0).astype(np.float64)
            shown[number] += by * (t == step)
            parameters = dict(network.parameters)
            parameters["embedding"] = np.zeros_like(parameters["embedding"])
            parameters["embedding"][0] = shown
            Network(sizes, parameters).step(np.zeros((1, 1), np.int32), state)
        return float(state.h[layer, 0, unit])

    for step, number in ((0, 0), (3, 2), (trace.note_end_steps[-1], 4)):
        true = (hidden_state(step, number, 1e-4) - hidden_state(step, number, -1e-4)) / 2e-4
        assert gradient[step, number] == pytest.approx(true, rel=1e-3, abs=1e-6)
