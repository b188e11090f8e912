"""Picture channel: a small copy of the picture every few seconds, from the stage to the staff page.

The stage only reduces the picture, a band in each frame, and writes its bytes to shared memory;
whoever shows the copy encodes it in a process of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from installation.process.shared_ring import SharedRing
from messages.clock import SECOND

if TYPE_CHECKING:
    import pygame

SMALL_SIZE_PX = (480, 270)  # width and height of the copy, pixels
BAND_COUNT = 9  # frames over which the work of a copy is spread
COPY_INTERVAL_NS = 2 * SECOND  # time between two copies, ns
PIXEL_FORMAT = "RGB"


def create_picture_ring() -> SharedRing:
    """A ring for copies of the picture."""
    width, height = SMALL_SIZE_PX
    return SharedRing.create(width * height * len(PIXEL_FORMAT), slots=2)


class PictureCopier:
    """The stage's end."""

    def __init__(self, ring_name: str) -> None:
        import pygame

        self._ring = SharedRing.attach(ring_name)
        self._small = pygame.Surface(SMALL_SIZE_PX, 0, 32)
        self._band, self._due_at = 0, 0

    def copy_next_band(self, picture: pygame.Surface, now: int) -> None:
        """Reduce the next band, if a copy is due at `now` (ns); the last one sends the copy."""
        if now < self._due_at:
            return
        import pygame

        bands = (picture, self._small)
        source, target = (
            each.subsurface(
                (0, self._band * each.get_height() // BAND_COUNT),
                (each.get_width(), each.get_height() // BAND_COUNT),
            )
            for each in bands
        )
        pygame.transform.smoothscale(source, target.get_size(), target)
        self._band += 1
        if self._band == BAND_COUNT:
            self._band, self._due_at = 0, now + COPY_INTERVAL_NS
            self._ring.write(pygame.image.tobytes(self._small, PIXEL_FORMAT))

    def close(self) -> None:
        """Detach from the ring."""
        self._ring.close()
