from __future__ import annotations

import sys

import pygame
import pytest

from installation.kiosk.cover import BACKGROUND, COVER_DELAY_NS, CoverKeeper, draw_cover
from installation.ops.exhibit_status import ProcessHealth
from tests.hang_guard import HANG_GUARD_S

WELL, DOWN = {"stage": ProcessHealth("well")}, {"stage": ProcessHealth("held", 3)}


@pytest.fixture
def keeper():
    keeper = CoverKeeper((sys.executable, "-c", "import time; time.sleep(60)"))
    yield keeper
    keeper.close()


def test_a_stage_that_is_back_soon_needs_no_cover(keeper):
    keeper.update(0, DOWN)
    keeper.update(COVER_DELAY_NS - 1, DOWN)
    keeper.update(COVER_DELAY_NS, WELL)
    keeper.update(COVER_DELAY_NS + 1, DOWN)
    assert keeper.process is None


def test_the_cover_is_there_until_the_stage_is_back(keeper):
    for now in (0, COVER_DELAY_NS):
        keeper.update(now, DOWN)
    process = keeper.process
    assert process.poll() is None
    keeper.update(2 * COVER_DELAY_NS, WELL)
    assert keeper.process is None and process.poll() is not None


def test_a_piece_without_a_window_needs_no_cover(keeper):
    for now in (0, 2 * COVER_DELAY_NS):
        keeper.update(now, {})
    assert keeper.process is None


def test_the_cover_is_dark_and_says_something():
    pygame.font.init()
    surface = pygame.Surface((640, 360))
    draw_cover(surface)
    pixels = pygame.surfarray.array3d(surface)
    assert surface.get_at((0, 0))[:3] == BACKGROUND
    assert pixels.max() > 150 and pixels.mean() < 40


def test_a_cover_that_ended_by_itself_is_shown_again():
    keeper = CoverKeeper((sys.executable, "-c", ""))
    keeper.update(0, DOWN)
    keeper.update(COVER_DELAY_NS, DOWN)
    first = keeper.process
    first.wait(HANG_GUARD_S)
    keeper.update(COVER_DELAY_NS + 1, DOWN)
    assert keeper.process is None  # not many times a second
    keeper.update(2 * COVER_DELAY_NS + 1, DOWN)
    assert keeper.process is not None and keeper.process is not first
    keeper.close()
