"""Polled surface: a picture that has the input read, and struck keys lit, while it is drawn on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pygame

from visuals.drawing.drawn_lines import DrawnLines
from visuals.drawing.typography import TextSurface


class PolledSurface(TextSurface):
    """A black surface of 32 bits that calls a function after each piece drawn on it.

    So a key waits for one piece of a frame, not for a whole one, whatever the scene draws. It
    remembers the lines drawn on it while `keeps_lines` is true, so that a picture that is shown
    enlarged can have its lines in the size in which it is shown.

    Parameters
    ----------
    size : (int, int)
        Width and height, pixels.
    poll : callable
        Called some hundred times a frame; must return quickly, and not draw on this surface.
    """

    keeps_lines = False  # nor does a copy of a surface
    lines: Sequence[DrawnLines] = ()

    def __init__(self, size: tuple[int, int], poll: Callable[[], None]) -> None:
        super().__init__(size)
        self.poll = poll
        self.lines: list[DrawnLines] = []

    def begin_frame(self) -> None:
        """Forget the text and the lines of the frame before."""
        self.written.clear()
        self.lines.clear()

    def poll(self) -> None:
        """Nothing: a copy of a polled surface is not polled."""

    def blit(self, *args: Any, **options: Any) -> pygame.Rect:
        """As `pygame.Surface.blit`."""
        drawn = super().blit(*args, **options)
        self.poll()
        return drawn

    def fblits(self, *args: Any, **options: Any) -> None:
        """As `pygame.Surface.fblits`."""
        super().fblits(*args, **options)
        self.poll()

    def fill(self, *args: Any, **options: Any) -> pygame.Rect:
        """As `pygame.Surface.fill`."""
        filled = super().fill(*args, **options)
        self.poll()
        return filled

    def subsurface(self, *args: Any) -> pygame.Surface:
        """As `pygame.Surface.subsurface`; a part is polled like the whole."""
        part = super().subsurface(*args)
        part.poll = self.poll
        return part


def poll_input(surface: pygame.Surface) -> None:
    """Poll, if the surface is polled: for drawing that does not use its methods.

    Parameters
    ----------
    surface : Surface
        Polled or not.
    """
    if isinstance(surface, PolledSurface):
        surface.poll()
