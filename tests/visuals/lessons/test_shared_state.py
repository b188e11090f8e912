from __future__ import annotations

from pathlib import Path

from midi_data import songs
from visuals.lessons.shared_state import SharedLessonState


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
