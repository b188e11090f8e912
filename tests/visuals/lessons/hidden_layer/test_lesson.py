from __future__ import annotations

import pygame

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.hidden_layer.lesson import HiddenLayerLesson
from visuals.words import load_words


def test_the_step_fold_fades_in(resources):
    lesson, levels = HiddenLayerLesson(load_words()), []
    while lesson.walkthrough.current_step.name != "fold":
        lesson.walkthrough.advance()
    for age_s in (0.0, 0.45, 2.0):
        surface, renderer = blank_surface(PICTURE_SIZE_PX), LessonRenderer(resources.typesetter)
        renderer.begin_frame(surface)
        lesson.draw(renderer, age_s, 0.0)
        renderer.end_frame()
        levels.append(int(pygame.surfarray.array3d(surface).sum(dtype="i8")))
    assert levels == sorted(levels)
