"""Crossfade from the last picture of one scene to the next scene."""

from __future__ import annotations

import pygame

from messages.clock import SECOND

CROSSFADE_S = 0.8  # duration of a crossfade, seconds
REDUCED_MOTION_CROSSFADE_S = 2.5  # duration of a crossfade with reduced motion, seconds


class Crossfade:
    """Draws the last picture of the previous scene over the new one, with falling opacity."""

    def __init__(self) -> None:
        self._previous_picture: pygame.Surface | None = None
        self._started_at: int | None = None

    def begin(self, picture: pygame.Surface) -> None:
        """Start from a copy of this picture."""
        if self._previous_picture is None:
            self._previous_picture = picture.copy()
        else:
            self._previous_picture.set_alpha(None)
            self._previous_picture.blit(picture, (0, 0))
        self._started_at = None

    def draw(self, picture: pygame.Surface, time: int, seconds: float = CROSSFADE_S) -> None:
        """Blend the previous picture into this one at a time, ns; the first call is the start."""
        if self._previous_picture is None:
            return
        if self._started_at is None:
            self._started_at = time
        left = 1.0 - (time - self._started_at) / SECOND / seconds
        if left <= 0.0:
            self._previous_picture = None
            return
        self._previous_picture.set_alpha(round(255 * left * left * (3 - 2 * left)))
        picture.blit(self._previous_picture, (0, 0))
