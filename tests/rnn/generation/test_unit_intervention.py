from __future__ import annotations

import numpy as np
import pytest

from rnn.generation.composer import DummyComposer, Taste
from rnn.generation.improviser import Improviser
from rnn.generation.unit_intervention import Hand, Kind, Touch, divergence
from rnn.model.network import Network
from rnn.model.sizes import Sizes

HIDDEN = 5


@pytest.fixture
def improviser(a_model, either_codec):
    return Improviser(a_model(either_codec))


def stepped(parameters, touches=(), said=0.0):
    """Logits after three steps of a small network, unit 4 of whose top layer last said that."""
    sizes = Sizes(inputs=9, outputs=5, embedding=4, units=6, layers=2)
    network = Network(sizes, parameters)
    hand, state = Hand(touches, 2, 6), network.state()
    state.h[1, :, 4] = said
    for row in (1, 7, 3):
        logits = np.array(network.step(np.array([[row]], np.int32), state, hand))
    return logits


@pytest.fixture
def parameters():
    sizes = Sizes(inputs=9, outputs=5, embedding=4, units=6, layers=2)
    return Network.initial(sizes, np.random.default_rng(0)).parameters


@pytest.mark.parametrize(
    ("touch", "factor"), [(Touch(0, 2), 0.0), (Touch(0, 2, Kind.AMPLIFY, 3.0), 3.0)]
)
def test_a_touch_is_as_if_all_that_hears_the_unit_heard_it_so(parameters, touch, factor):
    touched = stepped(parameters, [touch])
    other = {name: array.copy() for name, array in parameters.items()}
    other["lstm0.hidden"][2] *= factor
    other["lstm1.input"][2] *= factor
    np.testing.assert_allclose(touched, stepped(other), atol=1e-6)


def test_a_held_unit_says_one_thing(parameters):
    held = stepped(parameters, [Touch(1, 4, Kind.HOLD, 0.5)], said=0.5)
    other = {name: array.copy() for name, array in parameters.items()}
    other["readout.bias"] += 0.5 * other["readout.weight"][4]
    other["readout.weight"][4] = 0
    other["lstm1.bias"] += 0.5 * other["lstm1.hidden"][4]
    other["lstm1.hidden"][4] = 0
    np.testing.assert_allclose(held, stepped(other), atol=1e-6)
    assert np.abs(held - stepped(parameters)).max() > 0.01


def test_the_activations_shown_are_the_touched_ones(improviser, a_tune):
    improviser.touch([Touch(0, 3), Touch(1, 5, Kind.HOLD, 0.75)])
    improviser.rehear(a_tune(60))
    step = improviser.compose(np.random.default_rng(0), Taste())
    assert step.activations[0, HIDDEN, 3] == 0.0
    assert step.activations[1, HIDDEN, 5] == 0.75


def test_the_change_is_measured_against_an_untouched_twin(improviser, a_tune):
    improviser.rehear(a_tune(60))
    improviser.touch([Touch(1, unit, Kind.HOLD, 1.0) for unit in range(16)])
    assert improviser.compose(np.random.default_rng(0), Taste()).change > 1e-3


def test_a_touch_that_changes_nothing_has_no_change(improviser, a_tune):
    improviser.rehear(a_tune(60))
    improviser.touch([Touch(0, 1, Kind.AMPLIFY, 1.0)])
    assert improviser.compose(np.random.default_rng(0), Taste()).change == pytest.approx(
        0, abs=1e-9
    )


def test_letting_go_is_as_if_it_had_not_been(improviser, a_tune):
    improviser.rehear(a_tune(60))
    kept = improviser.snapshot()
    plain = improviser.compose(np.random.default_rng(0), Taste())
    improviser.restore(kept)
    improviser.touch([Touch(1, unit) for unit in range(16)])
    improviser.touch([])
    again = improviser.compose(np.random.default_rng(0), Taste())
    assert again.note == plain.note and again.change == 0.0


def test_a_snapshot_holds_the_twin(improviser, a_tune):
    improviser.rehear(a_tune(60))
    improviser.touch([Touch(1, 2, Kind.HOLD, 1.0)])
    improviser.compose(np.random.default_rng(1), Taste())
    kept = improviser.snapshot()
    first = improviser.compose(np.random.default_rng(2), Taste()).change
    improviser.restore(kept)
    assert improviser.compose(np.random.default_rng(2), Taste()).change == first


@pytest.mark.parametrize("composer", [DummyComposer(2, 16), None])
def test_a_unit_that_is_not_there_is_refused(composer, improviser):
    with pytest.raises(ValueError, match="no unit 16 in layer 0"):
        (composer or improviser).touch([Touch(0, 16)])


@pytest.mark.parametrize(("kind", "factor"), [(Kind.HOLD, 1.5), (Kind.AMPLIFY, -1.0)])
def test_a_factor_out_of_range_is_refused(kind, factor):
    with pytest.raises(ValueError, match="factor of"):
        Touch(0, 0, kind, factor)


def test_the_divergence_of_a_certainty_from_a_fair_coin_is_one_bit():
    with np.errstate(divide="ignore"):
        sure, fair = np.log(np.array([1.0, 0.0])), np.log(np.array([0.5, 0.5]))
    assert divergence(sure, fair) == pytest.approx(1.0)
    assert divergence(fair, fair) == 0.0
