"""Key bindings: the commands to the stage, and the computer keys that give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pygame

from visuals.input.lesson_actions import ACTION_BY_SCANCODE, LessonAction


@dataclass(frozen=True, slots=True)
class SelectScene:
    """Show the scene of a number, counted from 1.

    Parameters
    ----------
    number : int
    """

    number: int


@dataclass(frozen=True, slots=True)
class ToggleFullscreen:
    """Switch between window and full screen."""


@dataclass(frozen=True, slots=True)
class ToggleLessons:
    """Open or close the lessons."""


@dataclass(frozen=True, slots=True)
class PictureClick:
    """The picture was touched or clicked at a point, logical pixels.

    Parameters
    ----------
    x, y : float
        Pixels of the picture.
    """

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ChangeBrightness:
    """Darken or brighten the picture by a step.

    Parameters
    ----------
    darker : bool
    """

    darker: bool


@dataclass(frozen=True, slots=True)
class NextLanguage:
    """Change to the next language."""


@dataclass(frozen=True, slots=True)
class ToggleStatistics:
    """Show or hide the figures for an operator."""


@dataclass(frozen=True, slots=True)
class ToggleReducedMotion:
    """Stop or start the motion that is only decoration."""


WindowCommand = (
    ChangeBrightness
    | ToggleReducedMotion
    | NextLanguage
    | ToggleStatistics
    | SelectScene
    | ToggleFullscreen
    | ToggleLessons
    | LessonAction
    | PictureClick
)

COMMAND_BY_SCANCODE: Mapping[int, WindowCommand] = {
    pygame.KSCAN_MINUS: ChangeBrightness(True),
    pygame.KSCAN_EQUALS: ChangeBrightness(False),
    pygame.KSCAN_TAB: ToggleLessons(),
    pygame.KSCAN_0: ToggleLessons(),
    pygame.KSCAN_KP0: ToggleLessons(),
    **{
        getattr(pygame, f"KSCAN_{row}{n}"): SelectScene(n)
        for row in ("", "KP", "F")
        for n in range(1, 9 if row == "F" else 10)
    },
    pygame.KSCAN_F9: ToggleReducedMotion(),
    pygame.KSCAN_F10: NextLanguage(),
    pygame.KSCAN_F11: ToggleFullscreen(),
    pygame.KSCAN_F12: ToggleStatistics(),
}
"""Command of each key while a scene is shown."""
LESSON_COMMAND_BY_SCANCODE: Mapping[int, WindowCommand] = {
    **COMMAND_BY_SCANCODE,
    **ACTION_BY_SCANCODE,
}
"""Command of each key while a lesson is open."""
