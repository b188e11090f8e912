from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Note
from rnn.evolution import gate as gate_module
from rnn.evolution.gate import Gate, GateBounds, choose_probes, interpolate, measure_diversity
from rnn.evolution.learned_leanings import lean
from rnn.model.network import Network

OPEN = GateBounds(corpus_bits=99.0, least_diversity=0.0, most_diversity=99.0, copied_notes=99.0)
PASSING = dict(
    corpus_change=0.0, visit_change=-1.0, preference_change=-1.0, diversity=1.0, copied_change=0.0
)


def shifted(model, amount: float):
    """The model with noise on its weights."""
    generator = np.random.default_rng(3)
    weights = {
        name: array + np.float32(amount) * generator.standard_normal(array.shape).astype("f4")
        for name, array in model.network.parameters.items()
    }
    return replace(model, network=Network(model.network.sizes, weights))


@pytest.fixture
def few_probes(monkeypatch):
    monkeypatch.setattr(gate_module, "PROBE_COUNT", 8)
    monkeypatch.setattr(gate_module, "PROBE_ROUNDS", 1)


@pytest.fixture
def a_gate(origin, evolution_data, few_probes):
    return lambda bounds=OPEN: Gate(origin, origin, evolution_data, 1, bounds)


def test_a_parent_has_learned_nothing(a_gate, origin):
    verdict = a_gate().judge(origin)
    assert verdict.scores["visit_change"] == verdict.scores["corpus_change"] == 0
    assert verdict.scores["diversity"] == 1
    assert len(verdict.reasons) == 2 and "learned nothing" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({"corpus_bits": -99.0}, "forgets"),
        ({"least_diversity": 98.0}, "diversity"),
        ({"most_diversity": 0.0}, "diversity"),
        ({"copied_notes": -99.0}, "copies"),
    ],
)
def test_each_bound_has_its_reason(a_gate, origin, bounds, reason):
    verdict = a_gate(replace(OPEN, **bounds)).judge(shifted(origin, 0.05))
    assert any(reason in each for each in verdict.reasons)


def test_answers_that_were_not_liked_are_to_be_less_likely(origin, evolution_data, few_probes):
    liked, candidate = evolution_data.judged, shifted(origin, 0.05)
    disliked = tuple(replace(duet, weight=-1.0) for duet in liked)
    changes = [
        Gate(origin, origin, replace(evolution_data, judged=judged), 1).measure(candidate)[
            "preference_change"
        ]
        for judged in (liked, disliked, liked + disliked)
    ]
    assert changes[0] == pytest.approx(-changes[1], abs=1e-3) and changes[0] != 0
    assert changes[2] == pytest.approx(0, abs=1e-3)


def test_only_liked_duets_tell_whether_visits_are_predicted_better(
    origin, evolution_data, a_duet, few_probes
):
    candidate = shifted(origin, 0.05)
    disliked = (a_duet(45, weight=-1.0), a_duet(75, weight=-0.5))
    changes = [
        Gate(origin, origin, replace(evolution_data, judged=judged), 1).measure(candidate)[
            "visit_change"
        ]
        for judged in (evolution_data.judged, evolution_data.judged + disliked, disliked)
    ]
    assert changes[0] == changes[1] != 0
    assert changes[2] == 0


@pytest.mark.parametrize(
    ("visit_change", "preference_change", "reason"),
    [
        (-0.1, -0.1, None),
        (0.0, -0.1, "learned nothing"),
        (0.01, -0.1, "learned nothing"),
        (-0.1, 0.0, "prefers what was not liked"),
        (float("nan"), -0.1, "learned nothing"),
    ],
)
def test_liked_visits_must_be_predicted_better_and_better_than_the_others(
    a_gate, origin, monkeypatch, visit_change, preference_change, reason
):
    gate = a_gate()
    scores = dict(PASSING, visit_change=visit_change, preference_change=preference_change)
    monkeypatch.setattr(gate, "measure", lambda candidate: scores)
    reasons = gate.judge(shifted(origin, 0.05)).reasons
    assert not reasons if reason is None else len(reasons) == 1 and reason in reasons[0]


def test_a_candidate_may_pass_on_its_way_back(a_gate, origin, monkeypatch):
    gate = a_gate()
    measured = []

    def measure(candidate):
        measured.append(candidate)
        change = 99.5 if len(measured) < 3 else 0.0
        return dict(PASSING, corpus_change=change)

    monkeypatch.setattr(gate, "measure", measure)
    verdict = gate.judge(shifted(origin, 1.0))
    assert verdict.scores["share"] == 0.5 and not verdict.reasons


def test_leanings_may_pass_with_the_weights_of_the_parent(a_gate, origin, monkeypatch):
    gate, candidate = a_gate(), lean(shifted(origin, 1.0), np.eye(11)[0])

    def measure(judged):
        is_own = judged.network is origin.network
        change = 0.0 if is_own else 99.5
        return dict(PASSING, corpus_change=change)

    monkeypatch.setattr(gate, "measure", measure)
    verdict = gate.judge(candidate)
    assert verdict.scores["share"] == 0.0 and not verdict.reasons
    assert verdict.candidate.network is origin.network
    assert verdict.scores["lean_repeat"] == 1.0


def test_a_mixture_lies_between_its_networks(origin):
    other = shifted(origin, 1.0)
    half = interpolate(origin, other, 0.5).network.parameters["readout.bias"]
    ends = [each.network.parameters["readout.bias"] for each in (origin, other)]
    np.testing.assert_allclose(half, (ends[0] + ends[1]) / 2, rtol=1e-5, atol=1e-6)


def test_one_figure_again_and_again_is_little_diversity(random_tune):
    same = [Note(60, k / 2, 0.5) for k in range(20)]
    assert measure_diversity([same]) == pytest.approx(1 / 17)
    assert measure_diversity([random_tune(1).notes]) > 0.9
    assert measure_diversity([]) == 0


def test_probes_are_many_whatever_there_is(evolution_data):
    assert len(choose_probes(evolution_data)) == 96
    assert len(choose_probes(replace(evolution_data, judged=()))) == 96
