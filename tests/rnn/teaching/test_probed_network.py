from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn import styles
from rnn.analysis.trace import trace_tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.model.model_card import ModelCard
from rnn.teaching.probed_network import ProbedNetwork


def test_the_context_is_replayed_where_it_moves_the_unit_most(probed_network):
    slices = probed_network.replay_strongest_context(1, 4)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            found = end.value
            break
    context, polarity = probed_network.strongest_context(1, 4), probed_network.polarity(1, 4)
    assert [n.pitch for n in found.tune.notes] == [n.pitch for n in context.notes]
    for shift in np.arange(0.0, 4.0, 0.5):
        notes = tuple(Note(n.pitch, n.onset + shift, n.duration) for n in context.notes)
        other = trace_tune(
            probed_network.network, probed_network.codec, Tune(notes, probed_network.meter)
        )
        response = polarity * other.unit_activations(1, 4)[-1]
        assert response <= polarity * found.unit_activations(1, 4)[-1] + 1e-6


def test_a_network_without_an_atlas_cannot_be_probed(probed_network):
    preference = np.zeros((2, 12, 9), "f4")
    checkpoint = Checkpoint(probed_network.network, NoteCodec(), ModelCard(), preference)
    assert ProbedNetwork.from_checkpoint(checkpoint) is None


@pytest.mark.parametrize("name", styles.style_names())
def test_the_styles_with_note_tokens_can_be_probed(name):
    checkpoint = load_checkpoint(styles.style_path(name))
    probed_network = ProbedNetwork.from_checkpoint(checkpoint)
    assert (probed_network is not None) is (checkpoint.codec.kind == NoteCodec.kind)
    if probed_network is not None:
        layer, unit = probed_network.best_explained_unit()
        assert probed_network.strongest_context(layer, unit).notes
