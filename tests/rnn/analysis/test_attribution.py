from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.analysis.attribution import explain
from rnn.codecs.note_codec import NoteCodec
from rnn.generation.key_ensemble import HOME, Follower
from rnn.generation.unit_intervention import Kind, Touch
from rnn.model.checkpoint import Card, Checkpoint
from rnn.model.losses import log_softmax
from rnn.model.network import Network
from rnn.model.sizes import Sizes


@pytest.fixture
def model() -> Checkpoint:
    """Two layers of random weights in float64, large enough that every input matters."""
    codec = NoteCodec(voices=2)
    sizes = Sizes(codec.inputs, codec.outputs, embedding=6, units=7, layers=2)
    drawn = Network.initial(sizes, np.random.default_rng(3)).parameters
    drawn["embedding"] *= 6
    drawn["readout.weight"] *= 2
    network = Network(sizes, {name: array.astype(np.float64) for name, array in drawn.items()})
    return Checkpoint(network, codec, Card(), np.zeros((2, 12, 7), np.float32))


@pytest.fixture
def tune() -> Tune:
    """Notes with gaps, chords and echoes of the bar before."""
    rows = [(60, 0, 1), (64, 1, 1), (67, 2.5, 0.5), (60, 4, 5), (64, 4, 1), (65, 6, 1), (60, 8, 1)]
    return Tune(tuple(Note(pitch, onset, length) for pitch, onset, length in rows))


def followed(model: Checkpoint, tune: Tune, touches: tuple[Touch, ...] = ()) -> Follower:
    follower = Follower(model)
    follower.touch(touches)
    tokens = model.codec.encode(tune)
    follower.begin(tune.meter)
    follower.gather()
    for token in tokens[1:-1]:  # the meter was pushed by `begin`
        follower.push(int(token))
    return follower


def log_probability(
    model: Checkpoint, follower: Follower, note: int, turned_up: int, by: float
) -> float:
    """Of a note, over live steps, all that speaks of one note multiplied by 1 + `by`."""
    network, total = model.network, 0.0
    state = network.state()
    embedding = network.parameters["embedding"]
    sizes = network.sizes
    for moment in follower._moments:
        factors = np.where(moment.sources == turned_up, 1.0 + by, 1.0)
        x = (embedding[moment.rows[HOME if len(moment.rows) > 1 else 0]] * factors[:, None]).sum(
            axis=0
        )
        parameters = dict(network.parameters)
        parameters["embedding"] = np.repeat(x[None], sizes.inputs, axis=0)
        given = Network(sizes, parameters)
        logits = given.step(np.zeros((1, 1), np.int32), state, follower._hand or None)
        if moment.note == note:
            total += float(log_softmax(logits[0], moment.mask)[moment.token])
    return total


@pytest.mark.parametrize(
    "touches", [(), (Touch(0, 2, Kind.AMPLIFY, 2.0), Touch(1, 3, Kind.HOLD, 0.6))]
)
def test_each_share_is_the_slope_of_the_log_probability(model, tune, touches):
    follower = followed(model, tune, touches)
    last = len(tune.notes) - 1
    found = follower.explain()
    slopes = []
    for note in range(last):
        above = log_probability(model, follower, last, note, 1e-2)
        below = log_probability(model, follower, last, note, -1e-2)
        slopes.append((above - below) / 2e-2)
    assert np.abs(slopes).max() > 0.05
    np.testing.assert_allclose(found.shares, slopes, rtol=0.02, atol=1e-3)


def test_shares_own_and_place_add_up_to_turning_everything_up(model, tune):
    follower = followed(model, tune)
    found = follower.explain()
    last = len(tune.notes) - 1
    slopes = [
        (
            log_probability(model, follower, last, source, 1e-2)
            - log_probability(model, follower, last, source, -1e-2)
        )
        / 2e-2
        for source in range(-1, len(tune.notes))
    ]
    total = float(found.shares.sum()) + found.own + found.place + found.older
    assert total == pytest.approx(sum(slopes), rel=0.02, abs=2e-3)
    assert found.place == pytest.approx(slopes[0], rel=0.02, abs=1e-3)
    assert found.own == pytest.approx(slopes[-1], rel=0.02, abs=1e-3)


def test_the_log_probability_is_that_of_the_note(model, tune):
    follower = followed(model, tune)
    last = len(tune.notes) - 1
    expected = log_probability(model, follower, last, -2, 0.0)
    assert follower.explain().log_probability == pytest.approx(expected, abs=1e-4)


def test_only_so_many_notes_back_have_a_share_of_their_own(model, tune):
    follower = followed(model, tune)
    moments = list(follower._moments)
    near = explain(model.network, moments, 6, HOME, notes=2)
    far = explain(model.network, moments, 6, HOME, notes=6)
    assert len(near.shares) == 2
    assert near.older != 0.0
    assert far.older == 0.0


def test_before_any_note_there_is_nothing_to_explain(model):
    follower = Follower(model)
    follower.begin(Tune().meter)
    assert follower.explain() is None


def test_a_note_that_is_not_remembered_is_refused(model, tune):
    follower = followed(model, tune)
    with pytest.raises(ValueError, match="note 99"):
        explain(model.network, list(follower._moments), 99, HOME)
