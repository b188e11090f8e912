"""Actions: what a visitor can do in a lesson, and the keys for it.

None of these keys plays a note, so the piano on the letters sounds on while a lesson is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

import pygame


class Action(Enum):
    """One thing a visitor does."""

    STEP = auto()
    """One step on."""
    PLAY = auto()
    """Run by itself, or pause."""
    RESTART = auto()
    """The lesson from its start."""
    NEXT = auto()
    """The next lesson."""
    BEFORE = auto()
    """The lesson before."""
    UP = auto()
    DOWN = auto()
    LEFT = auto()
    RIGHT = auto()


ARROWS = (Action.LEFT, Action.UP, Action.DOWN, Action.RIGHT)

KEYS: Mapping[int, Action] = {
    pygame.KSCAN_RETURN: Action.STEP,
    pygame.KSCAN_KP_ENTER: Action.STEP,
    pygame.KSCAN_SPACE: Action.PLAY,
    pygame.KSCAN_BACKSPACE: Action.RESTART,
    pygame.KSCAN_HOME: Action.RESTART,
    pygame.KSCAN_PAGEDOWN: Action.NEXT,
    pygame.KSCAN_PAGEUP: Action.BEFORE,
    pygame.KSCAN_UP: Action.UP,
    pygame.KSCAN_DOWN: Action.DOWN,
    pygame.KSCAN_LEFT: Action.LEFT,
    pygame.KSCAN_RIGHT: Action.RIGHT,
}
"""By scancode (SDL), whatever the layout of the keyboard."""
