from __future__ import annotations

import pytest

from messages.cues import Cue, Source, Turn
from visuals.timeline import SECOND, Timeline
from visuals.window.frame_timing import Punctuality
from visuals.window.scene_rotation import RESPECT, Rotation


def changes(rotation: Rotation, seconds: range, turn: Turn = Turn.ATTRACT) -> list[int]:
    return [second for second in seconds if rotation.is_due(second * SECOND, turn)]


def test_scenes_change_while_nobody_plays():
    assert changes(Rotation(10), range(35)) == [10, 20, 30]


@pytest.mark.parametrize("turn", [Turn.LISTEN, Turn.ANSWER, Turn.FAREWELL])
def test_a_scene_stays_while_somebody_plays(turn):
    rotation = Rotation(10)
    assert changes(rotation, range(100), turn) == []
    assert changes(rotation, range(100, 115)) == [109]


def test_a_scene_chosen_by_hand_stays_longer():
    rotation = Rotation(10)
    rotation.chosen(0)
    assert changes(rotation, range(200))[0] == RESPECT + 10


def test_without_rotation_nothing_changes():
    assert changes(Rotation(0), range(1000)) == []


def test_scenes_cannot_change_every_minus_one_second():
    with pytest.raises(ValueError, match="not -1"):
        Rotation(-1)


def test_a_notes_error_is_from_its_due_time_to_the_flip_that_first_has_it():
    timeline, punctuality = Timeline(), Punctuality()
    timeline.take(Cue(0, 5_000_000, 10, 60, 80, Source.NETWORK, 1.0, None, None))
    for frame in range(4):
        time = frame * 4_000_000
        punctuality.add(timeline, time, time + 1_000_000, 2_000_000)
    assert punctuality.sync.error_p50 == 4.0  # due at 5, in the frame of 8, shown at 9
    assert "1 notes" in punctuality.lines[0]
