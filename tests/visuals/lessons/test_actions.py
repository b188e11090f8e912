from __future__ import annotations

from visuals.lessons.actions import ACTION_BY_SCANCODE, ARROWS, LessonAction


def test_up_and_right_are_forward_and_down_and_left_backward():
    forward = {arrow for arrow in ARROWS if arrow.direction == 1}
    assert forward == {LessonAction.UP, LessonAction.RIGHT}
    assert {action.direction for action in LessonAction} == {-1, 0, 1}
    assert {arrow.direction for arrow in ARROWS} == {-1, 1}


def test_every_action_has_a_key():
    assert set(ACTION_BY_SCANCODE.values()) == set(LessonAction)
