from __future__ import annotations

from pathlib import Path

from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from visuals.lessons.base.shared_state import NetworkOption, SharedLessonState


def test_a_reset_stops_training_and_forgets_the_visit():
    state = SharedLessonState()
    state.trainer.start(songs.ode_to_joy(), 1)
    (state.learned_snapshot,) = state.trainer.poll()
    state.tune_choice, state.visitor_tune = "yours", songs.ode_to_joy()
    state.reset()
    assert state.trainer.poll() == []
    assert (state.learned_snapshot, state.tune_choice, state.visitor_tune) == (None, None, None)


def test_the_chosen_network_is_returned_once_and_outlasts_a_reset():
    state = SharedLessonState()
    state.chosen_network = Path("model.safetensors")
    state.reset()
    assert state.pop_chosen_network() == Path("model.safetensors")
    assert state.pop_chosen_network() is None


def test_the_numbers_are_those_of_the_model():
    path = styles.style_path("fife")
    checkpoint = load_checkpoint(path)
    option = NetworkOption.from_checkpoint("fife", path, checkpoint)
    parameters, sizes = checkpoint.network.parameters, checkpoint.network.sizes
    assert option.weights == sum(array.size for array in parameters.values())
    assert (option.layers, option.units) == (sizes.layers, sizes.units)
    assert option.notes == checkpoint.card.notes["train"]
    assert option.preferred_pitch_class.shape == (option.layers, option.units)
    assert set(option.preferred_pitch_class.ravel().tolist()) <= set(range(12))
