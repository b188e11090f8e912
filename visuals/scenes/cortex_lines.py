"""Lines of light on a layer of their own, added to the picture where there are any."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from visuals.sprites import ADD, blank
from visuals.theme import SIZE, Colour


class LineLayer:
    """Smooth lines that brighten what is below them.

    `pygame.draw.aalines` covers what it crosses, so dim lines would be scratches in the picture;
    and on this layer they cover one another: draw them from dim to bright. Only the part drawn on
    is cleared and added, for moving whole pictures through memory is what costs most.
    """

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self._surface = blank(size)
        self._touched = pygame.Rect(0, 0, 0, 0)

    def clear(self) -> None:
        """Take all lines away."""
        self._surface.fill((0, 0, 0), self._touched)
        self._touched = pygame.Rect(0, 0, 0, 0)

    def draw(self, points: Sequence[Sequence[float]], colour: Colour) -> None:
        """Draw a line through points."""
        drawn = pygame.draw.aalines(self._surface, colour, False, points)
        # its bounds leave out the soft edge
        drawn = drawn.inflate(4, 4).clip(self._surface.get_rect())
        self._touched = self._touched.union(drawn) if self._touched else drawn

    def add_to(self, surface: pygame.Surface) -> None:
        """Add the lines to a picture of the same size."""
        surface.blit(self._surface, self._touched, self._touched, special_flags=ADD)
