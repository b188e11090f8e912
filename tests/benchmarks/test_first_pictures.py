"""Tests of what the benchmark of starting takes for a splash and for a scene."""

from __future__ import annotations

import numpy as np
import pygame
import pytest
from starting import XWD_COLOUR_BYTES, seen_pictures

from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import Typesetter
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.window.splash import splash_picture

SCREEN_PX, COLOURS = (1920, 1080), 4


def frame_buffer(window: pygame.Surface | None) -> bytes:
    """A dump of a screen with a window in its middle, as Xvfb keeps it."""
    width, height = SCREEN_PX
    screen = blank_surface(SCREEN_PX)
    if window is not None:
        screen.blit(window, window.get_rect(center=screen.get_rect().center))
    header = np.zeros(40, ">u4")
    header[[0, 4, 5, 12, 19]] = header.nbytes, width, height, 4 * width, COLOURS
    colours = bytes([255]) * XWD_COLOUR_BYTES * COLOURS
    return header.tobytes() + colours + screen.get_buffer().raw


def a_scene(size: tuple[int, int]) -> pygame.Surface:
    """A resting piano on black."""
    picture = blank_surface(SCREEN_PX)
    PianoKeyboard(Typesetter()).draw_static(picture)
    return pygame.transform.smoothscale(picture, size)


@pytest.mark.parametrize("size", [(1280, 720), SCREEN_PX])
def test_a_splash_is_a_picture_and_a_piano_is_a_scene(size):
    pygame.font.init()
    splash = pygame.transform.smoothscale(splash_picture(), size)
    assert seen_pictures(frame_buffer(None)) == (False, False)
    assert seen_pictures(frame_buffer(splash)) == (True, False)
    assert seen_pictures(frame_buffer(a_scene(size)))[1]
