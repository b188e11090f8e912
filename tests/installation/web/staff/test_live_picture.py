from __future__ import annotations

import contextlib
import io

import pygame

from installation.process.picture_channel import SMALL_SIZE_PX, create_picture_ring
from installation.web.staff.live_picture import LivePicture


def test_the_newest_copy_is_encoded():
    with contextlib.closing(create_picture_ring()) as ring:
        picture = LivePicture(ring.name)
        width, height = SMALL_SIZE_PX
        for colour in (b"\x00\x00\x00", b"\xff\x80\x00"):
            ring.write(colour * (width * height))
        picture.update()
        decoded = pygame.image.load(io.BytesIO(picture.jpeg), "picture.jpg")
        red, green, blue, _ = decoded.get_at((width // 2, height // 2))
        assert picture.serial == 1
        assert decoded.get_size() == SMALL_SIZE_PX
        assert red > 240 and 110 < green < 145 and blue < 20
        picture.update()
        assert picture.serial == 1
        picture.close()


def test_without_a_stage_there_is_no_picture():
    picture = LivePicture("")
    picture.update()
    assert (picture.serial, picture.jpeg) == (0, b"")
