from __future__ import annotations

import pytest

from messages.clock import SECOND
from visuals.drawing.sprites import blank_surface
from visuals.window.crossfade import CROSSFADE_S, Crossfade

SIZE = (8, 8)


def brightness(crossfade: Crossfade, time_s: float) -> int:
    """Red of a black picture after the crossfade was drawn on it."""
    picture = blank_surface(SIZE)
    crossfade.draw(picture, round(time_s * SECOND))
    return picture.get_at((4, 4)).r


@pytest.fixture
def from_white() -> Crossfade:
    crossfade, white = Crossfade(), blank_surface(SIZE)
    white.fill((255, 255, 255))
    crossfade.begin(white)
    return crossfade


def test_the_previous_picture_fades_out(from_white):
    levels = [brightness(from_white, 1.0 + share * CROSSFADE_S) for share in (0, 0.3, 0.6, 1.0)]
    assert levels[0] == 255
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == 0


def test_it_starts_with_the_first_frame_after_begin(from_white):
    assert brightness(from_white, 500.0) == 255


def test_without_a_previous_picture_nothing_is_drawn():
    assert brightness(Crossfade(), 1.0) == 0
