"""Pointer: mouse and touch as fingers, each with a number, a place and a phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.drawing.theme import SIZE
from visuals.window.presenter import fit

MOUSE = -1
"""Number of the finger that a mouse is."""


class Phase(Enum):
    """What a finger does."""

    DOWN = auto()
    MOVE = auto()
    UP = auto()


@dataclass(frozen=True, slots=True)
class Finger:
    """A finger at a point of the picture, logical pixels."""

    number: int
    phase: Phase
    x: float
    y: float


_MOUSE = {
    pygame.MOUSEBUTTONDOWN: Phase.DOWN,
    pygame.MOUSEMOTION: Phase.MOVE,
    pygame.MOUSEBUTTONUP: Phase.UP,
}
_TOUCH = {
    pygame.FINGERDOWN: Phase.DOWN,
    pygame.FINGERMOTION: Phase.MOVE,
    pygame.FINGERUP: Phase.UP,
}


class Pointer:
    """Reads events. A touch screen's own mouse events are left out: they would come twice."""

    def __init__(self) -> None:
        self._pressed = False

    def read(self, event: pygame.Event, window: tuple[int, int]) -> Iterator[Finger]:
        """The finger of an event at a window of that size, if it is one's."""
        if event.type in _TOUCH:
            x, y = event.x * window[0], event.y * window[1]
            yield _finger(event.finger_id, _TOUCH[event.type], x, y, window)
        elif event.type in _MOUSE and not getattr(event, "touch", False):
            yield from self._read_mouse(event, window)

    def _read_mouse(self, event: pygame.Event, window: tuple[int, int]) -> Iterator[Finger]:
        phase = _MOUSE[event.type]
        if phase is Phase.MOVE and not self._pressed:
            return
        if phase is not Phase.MOVE and event.button != 1:
            return
        self._pressed = phase is not Phase.UP
        yield _finger(MOUSE, phase, *event.pos, window)


def _finger(number: int, phase: Phase, x: float, y: float, window: tuple[int, int]) -> Finger:
    shown = fit(SIZE, window)
    scale = SIZE[0] / shown.width
    return Finger(number, phase, (x - shown.x) * scale, (y - shown.y) * scale)
