from __future__ import annotations

import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource, Turn
from visuals.timeline import Timeline
from visuals.window.frame_timing import FrameTimingMeter
from visuals.window.scene_rotation import CHOICE_HOLD_S, SceneRotation


def changes(rotation: SceneRotation, seconds: range, turn: Turn = Turn.ATTRACT) -> list[int]:
    return [second for second in seconds if rotation.is_due(second * SECOND, turn)]


def test_scenes_change_while_nobody_plays():
    assert changes(SceneRotation(10), range(35)) == [10, 20, 30]


@pytest.mark.parametrize("turn", [Turn.LISTEN, Turn.ANSWER, Turn.FAREWELL])
def test_a_scene_stays_while_somebody_plays(turn):
    rotation = SceneRotation(10)
    assert changes(rotation, range(100), turn) == []
    assert changes(rotation, range(100, 115)) == [109]


def test_a_scene_chosen_by_hand_stays_longer():
    rotation = SceneRotation(10)
    rotation.record_choice(0)
    assert changes(rotation, range(200))[0] == CHOICE_HOLD_S + 10


def test_without_rotation_nothing_changes():
    assert changes(SceneRotation(0), range(1000)) == []


def test_scenes_cannot_change_every_minus_one_second():
    with pytest.raises(ValueError, match="not -1"):
        SceneRotation(-1)


def test_a_notes_error_is_from_its_due_time_to_the_flip_that_first_has_it():
    timeline, punctuality = Timeline(), FrameTimingMeter()
    timeline.apply_message(NoteCue(0, 5_000_000, 10, 60, 80, NoteSource.NETWORK, 1.0, None, None))
    for frame in range(4):
        time = frame * 4_000_000
        punctuality.record_frame(timeline, time, time + 1_000_000, 2_000_000)
    assert punctuality.stage_timing.error_p50 == 4.0  # due at 5, in the frame of 8, shown at 9
    assert "1 notes" in punctuality.report_lines[0]
