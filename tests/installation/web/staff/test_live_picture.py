from __future__ import annotations

import contextlib
import gc
import io

import pygame

from installation.process.picture_channel import create_picture_ring, pack_copy
from installation.web.staff.live_picture import LivePicture


def test_the_newest_copy_is_encoded():
    with contextlib.closing(create_picture_ring()) as ring:
        picture = LivePicture(ring.name)
        copy = pygame.Surface((270, 480), 0, 32)
        for colour in ((0, 0, 0), (255, 128, 0)):
            copy.fill(colour)
            ring.write(pack_copy(copy))
        picture.update()
        decoded = pygame.image.load(io.BytesIO(picture.jpeg), "picture.jpg")
        red, green, blue, _ = decoded.get_at((135, 240))
        assert picture.serial == 1
        assert decoded.get_size() == (270, 480)
        assert red > 240 and 110 < green < 145 and blue < 20
        picture.update()
        assert picture.serial == 1
        picture.close()


def test_pictures_that_were_encoded_leave_nothing():
    with contextlib.closing(create_picture_ring()) as ring:
        picture = LivePicture(ring.name)
        message = pack_copy(pygame.Surface((480, 270), 0, 32))

        def encode(count: int) -> int:
            for _ in range(count):
                ring.write(message)
                picture.update()
            gc.collect()
            return sum(isinstance(each, io.BytesIO) for each in gc.get_objects())

        assert encode(20) == encode(1)
        picture.close()


def test_without_a_stage_there_is_no_picture():
    picture = LivePicture("")
    picture.update()
    assert (picture.serial, picture.jpeg) == (0, b"")
