from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Note
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.generation.ensemble import EnsembleImproviser, describe_mismatch
from rnn.generation.improviser import Improviser
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sampling_params import SamplingParams
from rnn.model.sizes import NetworkSizes


def a_model(
    seed: int, voices: int = 0, units: int = 12, codec: NoteCodec | None = None
) -> Checkpoint:
    codec = codec or NoteCodec(voices)
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=8, units=units, layers=2)
    network = Network.initial(sizes, np.random.default_rng(seed))
    network.parameters["embedding"] *= 5
    network.parameters["readout.weight"] *= 4
    return Checkpoint(network, codec, ModelCard(style=f"s{seed}"), np.zeros((2, 12, units), "f4"))


@pytest.fixture
def pair() -> list[Checkpoint]:
    """Two networks of one vocabulary that are shown different things."""
    return [a_model(1), a_model(2, voices=4)]


def played(composer, tune, notes=6):
    composer.restart_with_phrase(tune)
    generator = np.random.default_rng(3)
    return [composer.compose_note(generator, SamplingParams()).note for _ in range(notes)]


def test_all_weight_on_one_is_that_one_alone(pair, a_tune):
    for index, model in enumerate(pair):
        weights = [0.0, 0.0]
        weights[index] = 1.0
        assert played(EnsembleImproviser(pair, weights), a_tune(60)) == played(
            Improviser(model), a_tune(60)
        )


def test_next_key_probabilities_are_the_weighted_mean(pair, a_tune):
    blend = EnsembleImproviser(pair, [0.25, 0.75])
    mixed = blend.restart_with_phrase(a_tune(60)).next_key_probabilities
    alone = [Improviser(model).restart_with_phrase(a_tune(60)) for model in pair]
    parts = blend.restart_with_phrase(a_tune(60)).contributions
    for own, part in zip(alone, parts, strict=True):
        keys = part.next_key_probabilities
        np.testing.assert_allclose(keys / keys.sum(), own.next_key_probabilities, atol=1e-5)
    mean = 0.25 * parts[0].next_key_probabilities + 0.75 * parts[1].next_key_probabilities
    np.testing.assert_allclose(mean / mean.sum(), mixed, atol=1e-5)


def test_a_weight_may_change_between_two_notes(pair, a_tune):
    blend = EnsembleImproviser(pair, [1.0, 0.0])
    blend.restart_with_phrase(a_tune(60))
    blend.weights = [0.0, 2.0]
    other = Improviser(pair[1])
    other.restart_with_phrase(a_tune(60))
    drawn = [
        one.compose_note(np.random.default_rng(0), SamplingParams()).note for one in (blend, other)
    ]
    assert drawn[0] == drawn[1]


def test_the_heaviest_leads(pair, a_tune):
    blend = EnsembleImproviser(pair, [0.4, 0.6])
    step = blend.restart_with_phrase(a_tune(60))
    alone = Improviser(pair[1]).restart_with_phrase(a_tune(60))
    np.testing.assert_array_equal(step.activations, alone.activations)


def test_it_hears_keys_and_comes_back_to_a_snapshot(pair):
    blend = EnsembleImproviser(pair)
    for place, pitch in enumerate((60, 64, 67)):
        step = blend.strike(pitch, place * 0.5)
        blend.release(pitch, place * 0.5 + 0.4)
        assert np.isfinite(step.surprise) and step.next_key_probabilities.sum() == pytest.approx(
            1, abs=1e-4
        )
    kept = blend.snapshot()
    first = blend.compose_note(np.random.default_rng(1), SamplingParams())
    blend.restore(kept)
    assert blend.compose_note(np.random.default_rng(1), SamplingParams()).note == first.note


def test_an_intervention_is_measured_in_the_mixture(pair, a_tune):
    changes = []
    for weights in ([1.0, 0.0], [0.6, 0.4]):
        blend = EnsembleImproviser(pair, weights)
        blend.set_interventions(
            [UnitIntervention(1, unit, InterventionKind.HOLD, 1.0) for unit in range(12)]
        )
        changes.append(blend.restart_with_phrase(a_tune(60)).intervention_bits)
    assert changes[0] > changes[1] > 0


@pytest.mark.parametrize(
    ("weights", "line"),
    [([1.0], "as many weights"), ([0.0, 0.0], "above 0"), ([1.0, -1.0], "0 or more")],
)
def test_weights_that_make_no_mixture_are_refused(pair, weights, line):
    with pytest.raises(ValueError, match=line):
        EnsembleImproviser(pair, weights)


def test_networks_that_do_not_fit_are_refused(pair):
    with pytest.raises(ValueError, match="2 layers of 5 units"):
        EnsembleImproviser([pair[0], a_model(3, units=5)])
    with pytest.raises(ValueError, match="at least one"):
        EnsembleImproviser([])
    foreign = NoteCodec()
    foreign.outputs += 1
    with pytest.raises(ValueError, match="no vocabulary in common"):
        EnsembleImproviser([pair[0], replace(pair[1], codec=foreign)])


def test_networks_that_write_other_details_blend_without_them(pair, a_tune):
    details = [None, NoteDetails(parts=4), NoteDetails(velocities=True, timing=12, ends=True)]
    codecs = [NoteCodec(details=each) for each in details]
    models = [a_model(seed, codec=codec) for seed, codec in enumerate(codecs)]
    assert not describe_mismatch(models[1], models[2])
    for order in (models, models[::-1]):
        blend = EnsembleImproviser(order, [0.2, 0.5, 0.3])
        written = played(blend, a_tune(60), 12)
        assert {(note.part, note.velocity) for note in written} == {(0, Note(60, 0, 1).velocity)}
        assert not blend.writes_timing


def test_a_network_with_details_alone_in_a_blend_keeps_them(a_tune):
    models = [a_model(seed, codec=NoteCodec(details=NoteDetails(parts=4))) for seed in (1, 2)]
    assert played(EnsembleImproviser(models, [1, 0]), a_tune(60)) == played(
        Improviser(models[0]), a_tune(60)
    )


@pytest.mark.parametrize("index", [0, 1])
def test_a_step_reports_each_networks_contribution(pair, a_tune, index):
    blend = EnsembleImproviser(pair, [1.0 - index, float(index)])
    blend.restart_with_phrase(a_tune(60))
    step = blend.compose_note(np.random.default_rng(3), SamplingParams())
    assert [part.weight for part in step.contributions] == [1.0 - index, float(index)]
    assert step.contributions[index].note_probability == pytest.approx(2**-step.surprise, rel=1e-4)
    np.testing.assert_array_equal(step.contributions[index].hidden, step.activations[-1, -1])


def test_the_contributions_add_up_to_the_mixture(pair, a_tune):
    blend = EnsembleImproviser(pair, [0.25, 0.75])
    blend.restart_with_phrase(a_tune(60))
    for step in (
        blend.compose_note(np.random.default_rng(3), SamplingParams()),
        blend.strike(64, 40.0),
    ):
        mixed = sum(part.weight * part.next_key_probabilities for part in step.contributions)
        np.testing.assert_allclose(mixed / mixed.sum(), step.next_key_probabilities, atol=0.02)
        assert all(
            0 <= part.note_probability <= 1 and part.next_key_probabilities.sum() <= 1.0001
            for part in step.contributions
        )


def test_note_probabilities_are_counted_note_by_note(pair):
    blend = EnsembleImproviser(pair)
    first, second = blend.strike(60, 0.0), blend.strike(67, 4.0)
    for step in (first, second):
        mixed = sum(part.weight * part.note_probability for part in step.contributions)
        assert -np.log2(mixed) == pytest.approx(step.surprise, abs=1.5)


def test_a_blend_names_its_styles(pair):
    assert EnsembleImproviser(pair).styles == ("s1", "s2")
    assert Improviser(pair[0]).styles == ("s1",)
