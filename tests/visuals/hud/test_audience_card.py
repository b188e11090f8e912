from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.crowd import AudienceCode, CrowdLights
from messages.cues import Turn, TurnChange
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import VIEWING_DISTANCES, type_scale
from visuals.frame_builder import FrameBuilder
from visuals.hud.audience_card import CODE_S, INK_COLOUR, QUIET_ZONE_MODULES, AudienceCard
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes import scene_types

CAMERA_MM = 0.28  # what one of 12 megapixels sees over 65 degrees, for each metre of distance
MIN_CAMERA_PIXELS = 3  # for a module
MAX_MODULES = 41  # of a Wi-Fi code with the longest name and password


def code_of(kind: str, modules: int) -> AudienceCode:
    """A code with dark modules at random."""
    dark = np.random.default_rng(modules).integers(0, 2, (modules, modules)).astype(np.uint8)
    return AudienceCode(kind, tuple(bytes(row) for row in dark), "10.0.0.2:8081")


JOIN, DUET, WIFI = code_of("join", 25), code_of("duet", 29), code_of("wifi", MAX_MODULES)


class OneScene:
    """Places of a scene in a layout, and the card drawn at them."""

    def __init__(self, scene_type, layout) -> None:
        self.layout = layout
        self.code_rect = layout.code_place(scene_type.code_rect, scene_type.name)
        self.crowd_position = layout.crowd_position or scene_type.crowd_position
        pygame.font.init()
        self.card = AudienceCard(create_resources("en", type_scale("room")))
        self._builder = FrameBuilder(NetworkSummary.dummy(2, 8, 0))

    def draw(self, turn: Turn, seconds: float) -> pygame.Surface:
        """The card alone, some seconds after a turn has begun."""
        self._builder.apply_message(TurnChange(0, turn))
        surface = pygame.Surface(self.layout.size, 0, 32)
        frame = self._builder.build_frame(round(seconds * SECOND), 0)
        self.card.draw(surface, frame, self)
        return surface


@pytest.fixture(
    params=[(scene, layout) for layout in LAYOUTS for scene in scene_types()],
    ids=lambda param: f"{param[0].name}-{param[1].name}",
)
def scene(request) -> OneScene:
    return OneScene(*request.param)


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


@pytest.mark.parametrize("code", [DUET, WIFI], ids=lambda code: code.kind)
def test_a_code_can_be_read_back_from_the_picture(scene, code):
    scene.card.show_codes([code])
    seen = read_modules(scene.draw(Turn.ATTRACT, 5), scene.code_rect, len(code.rows))
    assert seen == code.rows


@pytest.mark.parametrize("modules", [29, 33, MAX_MODULES])
@pytest.mark.parametrize("distance", sorted(VIEWING_DISTANCES))
def test_modules_are_large_enough_for_a_phone_at_the_visitors_place(scene, distance, modules):
    inches, metres = VIEWING_DISTANCES[distance]
    pixel_mm = inches * 25.4 / np.hypot(*scene.layout.size)
    module_px = scene.code_rect.width // (modules + 2 * QUIET_ZONE_MODULES)
    assert module_px * pixel_mm / (CAMERA_MM * metres) >= MIN_CAMERA_PIXELS


def test_several_codes_take_turns(scene):
    scene.card.show_codes([DUET, JOIN])
    first, second = (scene.draw(Turn.ATTRACT, seconds) for seconds in (5, CODE_S + 5))
    assert read_modules(first, scene.code_rect, 29) == DUET.rows
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


def test_the_crowd_is_not_drawn_where_votes_cover_it(scene):
    scene.card.show_crowd(CrowdLights(2, (1.0, 0.0), ((1.0, 0.0), (1.0, 0.0))))
    frame = FrameBuilder(NetworkSummary.dummy(2, 8, 0)).build_frame(SECOND, 0)
    light = []
    for covered in (pygame.Rect(scene.crowd_position, (50, 50)), pygame.Rect(-90, -90, 5, 5)):
        surface = blank_surface(scene.layout.size)
        scene.card.draw(surface, frame, scene, [covered])
        light.append(int(pygame.surfarray.array3d(surface).sum(dtype=int)))
    assert light[0] == 0 < light[1]


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
