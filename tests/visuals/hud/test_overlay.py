from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import RhythmBelief, Turn, TurnChange
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import FAR_SCALE
from visuals.frame_builder import FrameBuilder
from visuals.hud.overlay import StageOverlay, next_language, rhythm_line
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes.days.scene import DaysScene
from visuals.words import languages


def test_languages_follow_one_another_in_a_cycle():
    seen, language = [], "en"
    for _ in languages():
        language = next_language(language)
        seen.append(language)
    assert sorted(seen) == sorted(languages())
    assert seen[-1] == "en"


@pytest.mark.parametrize("language", languages())
def test_no_language_follows_itself(language):
    assert next_language(language) != language


def test_the_rhythm_that_is_heard_is_one_line():
    assert rhythm_line(RhythmBelief(0, 0, 600_000_000, "6/8", 0.5, 0.876)) == (
        "heard 100.0 bpm  6/8  straight  88 %"
    )
    swung = RhythmBelief(0, 0, 500_000_000, "4/4", 0.59, 1.0, is_external=True)
    assert rhythm_line(swung) == "clock 120.0 bpm  4/4  swing 0.59  100 %"


def piano_light(turns: list[tuple[float, Turn]], times_s: list[float]) -> list[float]:
    """Level of a white key that nobody plays, in frames at some times; turns with their begins."""
    pygame.font.init()
    network, resources = NetworkSummary.dummy(1, 8), create_resources("en", FAR_SCALE)
    scene, overlay = DaysScene(network, resources), StageOverlay(network, resources, "en")
    builder, levels = FrameBuilder(network), []
    for begin, turn in turns:
        builder.apply_message(TurnChange(round(begin * SECOND), turn))
    key = resources.keyboard.key_rect(77)
    for time_s in times_s:
        surface = blank_surface(PICTURE_SIZE_PX)
        frame = builder.build_frame(round(time_s * SECOND), 0)
        overlay.draw_prompt(surface, frame, scene)
        levels.append(max(surface.get_at((key.centerx, key.bottom - 10))[:3]))
    return levels


def test_the_piano_is_lit_in_the_visitor_s_turns():
    turns = [(1, Turn.ATTRACT), (2, Turn.LISTEN), (3, Turn.ANSWER)]
    times = [1.0 + k / 60 for k in range(400)]
    levels = np.array(piano_light(turns, times))
    assert levels[:120].min() == levels.max() >= 50  # from the first frame on, and while one plays
    assert levels[-1] == 0


def test_its_light_comes_and_goes_little_by_little():
    turns = [(1, Turn.ANSWER), (2, Turn.LISTEN), (4, Turn.ANSWER)]
    levels = np.array(piano_light(turns, [1.5 + k / 60 for k in range(300)]))
    assert levels[0] == 0 and levels.max() >= 50
    assert np.abs(np.diff(levels)).max() <= 8
