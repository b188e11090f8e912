"""What lies over a scene only at times can be read and hides none of the scene's sentences.

The band's names, written text, key legends, a past visitor, votes, the hand and the card of a unit.
"""

from __future__ import annotations

import pytest
from legibility import (
    MIN_ARCMINUTES,
    MIN_CONTRAST,
    MIN_NEEDED_ARCMINUTES,
    WrittenPicture,
    overlay_pictures,
    seen_height,
)

from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.typography import FAR_SCALE, NEAR_SCALE
from visuals.scenes import scene_types
from visuals.words import languages, load_words

DISTANCES = {FAR_SCALE: "room", NEAR_SCALE: "wall"}
CARD = "hud.unit_card"  # the module that writes the card, which is read from where it is touched


@pytest.fixture(
    scope="module",
    params=[
        (scene.name, layout, number)
        for layout in LAYOUTS
        for number, scene in enumerate(scene_types())
    ],
    ids=lambda param: f"{param[0]}-{param[1].name}",
)
def written(request) -> list[tuple[str, str, WrittenPicture]]:
    """The pictures of a scene, each with its language and viewing distance.

    Of the smaller scale, each scene is written in another language.
    """
    scene, layout, number = request.param
    looks = [(language, FAR_SCALE) for language in languages()]
    looks.append((languages()[number % len(languages())], NEAR_SCALE))
    return [
        (language, DISTANCES[scale], picture)
        for language, scale in looks
        for picture in overlay_pictures(scene, language, scale, layout)
    ]


def test_no_text_lies_over_another_or_leaves_the_picture(written):
    assert [found for *_, one in written for found in one.overlaps() + one.clipped()] == []


def test_all_text_is_large_enough(written):
    small = {
        (distance, one.writer, one.text)
        for _, distance, picture in written
        for one in picture.texts
        if one.writer != CARD
        and seen_height(one.size, distance)
        < (MIN_NEEDED_ARCMINUTES if one.is_needed else MIN_ARCMINUTES)
    }
    assert small == set()


def test_all_text_stands_out(written):
    faint = {
        (one.writer, one.text, picture.turn)
        for *_, picture in written
        for one in picture.texts
        if picture.contrast(one) < MIN_CONTRAST
    }
    assert faint == set()


def test_the_hand_hides_no_text_and_a_card_at_most_short_names(written):
    """Names of notes around the cells, of the drums, and at the ends of the crowd's weight."""
    for language, _, picture in written:
        words = load_words(language)
        short = {words.note_name(pitch) for pitch in range(12)}
        short |= {words[key] for key in ("band.drums", "band.drummer", "phone.calm", "phone.wild")}
        allowed = short if picture.turn.startswith("card") else set()
        assert set(picture.hidden) <= allowed, picture.turn


def test_all_that_comes_only_at_times_was_written(written):
    for language in languages():
        words = load_words(language)
        found = {one.text for each, _, shown in written if each == language for one in shown.texts}
        assert {words["vote.liked"], words["ghost.answers"], "Q"} <= found
