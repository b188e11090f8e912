"""Controls: what the keys at the window mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pygame

from messages.gestures import QuitRequest, ScancodeEvent
from visuals.lessons.actions import ACTION_BY_SCANCODE, LessonAction

_LESSON_KEYS = (pygame.KSCAN_TAB, pygame.KSCAN_0, pygame.KSCAN_KP0)
_SCENE_KEYS = {
    getattr(pygame, f"KSCAN_{row}{n}"): n
    for row in ("", "KP", "F")
    for n in range(1, 9 if row == "F" else 10)
}


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
class WindowClick:
    """The window was touched, or clicked on, at a point in its own pixels."""

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
    | ScancodeEvent
    | QuitRequest
    | SelectScene
    | ToggleFullscreen
    | ToggleLessons
    | LessonAction
    | WindowClick
)


_COMMAND_KEYS: dict[int, WindowCommand] = {
    pygame.KSCAN_MINUS: ChangeBrightness(True),
    pygame.KSCAN_EQUALS: ChangeBrightness(False),
    pygame.KSCAN_F9: ToggleReducedMotion(),
    pygame.KSCAN_F10: NextLanguage(),
    pygame.KSCAN_F12: ToggleStatistics(),
}


class KeyBindings:
    """Reads events; the release of a key that was not handed on is not handed on either.

    Attributes
    ----------
    in_lesson : bool
        Whether the keys of a lesson mean what they do there.
    """

    def __init__(self) -> None:
        self.in_lesson = False
        self._consumed_keys: set[int] = set()
        self._forwarded_keys: set[int] = set()

    def translate_event(self, event: pygame.Event, at: int) -> Iterator[WindowCommand]:
        """What an event that came at `at` (ns) means, if anything."""
        if event.type == pygame.QUIT:
            yield QuitRequest(at)
        elif event.type == pygame.KEYDOWN:
            yield self._translate_press(event.scancode, at)
        elif event.type == pygame.KEYUP:
            if event.scancode in self._consumed_keys:
                self._consumed_keys.discard(event.scancode)
                return
            self._forwarded_keys.discard(event.scancode)
            yield ScancodeEvent(event.scancode, False, at)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            yield WindowClick(*map(float, event.pos))
        elif event.type == pygame.WINDOWFOCUSLOST:
            # releases go to another window from now on
            for scancode in sorted(self._forwarded_keys):
                yield ScancodeEvent(scancode, False, at)
            self._forwarded_keys.clear()
            self._consumed_keys.clear()

    def _translate_press(self, scancode: int, at: int) -> WindowCommand:
        control = ACTION_BY_SCANCODE.get(scancode) if self.in_lesson else None
        control = _command_for(scancode) if control is None else control
        if control is None:
            self._forwarded_keys.add(scancode)
            return ScancodeEvent(scancode, True, at)
        self._consumed_keys.add(scancode)
        return QuitRequest(at) if isinstance(control, QuitRequest) else control


def _command_for(scancode: int) -> WindowCommand | None:
    if scancode == pygame.KSCAN_ESCAPE:
        return QuitRequest(0)
    if scancode == pygame.KSCAN_F11:
        return ToggleFullscreen()
    if scancode in _LESSON_KEYS:
        return ToggleLessons()
    if scancode in _COMMAND_KEYS:
        return _COMMAND_KEYS[scancode]
    number = _SCENE_KEYS.get(scancode)
    return None if number is None else SelectScene(number)
