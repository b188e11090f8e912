"""Key bindings: the commands to the stage, and the computer keys that give them."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from visuals.lessons.actions import ACTION_BY_SCANCODE, LessonAction


@dataclass(frozen=True, slots=True)
class SelectScene:
    """The scene of that number was asked for, counted from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class ToggleFullscreen:
    """Full screen, or back."""


@dataclass(frozen=True, slots=True)
class ToggleLessons:
    """The lessons are to be opened, or closed."""


@dataclass(frozen=True, slots=True)
class PictureClick:
    """The picture was touched or clicked at a point, logical pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ChangeBrightness:
    """The picture is to be darker, or brighter, by a step."""

    darker: bool


@dataclass(frozen=True, slots=True)
class NextLanguage:
    """The words are to be in the next language."""


@dataclass(frozen=True, slots=True)
class ToggleStatistics:
    """The figures for an operator are to be shown, or hidden."""


@dataclass(frozen=True, slots=True)
class ToggleReducedMotion:
    """What moves for its beauty only is to stand still, or to move again."""


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


_COMMAND_BY_SCANCODE: dict[int, WindowCommand] = {
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


def command_for(scancode: int, in_lesson: bool) -> WindowCommand | None:
    """The command of a key that is pressed, if it has one; a lesson has keys of its own."""
    if in_lesson and scancode in ACTION_BY_SCANCODE:
        return ACTION_BY_SCANCODE[scancode]
    return _COMMAND_BY_SCANCODE.get(scancode)
