from __future__ import annotations

import numpy as np
import pytest

from messages.cues import HIDDEN_INDEX, KEY_COUNT, BlendContributions
from visuals.network_summary import NetworkSummary
from visuals.scenes.blend.state_tracker import BlendStateTracker, contributions_of, shares_of

NETWORK = NetworkSummary.dummy(1, 8)


def shares(serial: int, weights: tuple, given: tuple, units: int = 8) -> BlendContributions:
    count = len(weights)
    ahead = np.full((count, KEY_COUNT), 1 / KEY_COUNT, np.float32)
    hidden = np.linspace(-1, 1, count * units).reshape(count, units).astype(np.float32)
    return BlendContributions(serial, np.array(weights, "f4"), np.array(given, "f4"), ahead, hidden)


def test_a_contribution_is_weight_times_probability():
    contributions = contributions_of(shares(0, (0.5, 0.25, 0.25), (0.1, 0.4, 0.0)))
    np.testing.assert_allclose(contributions, [1 / 3, 2 / 3, 0.0], atol=1e-6)


def test_without_any_probability_the_weights_count():
    contributions = contributions_of(shares(0, (0.75, 0.25), (0.0, 0.0)))
    assert contributions.tolist() == [0.75, 0.25]


def test_a_single_network_has_the_whole_of_its_note(make_cue, make_frame):
    cue = make_cue()
    alone = shares_of(cue, make_frame(NETWORK, [cue], 2.0).timeline, 1)
    assert alone.weights.tolist() == [1.0]
    assert alone.note_probs == pytest.approx([2.0**-cue.surprise])
    assert np.array_equal(alone.hidden[0], cue.activations[-1, HIDDEN_INDEX])


def test_shares_of_another_number_of_networks_are_unknown(make_cue, make_frame):
    messages = [make_cue(), shares(0, (0.5, 0.5), (0.1, 0.1))]
    timeline = make_frame(NETWORK, messages, 2.0).timeline
    assert shares_of(messages[0], timeline, 3) is None
    assert shares_of(messages[0], timeline, 2) is not None


def test_states_settle_on_those_of_the_latest_note(make_cue, make_frame):
    expected = shares(0, (0.5, 0.5), (0.1, 0.1))
    frame = make_frame(NETWORK, [make_cue(), expected], 8.0)
    predicted, hidden = BlendStateTracker(2, NETWORK.units).at(frame)
    assert hidden == pytest.approx(expected.hidden, abs=1e-3)
    assert predicted == pytest.approx(expected.next_key_probabilities, abs=1e-3)


def test_shares_of_another_size_leave_the_states_at_rest(make_cue, make_frame):
    frame = make_frame(NETWORK, [make_cue(), shares(0, (0.5, 0.5), (0.1, 0.1), units=5)], 8.0)
    assert not BlendStateTracker(2, NETWORK.units).at(frame)[1].any()
