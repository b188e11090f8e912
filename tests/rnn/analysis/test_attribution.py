from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.analysis.attribution import attribute_note, layer_backward
from rnn.codecs.note_codec import NoteCodec
from rnn.generation.key_ensemble import UNTRANSPOSED_ROW, KeyEnsemble
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention
from rnn.model.checkpoint import Checkpoint
from rnn.model.losses import log_softmax
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes


@pytest.fixture(params=[False, True], ids=["plain", "match echo, all layers read"])
def model(request) -> Checkpoint:
    """Two layers of random weights in float64, large enough that every input matters."""
    codec = NoteCodec(voices=2, match_echo=request.param)
    sizes = NetworkSizes(codec.inputs, codec.outputs, 6, 7, 2, sums_layers=request.param)
    drawn = Network.initial(sizes, np.random.default_rng(3)).parameters
    drawn["embedding"] *= 6
    drawn["readout.weight"] *= 2
    network = Network(sizes, {name: array.astype(np.float64) for name, array in drawn.items()})
    return Checkpoint(network, codec, ModelCard(), np.zeros((2, 12, 7), np.float32))


@pytest.fixture
def tune() -> Tune:
    """Notes with gaps, chords and echoes of the bar before."""
    rows = [(60, 0, 1), (64, 1, 1), (67, 2.5, 0.5), (60, 4, 5), (64, 4, 1), (65, 6, 1), (60, 8, 1)]
    return Tune(tuple(Note(pitch, onset, length) for pitch, onset, length in rows))


def followed(
    model: Checkpoint, tune: Tune, interventions: tuple[UnitIntervention, ...] = ()
) -> KeyEnsemble:
    ensemble = KeyEnsemble(model)
    ensemble.set_interventions(interventions)
    tokens = model.codec.encode(tune)
    ensemble.begin_tune(tune.meter)
    ensemble.keep_likeliest_key()
    for token in tokens[1:-1]:  # the meter was pushed by `begin`
        ensemble.push(int(token))
    return ensemble


def log_probability(
    model: Checkpoint, ensemble: KeyEnsemble, note: int, turned_up: int, by: float
) -> float:
    """Of a note, over live steps, all that speaks of one note multiplied by 1 + `by`."""
    network, total = model.network, 0.0
    state = network.initial_state()
    embedding = network.parameters["embedding"]
    sizes = network.sizes
    for record in ensemble.step_records:
        factors = np.where(record.row_sources == turned_up, 1.0 + by, 1.0)
        x = (
            embedding[record.rows[UNTRANSPOSED_ROW if len(record.rows) > 1 else 0]]
            * factors[:, None]
        ).sum(axis=0)
        parameters = dict(network.parameters)
        parameters["embedding"] = np.repeat(x[None], sizes.inputs, axis=0)
        given = Network(sizes, parameters)
        logits = given.step(np.zeros((1, 1), np.int32), state, ensemble.interventions or None)
        if record.note == note:
            total += float(log_softmax(logits[0], record.mask)[record.token])
    return total


@pytest.mark.parametrize(
    "interventions",
    [
        (),
        (
            UnitIntervention(0, 2, InterventionKind.AMPLIFY, 2.0),
            UnitIntervention(1, 3, InterventionKind.HOLD, 0.6),
        ),
    ],
)
def test_each_share_is_the_slope_of_the_log_probability(model, tune, interventions):
    ensemble = followed(model, tune, interventions)
    last = len(tune.notes) - 1
    found = ensemble.explain_last_note()
    slopes = []
    for note in range(last):
        above = log_probability(model, ensemble, last, note, 1e-2)
        below = log_probability(model, ensemble, last, note, -1e-2)
        slopes.append((above - below) / 2e-2)
    assert np.abs(slopes).max() > 0.05
    np.testing.assert_allclose(found.shares, slopes, rtol=0.02, atol=1e-3)


def test_all_contributions_add_up_to_the_total_slope(model, tune):
    ensemble = followed(model, tune)
    found = ensemble.explain_last_note()
    last = len(tune.notes) - 1
    slopes = [
        (
            log_probability(model, ensemble, last, source, 1e-2)
            - log_probability(model, ensemble, last, source, -1e-2)
        )
        / 2e-2
        for source in range(-1, len(tune.notes))
    ]
    total = float(found.shares.sum()) + found.own + found.position + found.older_notes
    assert total == pytest.approx(sum(slopes), rel=0.02, abs=2e-3)
    assert found.position == pytest.approx(slopes[0], rel=0.02, abs=1e-3)
    assert found.own == pytest.approx(slopes[-1], rel=0.02, abs=1e-3)


def test_the_log_probability_is_that_of_the_note(model, tune):
    ensemble = followed(model, tune)
    last = len(tune.notes) - 1
    expected = log_probability(model, ensemble, last, -2, 0.0)
    assert ensemble.explain_last_note().log_probability == pytest.approx(expected, abs=1e-4)


def test_only_so_many_notes_back_have_a_share_of_their_own(model, tune):
    ensemble = followed(model, tune)
    records = list(ensemble.step_records)
    near = attribute_note(model.network, records, 6, UNTRANSPOSED_ROW, notes=2)
    far = attribute_note(model.network, records, 6, UNTRANSPOSED_ROW, notes=6)
    assert len(near.shares) == 2
    assert near.older_notes != 0.0
    assert far.older_notes == 0.0


def test_before_any_note_there_is_nothing_to_explain(model):
    ensemble = KeyEnsemble(model)
    ensemble.begin_tune(Tune().meter)
    assert ensemble.explain_last_note() is None


def test_a_note_without_records_is_refused(model, tune):
    ensemble = followed(model, tune)
    with pytest.raises(ValueError, match="note 99"):
        attribute_note(model.network, ensemble.step_records, 99, UNTRANSPOSED_ROW)


def test_a_gradient_of_zero_gives_one_of_zero(model):
    units = model.network.sizes.units
    gates, zero = np.full((3, 4 * units), 0.5, np.float32), np.zeros((3, units), np.float32)
    assert not layer_backward(model.network.layers[0], gates, zero, zero[0], zero).any()
