"""Light safety of the lessons: the fastest they move, against the meter (WCAG 2.3.1)."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.lessons.actions import Action
from visuals.timeline import SECOND
from visuals.window.flash_meter import CAUTION, Field, FlashMeter

SMALL = (120, 68)
FRAMES = 66
"""A bit more than a second: the meter looks back over one."""

WORST = {
    "learning": (0, "learn", ()),
    "searching": (1, "search", ()),
    "folding anew": (1, "hands", (Action.RIGHT, Action.UP, Action.LEFT, Action.DOWN)),
    "other lessons": (0, "learn", (Action.NEXT, Action.BEFORE)),
    "numbers heard": (2, "products", (Action.RESTART, Action.STEP)),
    "played and paused": (2, "again", (Action.PLAY,)),
    "other cells": (3, "cut", (Action.UP,)),
    "a song learned": (4, "learn", ()),
    "other tunes": (4, "tune", (Action.RIGHT,)),
    "all cells": (5, "many", ()),
    "one cell after another": (5, "hands", (Action.RIGHT, Action.DOWN)),
}


@pytest.mark.parametrize("name", WORST)
def test_the_fastest_a_lesson_moves_stays_below_caution(explorer, framing, name):
    lesson, step, mashed = WORST[name]
    for _ in range(lesson):
        explorer.press(Action.NEXT, SECOND)
    while explorer.lesson.walk.now.name != step:
        explorer.press(Action.STEP, SECOND)
    meter = FlashMeter(*SMALL, field=Field.of_viewer(width=3, distance=3))
    picture, small = blank(SIZE), blank(SMALL)
    for frame in range(FRAMES):
        now = 3 * SECOND + frame * SECOND // 60
        if mashed and frame % 5 == 0:
            explorer.press(mashed[frame // 5 % len(mashed)], now)
        explorer.run(now)
        explorer.draw(picture, framing.frame(now, frame))
        pygame.transform.smoothscale(picture, SMALL, small)
        meter.push(pygame.surfarray.array3d(small))
    assert meter.worst.worst < CAUTION
