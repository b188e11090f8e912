"""Key bindings: the commands to the stage, and the computer keys that give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.input.lesson_actions import ACTION_BY_SCANCODE, LessonAction


class StageCommand(Enum):
    """A command without a value."""

    DARKER = auto()
    BRIGHTER = auto()
    TOGGLE_REDUCED_MOTION = auto()
    TOGGLE_STATISTICS = auto()
    TOGGLE_FULLSCREEN = auto()
    TOGGLE_LESSONS = auto()
    NEXT_LANGUAGE = auto()
    GO_HOME = auto()
    BEGIN_TOUR = auto()
    RELEASE = auto()  # a finger or a key was lifted while a lesson is open


@dataclass(frozen=True, slots=True)
class SelectScene:
    """Show the scene of a number, counted from 1.

    Parameters
    ----------
    number : int
    """

    number: int


@dataclass(frozen=True, slots=True)
class PictureClick:
    """The picture was touched or clicked at a point.

    Parameters
    ----------
    x, y : float
        Logical pixels of the picture.
    """

    x: float
    y: float


WindowCommand = StageCommand | SelectScene | LessonAction | PictureClick

COMMAND_BY_SCANCODE: Mapping[int, WindowCommand] = {
    pygame.KSCAN_MINUS: StageCommand.DARKER,
    pygame.KSCAN_EQUALS: StageCommand.BRIGHTER,
    pygame.KSCAN_TAB: StageCommand.TOGGLE_LESSONS,
    pygame.KSCAN_0: StageCommand.TOGGLE_LESSONS,
    pygame.KSCAN_KP0: StageCommand.TOGGLE_LESSONS,
    **{
        getattr(pygame, f"KSCAN_{row}{n}"): SelectScene(n)
        for row in ("", "KP", "F")
        for n in range(1, 7 if row == "F" else 10)
    },
    pygame.KSCAN_F8: StageCommand.BEGIN_TOUR,
    pygame.KSCAN_F9: StageCommand.TOGGLE_REDUCED_MOTION,
    pygame.KSCAN_F10: StageCommand.NEXT_LANGUAGE,
    pygame.KSCAN_F11: StageCommand.TOGGLE_FULLSCREEN,
    pygame.KSCAN_F12: StageCommand.TOGGLE_STATISTICS,
}
"""Command of each key while a scene is shown."""
LESSON_COMMAND_BY_SCANCODE: Mapping[int, WindowCommand] = {
    **COMMAND_BY_SCANCODE,
    **ACTION_BY_SCANCODE,
}
"""Command of each key while a lesson is open."""
