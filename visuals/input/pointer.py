"""Pointer: mouse and touch events as events of numbered fingers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.drawing.theme import PICTURE_SIZE_PX, fit_rect

MOUSE_FINGER = -1  # finger number of the mouse


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


_MOUSE_EVENTS = pygame.MOUSEBUTTONDOWN, pygame.MOUSEMOTION, pygame.MOUSEBUTTONUP
_TOUCH_EVENTS = pygame.FINGERDOWN, pygame.FINGERMOTION, pygame.FINGERUP
_MOUSE_PHASES = dict(zip(_MOUSE_EVENTS, FingerPhase, strict=True))
_TOUCH_PHASES = dict(zip(_TOUCH_EVENTS, FingerPhase, strict=True))


class PointerReader:
    """Reads events. Mouse events that SDL makes of touches are duplicates and are left out.

    Attributes
    ----------
    picture_size : (int, int)
        Width and height of the picture in the window, logical pixels.
    """

    def __init__(self) -> None:
        self.picture_size = PICTURE_SIZE_PX
        self._is_mouse_down = False

    def read_event(self, event: pygame.Event, window: tuple[int, int]) -> FingerEvent | None:
        """The finger event of an SDL event at a window of that size, if it is one."""
        if event.type in _TOUCH_PHASES:
            place = picture_position(
                event.x * window[0], event.y * window[1], window, self.picture_size
            )
            return FingerEvent(event.finger_id, _TOUCH_PHASES[event.type], *place)
        phase = _MOUSE_PHASES.get(event.type)
        if phase is None or getattr(event, "touch", False):
            return None
        is_drag = phase is FingerPhase.MOVE and self._is_mouse_down
        if not is_drag and (phase is FingerPhase.MOVE or event.button != 1):
            return None
        self._is_mouse_down = phase is not FingerPhase.UP
        place = picture_position(*event.pos, window, self.picture_size)
        return FingerEvent(MOUSE_FINGER, phase, *place)


def picture_position(
    x: float, y: float, window: tuple[int, int], picture: tuple[int, int] = PICTURE_SIZE_PX
) -> tuple[float, float]:
    """The logical pixel of the picture at a pixel of a window of size `window`."""
    shown = fit_rect(picture, window)
    scale = picture[0] / shown.width
    return (x - shown.x) * scale, (y - shown.y) * scale
