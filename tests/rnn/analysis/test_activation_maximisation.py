from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn import styles
from rnn.analysis import trace as heard
from rnn.analysis.activation_maximisation import (
    ActivationMaximiser,
    random_melody,
    with_random_pitches,
)
from rnn.analysis.attribution import layer_backward
from rnn.analysis.note_edits import input_gradient
from rnn.analysis.trace import run_all_slices, trace_tune, trace_tune_in_slices
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes

METER = Meter(4, 4)
PITCHES, LENGTHS = tuple(range(60, 80)), (0.5, 1.0)


@pytest.fixture
def model(a_model) -> Checkpoint:
    return a_model(NoteCodec())


@pytest.fixture
def melody() -> Tune:
    return random_melody(np.random.default_rng(1), METER, 6, PITCHES, LENGTHS)


@pytest.fixture(scope="module")
def fife() -> Checkpoint:
    return load_checkpoint(styles.style_path("fife"))


def dreamt(
    model: Checkpoint, layer: int, unit: int, start: Tune, polarity: int = 1
) -> ActivationMaximiser:
    dream = ActivationMaximiser(
        model.network, model.codec, layer, unit, start, polarity, PITCHES, LENGTHS
    )
    while dream.step():
        pass
    return dream


def test_what_is_heard_is_what_live_steps_say(model, melody):
    heard = trace_tune(model.network, model.codec, melody)
    state, reader = model.network.initial_state(), model.codec.new_reader()
    for step, token in enumerate(heard.tokens.tolist()):
        model.network.step(reader.features()[None], state)
        np.testing.assert_array_equal(heard.h[step], state.h[:, 0])
        reader.push(token)
    assert len(heard.note_end_steps) == len(melody.notes)
    assert heard.unit_activations(1, 3).shape == (6,)


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_known_beginning_need_not_be_heard_again(model, melody, place):
    notes = list(melody.notes)
    notes[place] = Note(81, notes[place].onset, notes[place].duration)
    changed = Tune(tuple(notes), METER)
    before = trace_tune(model.network, model.codec, melody)
    again = trace_tune(model.network, model.codec, changed, before)
    fresh = trace_tune(model.network, model.codec, changed)
    np.testing.assert_allclose(again.h, fresh.h, atol=1e-6)
    np.testing.assert_array_equal(again.rows, fresh.rows)
    np.testing.assert_allclose(again.log_likelihoods, fresh.log_likelihoods, atol=1e-5)
    assert again.note_end_steps == fresh.note_end_steps


def test_hearing_in_slices_is_hearing(model, melody, monkeypatch):
    monkeypatch.setattr(heard, "STEPS_PER_SLICE", 2)
    slices = trace_tune_in_slices(model.network, model.codec, melody)
    next(slices)
    np.testing.assert_array_equal(
        run_all_slices(slices).h, trace_tune(model.network, model.codec, melody).h
    )


@pytest.mark.parametrize(("layer", "unit"), [(0, 2), (1, 5)])
def test_the_slope_is_that_of_finite_differences(layer, unit):
    codec = NoteCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=5, units=6, layers=2)
    drawn = Network.initial(sizes, np.random.default_rng(2)).parameters
    drawn["embedding"] *= 6
    network = Network(sizes, {name: array.astype(np.float64) for name, array in drawn.items()})
    tune = random_melody(np.random.default_rng(3), METER, 4, PITCHES, LENGTHS)
    heard = trace_tune(network, codec, tune)
    gradient = input_gradient(network, heard, layer, unit, heard.note_end_steps[-1])

    def said(step: int, number: int, by: float) -> float:
        state = network.initial_state()
        for t in range(heard.note_end_steps[-1] + 1):
            shown = drawn["embedding"][heard.rows[t]].sum(axis=0).astype(np.float64)
            shown[number] += by * (t == step)
            parameters = dict(network.parameters)
            parameters["embedding"] = np.zeros_like(parameters["embedding"])
            parameters["embedding"][0] = shown
            Network(sizes, parameters).step(np.zeros((1, 1), np.int32), state)
        return float(state.h[layer, 0, unit])

    for step, number in ((0, 0), (3, 2), (heard.note_end_steps[-1], 4)):
        true = (said(step, number, 1e-4) - said(step, number, -1e-4)) / 2e-4
        assert gradient[step, number] == pytest.approx(true, rel=1e-3, abs=1e-6)


def test_nothing_flows_back_past_the_first_step(model, melody):
    heard = trace_tune(model.network, model.codec, melody)
    zero = np.zeros_like(heard.c[:3, 0])
    layer = model.network.layers[0]
    back = layer_backward(layer, heard.gates[:3, 0], heard.c[:3, 0], zero[0], zero)
    assert not back.any()


@pytest.mark.parametrize("polarity", [1, -1])
def test_a_dream_moves_its_unit_and_never_back(model, melody, polarity):
    dream = ActivationMaximiser(
        model.network, model.codec, 1, 4, melody, polarity, PITCHES, LENGTHS
    )
    first, worths = dream.activation, [dream.objective]
    while dream.step():
        worths.append(dream.objective)
    assert dream.activation > first
    assert worths == sorted(worths)
    assert 0 < dream.edits_kept <= dream.tunes_tried
    said = dream.trace.unit_activations(1, 4)[-1]
    assert dream.activation == pytest.approx(polarity * said)


def test_a_dream_stays_within_its_pitches_and_lengths_and_leaves_no_gap(model, melody):
    notes = dreamt(model, 0, 1, melody).notes
    assert {note.pitch for note in notes} <= set(PITCHES)
    assert {note.duration for note in notes} <= set(LENGTHS)
    ends = [0.0, *(note.end for note in notes)]
    assert [note.onset for note in notes] == ends[:-1]


def test_the_rhythm_of_chords_is_kept(model):
    chords = Tune(
        tuple(Note(60 + 4 * k + beat, beat, 1.0) for beat in range(4) for k in range(3)), METER
    )
    start = with_random_pitches(np.random.default_rng(0), chords, PITCHES)
    dream = dreamt(model, 1, 2, start)

    def rhythm(tune):
        return sorted((note.onset, note.duration) for note in tune.notes)

    assert rhythm(dream.trace.tune) == rhythm(chords)
    assert dream.edits_kept > 0
    for beat in range(4):
        assert len({note.pitch for note in dream.notes if note.onset == beat}) == 3


def test_the_same_start_gives_the_same_dream(model, melody):
    assert dreamt(model, 1, 4, melody).notes == dreamt(model, 1, 4, melody).notes


def test_a_tune_without_notes_is_refused(model):
    with pytest.raises(ValueError, match="without notes"):
        trace_tune(model.network, model.codec, Tune((), METER))


def test_dreams_move_units_of_a_trained_network_further_than_random_music(fife):
    """Further than any of sixty random tunes, drawn as its starts are, does at its end."""
    generator, units = np.random.default_rng(5), [(0, 40), (1, 100), (1, 200)]
    network, codec = fife.network, fife.codec
    drawn = [random_melody(generator, METER, 10, PITCHES, LENGTHS) for _ in range(61)]
    said = np.stack([trace_tune(network, codec, tune).h[-1] for tune in drawn[1:]])
    for layer, unit in units:
        polarity = int(fife.atlas.polarity[layer * 256 + unit])
        dream = dreamt(fife, layer, unit, drawn[0], polarity)
        assert dream.activation > (polarity * said[:, layer, unit]).max()
