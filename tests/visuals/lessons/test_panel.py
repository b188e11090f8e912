from __future__ import annotations

import pygame
import pytest

from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.typography import Typesetter
from visuals.input.lesson_actions import ARROWS
from visuals.lessons import lesson_types
from visuals.lessons.panel import BUTTONS, button_centres, hit_targets, title_style
from visuals.words import languages, load_words


def test_every_button_is_where_it_is_drawn():
    found = hit_targets(7, ARROWS)
    for action, centre in button_centres(ARROWS).items():
        assert found[action].collidepoint(centre)
    assert len(found) == len(BUTTONS) + len(ARROWS) + 7


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_title_fits_into_the_picture(layout):
    pygame.font.init()
    typesetter = Typesetter()
    for language in languages():
        for lesson in lesson_types():
            title = load_words(language)[f"{lesson.name}.title"]
            style = title_style(title, typesetter, layout)
            assert typesetter.render(title, style).get_width() <= layout.size[0] - 160
            assert style.tracking > 4
