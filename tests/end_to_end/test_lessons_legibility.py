"""All text of every step of the lessons can be read and lies over no other text."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import pytest
from legibility import (
    MIN_ARCMINUTES,
    MIN_CONTRAST,
    MIN_NEEDED_ARCMINUTES,
    TOUCH_DISTANCES,
    WrittenPicture,
    is_for_all,
    seen_height,
    written_lesson,
)

from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.typography import FAR_SCALE, NEAR_SCALE, VIEWING_DISTANCES, type_scale
from visuals.lessons import lesson_types

LESSONS = [lesson.name for lesson in lesson_types()]


@dataclass
class Faults:
    """What is wrong with the text of a lesson's pictures, by language, step and text."""

    pictures: int = 0
    misplaced: set = field(default_factory=set)
    small: set = field(default_factory=set)
    faint: set = field(default_factory=set)


@pytest.fixture(
    scope="module",
    params=product(LESSONS, LAYOUTS),
    ids=lambda param: f"{param[0]}-{param[1].name}",
)
def faults(request) -> Faults:
    """Faults of a lesson's question and steps in a layout, in all languages and scales."""
    lesson, layout = request.param
    found = Faults()
    for language, scale, picture in written_lesson(lesson, layout):
        place = language, scale.needed, picture.turn
        found.pictures += 1
        misplaced = [*picture.overlaps(), *picture.clipped(), *picture.cut]
        found.misplaced |= {(*place, text) for text in misplaced}
        for preset in (name for name in VIEWING_DISTANCES if type_scale(name) == scale):
            found.small |= {(preset, *place, text) for text in small_texts(picture, preset)}
        found.faint |= {
            (*place, one.text) for one in picture.texts if picture.contrast(one) < MIN_CONTRAST
        }
    return found


def small_texts(picture: WrittenPicture, preset: str) -> list[str]:
    """Texts that are too small: for all, from the preset's distance; else for who touches."""
    return [
        one.text
        for one in picture.texts
        if (
            seen_height(one.size, preset) < MIN_NEEDED_ARCMINUTES
            if is_for_all(one)
            else seen_height(one.size, TOUCH_DISTANCES[preset]) < MIN_ARCMINUTES
        )
    ]


def test_every_preset_is_measured():
    assert {type_scale(name) for name in VIEWING_DISTANCES} == {NEAR_SCALE, FAR_SCALE}


def test_no_text_lies_over_another_or_leaves_the_picture_or_its_part(faults):
    assert faults.pictures and faults.misplaced == set()


def test_all_text_is_large_enough(faults):
    assert faults.small == set()


def test_all_text_stands_out(faults):
    assert faults.faint == set()
