from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midi_data import songs
from midi_data.notes import Meter, Note, Tune
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.model.losses import cross_entropy
from rnn.teaching.tune_learner import (
    MAX_BARS,
    MAX_LAYERS,
    MAX_NOTES,
    MIN_NOTES,
    TuneLearner,
    TuneLearnerSnapshot,
    TuneTooShortError,
    fit_tune_to_learn,
)

UPDATES_TO_LEARN = 160
"""Updates after which the tunes of these tests are learned."""


def scale_tune(count: int, beats: float = 1.0) -> Tune:
    return Tune(tuple(Note(60 + k % 12, k * beats, beats) for k in range(count)))


@pytest.fixture(scope="module")
def untrained() -> TuneLearner:
    return TuneLearner(songs.ode_to_joy(), seed=1)


@pytest.fixture(scope="module")
def trained() -> TuneLearner:
    learner = TuneLearner(songs.ode_to_joy(), seed=1)
    for _ in range(UPDATES_TO_LEARN):
        learner.learn()
    return learner


def known_share(learner: TuneLearner) -> float:
    return learner.snapshot().correct_notes.mean()


def test_an_eight_bar_tune_is_learned(untrained, trained):
    assert known_share(untrained) < 0.1
    assert known_share(trained) >= 0.95


def test_recitals_go_from_noise_to_the_tune(untrained, trained):
    tune = [(note.pitch, note.onset, note.duration) for note in trained.tune.notes]

    def correct_count(learner: TuneLearner) -> int:
        recital = [
            (note.pitch, note.onset, note.duration) for note in learner.generate_recital().notes
        ]
        return len(set(recital) & set(tune))

    assert correct_count(untrained) < 4  # the first note is given
    assert correct_count(trained) > len(tune) // 2


def test_the_same_seed_gives_the_same_errors_and_recital():
    one, other = (TuneLearner(songs.frere_jacques(), seed=5) for _ in range(2))
    for learner in (one, other):
        for _ in range(3):
            learner.learn()
    assert one.bits_per_note == other.bits_per_note
    assert one.generate_recital() == other.generate_recital()


def test_the_error_is_the_surprisal_of_the_whole_tune(untrained):
    learner = TuneLearner(untrained.tune, seed=1)
    bits = float(learner.trace_tune().bits.sum()) / len(learner.tune.notes)
    assert learner.learn() == pytest.approx(bits, rel=1e-4)


def test_a_note_is_correct_if_all_its_tokens_are(trained):
    snapshot = trained.snapshot()
    for note, correct in enumerate(snapshot.correct_notes):
        assert correct == snapshot.trace.correct[snapshot.token_notes == note].all()


def test_gradients_equal_finite_differences(untrained):
    """The loss's derivative along the gradient, against a finite difference."""
    learner = TuneLearner(untrained.tune, seed=2)
    network = learner.network
    features = learner.encoded.features.astype(np.int32)[:, None]
    targets = learner.encoded.tokens[:, None]

    def loss() -> float:
        logits, _ = network.forward(features, network.initial_state())
        return cross_entropy(logits, targets)[0]

    logits, buffers = network.forward(features, network.initial_state())
    gradients = network.backward(cross_entropy(logits, targets)[1], buffers)
    gradient = {name: array.copy() for name, array in gradients.items()}
    length = float(np.sqrt(sum(float((array**2).sum()) for array in gradient.values())))
    step = 1e-2 / length
    values = []
    for sign in (1, -2):
        for name, array in network.parameters.items():
            array += np.float32(sign * step) * gradient[name]
        values.append(loss())
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(length**2, rel=0.02)


def test_a_second_layer_has_to_learn_the_tune_again(trained):
    learner = copy.deepcopy(trained)
    assert learner.add_layer()
    assert known_share(learner) < 0.9
    for _ in range(UPDATES_TO_LEARN):
        learner.learn()
    assert known_share(learner) >= 0.95


def test_no_layer_is_added_beyond_the_maximum():
    learner = TuneLearner(songs.ode_to_joy(), layers=MAX_LAYERS)
    assert not learner.add_layer()
    assert learner.network.sizes.layers == MAX_LAYERS


def test_the_checkpoint_can_be_saved_and_played(trained, tmp_path):
    save_checkpoint(tmp_path / "small.safetensors", trained.checkpoint())
    improviser = Improviser(load_checkpoint(tmp_path / "small.safetensors"))
    tune = trained.tune
    step = improviser.restart_with_phrase(Tune(tune.notes[:8], tune.meter))
    likeliest = int(step.next_key_probabilities.argmax()) + 21
    assert likeliest == tune.notes[8].pitch


def test_a_snapshot_is_not_changed_by_learning(untrained):
    learner = TuneLearner(untrained.tune, seed=1)
    snapshot: TuneLearnerSnapshot = learner.snapshot()
    before = {name: array.copy() for name, array in snapshot.parameters.items()}
    learner.learn()
    assert all((before[name] == array).all() for name, array in snapshot.parameters.items())
    assert len(snapshot.bits_per_note) == snapshot.updates == 0


@pytest.mark.parametrize("count", [0, 1, MIN_NOTES - 1])
def test_a_tune_of_too_few_notes_is_refused(count):
    with pytest.raises(TuneTooShortError, match=f"at least {MIN_NOTES} notes, not {count}"):
        TuneLearner(scale_tune(count))


def test_a_long_tune_is_cut_to_its_first_bars():
    tune = fit_tune_to_learn(scale_tune(500, 0.5))
    assert len(tune.notes) == MAX_NOTES
    assert tune.notes[-1].onset < MAX_BARS * 4
    assert len(fit_tune_to_learn(scale_tune(500, 4.0)).notes) == MAX_BARS
    assert TuneLearner(scale_tune(500, 0.5)).learn() > 0


def test_a_late_tune_is_moved_to_its_first_bar():
    notes = tuple(Note(60 + k, 41.0 + k, 1.0) for k in range(5))
    assert fit_tune_to_learn(Tune(notes)).notes[0].onset == 1.0


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 127), st.floats(0, 300), st.floats(0.01, 40)), min_size=8),
    st.sampled_from([Meter(), Meter(3, 4), Meter(6, 8)]),
)
def test_any_tune_is_cut_or_refused(rows, meter):
    try:
        tune = fit_tune_to_learn(Tune(tuple(Note(*row) for row in rows), meter))
    except TuneTooShortError:
        return
    assert MIN_NOTES <= len(tune.notes) <= MAX_NOTES
    assert all(0 <= note.onset < MAX_BARS * meter.bar_beats for note in tune.notes)
    learner = TuneLearner(tune, units=8)
    assert np.isfinite([learner.learn(), learner.learn()]).all()
    assert all(note.onset < tune.end for note in learner.generate_recital().notes)
