"""Pointer: mouse and touch as fingers, each with a number, a place and a phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.presenter import fit_rect

MOUSE_FINGER = -1
"""Number of the finger that a mouse is."""


class FingerPhase(Enum):
    """What a finger does."""

    DOWN = auto()
    MOVE = auto()
    UP = auto()


@dataclass(frozen=True, slots=True)
class FingerEvent:
    """A finger at a point of the picture, logical pixels."""

    number: int
    phase: FingerPhase
    x: float
    y: float


_MOUSE_PHASES = {
    pygame.MOUSEBUTTONDOWN: FingerPhase.DOWN,
    pygame.MOUSEMOTION: FingerPhase.MOVE,
    pygame.MOUSEBUTTONUP: FingerPhase.UP,
}
_TOUCH_PHASES = {
    pygame.FINGERDOWN: FingerPhase.DOWN,
    pygame.FINGERMOTION: FingerPhase.MOVE,
    pygame.FINGERUP: FingerPhase.UP,
}


class PointerReader:
    """Reads events. A touch screen's own mouse events are left out: they would come twice."""

    def __init__(self) -> None:
        self._pressed = False

    def read_event(self, event: pygame.Event, window: tuple[int, int]) -> Iterator[FingerEvent]:
        """The finger of an event at a window of that size, if it is one's."""
        if event.type in _TOUCH_PHASES:
            x, y = event.x * window[0], event.y * window[1]
            yield _finger_event(event.finger_id, _TOUCH_PHASES[event.type], x, y, window)
        elif event.type in _MOUSE_PHASES and not getattr(event, "touch", False):
            yield from self._read_mouse(event, window)

    def _read_mouse(self, event: pygame.Event, window: tuple[int, int]) -> Iterator[FingerEvent]:
        phase = _MOUSE_PHASES[event.type]
        if phase is FingerPhase.MOVE and not self._pressed:
            return
        if phase is not FingerPhase.MOVE and event.button != 1:
            return
        self._pressed = phase is not FingerPhase.UP
        yield _finger_event(MOUSE_FINGER, phase, *event.pos, window)


def picture_position(x: float, y: float, window: tuple[int, int]) -> tuple[float, float]:
    """The logical pixel of the picture at a pixel of a window of size `window`."""
    shown = fit_rect(PICTURE_SIZE_PX, window)
    scale = PICTURE_SIZE_PX[0] / shown.width
    return (x - shown.x) * scale, (y - shown.y) * scale


def _finger_event(
    number: int, phase: FingerPhase, x: float, y: float, window: tuple[int, int]
) -> FingerEvent:
    return FingerEvent(number, phase, *picture_position(x, y, window))
