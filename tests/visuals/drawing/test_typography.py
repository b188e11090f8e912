from __future__ import annotations

import gc
import weakref

import numpy as np
import pygame
import pytest

from visuals.drawing import typography as typefaces
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import (
    MAX_CACHED_TEXT_BYTES,
    VIEWING_DISTANCES,
    TextStyle,
    TextSurface,
    Typesetter,
    illegibility,
    screen_and_viewer,
)


@pytest.fixture(scope="module")
def type() -> Typesetter:
    pygame.font.init()
    return Typesetter()


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def test_text_is_rendered_once(type):
    style = TextStyle(20)
    assert type.render("waves", style) is type.render("waves", style)


def test_tracking_widens(type):
    wide, narrow = (type.render("abc", TextStyle(20, tracking=t)).get_width() for t in (10, 0))
    assert wide - narrow == 20


def test_sharp_and_flat_are_drawn_beside_the_letter(type):
    widths = []
    for name in ("F", "F#", "Eb"):
        surface = blank_surface((200, 100))
        type.draw_note_name(surface, name, (10, 10), TextStyle(60))
        widths.append(np.flatnonzero(light(surface).any(axis=1)).max())
    assert widths[1] > widths[0] + 10
    assert widths[2] > widths[0] + 10


def test_a_missing_typeface_is_said_once_and_another_used(monkeypatch, caplog):
    def gone(face: str) -> bytes:
        raise FileNotFoundError(face)

    pygame.font.init()
    monkeypatch.setattr(typefaces, "font_bytes", gone)
    type = Typesetter()
    for text in ("one", "two"):
        for size in (20, 30):
            assert type.render(text, TextStyle(size)).get_width() > size
    assert [record.message.split(" (")[0] for record in caplog.records] == ["no typeface jost-300"]


def test_rendered_text_is_bounded_in_bytes_and_the_latest_stays(type):
    style = TextStyle(200)
    first = type.render("0" * 20, style)
    for number in range(1, 10):
        latest = type.render(str(number) * 20, style)
    assert type.render("9" * 20, style) is latest
    assert type.render("0" * 20, style) is not first
    assert first.get_height() * first.get_pitch() * 9 > MAX_CACHED_TEXT_BYTES


def test_text_that_is_not_needed_any_more_waits_for_no_garbage_collection():
    pygame.font.init()
    type = Typesetter()
    line, picture = type.render("waves", TextStyle(20)), TextSurface((200, 100))
    picture.blit(line, (10, 10))
    assert [(one.text, one.line) for one in picture.written] == [("waves", line)]
    kept = weakref.ref(line)
    gc.disable()
    try:
        del type, line, picture
        assert kept() is None
    finally:
        gc.enable()


def test_a_screen_and_its_viewer_are_a_preset_or_inches_and_metres():
    assert screen_and_viewer("desk") == (24.0, 0.7)
    assert screen_and_viewer("19.5in 1.2m") == (19.5, 1.2)


@pytest.mark.parametrize("distance", ["hall", "32in", "32in two"])
def test_a_distance_that_is_neither_is_refused(distance):
    with pytest.raises(ValueError):
        screen_and_viewer(distance)


def test_a_distance_from_which_no_text_can_be_read_is_told_with_one_from_which_it_can():
    assert [illegibility(distance) for distance in (*VIEWING_DISTANCES, "65in 2m")] == [""] * 4
    fault = illegibility("24in 3m")
    assert "10 arcminutes high from 3 m" in fault
    assert "1.5 m or nearer" in fault
    assert illegibility("24in 1.4m") == ""
