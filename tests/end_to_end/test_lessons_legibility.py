"""All text of every step of the lessons stands out and lies over no other text."""

from __future__ import annotations

import pytest
from legibility import MIN_CONTRAST, WrittenPicture, written_lesson

from visuals.drawing.picture_layout import LAYOUTS
from visuals.lessons import lesson_types
from visuals.words import languages

LESSONS = [lesson.name for lesson in lesson_types()]


@pytest.fixture(
    scope="module",
    params=[
        (lesson, languages()[(k + number) % len(languages())], layout)
        for number, layout in enumerate(LAYOUTS)
        for k, lesson in enumerate(LESSONS)
    ],
    ids=lambda param: f"{param[0]}-{param[1]}-{param[2].name}",
)
def written(request) -> list[WrittenPicture]:
    """The pictures of a lesson's question and steps; each lesson has another language."""
    return written_lesson(*request.param)


def test_no_text_lies_over_another_or_leaves_the_picture_or_its_part(written):
    found = {one.turn: [*one.overlaps(), *one.clipped(), *one.cut] for one in written}
    assert {turn: texts for turn, texts in found.items() if texts} == {}


def test_all_text_stands_out(written):
    faint = {
        (one.text, picture.turn)
        for picture in written
        for one in picture.texts
        if picture.contrast(one) < MIN_CONTRAST
    }
    assert faint == set()
