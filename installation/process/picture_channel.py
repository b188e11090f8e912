"""Picture channel: a small copy of the picture every few seconds, from the stage to the staff page.

The stage only reduces the picture, a band in each frame, and writes its bytes to shared memory;
whoever shows the copy encodes it in a process of its own.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from installation.process.shared_ring import SharedRing
from messages.clock import SECOND

if TYPE_CHECKING:
    import pygame

MAX_COPY_PIXELS = 480 * 270  # of a copy, whatever the shape of the picture
BAND_COUNT = 9  # frames over which the work of a copy is spread
COPY_INTERVAL_NS = 2 * SECOND  # time between two copies, ns
PIXEL_FORMAT = "RGB"
_SIZE_HEADER = struct.Struct("<HH")  # width and height of a copy, pixels


def create_picture_ring() -> SharedRing:
    """A ring for copies of the picture."""
    return SharedRing.create(_SIZE_HEADER.size + MAX_COPY_PIXELS * len(PIXEL_FORMAT), slots=2)


def pack_copy(copy: pygame.Surface) -> bytes:
    """A copy as it travels: its size, then its pixels.

    Parameters
    ----------
    copy : pygame.Surface

    Returns
    -------
    bytes
        Width and height as two 16-bit numbers, then three bytes a pixel, row by row.
    """
    import pygame

    return _SIZE_HEADER.pack(*copy.get_size()) + pygame.image.tobytes(copy, PIXEL_FORMAT)


@dataclass(frozen=True, slots=True)
class PictureCopy:
    """A copy that has travelled.

    Parameters
    ----------
    size : (int, int)
        Width and height, pixels.
    pixels : bytes
        In `PIXEL_FORMAT`, three bytes a pixel, row by row.
    """

    size: tuple[int, int]
    pixels: bytes


def unpack_copy(message: bytes) -> PictureCopy:
    """A copy that has travelled.

    Parameters
    ----------
    message : bytes
        Of `pack_copy`.

    Returns
    -------
    PictureCopy
    """
    width, height = _SIZE_HEADER.unpack_from(message)
    return PictureCopy((width, height), message[_SIZE_HEADER.size :])


class PictureCopier:
    """The stage's end."""

    def __init__(self, ring_name: str) -> None:
        self._ring = SharedRing.attach(ring_name)
        self._copy: pygame.Surface | None = None
        self._copied_size = (0, 0)  # of the picture that is copied
        self._band, self._due_at = 0, 0

    def copy_next_band(self, picture: pygame.Surface, now: int) -> None:
        """Reduce the next band, if a copy is due at `now` (ns); the last one sends the copy."""
        if now < self._due_at:
            return
        import pygame

        copy = self._begin_copy(picture)
        source, target = _band_of(picture, self._band), _band_of(copy, self._band)
        pygame.transform.smoothscale(source, target.get_size(), target)
        self._band += 1
        if self._band == BAND_COUNT:
            self._band, self._due_at = 0, now + COPY_INTERVAL_NS
            self._ring.write(pack_copy(copy))

    def _begin_copy(self, picture: pygame.Surface) -> pygame.Surface:
        """The copy of a picture; it begins anew where the picture has another size."""
        if self._copy is None or picture.get_size() != self._copied_size:
            import pygame

            self._band, self._copied_size = 0, picture.get_size()
            width, height = self._copied_size
            scale = math.sqrt(MAX_COPY_PIXELS / (width * height))
            self._copy = pygame.Surface((int(scale * width), int(scale * height)), 0, 32)
        return self._copy

    def close(self) -> None:
        """Detach from the ring."""
        self._ring.close()


def _band_of(picture: pygame.Surface, number: int) -> pygame.Surface:
    """One of the bands that cover a picture."""
    width, height = picture.get_size()
    top, bottom = (each * height // BAND_COUNT for each in (number, number + 1))
    return picture.subsurface((0, top, width, bottom - top))
