"""All text of every scene, in every turn and language, can be read and lies over no other text."""

from __future__ import annotations

import pytest
from legibility import (
    MIN_ARCMINUTES,
    MIN_CONTRAST,
    MIN_NEEDED_ARCMINUTES,
    TOUCH_DISTANCES,
    DrawnText,
    WrittenPicture,
    is_for_hands,
    written_card,
    written_lesson,
    written_pictures,
)

from visuals.drawing.picture_layout import LANDSCAPE, LAYOUTS
from visuals.drawing.typography import (
    CAP_HEIGHT_RATIO,
    FAR_SCALE,
    NEAR_SCALE,
    VIEWING_DISTANCES,
    arcminutes_per_pixel,
    type_scale,
)
from visuals.lessons import lesson_types
from visuals.scenes import scene_types
from visuals.words import languages


@pytest.fixture(
    scope="module",
    params=[(scene.name, layout) for layout in LAYOUTS for scene in scene_types()],
    ids=lambda param: f"{param[0]}-{param[1].name}",
)
def written(request) -> list[tuple[str, WrittenPicture]]:
    """The pictures of a scene in all turns, languages and scales, each with a viewing distance.

    Of the smaller scale, other layouts than landscape are written in one language only.
    """
    distances = {type_scale(distance): distance for distance in sorted(VIEWING_DISTANCES)}
    scene, layout = request.param
    return [
        (distance, picture)
        for scale, distance in distances.items()
        for language in (
            languages() if layout is LANDSCAPE or scale is FAR_SCALE else languages()[-1:]
        )
        for picture in written_pictures(scene, language, scale, layout)
    ]


def test_no_text_lies_over_another_or_leaves_the_picture(written):
    assert [found for _, one in written for found in one.overlaps() + one.clipped()] == []


def test_all_text_is_large_enough(written):
    small = set()
    for distance, picture in written:
        for one in picture.texts:
            height = one.size * CAP_HEIGHT_RATIO * arcminutes_per_pixel(distance)
            if height < (MIN_NEEDED_ARCMINUTES if one.is_needed else MIN_ARCMINUTES):
                small.add((distance, one.writer, one.text))
    assert small == set()


def test_all_text_stands_out(written):
    faint = {
        (one.writer, one.text, picture.turn)
        for _, picture in written
        for one in picture.texts
        if picture.contrast(one) < MIN_CONTRAST
    }
    assert faint == set()


def test_every_preset_has_a_scale_and_a_screen_can_be_described():
    assert type_scale("wall") == type_scale("desk") == NEAR_SCALE
    assert type_scale("room") == type_scale("32in 2m") == FAR_SCALE
    assert type_scale("65in 2m") == NEAR_SCALE


@pytest.mark.parametrize("lesson", [lesson.name for lesson in lesson_types()])
def test_a_lesson_can_be_read_from_where_it_is_touched(lesson):
    written = [w for language in languages() for w in written_lesson(lesson, language)]
    texts = [one for each in written for one in each.texts]
    assert small_texts(texts) == set()


@pytest.mark.parametrize("language", languages())
def test_a_card_can_be_read_from_where_it_is_touched(language):
    assert small_texts(written_card(language)) == set()


def small_texts(texts: list[DrawnText]) -> set[tuple[str, str, str]]:
    """Texts of a lesson or card that are too small at any preset."""
    return {
        (preset, one.writer, one.text)
        for preset, distance in TOUCH_DISTANCES.items()
        for one in texts
        if one.size * CAP_HEIGHT_RATIO * arcminutes_per_pixel(distance)
        < (MIN_NEEDED_ARCMINUTES if is_for_hands(one) else MIN_ARCMINUTES)
    }
