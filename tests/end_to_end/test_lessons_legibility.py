"""All text of every step of the lessons stands out and lies over no other text."""

from __future__ import annotations

import pytest
from legibility import MIN_CONTRAST, WrittenPicture, written_lesson

from visuals.lessons import lesson_types
from visuals.words import languages

LESSONS = [lesson.name for lesson in lesson_types()]


@pytest.fixture(
    scope="module",
    params=[(lesson, languages()[k % len(languages())]) for k, lesson in enumerate(LESSONS)],
    ids=lambda param: "-".join(param),
)
def written(request) -> list[WrittenPicture]:
    """The pictures of a lesson's question and steps; each lesson has another language."""
    return written_lesson(*request.param)


def test_no_text_lies_over_another_or_leaves_the_picture(written):
    found = {one.turn: one.overlaps() + one.clipped() for one in written}
    assert {turn: texts for turn, texts in found.items() if texts} == {}


def test_all_text_stands_out(written):
    faint = {
        (one.text, picture.turn)
        for picture in written
        for one in picture.texts
        if picture.contrast(one) < MIN_CONTRAST
    }
    assert faint == set()
