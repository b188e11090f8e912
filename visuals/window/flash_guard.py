"""Flash guard: measures flashes of the finished pictures and dims them above the limit."""

from __future__ import annotations

import pygame

from visuals.drawing.polled_surface import poll_input
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.flash_meter import FlashDimmer, FlashMeter

METER_SIZE_PX = (120, 68)  # size of the picture the flash meter sees


class FlashGuard:
    """A flash meter and the dimmer that it controls."""

    def __init__(self) -> None:
        self._meter, self._dimmer = FlashMeter(*METER_SIZE_PX), FlashDimmer()
        self._sampled = blank_surface((PICTURE_SIZE_PX[0] // 4, PICTURE_SIZE_PX[1] // 4))
        self._small = blank_surface(METER_SIZE_PX)

    @property
    def level(self) -> float:
        """Share of the light that the dimmer leaves, 0..1."""
        return self._dimmer.level

    def limit_flashes(self, picture: pygame.Surface, brightness: float) -> None:
        """Dim a picture to a brightness (0..1), and further while it flashes too much."""
        level = round(255 * self._dimmer.level * brightness)
        if level < 255:
            picture.fill((level, level, level), special_flags=pygame.BLEND_RGB_MULT)
        # every fourth pixel suffices and takes a tenth of the time of an exact mean
        pygame.transform.scale(picture, self._sampled.get_size(), self._sampled)
        poll_input(picture)
        pygame.transform.smoothscale(self._sampled, METER_SIZE_PX, self._small)
        flash = self._meter.push(pygame.surfarray.pixels3d(self._small))
        self._dimmer.push(flash)
        poll_input(picture)
