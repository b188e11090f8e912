"""What lies over the scene, and the picture as a file."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import RhythmBelief
from visuals.drawing.sprites import blank_surface
from visuals.network_summary import NetworkSummary
from visuals.scene_switch import PRELOAD_DELAY_FRAMES
from visuals.stage_picture import CROSSFADE_S, Crossfade, save_picture

SIZE = (8, 8)


def pixels(stage) -> np.ndarray:
    return pygame.surfarray.array3d(stage.picture).astype(int)


def test_a_saved_picture_is_whole_and_leaves_nothing_beside_it(tmp_path):
    save_picture(blank_surface((1920, 1080)), tmp_path / "shots" / "a.png")
    assert pygame.image.load(tmp_path / "shots" / "a.png").get_size() == (1920, 1080)
    assert [path.name for path in (tmp_path / "shots").iterdir()] == ["a.png"]


def test_the_first_picture_of_a_window_does_not_wait_for_the_backdrop(make_stage):
    window, film = (
        make_stage(offscreen=offscreen, network=NetworkSummary.dummy())
        for offscreen in (False, True)
    )
    for stage in (window, film):
        stage.show_frame(SECOND)
    first, complete = pixels(window), pixels(film)
    assert not window.scene.backdrop.is_rendered
    assert np.array_equal(first[:, -60:], complete[:, -60:])  # the piano
    assert first.sum() < complete.sum()


def test_the_backdrop_fades_in(make_stage):
    stage = make_stage(offscreen=False, network=NetworkSummary.dummy())
    for k in range(PRELOAD_DELAY_FRAMES):
        stage.show_frame(SECOND + k)
    bare = pixels(stage).mean()
    stage.show_until(lambda: stage.scene.backdrop.is_rendered, SECOND)
    lights = []
    for share in (0.0, 0.5, 1.0):
        stage.show_frame(SECOND + round(share * CROSSFADE_S * SECOND))
        lights.append(pixels(stage).mean())
    assert lights[0] == pytest.approx(bare, rel=0.01)
    assert lights == sorted(lights)
    assert lights[2] > 1.1 * bare


def test_f12_shows_statistics(make_stage):
    stage = make_stage(offscreen=False)
    stage.show_frame()
    before = pixels(stage)
    stage.press(pygame.KSCAN_F12)
    stage.show_frame(stage.clock.time)
    corner = np.s_[1500:1800, 172:240]
    assert pixels(stage)[corner].mean() > before[corner].mean() + 2


def test_operators_see_the_rhythm_that_is_heard(make_stage):
    stage = make_stage(offscreen=False)
    stage.press(pygame.KSCAN_F12)
    stage.show_frame()
    corner = np.s_[1500:1860, 190:216]
    before = pixels(stage)[corner].mean()
    stage.messages.append(RhythmBelief(0, 0, SECOND // 2, "6/8", 0.5, 0.9))
    stage.show_frame(stage.clock.time)
    assert pixels(stage)[corner].mean() > before + 0.2


def test_legends_follow_an_octave_up(make_stage):
    stage = make_stage(offscreen=False, legends=True)
    stage.show_frame()
    row = np.s_[80:1840, 1028:1046]
    before = pixels(stage)[row].sum(axis=(1, 2))
    stage.press(pygame.KSCAN_PAGEUP)
    stage.show_frame()
    after = pixels(stage)[row].sum(axis=(1, 2))
    keyboard = stage.scene.resources.keyboard
    low, high = keyboard.key_rect(50).centerx - 80, keyboard.key_rect(84).centerx - 80
    assert before[low - 6 : low + 6].sum() > after[low - 6 : low + 6].sum()
    assert before[high - 6 : high + 6].sum() < after[high - 6 : high + 6].sum()


def test_with_reduced_motion_nothing_moves_while_nothing_sounds(make_stage):
    """Pictures ten seconds apart are the same; with motion the prompt and the dust have moved."""
    changes = []
    for reduced in (False, True):
        stage = make_stage(reduced_motion=reduced)
        for k in range(2):
            stage.show_frame(5 * SECOND + k)
        before = pixels(stage)
        for k in range(2):
            stage.show_frame(15 * SECOND + k)
        changes.append(np.abs(pixels(stage) - before).max())
    assert changes[0] > 20
    assert changes[1] == 0


def test_the_brightness_of_the_options_holds_for_the_whole_picture(make_stage):
    lights = []
    for brightness in (1.0, 0.4):
        stage = make_stage(brightness=brightness)
        stage.show_frame(SECOND)
        lights.append(pixels(stage).mean())
    assert lights[1] == pytest.approx(0.4 * lights[0], rel=0.1)


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
