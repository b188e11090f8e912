from __future__ import annotations

import numpy as np
import pytest

from rnn.generation.improviser import Improviser
from rnn.generation.unit_intervention import (
    InterventionKind,
    InterventionSet,
    UnitIntervention,
    kl_divergence_bits,
)
from rnn.model.network import Network
from rnn.model.sampling_params import SamplingParams
from rnn.model.sizes import NetworkSizes
from tests.dummy_composer import DummyComposer

HIDDEN = 5


@pytest.fixture
def improviser(a_model, either_codec):
    return Improviser(a_model(either_codec))


def stepped(parameters, interventions=(), hidden=0.0):
    """Logits after three steps of a small network; unit 4 of its top layer begins at `hidden`."""
    sizes = NetworkSizes(inputs=9, outputs=5, embedding=4, units=6, layers=2)
    network = Network(sizes, parameters)
    hook, state = InterventionSet(interventions, 2, 6), network.initial_state()
    state.h[1, :, 4] = hidden
    for row in (1, 7, 3):
        logits = np.array(network.step(np.array([[row]], np.int32), state, hook))
    return logits


@pytest.fixture
def parameters():
    sizes = NetworkSizes(inputs=9, outputs=5, embedding=4, units=6, layers=2)
    return Network.initial(sizes, np.random.default_rng(0)).parameters


@pytest.mark.parametrize(
    ("intervention", "factor"),
    [(UnitIntervention(0, 2), 0.0), (UnitIntervention(0, 2, InterventionKind.AMPLIFY, 3.0), 3.0)],
)
def test_an_intervention_equals_changed_outgoing_weights(parameters, intervention, factor):
    changed = stepped(parameters, [intervention])
    other = {name: array.copy() for name, array in parameters.items()}
    other["lstm0.hidden"][2] *= factor
    other["lstm1.input"][2] *= factor
    np.testing.assert_allclose(changed, stepped(other), atol=1e-6)


def test_a_held_unit_has_a_constant_hidden_state(parameters):
    held = stepped(parameters, [UnitIntervention(1, 4, InterventionKind.HOLD, 0.5)], hidden=0.5)
    other = {name: array.copy() for name, array in parameters.items()}
    other["readout.bias"] += 0.5 * other["readout.weight"][4]
    other["readout.weight"][4] = 0
    other["lstm1.bias"] += 0.5 * other["lstm1.hidden"][4]
    other["lstm1.hidden"][4] = 0
    np.testing.assert_allclose(held, stepped(other), atol=1e-6)
    assert np.abs(held - stepped(parameters)).max() > 0.01


def test_reported_activations_include_the_intervention(improviser, a_tune):
    improviser.set_interventions(
        [UnitIntervention(0, 3), UnitIntervention(1, 5, InterventionKind.HOLD, 0.75)]
    )
    improviser.restart_with_phrase(a_tune(60))
    step = improviser.compose_note(np.random.default_rng(0), SamplingParams())
    assert step.activations[0, HIDDEN, 3] == 0.0
    assert step.activations[1, HIDDEN, 5] == 0.75


def test_the_effect_is_measured_against_the_unmodified_network(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    improviser.set_interventions(
        [UnitIntervention(1, unit, InterventionKind.HOLD, 1.0) for unit in range(16)]
    )
    assert (
        improviser.compose_note(np.random.default_rng(0), SamplingParams()).intervention_bits > 1e-3
    )


def test_an_intervention_without_effect_has_0_bits(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    improviser.set_interventions([UnitIntervention(0, 1, InterventionKind.AMPLIFY, 1.0)])
    assert improviser.compose_note(
        np.random.default_rng(0), SamplingParams()
    ).intervention_bits == pytest.approx(0, abs=1e-9)


def test_a_removed_intervention_leaves_no_trace(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    kept = improviser.snapshot()
    plain = improviser.compose_note(np.random.default_rng(0), SamplingParams())
    improviser.restore(kept)
    improviser.set_interventions([UnitIntervention(1, unit) for unit in range(16)])
    improviser.set_interventions([])
    again = improviser.compose_note(np.random.default_rng(0), SamplingParams())
    assert again.note == plain.note and again.intervention_bits == 0.0


def test_a_snapshot_contains_the_unmodified_state(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    improviser.set_interventions([UnitIntervention(1, 2, InterventionKind.HOLD, 1.0)])
    improviser.compose_note(np.random.default_rng(1), SamplingParams())
    kept = improviser.snapshot()
    first = improviser.compose_note(np.random.default_rng(2), SamplingParams()).intervention_bits
    improviser.restore(kept)
    assert (
        improviser.compose_note(np.random.default_rng(2), SamplingParams()).intervention_bits
        == first
    )


@pytest.mark.parametrize("composer", [DummyComposer(2, 16), None])
def test_a_unit_that_is_not_there_is_refused(composer, improviser):
    with pytest.raises(ValueError, match="no unit 16 in layer 0"):
        (composer or improviser).set_interventions([UnitIntervention(0, 16)])


@pytest.mark.parametrize(
    ("kind", "factor"), [(InterventionKind.HOLD, 1.5), (InterventionKind.AMPLIFY, -1.0)]
)
def test_a_factor_out_of_range_is_refused(kind, factor):
    with pytest.raises(ValueError, match="factor of"):
        UnitIntervention(0, 0, kind, factor)


@pytest.mark.parametrize("factor", [-0.5, 20.0])
def test_silence_needs_no_factor(parameters, factor):
    silence = UnitIntervention(0, 2, InterventionKind.SILENCE, factor)
    np.testing.assert_array_equal(
        stepped(parameters, [silence]), stepped(parameters, [UnitIntervention(0, 2)])
    )


def test_the_divergence_of_a_certainty_from_a_fair_coin_is_one_bit():
    with np.errstate(divide="ignore"):
        sure, fair = np.log(np.array([1.0, 0.0])), np.log(np.array([0.5, 0.5]))
    assert kl_divergence_bits(sure, fair) == pytest.approx(1.0)
    assert kl_divergence_bits(fair, fair) == 0.0
