from __future__ import annotations

import pygame
import pytest

from visuals.drawing.polled_surface import PolledSurface, poll_input


@pytest.fixture
def polls() -> list:
    return []


@pytest.fixture
def surface(polls) -> PolledSurface:
    return PolledSurface((8, 4), lambda: polls.append(1))


def test_each_piece_drawn_on_it_is_followed_by_a_poll(surface, polls):
    sprite = pygame.Surface((2, 2), 0, 32)
    surface.fill((1, 2, 3))
    surface.blit(sprite, (0, 0))
    surface.fblits([(sprite, (4, 0))])
    surface.subsurface((0, 2, 4, 2)).blit(sprite, (0, 0))
    poll_input(surface)
    assert len(polls) == 5


def test_it_is_drawn_on_like_any_other(surface):
    surface.fill((1, 2, 3))
    surface.subsurface((0, 2, 4, 2)).fill((9, 9, 9))
    assert surface.get_at((7, 3))[:3] == (1, 2, 3)
    assert surface.get_at((3, 3))[:3] == (9, 9, 9)


def test_a_copy_is_not_polled_and_a_plain_surface_cannot_be(surface, polls):
    surface.copy().fill((0, 0, 0))
    poll_input(pygame.Surface((2, 2)))
    assert polls == []
