from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.generation.plain_key_ensemble import PlainKeyEnsemble, without_details

DETAILS = {
    "parts": NoteDetails(parts=4),
    "all": NoteDetails(parts=8, velocities=True, timing=12, ends=True),
}


@pytest.fixture(params=list(DETAILS))
def ensemble(request, a_model) -> PlainKeyEnsemble:
    return PlainKeyEnsemble(a_model(NoteCodec(4, details=DETAILS[request.param])))


def write(ensemble: PlainKeyEnsemble, seed: int, tokens: int) -> list[int]:
    """Push random valid tokens but END; returns them."""
    generator, written = np.random.default_rng(seed), []
    for _ in range(tokens):
        mask = ensemble.reader.mask()
        mask[ensemble.codec.end_token] = False
        written.append(int(generator.choice(np.flatnonzero(mask))))
        ensemble.push(written[-1])
    return written


def test_any_plain_notes_are_followed(ensemble):
    plain = without_details(ensemble.codec)
    for seed in range(20):
        ensemble.begin_tune(Meter(3, 4))
        reader = plain.new_reader()
        for token in (*plain.meter_tokens(Meter(3, 4)), *write(ensemble, seed, 60)):
            reader.push(token)
        np.testing.assert_array_equal(ensemble.reader.features(), reader.features())
        logs = ensemble.log_probabilities
        assert np.exp(logs).sum() == pytest.approx(1, abs=1e-4)
        np.testing.assert_array_equal(np.isfinite(logs), reader.mask())


def test_a_fork_and_a_snapshot_are_independent(ensemble):
    write(ensemble, 1, 40)
    ensemble.keep_likeliest_key()
    kept, logs = ensemble.snapshot(), ensemble.log_probabilities.copy()
    write(ensemble.fork_likeliest_key(), 2, 10)
    np.testing.assert_array_equal(ensemble.log_probabilities, logs)
    write(ensemble, 3, 10)
    ensemble.restore(kept)
    np.testing.assert_array_equal(ensemble.log_probabilities, logs)


def test_a_codec_without_details_is_itself():
    codec = NoteCodec(4)
    assert without_details(codec) is codec
