from __future__ import annotations

import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.lessons.drawing.renderer import LessonRenderer


@pytest.fixture
def renderer(resources) -> LessonRenderer:
    """A renderer in the middle of a frame."""
    renderer = LessonRenderer(resources.typesetter)
    renderer.begin_frame(blank_surface(PICTURE_SIZE_PX))
    return renderer
