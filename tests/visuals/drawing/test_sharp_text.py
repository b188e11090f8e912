"""Text of a picture that is shown enlarged."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sharp_text import MAX_NEW_LINES, LiftedText, TextSharpener
from visuals.drawing.typography import TextStyle, TextSurface, Typesetter

STYLE = TextStyle(40, "jost-400")


@pytest.fixture
def picture() -> PolledSurface:
    pygame.font.init()
    return PolledSurface((400, 200), lambda: None)


def lift(picture: PolledSurface, factor: float = 2.0) -> LiftedText:
    return TextSharpener().lift_text(picture, factor)


def test_text_is_taken_from_the_picture_and_set_in_the_size_in_which_it_is_shown(picture):
    Typesetter().draw_text(picture, "Hidden", (50, 60), STYLE)
    lifted = lift(picture)
    assert not pygame.surfarray.pixels3d(lifted.picture).any()
    ((line, place),) = lifted.lines
    assert place == (100, 120)
    assert line.large.get_height() == pytest.approx(2 * line.small.get_height(), abs=1)


def test_what_lies_behind_text_stays(picture):
    picture.fill((10, 20, 30))
    Typesetter().draw_text(picture, "Hidden", (50, 60), STYLE)
    assert lift(picture).picture.get_at((60, 80))[:3] == (10, 20, 30)


def test_letters_stay_where_they_were(picture):
    typesetter = Typesetter()
    small = typesetter.render("a long line of words", STYLE)
    large = typesetter.render_enlarged("a long line of words", STYLE, 2.0)
    ends = [
        pygame.mask.from_threshold(line, STYLE.colour, (120, 120, 120)).get_bounding_rects()
        for line in (small, large)
    ]
    last_small, last_large = (max(rect.right for rect in rects) for rects in ends)
    assert last_large == pytest.approx(2 * last_small, abs=3)


def test_covered_text_stays_in_the_picture(picture):
    Typesetter().draw_text(picture, "Hidden", (50, 60), STYLE)
    pygame.draw.rect(picture, (5, 5, 5), (40, 50, 60, 80))
    assert not lift(picture).lines


def test_dimmed_text_is_as_dim_in_its_new_size(picture):
    Typesetter().draw_text(picture, "Hidden", (50, 60), STYLE)
    picture.fill((128, 128, 128), special_flags=pygame.BLEND_RGB_MULT)
    ((line, _),) = lift(picture).lines
    assert pygame.surfarray.pixels3d(line.large).max() == pytest.approx(121, abs=9)


def test_text_of_a_background_is_known_to_the_picture(picture):
    background = TextSurface((400, 200))
    Typesetter().draw_text(background.subsurface((100, 50, 200, 100)), "Hidden", (7, 8), STYLE)
    picture.blit(background, (0, 0))
    assert [(one.text, one.place) for one in picture.written] == [("Hidden", (107, 58))]


def test_few_lines_are_rendered_in_one_frame(picture):
    sharpener, typesetter = TextSharpener(), Typesetter()
    for number in range(MAX_NEW_LINES + 2):
        typesetter.draw_text(picture, f"{number}", (20 + 50 * number, 60), STYLE)
    counts = [len(sharpener.lift_text(picture, 2.0).lines) for _ in range(2)]
    assert counts == [MAX_NEW_LINES, MAX_NEW_LINES + 2]
