"""Anatomies: read from a model as it is, or made up in the same shape."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from visuals.network_summary import (
    RECURRENT_SYNAPSES_PER_UNIT,
    NetworkSummary,
    gate_strength,
    read_moved,
    relative_preference,
    strongest_synapses,
)

UNITS = 12


def a_checkpoint(layers: int = 2) -> Checkpoint:
    codec = NoteCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=4, units=UNITS, layers=layers)
    generator = np.random.default_rng(1)
    network = Network.initial(sizes, generator)
    preference = generator.normal(0, 0.1, (layers, 12, UNITS)).astype(np.float32)
    preference[:, np.arange(12), np.arange(12)] += 3  # unit k favours pitch class k
    return Checkpoint(network, codec, ModelCard(style="test", title="A test"), preference)


def test_preference_of_a_unit_is_the_pitch_class_it_stands_out_for():
    summary = NetworkSummary.from_checkpoint(a_checkpoint())
    assert summary.preferred_pitch_class.tolist() == [list(range(12))] * 2


def test_readout_rows_are_keys():
    checkpoint = a_checkpoint()
    weight = checkpoint.network.parameters["readout.weight"]
    first = checkpoint.codec.key_choices.start
    summary = NetworkSummary.from_checkpoint(checkpoint)
    assert summary.readout.shape == (88, UNITS)
    np.testing.assert_array_equal(summary.readout[60 - 21], weight[:, first + 60 - 21])


def test_style_and_title_come_from_the_card():
    summary = NetworkSummary.from_checkpoint(a_checkpoint())
    assert (summary.style, summary.title) == ("test", "A test")


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_any_number_of_layers_has_synapses_within_and_between(layers):
    synapses = NetworkSummary.from_checkpoint(a_checkpoint(layers)).synapses
    step = synapses.target_layer - synapses.source_layer
    assert set(step.tolist()) == ({0} if layers == 1 else {0, 1})


def test_gate_strength_sums_over_the_four_gates():
    weights = np.array([[1.0, 2, -3, 4, 5, 6, -7, 8]], np.float32)  # one source, two units
    np.testing.assert_allclose(gate_strength(weights), [[16, 20]])


def test_the_strongest_connection_of_a_unit_is_kept_and_none_to_itself():
    strength = np.random.default_rng(0).random((20, 20)).astype(np.float32)
    np.fill_diagonal(strength, 100)
    strength[7, 3] = 50
    synapses = strongest_synapses([strength], [])
    into_three = synapses.source_unit[synapses.target_unit == 3]
    assert 7 in into_three
    assert not np.any(synapses.source_unit == synapses.target_unit)


def test_the_strongest_connections_are_those_of_a_full_sort_also_between_equals():
    strength = np.random.default_rng(2).integers(0, 9, (40, 40)).astype(np.float32)
    np.fill_diagonal(strength, 0)
    synapses = strongest_synapses([strength], [])
    count = RECURRENT_SYNAPSES_PER_UNIT
    sources = np.argsort(-strength, axis=0, kind="stable")[:count]
    assert synapses.source_unit.tolist() == sources.ravel().tolist()
    assert synapses.target_unit.tolist() == np.tile(np.arange(40), count).tolist()


def test_a_tone_that_moves_every_unit_is_not_everybodys_favourite():
    preference = np.random.default_rng(0).normal(0, 0.2, (1, 12, 300)).astype(np.float32)
    preference[:, 10] *= 8
    favourites = np.bincount(relative_preference(preference)[0].argmax(axis=0), minlength=12)
    assert favourites[10] < 60


def test_a_tone_never_heard_does_no_harm():
    preference = np.zeros((1, 12, 5), np.float32)
    assert np.isfinite(relative_preference(preference)).all()


def test_a_dummy_has_the_shape_of_a_real_one():
    real, dummy = NetworkSummary.from_checkpoint(a_checkpoint()), NetworkSummary.dummy(2, UNITS)
    for name in ("preferred_pitch_class", "selectivity", "readout"):
        assert getattr(dummy, name).shape == getattr(real, name).shape
        assert getattr(dummy, name).dtype == getattr(real, name).dtype
    assert len(dummy.synapses) == len(real.synapses)


def test_a_dummy_depends_on_its_seed_alone():
    one, same, other = (
        NetworkSummary.dummy(seed=3),
        NetworkSummary.dummy(seed=3),
        NetworkSummary.dummy(seed=4),
    )
    np.testing.assert_array_equal(one.preferred_pitch_class, same.preferred_pitch_class)
    assert not np.array_equal(one.preferred_pitch_class, other.preferred_pitch_class)


def test_a_dummy_needs_units():
    with pytest.raises(ValueError, match="at least 1"):
        NetworkSummary.dummy(2, 0)


def test_a_unit_pushes_towards_the_keys_its_readout_makes_likelier():
    network = NetworkSummary.dummy(2, 16)
    readout = np.zeros_like(network.readout)
    readout[[60 - 21, 72 - 21], 3] = 1.0
    network = dataclasses.replace(network, readout=readout)
    assert network.pushed_pitch_class(1, 3) == 0
    assert network.pushed_pitch_class(0, 3) is None


def test_distances_of_another_shape_are_left_out():
    assert read_moved([[1.0, 2.0]], (1, 2)).tolist() == [[1.0, 2.0]]
    assert read_moved([], (1, 2)) is read_moved([[1.0]], (1, 2)) is None
