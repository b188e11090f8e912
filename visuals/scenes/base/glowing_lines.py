"""Lines with a glow around them, collected over a frame and drawn in two batches."""

from __future__ import annotations

import pygame
from numpy.typing import ArrayLike

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.scenes.base.geometry import Floats


class GlowingLines:
    """The lines of one frame, and their glow.

    Parameters
    ----------
    renderer : LineRenderer
        Renderer with the palette of the lines.
    glow_layer : GlowLayer
        Layer that receives the glow.
    """

    def __init__(self, renderer: LineRenderer, glow_layer: GlowLayer) -> None:
        self._renderer, self._glow_layer = renderer, glow_layer
        self.lines, self.glow = LineBatch(), LineBatch()

    def add(
        self, paths: Floats, colour: ArrayLike, level: ArrayLike, glow_level: ArrayLike, stride: int
    ) -> None:
        """Add lines (n, points, 2) with one or n colour indices and brightnesses of 0 to 1.

        The glow is drawn through every `stride`-th point.
        """
        self.lines.add_lines(paths, colour, level)
        glow_paths = self._glow_layer.to_layer_points(paths[:, ::stride])
        self.glow.add_lines(glow_paths, colour, glow_level)

    def add_glow(self, start: Floats, end: Floats, colour: ArrayLike, level: ArrayLike) -> None:
        """Add the glow of segments from `start` to `end` (n, 2), in pixels of the picture."""
        self.glow.add_segments(*map(self._glow_layer.to_layer_points, (start, end)), colour, level)

    def draw(self, surface: pygame.Surface) -> None:
        """Draw the lines on the picture and their glow on the glow layer."""
        self._renderer.draw_batch(surface, self.lines)
        self._glow_layer.draw_batch(self._renderer, self.glow)
