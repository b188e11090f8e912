from __future__ import annotations

from itertools import combinations, product

import pygame
import pytest

from visuals.drawing.picture_layout import LANDSCAPE, LAYOUTS
from visuals.drawing.theme import MIN_TOUCH_TARGET_PX
from visuals.drawing.typography import (
    FAR_SCALE,
    NEAR_SCALE,
    TextStyle,
    Typesetter,
    wrap_words,
)
from visuals.input.lesson_actions import ARROWS
from visuals.lessons import lesson_types
from visuals.lessons.panel_layout import BUTTONS, PanelLayout
from visuals.lessons.question import answer_rects
from visuals.words import languages, load_words

STEPS = max(len(lesson.walkthrough_type.steps) for lesson in lesson_types())


@pytest.fixture(
    params=product(languages(), (NEAR_SCALE, FAR_SCALE), LAYOUTS),
    ids=lambda param: f"{param[0]}-{param[1].needed}-{param[2].name}",
)
def panel(request):
    """A panel's places in a language and a layout, and its typesetter."""
    language, scale, layout = request.param
    pygame.font.init()
    typesetter = Typesetter(scale)
    return PanelLayout(load_words(language), typesetter, layout), typesetter, layout, language


def test_every_button_is_touched_where_it_is_drawn(panel):
    places = panel[0]
    found = places.hit_targets(7, ARROWS)
    for action, centre in places.button_centres(ARROWS).items():
        assert found[action].collidepoint(centre)
    assert len(found) == len(BUTTONS) + len(ARROWS) + 7


def test_what_is_touched_lies_apart_above_the_piano_and_beside_the_lesson(panel):
    places, _, layout, _ = panel
    found = [*places.hit_targets(7, ARROWS, STEPS).values(), layout.lesson_rect]
    assert all(not a.colliderect(b) for a, b in combinations(found, 2))
    above = pygame.Rect(0, 0, layout.size[0], layout.keyboard.rect.top)
    assert all(above.contains(rect) for rect in found)
    assert all(min(rect.size) >= MIN_TOUCH_TARGET_PX for rect in found)
    answers = answer_rects(layout)
    panel_rects = list(places.hit_targets(7, ARROWS, STEPS).values())
    assert all(rect.collidelist(panel_rects) < 0 for rect in answers)


def test_a_button_stays_where_it_is_when_arrows_come(panel):
    places = panel[0]
    alone, beside = places.button_centres(), places.button_centres(ARROWS)
    assert {action: beside[action] for action in alone} == alone


def test_sentences_and_buttons_are_as_large_as_the_distance_asks_for(panel):
    places, typesetter, *_ = panel
    assert places.word_size >= typesetter.scale.needed
    assert places.sentence_size >= typesetter.scale.needed


def test_every_sentence_ends_above_the_dots_and_buttons(panel):
    places, typesetter, layout, language = panel
    words, size = load_words(language), places.sentence_size
    style = TextStyle(size, "jost-300", 0.6)
    most = 0
    for lesson in lesson_types():
        for step in lesson.walkthrough_type.steps:
            lines = wrap_words(
                words[f"{lesson.name}.{step.name}"],
                lambda text: typesetter.render(text, style).get_width() <= places.sentence_width,
            )
            most = max(most, len(lines))
    assert most <= (1 if layout is LANDSCAPE else 2)
    bottom = places.line_y(most - 1) + 1.3 * size  # descenders end there
    below = [rect for rect in places.hit_targets(0, ARROWS, STEPS).values()]
    assert bottom <= min(
        rect.centery - 12 for rect in below if rect.top > layout.lesson_rect.bottom
    )
