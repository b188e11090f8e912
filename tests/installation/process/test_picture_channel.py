from __future__ import annotations

import contextlib

import pygame
import pytest

from installation.process.picture_channel import (
    BAND_COUNT,
    COPY_INTERVAL_NS,
    SMALL_SIZE_PX,
    PictureCopier,
    create_picture_ring,
)


@pytest.fixture
def ring():
    with contextlib.closing(create_picture_ring()) as ring:
        yield ring


@pytest.fixture
def copier(ring):
    with contextlib.closing(PictureCopier(ring.name)) as copier:
        yield copier


def test_a_copy_is_made_of_bands_and_is_the_picture(ring, copier):
    picture = pygame.Surface((1920, 1080), 0, 32)
    picture.fill((10, 200, 30))
    picture.fill((90, 0, 0), (0, 540, 1920, 540))
    for _ in range(BAND_COUNT - 1):
        copier.copy_next_band(picture, 0)
        assert ring.read() == []
    copier.copy_next_band(picture, 0)
    (pixels,) = ring.read()
    copy = pygame.image.frombuffer(pixels, SMALL_SIZE_PX, "RGB")
    assert copy.get_at((240, 60))[:3] == (10, 200, 30)
    assert copy.get_at((240, 200))[:3] == (90, 0, 0)


def test_the_next_copy_waits_for_its_time(ring, copier):
    picture = pygame.Surface((1920, 1080), 0, 32)
    for _ in range(3 * BAND_COUNT):
        copier.copy_next_band(picture, 0)
    assert len(ring.read()) == 1
    for _ in range(BAND_COUNT):
        copier.copy_next_band(picture, COPY_INTERVAL_NS)
    assert len(ring.read()) == 1
