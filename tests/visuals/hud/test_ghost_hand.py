"""The hand that invites to touch a cell: in attract mode, and only where a cell can be touched."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource, Turn, TurnChange
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import FAR_SCALE
from visuals.frame_builder import FrameBuilder
from visuals.hud.ghost_hand import PERIOD_S, SHOWN_S, TOUCH_PAUSE_S, GhostHand, label_rect
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes import scene_types
from visuals.scenes.cortex.scene import CortexScene
from visuals.words import languages

NETWORK = NetworkSummary.dummy(2, 32)
START = 100 * SECOND
SHOWN_AT = START + round((PERIOD_S - SHOWN_S / 2) * SECOND)


def point(
    scene_name, time=SHOWN_AT, turn=Turn.ATTRACT, touched=0, layout=LAYOUTS[0], language="en"
):
    """The cell that the hand points at, the scene, and what was drawn."""
    pygame.font.init()
    resources = create_resources(language, FAR_SCALE, layout=layout)
    scene = next(one for one in scene_types() if one.name == scene_name)(NETWORK, resources)
    builder = FrameBuilder(NETWORK)
    builder.apply_message(TurnChange(START, turn, SECOND))
    surface = blank_surface(layout.size)
    cell = GhostHand(resources).draw(surface, builder.build_frame(time, 0), scene, touched)
    return cell, scene, surface


@pytest.mark.parametrize("name", ["waves", "cortex", "circuit"])
def test_it_points_at_a_cell_that_a_finger_would_touch(name):
    cell, scene, surface = point(name)
    assert scene.unit_at(*scene.unit_position(*cell)) is not None
    assert surface.get_bounding_rect().width > 0


@pytest.mark.parametrize("name", ["why", "blend"])
def test_it_does_not_come_where_no_cell_can_be_touched(name):
    cell, _, surface = point(name)
    assert cell is None
    assert pygame.transform.average_color(surface)[:3] == (0, 0, 0)


@pytest.mark.parametrize(
    ("time", "turn", "touched"),
    [
        (START + SECOND, Turn.ATTRACT, 0),
        (SHOWN_AT, Turn.LISTEN, 0),
        (SHOWN_AT, Turn.ATTRACT, SHOWN_AT - round((TOUCH_PAUSE_S - 1) * SECOND)),
    ],
)
def test_it_stays_away_at_first_while_somebody_plays_and_after_a_touch(time, turn, touched):
    assert point("cortex", time, turn, touched)[0] is None


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("language", languages())
def test_its_words_stay_inside_the_picture(layout, language):
    _, _, surface = point("cortex", layout=layout, language=language)
    drawn = pygame.mask.from_threshold(surface, (0, 0, 0), (1, 1, 1, 255))
    drawn.invert()
    (box,) = [max(drawn.get_bounding_rects(), key=lambda rect: rect.width)]
    assert surface.get_rect().inflate(-40, -40).contains(box)


PICTURE, WORDS = (1920, 1080), (300, 60)


def test_its_words_lie_beside_the_cell_where_nothing_is_hidden():
    place = 900.0, 500.0
    first = label_rect(place, WORDS, PICTURE)
    assert first.left > place[0]
    taken = []
    for _ in range(6):
        box = label_rect(place, WORDS, PICTURE, taken)
        assert box.collidelist(taken) < 0
        assert not box.inflate(20, 20).collidepoint(place)
        assert abs(box.centery - place[1]) < 330
        taken.append(box)


@pytest.mark.parametrize("place", [(60.0, 500.0), (1860.0, 500.0), (960.0, 60.0), (960.0, 1030.0)])
def test_its_words_stay_inside_the_picture_at_every_edge(place):
    box = label_rect(place, WORDS, PICTURE)
    assert pygame.Rect((0, 0), PICTURE).inflate(-80, -80).contains(box)


def test_its_words_hide_something_only_where_there_is_no_room():
    everywhere = [pygame.Rect((0, 0), PICTURE)]
    assert label_rect((900.0, 500.0), WORDS, PICTURE, everywhere).left > 900


def test_in_another_attract_mode_it_points_at_the_cell_that_says_most_then():
    pygame.font.init()
    resources = create_resources("en", FAR_SCALE)
    scene, hand = CortexScene(NETWORK, resources), GhostHand(resources)
    cells = []
    for mode in range(2):
        start, random = START + mode * 100 * SECOND, np.random.default_rng(mode)
        builder = FrameBuilder(NETWORK)
        builder.apply_message(TurnChange(start, Turn.ATTRACT, SECOND))
        states = random.uniform(-1, 1, (2, 6, 32)).astype(np.float32), np.zeros(88, np.float32)
        builder.apply_message(NoteCue(0, start, SECOND, 60, 80, NoteSource.NETWORK, 1.0, *states))
        frame = builder.build_frame(start + SHOWN_AT - START, 0)
        surface = blank_surface(LAYOUTS[0].size)
        cells.append(hand.draw(surface, frame, scene, 0))
        assert cells[-1] == GhostHand(resources).draw(surface, frame, scene, 0)
    assert cells[0] != cells[1]
