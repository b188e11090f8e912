"""Live picture: the newest small copy of the picture, as a JPEG image."""

from __future__ import annotations

import io
import os

from installation.process.picture_channel import unpack_copy
from installation.process.shared_ring import SharedRing


class LivePicture:
    """Encodes the copies in a ring.

    Parameters
    ----------
    ring_name : str
        Empty for no copies.

    Attributes
    ----------
    serial : int
        Number of copies that were encoded.
    jpeg : bytes
        The newest of them.
    """

    def __init__(self, ring_name: str) -> None:
        self._ring = SharedRing.attach(ring_name) if ring_name else None
        self.serial, self.jpeg = 0, b""

    def update(self) -> None:
        """Encode the newest copy, if there is another."""
        copies = [] if self._ring is None else self._ring.read()
        if copies:
            self.jpeg = encode_jpeg(copies[-1])
            self.serial += 1

    def close(self) -> None:
        """Detach from the ring."""
        if self._ring is not None:
            self._ring.close()


def encode_jpeg(message: bytes) -> bytes:
    """A message of the ring as a JPEG image."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    file = io.BytesIO()
    pygame.image.save(unpack_copy(message), file, "picture.jpg")
    return file.getvalue()
