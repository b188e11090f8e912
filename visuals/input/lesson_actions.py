"""Actions of a visitor in a lesson, and their keys.

No action has the key of a piano key, so the computer keyboard still plays while a lesson is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

import pygame


class LessonAction(Enum):
    """One action of a visitor in a lesson."""

    STEP = auto()  # go to the next step
    BACK = auto()  # go to the step before
    PLAY = auto()  # run by itself, or pause
    RESTART = auto()  # go to the first step
    NEXT = auto()  # go to the next lesson
    PREVIOUS = auto()  # go to the previous lesson
    UP = auto()
    DOWN = auto()
    LEFT = auto()
    RIGHT = auto()

    @property
    def direction(self) -> int:
        """1 for up and right, -1 for down and left, else 0."""
        return {"UP": 1, "RIGHT": 1, "DOWN": -1, "LEFT": -1}.get(self.name, 0)


ARROWS = (LessonAction.LEFT, LessonAction.UP, LessonAction.DOWN, LessonAction.RIGHT)
"""The arrow actions, in the order of their buttons."""

ACTION_BY_SCANCODE: Mapping[int, LessonAction] = {
    pygame.KSCAN_RETURN: LessonAction.STEP,
    pygame.KSCAN_KP_ENTER: LessonAction.STEP,
    pygame.KSCAN_SPACE: LessonAction.PLAY,
    pygame.KSCAN_BACKSPACE: LessonAction.BACK,
    pygame.KSCAN_HOME: LessonAction.RESTART,
    pygame.KSCAN_PAGEDOWN: LessonAction.NEXT,
    pygame.KSCAN_PAGEUP: LessonAction.PREVIOUS,
    pygame.KSCAN_UP: LessonAction.UP,
    pygame.KSCAN_DOWN: LessonAction.DOWN,
    pygame.KSCAN_LEFT: LessonAction.LEFT,
    pygame.KSCAN_RIGHT: LessonAction.RIGHT,
}
"""Action of each SDL scancode, independent of the keyboard's layout."""
