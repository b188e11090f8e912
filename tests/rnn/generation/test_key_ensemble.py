from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter, Tune
from rnn.generation.key_ensemble import KeyEnsemble
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention

HOLD = (UnitIntervention(0, 3, InterventionKind.HOLD, 0.9),)


@pytest.fixture
def ensemble(a_model, either_codec) -> KeyEnsemble:
    return KeyEnsemble(a_model(either_codec))


def hear(ensemble: KeyEnsemble, tune: Tune) -> list[int]:
    """Push a tune without its end; returns its tokens."""
    ensemble.begin_tune(tune.meter)
    meter = len(ensemble.codec.meter_tokens(tune.meter))
    tokens = [int(token) for token in ensemble.codec.encode(tune)[meter:-1]]
    for token in tokens:
        ensemble.push(token)
    return tokens


def record_bytes(ensemble: KeyEnsemble) -> int:
    """Bytes of the signals that the records hold, in memory that is their own."""
    arrays = [array for each in ensemble.step_records for array in (each.gates, each.cell)]
    return sum((array if array.base is None else array.base).nbytes for array in arrays)


def test_at_first_the_music_is_not_transposed(ensemble):
    ensemble.begin_tune(Meter(4, 4))
    assert ensemble.likeliest_index == 6


def test_the_kept_key_goes_on_as_the_likeliest_did(ensemble, a_tune):
    hear(ensemble, a_tune(61))
    logs, activations = ensemble.log_probabilities, ensemble.activations
    fork = ensemble.fork_likeliest_key()
    ensemble.keep_likeliest_key()
    for one in (ensemble, fork):
        assert one.likeliest_index == 0
        np.testing.assert_array_equal(one.log_probabilities, logs)
        np.testing.assert_array_equal(one.activations, activations)


def test_the_records_of_the_kept_key_explain_the_same_in_a_twelfth_of_the_memory(ensemble, a_tune):
    hear(ensemble, a_tune(61))
    explained, size = ensemble.explain_last_note(), record_bytes(ensemble)
    ensemble.keep_likeliest_key()
    again = ensemble.explain_last_note()
    np.testing.assert_array_equal(again.shares, explained.shares)
    assert again.log_probability == explained.log_probability
    assert 12 * record_bytes(ensemble) == size


def test_a_fork_leaves_the_ensemble_alone(ensemble, a_tune):
    tokens = hear(ensemble, a_tune(60))
    logs, count = ensemble.log_probabilities.copy(), len(ensemble.step_records)
    fork = ensemble.fork_likeliest_key()
    fork.push(int(np.flatnonzero(fork.reader.mask())[0]))
    np.testing.assert_array_equal(ensemble.log_probabilities, logs)
    assert len(ensemble.step_records) == count >= len(tokens)
    assert not fork.step_records


def test_a_snapshot_brings_everything_back(ensemble, a_tune):
    hear(ensemble, a_tune(60))
    kept, logs = ensemble.snapshot(), ensemble.log_probabilities.copy()
    hear(ensemble, a_tune(65))
    ensemble.keep_likeliest_key()
    ensemble.restore(kept)
    np.testing.assert_array_equal(ensemble.log_probabilities, logs)
    assert len(ensemble.activations[0]) == 6
    assert ensemble.explain_last_note() is not None


def test_interventions_are_measured_against_the_unmodified_network(ensemble, a_tune):
    hear(ensemble, a_tune(60))
    ensemble.keep_likeliest_key()
    plain = ensemble.fork_likeliest_key()
    ensemble.set_interventions(HOLD)
    token = int(np.flatnonzero(ensemble.reader.mask())[-1])  # not the end
    for one in (ensemble, plain):
        one.push(token)
    unmodified = ensemble.unmodified_log_probabilities
    np.testing.assert_array_equal(unmodified, plain.log_probabilities)
    assert not np.array_equal(ensemble.log_probabilities, unmodified)
    ensemble.set_interventions(())
    np.testing.assert_array_equal(ensemble.unmodified_log_probabilities, ensemble.log_probabilities)


def test_a_snapshot_older_than_the_interventions_is_unmodified(ensemble, a_tune):
    hear(ensemble, a_tune(60))
    kept = ensemble.snapshot()
    ensemble.set_interventions(HOLD)
    hear(ensemble, a_tune(65))
    ensemble.restore(kept)
    np.testing.assert_array_equal(ensemble.unmodified_log_probabilities, ensemble.log_probabilities)
