from __future__ import annotations

import contextlib

import pygame
import pytest

from installation.process.picture_channel import (
    BAND_COUNT,
    COPY_INTERVAL_NS,
    MAX_COPY_PIXELS,
    PIXEL_FORMAT,
    PictureCopier,
    create_picture_ring,
    unpack_copy,
)


def surface_of(message: bytes) -> pygame.Surface:
    copy = unpack_copy(message)
    return pygame.image.frombuffer(copy.pixels, copy.size, PIXEL_FORMAT)


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
    (message,) = ring.read()
    copy = surface_of(message)
    assert copy.get_at((240, 60))[:3] == (10, 200, 30)
    assert copy.get_at((240, 200))[:3] == (90, 0, 0)


@pytest.mark.parametrize("size", [(1920, 1080), (1440, 1080), (1080, 1920)])
def test_a_copy_has_the_shape_of_the_picture_and_no_gap(ring, copier, size):
    picture = pygame.Surface(size, 0, 32)
    picture.fill((200, 200, 200))
    for _ in range(BAND_COUNT):
        copier.copy_next_band(picture, 0)
    copy = surface_of(ring.read()[0])
    width, height = copy.get_size()
    assert width / height == pytest.approx(size[0] / size[1], rel=0.005)
    assert 0.98 * MAX_COPY_PIXELS < width * height <= MAX_COPY_PIXELS
    assert min(copy.get_at((width // 2, y)).r for y in range(height)) >= 198


def test_a_picture_that_changes_its_shape_is_copied_anew(ring, copier):
    for _ in range(BAND_COUNT - 1):
        copier.copy_next_band(pygame.Surface((1920, 1080), 0, 32), 0)
    portrait = pygame.Surface((1080, 1920), 0, 32)
    portrait.fill((10, 200, 30))
    for _ in range(BAND_COUNT):
        copier.copy_next_band(portrait, 0)
    copy = surface_of(ring.read()[0])
    assert copy.get_size() == (270, 480)
    assert min(copy.get_at((135, y)).g for y in range(480)) >= 198


def test_the_next_copy_waits_for_its_time(ring, copier):
    picture = pygame.Surface((1920, 1080), 0, 32)
    for _ in range(3 * BAND_COUNT):
        copier.copy_next_band(picture, 0)
    assert len(ring.read()) == 1
    for _ in range(BAND_COUNT):
        copier.copy_next_band(picture, COPY_INTERVAL_NS)
    assert len(ring.read()) == 1
