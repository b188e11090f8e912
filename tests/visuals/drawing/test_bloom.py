from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.bloom import DOWNSCALE_FACTOR, Bloom, GlowLayer
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import blank_surface, glow_atlas
from visuals.drawing.theme import (
    PICTURE_SIZE_PX,
)


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def test_bloom_spreads_light_without_moving_it():
    bloom = Bloom((640, 480))
    bloom.layer.fill((255, 255, 255), (78, 58, 4, 4))
    surface = blank_surface((640, 480))
    bloom.add_to(surface)
    weights = light(surface)
    assert (weights > 0).sum() > (4 * DOWNSCALE_FACTOR) ** 2
    x = weights.sum(axis=1) @ (np.arange(640) + 0.5) / weights.sum()
    y = weights.sum(axis=0) @ (np.arange(480) + 0.5) / weights.sum()
    assert (x, y) == pytest.approx((320, 240), abs=1.0)


def test_bloom_fades_to_black():
    bloom = Bloom((64, 64))
    bloom.layer.fill((255, 255, 255))
    for _ in range(40):
        bloom.fade()
    assert light(bloom.layer).max() == 0


RECT = pygame.Rect(400, 200, 800, 480)


GREY = LineRenderer([(200, 200, 200)])


LINE = np.array([(700, 440), (900, 440)], np.float32)


def batch_of(line: np.ndarray) -> LineBatch:
    batch = LineBatch()
    batch.add_lines(line[None], 0, 1.0)
    return batch


def centre_of(light: np.ndarray) -> tuple[float, float]:
    x, y = np.indices(light.shape)
    return float((x * light).sum() / light.sum()), float((y * light).sum() / light.sum())


def shine(draw) -> np.ndarray:
    glow, picture = GlowLayer(RECT), blank_surface(PICTURE_SIZE_PX)
    glow.begin_frame()
    draw(glow)
    glow.add_to(picture)
    return light(picture)


@pytest.mark.parametrize(
    "draw",
    [
        lambda glow: glow.draw_batch(GREY, batch_of(glow.to_layer_points(LINE))),
        lambda glow: glow.draw_segments(GREY, LINE[:1], LINE[1:], [0], [1.0]),
        lambda glow: glow.add_rect((200, 200, 200), (700, 440, 200, 1)),
        lambda glow: glow.add_light(glow_atlas(10), 0, 1.0, (800, 440)),
        lambda glow: glow.add_sprites([glow_atlas(10).sprite_centred_at(0, 1.0, 100, 60)]),
    ],
)
def test_what_glows_glows_in_its_place_and_nowhere_else(draw):
    seen = shine(draw)
    assert centre_of(seen) == pytest.approx((800, 440), abs=6)
    outside = seen.copy()
    outside[RECT.left : RECT.right, RECT.top : RECT.bottom] = 0
    assert not outside.any()


def test_a_trail_fades_to_nothing():
    glow, picture = GlowLayer(RECT), blank_surface(PICTURE_SIZE_PX)
    glow.begin_frame()
    glow.add_light(glow_atlas(10), 0, 1.0, (800, 440))
    for _ in range(30):
        glow.begin_frame()
    glow.add_to(picture)
    assert not light(picture).any()


def test_a_glow_lies_on_whole_pixels_of_its_layer():
    with pytest.raises(ValueError, match="multiples of 4"):
        GlowLayer(pygame.Rect(1, 0, 400, 400))


@pytest.mark.parametrize("rect", [(320, 240, 1280, 740), (192, 72, 1632, 592)])
@pytest.mark.parametrize("across", [0, 1])
def test_the_glow_of_a_thin_line_is_brightest_on_the_line_wherever_that_lies(rect, across):
    """Within three pixels: the glow does not leave a line that slopes or moves, nor has steps."""
    glow, picture = GlowLayer(pygame.Rect(rect)), blank_surface(PICTURE_SIZE_PX)
    for place in range(500, 516):
        line = np.array([(420, place), (640, place)], np.float32)
        line = line[:, ::-1] if across == 0 else line
        for _ in range(20):  # the trails of the last place fade
            glow.begin_frame(0)
        glow.draw_batch(GREY, batch_of(glow.to_layer_points(line)))
        picture.fill((0, 0, 0))
        glow.add_to(picture)
        seen = light(picture)
        profile = seen[:, 530] if across == 0 else seen[530]
        assert abs(int(profile.argmax()) - place) <= 3
