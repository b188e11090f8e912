"""What the tour adds to a scene: words that fit and can be read from 3 m, and marked cells."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import CAP_HEIGHT_RATIO, FAR_SCALE, Typesetter, arcminutes_per_pixel
from visuals.frame_builder import FrameBuilder
from visuals.hud.tour_view import LINE_SCALE, TourView
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes.cortex.scene import CortexScene
from visuals.tour import LINE_S, TOUR_PARTS, TourMoment
from visuals.words import languages

NETWORK = NetworkSummary.dummy(2, 32)
MOMENTS = [
    TourMoment(number, line, LINE_S - 0.1)
    for number, part in enumerate(TOUR_PARTS)
    for line in range(len(part.focuses))
]


def test_words_can_be_read_from_three_metres():
    cap_px = CAP_HEIGHT_RATIO * round(LINE_SCALE * FAR_SCALE.needed)
    assert cap_px * arcminutes_per_pixel("32in 3m") >= 20


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("language", languages())
def test_no_line_is_cut_off(layout, language, monkeypatch):
    pygame.font.init()
    resources = create_resources(language, FAR_SCALE, layout=layout)
    scene = CortexScene(NETWORK, resources)
    view, frame = TourView(NETWORK, resources), FrameBuilder(NETWORK).build_frame(0, 0)
    written: list[pygame.Rect] = []
    draw = Typesetter.draw_text

    def keep(self, surface, text, place, style, align="left"):
        width = draw(self, surface, text, place, style, align)
        written.append(pygame.Rect(place[0] - width / 2, place[1], width, style.size))
        return width

    monkeypatch.setattr(Typesetter, "draw_text", keep)
    surface = blank_surface(layout.size)
    for moment in MOMENTS:
        view.draw(surface, frame, scene, moment)
    # capitals begin and end inside the letters' height
    assert all(view.words_rect.inflate(-120, 12).contains(rect) for rect in written)


def test_the_cell_that_is_told_of_is_ringed_and_closer():
    pygame.font.init()
    resources = create_resources("en", FAR_SCALE)
    scene = CortexScene(NETWORK, resources)
    view, frame = TourView(NETWORK, resources), FrameBuilder(NETWORK).build_frame(0, 0)
    part = [part.name for part in TOUR_PARTS].index("learned")
    whole, close = (blank_surface(resources.layout.size) for _ in range(2))
    for surface, line in ((whole, 1), (close, 2)):
        scene.draw(surface, frame)
        view.draw(surface, frame, scene, TourMoment(part, line, LINE_S - 0.1))
    pixels = [pygame.surfarray.array3d(one)[:, : view.words_rect.top] for one in (whole, close)]
    assert np.abs(pixels[0].astype(int) - pixels[1]).mean() > 1
