from __future__ import annotations

from midi_data import songs
from visuals.lessons.trainer import InlineLessonTrainer


def test_the_first_snapshot_is_before_any_update_and_all_are_in_order():
    trainer = InlineLessonTrainer(updates=0.5)
    assert trainer.poll() == []
    trainer.start(songs.ode_to_joy(), 1)
    updates = [[snapshot.updates for snapshot in trainer.poll()] for _ in range(5)]
    assert updates == [[0], [1], [], [2], []]


def test_a_layer_is_added_once():
    trainer = InlineLessonTrainer(updates=0.0)
    trainer.add_layer()
    trainer.start(songs.ode_to_joy(), 1)
    for _ in range(2):
        trainer.add_layer()
    assert [snapshot.sizes.layers for snapshot in trainer.poll()] == [1, 2, 2]


def test_a_stopped_trainer_has_no_snapshots():
    trainer = InlineLessonTrainer()
    trainer.start(songs.ode_to_joy(), 1)
    trainer.stop()
    assert trainer.poll() == []
