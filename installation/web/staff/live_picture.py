"""Live picture: the newest small copy of the picture, as a JPEG image."""

from __future__ import annotations

import io

from PIL import Image

from installation.process.picture_channel import PIXEL_FORMAT, unpack_copy
from installation.process.shared_ring import SharedRing

JPEG_QUALITY = 85  # 0..95


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
    """A message of the ring as a JPEG image.

    Pillow encodes it: pygame-ce 2.5.8 keeps each file object that it has saved a picture to, and
    the process grew by 40 MB an hour.
    """
    copy, file = unpack_copy(message), io.BytesIO()
    Image.frombytes(PIXEL_FORMAT, copy.size, copy.pixels).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
