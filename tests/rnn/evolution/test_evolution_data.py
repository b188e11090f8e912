from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.evolution.evolution_data import EvolutionData, encode_duet, encode_duets
from rnn.evolution.generation import GenerationError
from rnn.training.dataset import EpochBatcher
from rnn.training.evaluation import score_tunes


def test_data_are_read_as_they_were_written(tmp_path, evolution_data):
    evolution_data.save(tmp_path / "data.json")
    read = EvolutionData.load(tmp_path / "data.json")
    assert read.to_json() == evolution_data.to_json()
    assert read.hash == evolution_data.hash


def test_other_data_have_another_hash(evolution_data):
    fewer = replace(evolution_data, learned=evolution_data.learned[1:])
    assert fewer.hash != evolution_data.hash


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 1, "learned": [{}]}'])
def test_another_file_is_refused_in_a_line(tmp_path, text):
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(GenerationError, match="no duets"):
        EvolutionData.load(tmp_path / "data.json")


def test_only_the_answer_is_learned_and_no_end(a_duet):
    codec, duet = NoteCodec(), a_duet()
    encoded = encode_duet(codec, duet)
    batcher = EpochBatcher(codec, [encoded], 1, len(encoded.tokens))
    (batch,) = batcher.iterate_epoch(np.random.default_rng(1))
    learned = batch.targets[:, 0] >= 0
    assert not learned[: encoded.heard].any() and learned[encoded.heard :].all()
    assert encoded.notes == len(duet.answer)
    assert codec.end_token not in encoded.tokens


def test_only_the_answer_is_scored(origin, a_duet):
    duet = a_duet()
    other = replace(duet, answer=duet.answer[:-1])
    whole, less = (
        score_tunes(origin.network, [encode_duet(origin.codec, d)]) for d in (duet, other)
    )
    assert whole.notes == less.notes + 1
    assert whole.bits > less.bits > 0
    every = replace(encode_duet(origin.codec, duet), heard=0)
    assert score_tunes(origin.network, [every]).bits > whole.bits


def test_a_disliked_duet_is_scored_and_learned_with_its_weight(origin, a_duet):
    liked, disliked = encode_duets(origin.codec, [a_duet(), a_duet(weight=-0.5)])
    scores = [score_tunes(origin.network, [tune]).bits for tune in (liked, disliked)]
    assert scores[1] == pytest.approx(-0.5 * scores[0])
    batches = EpochBatcher(origin.codec, [liked, disliked], 1, 16)
    weights = {w for b in batches.iterate_epoch(np.random.default_rng(1)) for w in b.weights.flat}
    assert weights == {1.0, -0.5}


def test_in_characters_the_phrase_is_learned_too(a_duet):
    encoded = encode_duet(CharacterCodec(), a_duet())
    assert encoded.heard == 0 and len(encoded.tokens)
