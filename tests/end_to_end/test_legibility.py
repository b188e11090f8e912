"""All text of every scene, in every turn and language, can be read and lies over no other text."""

from __future__ import annotations

import pytest
from legibility import (
    MIN_ARCMINUTES,
    MIN_CONTRAST,
    MIN_NEEDED_ARCMINUTES,
    TOUCH_DISTANCES,
    WrittenPicture,
    seen_height,
    written_card,
    written_pictures,
)

from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.typography import (
    FAR_SCALE,
    NEAR_SCALE,
    VIEWING_DISTANCES,
    type_scale,
)
from visuals.scenes import scene_types
from visuals.words import languages


@pytest.fixture(
    scope="module",
    params=[(scene.name, layout) for layout in LAYOUTS for scene in scene_types()],
    ids=lambda param: f"{param[0]}-{param[1].name}",
)
def written(request) -> list[tuple[str, WrittenPicture]]:
    """The pictures of a scene in all turns, languages and scales, each with a viewing distance."""
    distances = {type_scale(distance): distance for distance in sorted(VIEWING_DISTANCES)}
    scene, layout = request.param
    return [
        (distance, picture)
        for scale, distance in distances.items()
        for language in languages()
        for picture in written_pictures(scene, language, scale, layout)
    ]


def test_no_text_lies_over_another_or_leaves_the_picture(written):
    assert [found for _, one in written for found in one.overlaps() + one.clipped()] == []


def test_a_code_for_phones_covers_no_text_and_lies_in_the_picture(written):
    assert [found for _, one in written for found in one.covered()] == []
    codes = [(one.code, one.picture) for _, one in written if one.code is not None]
    assert codes
    assert all(picture.get_rect().contains(code) for code, picture in codes)


def test_all_text_is_large_enough(written):
    small = set()
    for distance, picture in written:
        for one in picture.texts:
            if seen_height(one.size, distance) < (
                MIN_NEEDED_ARCMINUTES if one.is_needed else MIN_ARCMINUTES
            ):
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


@pytest.mark.parametrize("language", languages())
def test_a_card_can_be_read_from_where_it_is_touched(language):
    small = {
        (preset, one.text)
        for one in written_card(language)
        for preset, distance in TOUCH_DISTANCES.items()
        if seen_height(one.size, distance)
        < (MIN_ARCMINUTES if one.text.isupper() else MIN_NEEDED_ARCMINUTES)
    }
    assert small == set()
