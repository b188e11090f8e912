"""Crossfade: from one scene to the next."""

from __future__ import annotations

import pygame

from visuals.timeline import SECOND

SECONDS = 0.8
"""In which one scene becomes another."""
STILL_SECONDS = 2.5
"""The same where motion is reduced."""


class Crossfade:
    """Lays the last picture of the scene before over the new one, fainter and fainter."""

    def __init__(self) -> None:
        self._before: pygame.Surface | None = None
        self._since: int | None = None

    def begin(self, picture: pygame.Surface) -> None:
        """From this picture; it is copied."""
        if self._before is None:
            self._before = picture.copy()
        else:
            self._before.set_alpha(None)
            self._before.blit(picture, (0, 0))
        self._since = None

    def draw(self, picture: pygame.Surface, time: int, seconds: float = SECONDS) -> None:
        """Lay over a picture what is left of the one before at `time` (ns)."""
        if self._before is None:
            return
        if self._since is None:
            self._since = time
        left = 1.0 - (time - self._since) / SECOND / seconds
        if left <= 0.0:
            self._before = None
            return
        self._before.set_alpha(round(255 * left * left * (3 - 2 * left)))
        picture.blit(self._before, (0, 0))
