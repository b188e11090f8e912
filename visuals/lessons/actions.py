"""Actions: what a visitor can do in a lesson, and the keys for it.

None of these keys plays a note, so the piano on the letters sounds on while a lesson is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

import pygame


class LessonAction(Enum):
    """One thing a visitor does."""

    STEP = auto()
    """One step on."""
    PLAY = auto()
    """Run by itself, or pause."""
    RESTART = auto()
    """The lesson from its start."""
    NEXT = auto()
    """The next lesson."""
    PREVIOUS = auto()
    """The lesson before."""
    UP = auto()
    DOWN = auto()
    LEFT = auto()
    RIGHT = auto()


ARROWS = (LessonAction.LEFT, LessonAction.UP, LessonAction.DOWN, LessonAction.RIGHT)

ACTION_BY_SCANCODE: Mapping[int, LessonAction] = {
    pygame.KSCAN_RETURN: LessonAction.STEP,
    pygame.KSCAN_KP_ENTER: LessonAction.STEP,
    pygame.KSCAN_SPACE: LessonAction.PLAY,
    pygame.KSCAN_BACKSPACE: LessonAction.RESTART,
    pygame.KSCAN_HOME: LessonAction.RESTART,
    pygame.KSCAN_PAGEDOWN: LessonAction.NEXT,
    pygame.KSCAN_PAGEUP: LessonAction.PREVIOUS,
    pygame.KSCAN_UP: LessonAction.UP,
    pygame.KSCAN_DOWN: LessonAction.DOWN,
    pygame.KSCAN_LEFT: LessonAction.LEFT,
    pygame.KSCAN_RIGHT: LessonAction.RIGHT,
}
"""By scancode (SDL), whatever the layout of the keyboard."""
