from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.dataset import encode_tune, encode_tunes
from rnn.training.evaluation import pitch_class_preference, score_tunes, unpack_masks


@pytest.mark.parametrize("settings", [{}, {"match_echo": True}, {"voices": 3, "match_echo": True}])
def test_no_logit_knows_the_tokens_to_come(random_tune, a_model, settings):
    codec = NoteCodec(**settings)
    network = a_model(codec).network
    tune, other = random_tune(1), random_tune(2)
    for kept in (0, 7, 13):  # notes both tunes share
        changed = replace(tune, notes=tune.notes[:kept] + other.notes[kept:])
        logits = []
        for each in (tune, changed):
            encoded = encode_tune(codec, each)
            features = encoded.features[: 2 * kept + 2, None].astype(np.int32)
            logits.append(network.forward(features, network.initial_state())[0].copy())
        np.testing.assert_array_equal(*logits)


def test_scores_charge_every_token(a_tune):
    codec = NoteCodec()
    tune = encode_tune(codec, a_tune(60))
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 4, 4, 1), np.random.default_rng(0)
    )
    network.parameters["readout.weight"][:] = 0  # all valid tokens are equally likely
    choices = unpack_masks(tune.masks, codec.outputs).sum(axis=1)
    expected = np.log2(choices).sum() / tune.notes
    assert score_tunes(network, [tune]).bits_per_note == pytest.approx(expected, rel=1e-4)


def test_scores_do_not_depend_on_the_other_tunes(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(5)])
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 8, 8, 2), np.random.default_rng(0)
    )
    alone = sum(score_tunes(network, [tune]).bits for tune in tunes)
    assert score_tunes(network, tunes, lanes=2, steps=7).bits == pytest.approx(alone, rel=1e-4)


def test_the_preference_is_by_pitch_class_and_normalised(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(6)])
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 8, 8, 2), np.random.default_rng(0)
    )
    preference = pitch_class_preference(network, tunes, codec)
    assert preference.shape == (2, 12, 8)
    counts = np.zeros(12)
    for tune in tunes:
        classes = codec.pitch_classes(tune.tokens[:-1])
        counts += np.bincount(classes[classes >= 0], minlength=12)
    mean = np.einsum("lch,c->lh", preference, counts) / counts.sum()
    np.testing.assert_allclose(mean, 0, atol=1e-4)  # deviations from the overall mean


def test_no_unit_prefers_a_pitch_class_without_notes(a_model):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [Tune((Note(60, 0, 1), Note(64, 1, 1), Note(60, 2, 1)))])
    preference = pitch_class_preference(a_model(codec).network, tunes, codec)
    assert np.flatnonzero(np.abs(preference).max(axis=(0, 2))).tolist() == [0, 4]
