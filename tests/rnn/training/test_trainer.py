from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import CheckpointError, read_arrays, write_arrays
from rnn.model.network import Network
from rnn.training.baselines import score_unigram
from rnn.training.dataset import EpochBatcher, encode_tunes
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import prepare_experiment
from rnn.training.settings import TrainingSettings
from rnn.training.trainer import MIN_RATE_SHARE, DivergedError, Trainer, rate_share

SMALL = TrainingSettings(seed=4, steps=30, units=16, layers=2, embedding=12, lanes=4, length=16)
QUICK = TrainingSettings(steps=400, units=64, lanes=8, length=16, dropout=0.0, rate=0.01)


def assert_same(these, those):
    assert these.keys() == those.keys()
    for name, array in these.items():
        np.testing.assert_array_equal(array, those[name])


def run_until(trainer, step):
    """Run, and request a stop when so many steps are done."""

    def report(progress):
        trainer.stop_requested = progress.step >= step - 1  # ends after the next batch

    trainer.run(report, every=0.0)


def test_training_learns(a_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [a_tune(p) for p in range(55, 66)])
    reports = []
    trainer = Trainer(codec, tunes, tunes, QUICK)
    trainer.run(reports.append)
    assert (
        reports[-1].validation_bits < 0.6 * score_unigram(tunes, tunes, codec.outputs).bits_per_note
    )


def test_same_seed_same_weights(experiment, a_trainer):
    first, second = a_trainer(experiment), a_trainer(experiment)
    for trainer in (first, second):
        trainer.run(lambda progress: None)
    assert_same(first.network.parameters, second.network.parameters)


def test_the_average_is_as_old_as_the_updates(experiment, a_trainer, tmp_path):
    trainer = a_trainer(experiment)
    trainer.run(lambda progress: None)
    trainer.save(tmp_path / "state")
    _, about = read_arrays(tmp_path / "state")
    assert about["average"] == about["adam"] == SMALL.steps


def test_the_learning_rate_is_flat_and_then_falls():
    assert [rate_share(done, 0.6) for done in (0.0, 0.3, 0.6)] == [1.0, 1.0, 1.0]
    assert rate_share(0.7, 0.6) == pytest.approx(0.5)
    assert rate_share(1.0, 0.6) == rate_share(1.2, 0.6) == MIN_RATE_SHARE


def test_an_exception_in_a_report_and_resuming_give_the_same_bits(experiment, tmp_path, a_trainer):
    class StopError(Exception):
        pass

    def stop_at(step):
        def report(progress):
            if progress.step == step:
                raise StopError

        return report

    whole = a_trainer(experiment)
    whole.run(lambda progress: None, every=0.0)
    settings = whole.settings
    batches = EpochBatcher(
        experiment.codec, experiment.train, settings.lanes, settings.length
    ).batches_per_epoch
    assert batches + 3 < whole.training_state.step
    for step in (1, batches, batches + 3):  # in an epoch, at its very end, in the next
        half = a_trainer(experiment)
        with pytest.raises(StopError):
            half.run(stop_at(step), every=0.0)
        half.save(tmp_path / "state")
        again = a_trainer(experiment)
        again.load(tmp_path / "state")
        again.run(lambda progress: None, every=0.0)
        assert again.training_state.step == whole.training_state.step
        assert_same(again.network.parameters, whole.network.parameters)
        assert_same(again.best_parameters, whole.best_parameters)


def test_stopping_and_resuming_give_the_same_bits(experiment, tmp_path, a_trainer):
    whole, half, again = a_trainer(experiment), a_trainer(experiment), a_trainer(experiment)
    whole.run(lambda progress: None)
    run_until(half, 7)
    assert half.training_state.step == 7
    half.save(tmp_path / "state")
    again.load(tmp_path / "state")
    again.run(lambda progress: None)
    assert_same(again.network.parameters, whole.network.parameters)


def test_a_gradient_that_is_not_finite_changes_no_weights(experiment, a_trainer, monkeypatch):
    trainer = a_trainer(experiment)
    before = {name: array.copy() for name, array in trainer.network.parameters.items()}
    back = Network.backward

    def overflowing(network, d_logits, buffers, on_ready):
        gradients = back(network, d_logits, buffers, on_ready)
        gradients["lstm0.hidden"][0, 0] = np.inf
        return gradients

    monkeypatch.setattr(Network, "backward", overflowing)
    with pytest.raises(DivergedError, match="gradient became inf at step 0"):
        trainer.run(lambda progress: None)
    assert_same(trainer.network.parameters, before)
    assert_same(trainer.best_parameters, before)


def test_nothing_to_train_on_or_validate_with_is_refused(experiment):
    with pytest.raises(ValueError, match="no tunes to train on"):
        Trainer(experiment.codec, [], experiment.validation, SMALL)
    with pytest.raises(ValueError, match="no tunes to validate with"):
        Trainer(experiment.codec, experiment.train, [], SMALL)


def test_a_loss_that_is_nan_stops_with_the_step(experiment, a_trainer):
    trainer = a_trainer(experiment)
    trainer.network.parameters["readout.bias"][:] = np.nan
    with pytest.raises(DivergedError, match="at step 0"):
        trainer.run(lambda progress: None)
    assert np.isfinite(trainer.best_parameters["readout.bias"]).all()


def test_a_diverging_loss_stops_with_the_best_weights(experiment, a_trainer):
    trainer, kept = a_trainer(experiment, replace(SMALL, rate=1e3)), []
    with pytest.raises(DivergedError, match=r"became [\d.e+]+ bits a token at step \d+"):
        trainer.run(lambda progress: kept.append(progress.best_bits), every=0.0)
    best = Network(trainer.network.sizes, trainer.best_parameters)
    assert score_tunes(best, experiment.validation).bits_per_note == pytest.approx(min(kept))


def test_the_state_of_another_network_is_refused(experiment, tmp_path, a_trainer):
    a_trainer(experiment).save(tmp_path / "state")
    other = a_trainer(experiment, TrainingSettings(units=8, layers=1, embedding=12))
    with pytest.raises(CheckpointError, match="not the training of a network of this size"):
        other.load(tmp_path / "state")


def test_a_training_with_other_settings_is_refused_unchanged(
    experiment, tmp_path, random_tune, a_trainer
):
    begun = a_trainer(experiment)
    begun.run(lambda progress: None)
    begun.save(tmp_path / "state")
    others = {
        "begun with seed 4, not 5": a_trainer(experiment, replace(SMALL, seed=5)),
        "begun with dropout 0.1, not 0.3": a_trainer(experiment, replace(SMALL, dropout=0.3)),
        "begun on another corpus": a_trainer(
            prepare_experiment([random_tune(k) for k in range(60)])
        ),
    }
    for line, other in others.items():
        before = {name: array.copy() for name, array in other.network.parameters.items()}
        with pytest.raises(CheckpointError, match=line):
            other.load(tmp_path / "state")
        assert_same(other.network.parameters, before)
    longer = a_trainer(experiment, replace(SMALL, steps=60))
    longer.load(tmp_path / "state")
    assert longer.training_state.step == 30


def test_a_training_that_is_done_makes_no_further_update(experiment, tmp_path, a_trainer):
    settings = replace(SMALL, steps=10)
    done, again = a_trainer(experiment, settings), a_trainer(experiment, settings)
    done.run(lambda progress: None)
    done.save(tmp_path / "state")
    again.load(tmp_path / "state")
    again.run(lambda progress: None)
    assert again.training_state.step == 10
    assert_same(again.network.parameters, done.network.parameters)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"format": "hidden-state 1"}, "no training to go on with"),
        ({"settings": None}, "a damaged training"),
        ({"trail": {"step": 3, "speed": 2}}, "a damaged training .*speed"),
        ({"trail": {"step": "3"}}, "a damaged training .*'3'"),
        ({"adam": -1}, "a damaged training .*-1"),
    ],
)
def test_a_file_that_is_no_training_is_refused_unchanged(
    experiment, tmp_path, a_trainer, change, line
):
    begun, other = a_trainer(experiment), a_trainer(experiment)
    run_until(begun, 2)
    begun.save(tmp_path / "state")
    arrays, about = read_arrays(tmp_path / "state")
    write_arrays(tmp_path / "state", arrays, about | change)
    before = {name: array.copy() for name, array in other.network.parameters.items()}
    with pytest.raises(CheckpointError, match=line):
        other.load(tmp_path / "state")
    assert_same(other.network.parameters, before)
    assert other.training_state.step == 0


def test_a_training_without_its_counts_is_refused(experiment, tmp_path, a_trainer):
    trainer = a_trainer(experiment)
    trainer.save(tmp_path / "state")
    arrays, about = read_arrays(tmp_path / "state")
    del about["average"]
    write_arrays(tmp_path / "state", arrays, about)
    with pytest.raises(CheckpointError, match="average"):
        trainer.load(tmp_path / "state")


def test_a_stop_before_the_run_ends_it_after_one_batch(experiment, a_trainer):
    trainer = a_trainer(experiment)
    trainer.stop_requested = True
    trainer.run(lambda progress: None)
    assert trainer.training_state.step == 1


def test_a_stop_requested_while_the_ranks_agree_ends_it_at_the_next_batch(
    experiment, a_trainer, interrupted_ranks
):
    trainer = interrupted_ranks.learner = a_trainer(experiment, ranks=interrupted_ranks)
    trainer.run(lambda progress: None)
    assert trainer.training_state.step == 2
