from __future__ import annotations

import logging

import numpy as np
import pygame
import pytest

from messages.clock import VirtualClock
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import blank_surface
from visuals.window.sharpness import (
    AVERAGE_FRAMES,
    MAX_SHARPENING_NS,
    RETRY_INTERVAL_NS,
    PictureSharpener,
)

SMALL, LARGE = (400, 200), pygame.Rect(0, 0, 800, 400)


@pytest.fixture
def picture() -> PolledSurface:
    return PolledSurface(SMALL, lambda: None)


def draw_line(picture: PolledSurface) -> None:
    picture.begin_frame()
    ends = np.array([[[20.0, 50.0]], [[300.0, 90.0]]])
    LineRenderer([(250, 250, 250)]).draw_segments(picture, *ends, [0], [1.0])


def test_lines_are_kept_from_the_first_enlarged_picture_on(picture):
    sharpener = PictureSharpener()
    draw_line(picture)
    assert sharpener.lift(picture, LARGE).segments == []
    draw_line(picture)
    assert len(sharpener.lift(picture, LARGE).segments) == 1


def test_a_picture_in_its_own_size_is_left_as_it_is(picture):
    assert PictureSharpener().lift(picture, picture.get_rect()) is None
    draw_line(picture)
    assert not picture.lines


def test_a_plain_surface_is_scaled():
    assert PictureSharpener().lift(blank_surface(SMALL), LARGE) is None


@pytest.mark.parametrize(
    ("times", "told"),
    [((2, 0), "text and lines are scaled, too"), ((0, 2), "lines are scaled, too")],
)
def test_what_takes_too_long_is_scaled_and_that_is_said_once(picture, caplog, times, told):
    caplog.set_level(logging.INFO)
    sharpener = PictureSharpener(VirtualClock())
    for _ in range(2 * AVERAGE_FRAMES):
        draw_line(picture)
        if sharpener.lift(picture, LARGE) is not None:
            sharpener.record(*(MAX_SHARPENING_NS * share for share in times))
    draw_line(picture)
    lifted = sharpener.lift(picture, LARGE)
    assert lifted is None if times[0] else lifted.segments == []
    assert not picture.keeps_lines
    assert len([line for line in caplog.messages if line.startswith(told)]) == 1
    assert len([line for line in caplog.messages if "are scaled, too" in line]) == 1


def test_a_short_time_leaves_all_sharp(picture, caplog):
    sharpener = PictureSharpener(VirtualClock())
    for _ in range(2 * AVERAGE_FRAMES):
        draw_line(picture)
        sharpener.lift(picture, LARGE)
        sharpener.record(MAX_SHARPENING_NS // 2, MAX_SHARPENING_NS // 2)
    draw_line(picture)
    assert len(sharpener.lift(picture, LARGE).segments) == 1


def test_lines_lie_on_their_place_in_a_window_with_bars(picture):
    sharpener, window = PictureSharpener(), blank_surface((800, 500))
    for _ in range(2):
        draw_line(picture)
        lifted = sharpener.lift(picture, LARGE)
    sharpener.draw(lifted, window, LARGE.move(0, 50))
    light = pygame.surfarray.array_red(window)
    assert np.flatnonzero(light[42]).mean() == pytest.approx(151, abs=1.5)
    assert not light[:, :140].any() and not light[:, 240:].any()


def test_what_was_too_slow_is_tried_again_after_some_minutes_and_later_each_time(picture):
    clock = VirtualClock()
    sharpener = PictureSharpener(clock)
    for slow_frames, pauses in ((2 * AVERAGE_FRAMES, 1), (2 * AVERAGE_FRAMES, 2), (0, 0)):
        for _ in range(slow_frames):
            if sharpener.lift(picture, LARGE) is not None:
                sharpener.record(2 * MAX_SHARPENING_NS, 0)
        for _ in range(pauses):
            assert sharpener.lift(picture, LARGE) is None
            clock.sleep(RETRY_INTERVAL_NS)
        for _ in range(2 * AVERAGE_FRAMES - slow_frames):
            assert sharpener.lift(picture, LARGE) is not None
            sharpener.record(MAX_SHARPENING_NS // 2, 0)
