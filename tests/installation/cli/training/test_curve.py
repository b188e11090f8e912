"""The picture of a training: written atomically, readable, drawn without a window."""

from __future__ import annotations

import builtins
import math

import pygame
import pytest

from installation.cli.training.curve import (
    CHART_SIZE_PX,
    TRAINING_COLOUR,
    VALIDATION_COLOUR,
    PlottingUnavailableError,
    draw_training_curve,
)
from visuals.drawing.theme import LABEL_COLOUR

HISTORY = [[60.0 * k, 5 - 0.4 * k, 5 - 0.3 * k + 0.02 * k * k] for k in range(11)]
BASELINES = {"unigram": 4.4, "n-gram": 3.3}


def column(picture: pygame.Surface, x: int, colour: tuple[int, int, int]) -> list[int]:
    """Rows of a column that have about a colour."""
    return [
        y
        for y in range(picture.get_height())
        if max(abs(a - b) for a, b in zip(picture.get_at((x, y))[:3], colour, strict=True)) < 40
    ]


@pytest.fixture
def draw(tmp_path):
    """Draws a history and returns the picture."""
    pytest.importorskip("matplotlib")

    def make(history, baselines=None, name="a.png"):
        path = tmp_path / "deep" / name
        draw_training_curve(path, history, "A title", baselines or {})
        return pygame.image.load(str(path))

    return make


def test_only_a_picture_of_the_right_size_is_left(draw, tmp_path):
    assert draw(HISTORY, BASELINES).get_size() == CHART_SIZE_PX
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["a.png"]


def test_no_display_is_opened(draw):
    before = pygame.display.get_init()
    draw(HISTORY, BASELINES)
    assert pygame.display.get_init() == before


def test_the_validation_curve_falls(draw):
    picture = draw([[60.0 * k, 4.0, 5 - 0.5 * k] for k in range(5)])
    found = [column(picture, x, VALIDATION_COLOUR) for x in (200, 400, 600, 800)]
    heights = [sum(rows) / len(rows) for rows in found]
    assert heights == sorted(heights) and heights[0] < heights[-1]


def test_curves_and_baselines_are_drawn(draw):
    with_both, without = draw(HISTORY, BASELINES), draw(HISTORY, name="b.png")
    assert column(with_both, 500, TRAINING_COLOUR)

    def dashes(picture):
        return sum(len(column(picture, x, LABEL_COLOUR)) for x in range(400, 440))

    assert dashes(with_both) > dashes(without)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_points_are_enough(draw, count):
    assert draw(HISTORY[:count]).get_size() == CHART_SIZE_PX


def test_values_that_are_not_finite_are_left_out(draw, tmp_path):
    draw([*HISTORY, [700.0, math.nan, 2.0]], {"none": math.inf})
    draw(HISTORY, name="b.png")
    folder = tmp_path / "deep"
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()


def test_without_matplotlib_the_remedy_is_named(monkeypatch, tmp_path):
    plain_import = builtins.__import__

    def without_matplotlib(name, *arguments, **named):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return plain_import(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(PlottingUnavailableError, match=r'pip install "hidden-state\[plots\]"'):
        draw_training_curve(tmp_path / "a.png", HISTORY, "A title", {})
    assert list(tmp_path.iterdir()) == []
