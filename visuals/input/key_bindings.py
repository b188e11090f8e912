"""Controls: what the keys at the window mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pygame

from messages.gestures import Key, Leave
from visuals.lessons.actions import KEYS, Action

_LESSONS = (pygame.KSCAN_TAB, pygame.KSCAN_0, pygame.KSCAN_KP0)
_CHOOSES = {
    getattr(pygame, f"KSCAN_{row}{n}"): n
    for row in ("", "KP", "F")
    for n in range(1, 9 if row == "F" else 10)
}


@dataclass(frozen=True, slots=True)
class Choose:
    """The scene of that number was asked for, counted from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class Fullscreen:
    """Full screen, or back."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons are to be opened, or closed."""


@dataclass(frozen=True, slots=True)
class Touch:
    """The window was touched, or clicked on, at a point in its own pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Dim:
    """The picture is to be darker, or brighter, by a step."""

    darker: bool


@dataclass(frozen=True, slots=True)
class NextLanguage:
    """The words are to be in the next language."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The figures for an operator are to be shown, or hidden."""


@dataclass(frozen=True, slots=True)
class Still:
    """What moves for its beauty only is to stand still, or to move again."""


Control = (
    Dim
    | Still
    | NextLanguage
    | Operator
    | Key
    | Leave
    | Choose
    | Fullscreen
    | Lessons
    | Action
    | Touch
)


_OTHERS: dict[int, Control] = {
    pygame.KSCAN_MINUS: Dim(True),
    pygame.KSCAN_EQUALS: Dim(False),
    pygame.KSCAN_F9: Still(),
    pygame.KSCAN_F10: NextLanguage(),
    pygame.KSCAN_F12: Operator(),
}


class Controls:
    """Reads events; the release of a key that was not handed on is not handed on either.

    Attributes
    ----------
    in_lesson : bool
        Whether the keys of a lesson mean what they do there.
    """

    def __init__(self) -> None:
        self.in_lesson = False
        self._kept: set[int] = set()
        self._down: set[int] = set()

    def read(self, event: pygame.Event, at: int) -> Iterator[Control]:
        """What an event that came at `at` (ns) means, if anything."""
        if event.type == pygame.QUIT:
            yield Leave(at)
        elif event.type == pygame.KEYDOWN:
            yield self._press(event.scancode, at)
        elif event.type == pygame.KEYUP:
            if event.scancode in self._kept:
                self._kept.discard(event.scancode)
                return
            self._down.discard(event.scancode)
            yield Key(event.scancode, False, at)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            yield Touch(*map(float, event.pos))
        elif event.type == pygame.WINDOWFOCUSLOST:
            # releases go to another window from now on
            for scancode in sorted(self._down):
                yield Key(scancode, False, at)
            self._down.clear()
            self._kept.clear()

    def _press(self, scancode: int, at: int) -> Control:
        control = KEYS.get(scancode) if self.in_lesson else None
        control = _meaning(scancode) if control is None else control
        if control is None:
            self._down.add(scancode)
            return Key(scancode, True, at)
        self._kept.add(scancode)
        return Leave(at) if isinstance(control, Leave) else control


def _meaning(scancode: int) -> Control | None:
    if scancode == pygame.KSCAN_ESCAPE:
        return Leave(0)
    if scancode == pygame.KSCAN_F11:
        return Fullscreen()
    if scancode in _LESSONS:
        return Lessons()
    if scancode in _OTHERS:
        return _OTHERS[scancode]
    number = _CHOOSES.get(scancode)
    return None if number is None else Choose(number)
