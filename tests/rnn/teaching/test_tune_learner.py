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

ENOUGH = 160
"""Updates after which the tunes here are known."""


def line_of(count: int, beats: float = 1.0) -> Tune:
    return Tune(tuple(Note(60 + k % 12, k * beats, beats) for k in range(count)))


@pytest.fixture(scope="module")
def untaught() -> TuneLearner:
    return TuneLearner(songs.ode_to_joy(), seed=1)


@pytest.fixture(scope="module")
def taught() -> TuneLearner:
    apprentice = TuneLearner(songs.ode_to_joy(), seed=1)
    for _ in range(ENOUGH):
        apprentice.learn()
    return apprentice


def test_an_eight_bar_tune_is_learned(untaught, taught):
    assert untaught.accuracy() < 0.1
    assert taught.accuracy() >= 0.95


def test_what_it_recites_goes_from_noise_to_the_tune(untaught, taught):
    tune = [(note.pitch, note.onset, note.duration) for note in taught.tune.notes]

    def known(apprentice: TuneLearner) -> int:
        recited = [
            (note.pitch, note.onset, note.duration) for note in apprentice.generate_recital().notes
        ]
        return len(set(recited) & set(tune))

    assert known(untaught) < 4  # the first is given
    assert known(taught) > len(tune) // 2


def test_the_same_seed_learns_the_same():
    one, other = (TuneLearner(songs.frere_jacques(), seed=5) for _ in range(2))
    for apprentice in (one, other):
        for _ in range(3):
            apprentice.learn()
    assert one.bits_per_note == other.bits_per_note
    assert one.generate_recital() == other.generate_recital()


def test_the_error_is_what_hearing_the_tune_takes(untaught):
    apprentice = TuneLearner(untaught.tune, seed=1)
    bits = float(apprentice.trace_tune().bits.sum()) / len(apprentice.tune.notes)
    assert apprentice.learn() == pytest.approx(bits, rel=1e-4)


def test_a_note_is_right_when_all_its_tokens_are(taught):
    snapshot = taught.snapshot()
    for note, right in enumerate(snapshot.correct_notes):
        assert right == snapshot.trace.correct[snapshot.token_notes == note].all()
    assert snapshot.accuracy == taught.accuracy()


def test_an_update_follows_the_slope(untaught):
    """The loss's derivative along the gradient, against a finite difference."""
    apprentice = TuneLearner(untaught.tune, seed=2)
    network = apprentice.network
    features = apprentice.encoded.features.astype(np.int32)[:, None]
    targets = apprentice.encoded.tokens[:, None]

    def loss() -> float:
        logits, _ = network.forward(features, network.initial_state())
        return cross_entropy(logits, targets)[0]

    logits, tape = network.forward(features, network.initial_state())
    slopes = network.backward(cross_entropy(logits, targets)[1], tape)
    slope = {name: array.copy() for name, array in slopes.items()}
    length = float(np.sqrt(sum(float((array**2).sum()) for array in slope.values())))
    step = 1e-2 / length
    values = []
    for sign in (1, -2):
        for name, array in network.parameters.items():
            array += np.float32(sign * step) * slope[name]
        values.append(loss())
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(length**2, rel=0.02)


def test_a_second_layer_costs_the_tune_and_learns_it_again(taught):
    apprentice = copy.deepcopy(taught)
    assert apprentice.add_layer()
    assert apprentice.accuracy() < 0.9
    for _ in range(ENOUGH):
        apprentice.learn()
    assert apprentice.accuracy() >= 0.95


def test_there_is_an_end_to_layers():
    apprentice = TuneLearner(songs.ode_to_joy(), layers=MAX_LAYERS)
    assert not apprentice.add_layer()
    assert apprentice.network.sizes.layers == MAX_LAYERS


def test_what_is_learned_is_a_model_that_plays(taught, tmp_path):
    save_checkpoint(tmp_path / "small.safetensors", taught.checkpoint())
    improviser = Improviser(load_checkpoint(tmp_path / "small.safetensors"))
    tune = taught.tune
    step = improviser.restart_with_phrase(Tune(tune.notes[:8], tune.meter))
    likeliest = int(step.next_key_probabilities.argmax()) + 21
    assert likeliest == tune.notes[8].pitch


def test_a_snapshot_is_not_changed_by_learning(untaught):
    apprentice = TuneLearner(untaught.tune, seed=1)
    snapshot: TuneLearnerSnapshot = apprentice.snapshot()
    before = {name: array.copy() for name, array in snapshot.parameters.items()}
    apprentice.learn()
    assert all((before[name] == array).all() for name, array in snapshot.parameters.items())
    assert len(snapshot.bits_per_note) == snapshot.updates == 0


@pytest.mark.parametrize("count", [0, 1, MIN_NOTES - 1])
def test_a_tune_of_too_few_notes_is_declined(count):
    with pytest.raises(TuneTooShortError, match=f"at least {MIN_NOTES} notes, not {count}"):
        TuneLearner(line_of(count))


def test_of_five_hundred_notes_the_first_bars_are_learned():
    tune = fit_tune_to_learn(line_of(500, 0.5))
    assert len(tune.notes) == MAX_NOTES
    assert tune.notes[-1].onset < MAX_BARS * 4
    assert len(fit_tune_to_learn(line_of(500, 4.0)).notes) == MAX_BARS
    assert TuneLearner(line_of(500, 0.5)).learn() > 0


def test_a_late_tune_begins_in_its_first_bar():
    notes = tuple(Note(60 + k, 41.0 + k, 1.0) for k in range(5))
    assert fit_tune_to_learn(Tune(notes)).notes[0].onset == 1.0


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 127), st.floats(0, 300), st.floats(0.01, 40)), min_size=8),
    st.sampled_from([Meter(), Meter(3, 4), Meter(6, 8)]),
)
def test_any_tune_is_fitted_or_declined(rows, meter):
    try:
        tune = fit_tune_to_learn(Tune(tuple(Note(*row) for row in rows), meter))
    except TuneTooShortError:
        return
    assert MIN_NOTES <= len(tune.notes) <= MAX_NOTES
    assert all(0 <= note.onset < MAX_BARS * meter.bar_beats for note in tune.notes)
    apprentice = TuneLearner(tune, units=8)
    assert np.isfinite([apprentice.learn(), apprentice.learn()]).all()
    assert all(note.onset < tune.end for note in apprentice.generate_recital().notes)
