"""Light safety of the lessons: the fastest they move, against the meter (WCAG 2.3.1)."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.lessons.actions import LessonAction
from visuals.timeline import SECOND
from visuals.window.flash_meter import DIMMING_THRESHOLD, FieldOfView, FlashMeter

SMALL = (120, 68)
FRAMES = 66
"""A bit more than a second: the meter looks back over one."""

WORST = {
    "learning": (0, "learn", ()),
    "searching": (1, "search", ()),
    "folding anew": (
        1,
        "hands",
        (LessonAction.RIGHT, LessonAction.UP, LessonAction.LEFT, LessonAction.DOWN),
    ),
    "other lessons": (0, "learn", (LessonAction.NEXT, LessonAction.PREVIOUS)),
    "numbers heard": (2, "products", (LessonAction.RESTART, LessonAction.STEP)),
    "played and paused": (2, "again", (LessonAction.PLAY,)),
    "other cells": (3, "cut", (LessonAction.UP,)),
    "a song learned": (4, "learn", ()),
    "other tunes": (4, "tune", (LessonAction.RIGHT,)),
    "all cells": (5, "many", ()),
    "one cell after another": (5, "hands", (LessonAction.RIGHT, LessonAction.DOWN)),
}


@pytest.mark.parametrize("name", WORST)
def test_the_fastest_a_lesson_moves_stays_below_caution(explorer, framing, name):
    lesson, step, mashed = WORST[name]
    for _ in range(lesson):
        explorer.handle_action(LessonAction.NEXT, SECOND)
    while explorer.lesson.walkthrough.current_step.name != step:
        explorer.handle_action(LessonAction.STEP, SECOND)
    meter = FlashMeter(*SMALL, field=FieldOfView.for_viewer(width=3, distance=3))
    picture, small = blank_surface(PICTURE_SIZE_PX), blank_surface(SMALL)
    for frame in range(FRAMES):
        now = 3 * SECOND + frame * SECOND // 60
        if mashed and frame % 5 == 0:
            explorer.handle_action(mashed[frame // 5 % len(mashed)], now)
        explorer.update(now)
        explorer.draw(picture, framing.build_frame(now, frame))
        pygame.transform.smoothscale(picture, SMALL, small)
        meter.push(pygame.surfarray.array3d(small))
    assert meter.worst.worst < DIMMING_THRESHOLD
