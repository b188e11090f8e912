"""Safety: the finished pictures are watched for flashes, and darkened where there are too many."""

from __future__ import annotations

import pygame

from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.window.flash_meter import Dimmer, FlashMeter

METER_SIZE = (120, 68)
"""Size of the picture the flash meter sees."""


class Safety:
    """A flash meter, and a dimmer that obeys it."""

    def __init__(self) -> None:
        self._meter, self._dimmer = FlashMeter(*METER_SIZE), Dimmer()
        self._sampled = blank((SIZE[0] // 4, SIZE[1] // 4))
        self._small = blank(METER_SIZE)

    @property
    def level(self) -> float:
        """How much light is left, 0..1."""
        return self._dimmer.level

    def keep(self, picture: pygame.Surface, brightness: float) -> None:
        """Dim the picture to a brightness (0..1), and further where it flashes too much."""
        level = round(255 * self._dimmer.level * brightness)
        if level < 255:
            picture.fill((level, level, level), special_flags=pygame.BLEND_RGB_MULT)
        # every fourth pixel is enough, and ten times quicker than an exact mean
        pygame.transform.scale(picture, self._sampled.get_size(), self._sampled)
        pygame.transform.smoothscale(self._sampled, METER_SIZE, self._small)
        flash = self._meter.push(pygame.surfarray.pixels3d(self._small))
        self._dimmer.push(flash)
