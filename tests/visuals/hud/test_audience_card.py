from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.crowd import AudienceCode, CrowdLights
from messages.cues import Turn, TurnChange
from visuals.drawing.typography import VIEWING_DISTANCES, type_scale
from visuals.frame_builder import FrameBuilder
from visuals.hud.audience_card import CODE_S, INK_COLOUR, QUIET_ZONE_MODULES, AudienceCard
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes import scene_types

ROWS = tuple(bytes(np.random.default_rng(5).integers(0, 2, 29).astype(np.uint8)) for _ in range(29))
JOIN, DUET = AudienceCode("join", ROWS[:25], "10.0.0.2:8081"), AudienceCode("duet", ROWS)


class OneScene:
    """Places of a scene, and the card drawn at them."""

    def __init__(self, scene_type) -> None:
        self.code_rect, self.crowd_position = scene_type.code_rect, scene_type.crowd_position
        pygame.font.init()
        self.card = AudienceCard(create_resources("en", type_scale("room")))
        self._builder = FrameBuilder(NetworkSummary.dummy(2, 8, 0))

    def draw(self, turn: Turn, seconds: float) -> pygame.Surface:
        """The card alone, some seconds after a turn has begun."""
        self._builder.apply_message(TurnChange(0, turn))
        surface = pygame.Surface((1920, 1080), 0, 32)
        frame = self._builder.build_frame(round(seconds * SECOND), 0)
        self.card.draw(surface, frame, self)
        return surface


@pytest.fixture(params=scene_types(), ids=lambda scene: scene.name)
def scene(request) -> OneScene:
    return OneScene(request.param)


def read_modules(surface: pygame.Surface, rect: pygame.Rect, count: int) -> tuple[bytes, ...]:
    """What a reader sees: a module is dark if its centre is, and the quiet zone is light."""
    scale = rect.width // (count + 2 * QUIET_ZONE_MODULES)
    side = scale * (count + 2 * QUIET_ZONE_MODULES)
    inner = pygame.Rect(0, 0, side, side)
    inner.center = rect.center
    centres = np.arange(count + 2 * QUIET_ZONE_MODULES) * scale + scale // 2
    seen = pygame.surfarray.array3d(surface)[inner.left + centres][:, inner.top + centres]
    dark = sum(INK_COLOUR) + 30 >= seen.sum(axis=2).T
    quiet = QUIET_ZONE_MODULES
    assert not dark[:quiet].any() and not dark[:, :quiet].any()
    return tuple(bytes(row.astype(np.uint8)) for row in dark[quiet:-quiet, quiet:-quiet])


def test_a_code_can_be_read_back_from_the_picture(scene):
    scene.card.show_codes([DUET])
    assert read_modules(scene.draw(Turn.ATTRACT, 5), scene.code_rect, 29) == ROWS


def test_modules_are_large_enough_for_a_phone_at_the_visitors_place(scene):
    inches, metres = VIEWING_DISTANCES["room"]
    pixel_mm = inches * 25.4 / np.hypot(1920, 1080)
    modules = scene.code_rect.width // (29 + 2 * QUIET_ZONE_MODULES)
    camera_mm_per_pixel = 0.28 * metres  # 12 megapixels over 65 degrees: 0.28 mm a pixel at 1 m
    assert modules * pixel_mm / camera_mm_per_pixel >= 3  # pixels of the camera for a module


def test_several_codes_take_turns(scene):
    scene.card.show_codes([DUET, JOIN])
    first, second = (scene.draw(Turn.ATTRACT, seconds) for seconds in (5, CODE_S + 5))
    assert read_modules(first, scene.code_rect, 29) == ROWS
    assert pygame.surfarray.array3d(first).tobytes() != pygame.surfarray.array3d(second).tobytes()


@pytest.mark.parametrize("turn", [Turn.LISTEN, Turn.ANSWER])
def test_while_somebody_plays_no_code_is_shown(scene, turn):
    scene.card.show_codes([DUET])
    assert not pygame.surfarray.array3d(scene.draw(turn, 5)).any()


def test_the_weight_moves_to_the_crowds_mean(scene):
    scene.card.show_crowd(CrowdLights(2, (-1.0, 0.0), ((-1.0, 0.0), (-1.0, 0.0))))
    scene.draw(Turn.LISTEN, 1)
    scene.card.show_crowd(CrowdLights(2, (1.0, 0.0), ((1.0, 0.0), (1.0, 0.0))))
    for _ in range(200):
        surface = scene.draw(Turn.LISTEN, 1)
    x, y = scene.crowd_position
    halves = [
        pygame.surfarray.array3d(surface.subsurface((left, y, 165, 100))).sum(dtype=int)
        for left in (x, x + 165)
    ]
    assert halves[1] > 2 * halves[0]


def test_a_crowd_of_nobody_is_not_drawn(scene):
    scene.card.show_crowd(CrowdLights())
    assert not pygame.surfarray.array3d(scene.draw(Turn.LISTEN, 1)).any()


def test_the_places_of_code_and_crowd_are_those_that_are_shown(scene):
    def places(turn: Turn) -> list[pygame.Rect]:
        builder = FrameBuilder(NetworkSummary.dummy(2, 8, 0))
        builder.apply_message(TurnChange(0, turn))
        return scene.card.places(builder.build_frame(SECOND, 0), scene)

    assert places(Turn.ATTRACT) == []
    scene.card.show_codes([JOIN])
    assert places(Turn.ATTRACT) == [scene.code_rect]
    scene.card.show_crowd(CrowdLights(1, (0.0, 0.0), ((0.5, 0.5),)))
    assert [place.topleft for place in places(Turn.ANSWER)] == [scene.crowd_position]
