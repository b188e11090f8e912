"""What lies behind the scenes: the network itself, out of focus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.backdrop import (
    BORDER_PX,
    DUST_PARALLAX_FACTORS,
    MAX_SYNAPSES,
    NEAR_SYNAPSES,
    SWAY_AMPLITUDE_PX,
    BackdropLayer,
    Camera,
    Ground,
    SynapseCurves,
    build_backdrop,
)
from visuals.drawing.sprites import BLEND_ADD, blank_surface
from visuals.drawing.theme import FIFTHS_POSITION, KEYBOARD_RECT, PICTURE_SIZE_PX
from visuals.drawing.typography import TextStyle, TextSurface, Typesetter
from visuals.network_summary import NetworkSummary

NETWORK = NetworkSummary.dummy(2, 256)
CAMERA = Camera(1)


def light(picture: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(picture).astype(int)


def test_curves_are_the_strongest_synapses():
    curves = SynapseCurves.from_network(NETWORK)
    synapses = NETWORK.synapses
    strongest = np.argsort(-synapses.weight, kind="stable")[:MAX_SYNAPSES]
    preferred = NETWORK.preferred_pitch_class[synapses.source_layer, synapses.source_unit]
    assert curves.pitch_classes.tolist() == preferred[strongest].tolist()


def test_a_curve_starts_in_the_sector_of_its_pitch_class():
    curves = SynapseCurves.from_network(NETWORK)
    away = (curves.points[:, 0] - (960.0, 440.0)) / (1050.0, 560.0)
    turn = np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) * 12
    place = np.array(FIFTHS_POSITION)[curves.pitch_classes]
    assert np.abs((turn - place + 6) % 12 - 6).max() <= 0.5 + 1e-9


def test_a_ground_is_rendered_once_and_not_before_it_is_used():
    ground = build_backdrop(NETWORK)
    assert not ground.is_rendered
    layers = ground.layers
    assert ground.is_rendered
    ground.render()
    assert ground.layers is layers


def test_the_ground_is_dim_and_ends_above_the_keys():
    for depth in build_backdrop(NETWORK).layers:
        shown = light(depth.picture)
        assert 2 < shown.max() < 60
        assert not shown[:, BORDER_PX + KEYBOARD_RECT.top - 30 :].any()


def test_another_network_has_another_ground():
    one, other = (
        light(build_backdrop(each).layers[1].picture)
        for each in (NETWORK, NetworkSummary.dummy(seed=3))
    )
    assert np.abs(one - other).max() > 5


def test_a_small_network_has_a_ground_too():
    far, near = build_backdrop(NetworkSummary.dummy(1, 8)).layers
    assert len(SynapseCurves.from_network(NetworkSummary.dummy(1, 8)).pitch_classes) < NEAR_SYNAPSES
    assert not light(far.picture).any()
    assert light(near.picture).any()


def test_a_network_without_synapses_has_a_dark_ground():
    none = SynapseCurves.from_network(NETWORK, 0).pitch_classes
    synapses = type(NETWORK.synapses)(none, none, none, none, np.zeros(0, np.float32))
    bare = replace(NETWORK, synapses=synapses)
    assert not any(light(depth.picture).any() for depth in build_backdrop(bare).layers)


def spot() -> pygame.Surface:
    """A layer with one bright place."""
    picture = blank_surface((1200, 800))
    picture.fill((255, 255, 255), (600, 400, 1, 1))
    return picture


def where(seconds: float, layer: BackdropLayer) -> tuple[int, int]:
    """Where the camera shows a layer's bright place."""
    picture = blank_surface(PICTURE_SIZE_PX)
    picture.fblits(CAMERA.placed_layers([layer], seconds), BLEND_ADD)
    light = pygame.surfarray.array3d(picture).min(axis=2)
    return tuple(np.argwhere(light == 255)[0].tolist())


@given(st.floats(0, 100_000))
def test_the_camera_is_slow_and_stays_near(seconds):
    here, later = np.array(CAMERA.offset(seconds)), np.array(CAMERA.offset(seconds + 1 / 60))
    assert np.all(np.abs(here) <= SWAY_AMPLITUDE_PX)
    assert np.abs(later - here).max() < 0.1  # pixels a frame


def test_near_dust_moves_further_than_far_dust():
    first, later = (np.array([place for _, place in CAMERA.dust_sprites(s)]) for s in (0.0, 15.0))
    moved = np.hypot(*(later - first).T)
    assert np.allclose(np.unique((moved / moved.max()).round(3)), DUST_PARALLAX_FACTORS, atol=0.01)


def test_the_ground_moves_less_than_dust_and_the_nearer_layer_more():
    layers = [BackdropLayer(spot(), nearness) for nearness in (0.3, 0.55)]
    moved = [np.subtract(where(15.0, layer), where(0.0, layer)) for layer in layers]
    dust = np.subtract(CAMERA.offset(0.0), CAMERA.offset(15.0))
    for way, layer in zip(moved, layers, strict=True):
        assert np.allclose(way, layer.parallax * dust, atol=1.0)


def test_the_ground_never_shows_its_edges():
    assert max(SWAY_AMPLITUDE_PX) * 0.55 + 1 < BORDER_PX


def test_scenes_have_cameras_of_their_own():
    assert CAMERA.offset(7.0) != Camera(2).offset(7.0)


def test_dust_is_faint_and_leaves_the_keys_alone():
    picture = blank_surface(PICTURE_SIZE_PX)
    picture.fblits(CAMERA.dust_sprites(3.0), BLEND_ADD)
    light = pygame.surfarray.array3d(picture)
    assert 0 < light.max() < 100
    assert not light[:, KEYBOARD_RECT.top :].any()


def a_background(grey: int) -> TextSurface:
    """A background with a line of text."""
    pygame.font.init()
    background = TextSurface((64, 64))
    background.fill((grey, grey, grey))
    Typesetter().draw_text(background, "Waves", (4, 40), TextStyle(20, "jost-400"))
    return background


def a_layer(x: int) -> tuple[pygame.Surface, tuple[int, int]]:
    return spot(), (x - 600, 5 - 400)


def test_a_ground_picture_is_background_and_layers_with_the_text_of_the_background():
    ground, background = Ground((64, 64)), a_background(20)
    for _ in range(2):
        picture = ground.compose(background, 0, (a_layer(5), a_layer(9)))
        assert picture.get_at((5, 5))[:3] == picture.get_at((9, 5))[:3] == (255, 255, 255)
        assert picture.get_at((7, 5))[:3] == (20, 20, 20)
        assert [one.text for one in picture.written] == ["Waves"]


def test_a_ground_picture_follows_camera_background_and_what_is_drawn_on_it():
    ground, background, layers = Ground((64, 64)), a_background(20), (a_layer(5),)
    ground.compose(background, 0, layers)
    moved = ground.compose(background, 0, (a_layer(6),))
    assert moved.get_at((5, 5))[0] == 20 and moved.get_at((6, 5))[0] == 255
    background.fill((30, 30, 30))
    assert ground.compose(background, 1, ()).get_at((6, 5))[0] == 30
    assert ground.compose(a_background(40), 1, ()).get_at((6, 5))[0] == 40


def test_a_ground_picture_is_not_composed_again_while_nothing_moves():
    ground, background, layers = Ground((64, 64)), a_background(20), (a_layer(5),)
    ground.compose(background, 0, layers)
    background.fill((90, 90, 90))  # without a new revision: it is not looked at
    assert ground.compose(background, 0, layers).get_at((7, 5))[0] == 20
