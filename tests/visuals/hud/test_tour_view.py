"""What the tour adds to a scene: words that fit and can be read from 3 m, and marked cells."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import CAP_HEIGHT_RATIO, FAR_SCALE, Typesetter, arcminutes_per_pixel
from visuals.frame_builder import FrameBuilder
from visuals.hud.tour_view import LINE_SCALE, ZOOMS, TourView, is_magnified
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes.cortex.scene import CortexScene
from visuals.tour import LINE_S, TOUR_PARTS, TourFocus, TourMoment
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


def test_near_the_cells_no_part_of_the_large_note_name_is_left():
    resources = create_resources("ca", FAR_SCALE)
    scene, builder = CortexScene(NETWORK, resources), FrameBuilder(NETWORK)
    nothing = np.zeros((2, 6, 32), np.float32), np.zeros(88, np.float32)
    builder.apply_message(NoteCue(0, SECOND, SECOND, 60, 80, NoteSource.NETWORK, 1.0, *nothing))
    frame, pictures = builder.build_frame(SECOND + 1, 0), []
    for names_note in (True, False):
        surface = blank_surface(PICTURE_SIZE_PX)
        scene.draw(surface, frame, names_note)
        pictures.append(pygame.surfarray.array3d(surface)[1500:, :200].sum(dtype=int))
    assert pictures[0] > 1.2 * pictures[1]
    near = [moment for moment in MOMENTS if is_magnified(moment)]
    assert {ZOOMS[moment.focus] for moment in near} == {ZOOMS[f] for f in TourFocus} - {1.0}


def test_another_tour_points_at_the_cells_that_say_most_then():
    pygame.font.init()
    resources = create_resources("en", FAR_SCALE)
    scene, view = CortexScene(NETWORK, resources), TourView(NETWORK, resources)
    part = [part.name for part in TOUR_PARTS].index("learned")
    pictures = []
    for tour in range(2):
        builder, random = FrameBuilder(NETWORK), np.random.default_rng(tour)
        states = random.uniform(-1, 1, (2, 6, 32)).astype(np.float32), np.zeros(88, np.float32)
        builder.apply_message(NoteCue(0, SECOND, SECOND, 60, 80, NoteSource.NETWORK, 1.0, *states))
        frame, moment = builder.build_frame(2 * SECOND, 0), TourMoment(part, 2, 4.0, tour)
        for each in (view, TourView(NETWORK, resources)):
            surface = blank_surface(resources.layout.size)
            each.draw(surface, frame, scene, moment)
            pictures.append(pygame.surfarray.array3d(surface))
    used, fresh = pictures[2:]
    assert np.array_equal(used, fresh)
    assert not np.array_equal(pictures[0], used)
