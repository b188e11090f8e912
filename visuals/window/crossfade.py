"""Crossfade: from one scene to the next."""

from __future__ import annotations

import pygame

from visuals.timeline import SECOND

CROSSFADE_S = 0.8
"""In which one scene becomes another."""
REDUCED_MOTION_CROSSFADE_S = 2.5
"""The same where motion is reduced."""


class Crossfade:
    """Lays the last picture of the scene before over the new one, fainter and fainter."""

    def __init__(self) -> None:
        self._previous_picture: pygame.Surface | None = None
        self._started_at: int | None = None

    def begin(self, picture: pygame.Surface) -> None:
        """From this picture; it is copied."""
        if self._previous_picture is None:
            self._previous_picture = picture.copy()
        else:
            self._previous_picture.set_alpha(None)
            self._previous_picture.blit(picture, (0, 0))
        self._started_at = None

    def draw(self, picture: pygame.Surface, time: int, seconds: float = CROSSFADE_S) -> None:
        """Lay over a picture what is left of the one before at `time` (ns)."""
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
