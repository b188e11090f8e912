"""Shapes of what can be touched stand out from black by 3:1, as WCAG 1.4.11 asks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import Turn, TurnChange
from midi_data.notes import Note
from rnn.model.model_card import ComparedAnswers
from visuals.drawing.picture_layout import LAYOUTS, PictureLayout
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import FAR_SCALE
from visuals.frame_builder import FrameBuilder
from visuals.hud.overlay import StageOverlay, tour_button_rect
from visuals.hud.vote_targets import VoteTargets, target_rects
from visuals.lessons.browser import ENTRY_BUTTON_RADIUS_PX, LessonBrowser
from visuals.lessons.panel_layout import BUTTON_RADIUS_PX, GoToStep, PanelLayout
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes.base.scene import SceneResources
from visuals.scenes.blend.temperature_slider import TemperatureSlider
from visuals.scenes.days.answer_panels import AnswerPanels
from visuals.scenes.days.scene import DaysScene
from visuals.timeline import Timeline

MIN_SHAPE_CONTRAST = 3.0
NETWORK = NetworkSummary.dummy(1, 8)


@pytest.fixture(params=LAYOUTS, ids=lambda layout: layout.name)
def layout(request) -> PictureLayout:
    return request.param


@pytest.fixture
def resources(layout) -> SceneResources:
    pygame.font.init()
    return create_resources("en", FAR_SCALE, layout=layout)


@pytest.fixture
def surface(layout) -> pygame.Surface:
    return blank_surface(layout.size)


def least_contrast(surface: pygame.Surface, points: Iterable[tuple[float, float]]) -> float:
    """Least contrast against black, over the brightest pixel next to each point of an outline."""
    levels = pygame.surfarray.array3d(surface) / 255.0
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = linear @ (0.2126, 0.7152, 0.0722)
    around = [
        light[round(x) - 2 : round(x) + 3, round(y) - 2 : round(y) + 3].max() for x, y in points
    ]
    return (min(around) + 0.05) / 0.05


def circle(centre: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    angles = np.arange(16) * np.pi / 8
    return [(centre[0] + radius * np.cos(a), centre[1] + radius * np.sin(a)) for a in angles]


def middles(rect: pygame.Rect) -> list[tuple[int, int]]:
    """The middle of each side."""
    inside = rect.inflate(-2, -2)
    return [inside.midtop, inside.midbottom, inside.midleft, inside.midright]


def test_buttons_beside_the_piano(resources, surface, layout):
    StageOverlay(NETWORK, resources, "en").draw_tour_button(surface)
    LessonBrowser(resources).draw_entry_button(surface)
    for centre in (layout.lesson_button, tour_button_rect(layout).center):
        ring = circle(centre, ENTRY_BUTTON_RADIUS_PX - 1)
        assert least_contrast(surface, ring) >= MIN_SHAPE_CONTRAST


def test_buttons_and_dots_of_a_lesson(resources, surface, layout):
    browser = LessonBrowser(resources)
    browser.open()
    browser.draw(surface, FrameBuilder(NETWORK).build_frame(SECOND, 0))
    places = PanelLayout(resources.words, resources.typesetter, layout)
    targets = places.hit_targets(7, (), len(browser.lesson.walkthrough.steps))
    dots = [rect.center for action, rect in targets.items() if isinstance(action, GoToStep)]
    assert len(dots) > 3
    assert least_contrast(surface, dots) >= MIN_SHAPE_CONTRAST
    for centre in places.button_centres().values():
        assert least_contrast(surface, circle(centre, BUTTON_RADIUS_PX)) >= MIN_SHAPE_CONTRAST


def test_votes(resources, surface):
    scene, timeline = DaysScene(NETWORK, resources), Timeline()
    timeline.apply_message(TurnChange(SECOND, Turn.ANSWER))
    timeline.apply_message(TurnChange(2 * SECOND, Turn.LISTEN))
    VoteTargets(resources).draw(surface, scene, timeline, 3 * SECOND)
    for rect in target_rects(scene).values():
        assert least_contrast(surface, middles(rect)) >= MIN_SHAPE_CONTRAST


def test_answers_that_can_be_heard(resources, surface, layout):
    compared = ComparedAnswers((Note(60, 0, 1),), (Note(62, 1, 1),), (Note(64, 1, 1),), 0.5)
    panels = AnswerPanels(compared, 3, layout)
    panels.draw(surface, resources.typesetter, ["", ""], 0)
    for rect in panels.rects:
        assert least_contrast(surface, middles(rect.inflate(16, 16))) >= MIN_SHAPE_CONTRAST


def test_the_slider_of_the_temperature(resources, surface):
    slider = TemperatureSlider(84, 214, 400)
    slider.draw_static(surface, resources.typesetter, resources.words)
    slider.draw(surface, 0.5)
    line = [(x, 214) for x in range(120, 480, 40)]
    knob = circle((slider.x_of(0.5), 214), 14)
    assert least_contrast(surface, [*line, *knob]) >= MIN_SHAPE_CONTRAST
