from __future__ import annotations

import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.flash_guard import FlashGuard


def grey(level: int):
    picture = blank_surface(PICTURE_SIZE_PX)
    picture.fill((level, level, level))
    return picture


@pytest.mark.parametrize(("brightness", "expected"), [(1.0, 200), (0.5, 100)])
def test_a_steady_picture_keeps_its_light_but_for_the_brightness(brightness, expected):
    guard, picture = FlashGuard(), grey(200)
    guard.limit_flashes(picture, brightness)
    assert picture.get_at((960, 540)).r == pytest.approx(expected, abs=1)
    assert guard.level == 1.0


def test_a_flashing_picture_is_dimmed():
    guard = FlashGuard()
    for number in range(90):
        guard.limit_flashes(grey(255 if number // 4 % 2 else 0), 1.0)
    assert guard.level < 1.0
