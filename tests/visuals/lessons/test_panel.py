from __future__ import annotations

import pygame
import pytest

from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.typography import Typesetter
from visuals.lessons import lesson_types
from visuals.lessons.panel import title_style
from visuals.words import languages, load_words


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
