"""Test picture: shows the edges, shape, colours and greys of the display, and that it moves."""

from __future__ import annotations

import pygame

from messages.clock import SECOND
from visuals.drawing.theme import (
    BACKGROUND_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    TEXT_COLOUR,
    shade,
)

EDGE_PX = 3  # width of the line along the edges: a display that cuts the picture hides it
GRID_PX = 120  # distance of two lines of the grid, pixels
CIRCLE_RADIUS_PX = 420
GREY_STEPS = 16
MARGIN_PX = GRID_PX  # least distance of the colours from the edges, pixels
SWEEP_S = 4.0  # time of the moving line from left to right, seconds


class TestPicture:
    """Draws the test picture; it holds no words, so it needs no language."""

    __test__ = False  # nothing for pytest

    def draw(self, surface: pygame.Surface, time: int) -> None:
        """Cover a picture with that of the time `time`, ns."""
        width, height = surface.get_size()
        side = min(GRID_PX, (width - 2 * MARGIN_PX) // len(PITCH_COLOURS))  # of a colour
        span, middle = side * len(PITCH_COLOURS), height // 2
        left = (width - span) // 2
        surface.fill(BACKGROUND_COLOUR)
        for x in range(GRID_PX, width, GRID_PX):
            pygame.draw.line(surface, shade(LABEL_COLOUR, 0.35), (x, 0), (x, height))
        for y in range(GRID_PX, height, GRID_PX):
            pygame.draw.line(surface, shade(LABEL_COLOUR, 0.35), (0, y), (width, y))
        pygame.draw.rect(surface, TEXT_COLOUR, surface.get_rect(), EDGE_PX)
        centre = (width // 2, height // 2)
        pygame.draw.circle(surface, TEXT_COLOUR, centre, CIRCLE_RADIUS_PX, 2)
        for number, colour in enumerate(PITCH_COLOURS):
            surface.fill(colour, (left + side * number, middle - 120, side, 180))
        for number in range(GREY_STEPS):
            grey = shade((255, 255, 255), number / (GREY_STEPS - 1))
            begin, end = (left + each * span // GREY_STEPS for each in (number, number + 1))
            surface.fill(grey, (begin, middle + 60, end - begin, 120))
        x = round(time / SECOND % SWEEP_S / SWEEP_S * width)
        pygame.draw.line(surface, TEXT_COLOUR, (x, middle - 240), (x, middle + 240), 3)
