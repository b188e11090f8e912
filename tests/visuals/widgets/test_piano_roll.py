from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteRelease, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.timeline import Timeline
from visuals.widgets.piano_roll import PianoRoll


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def visitor(serial: int, due: int) -> NoteCue:
    activations = np.zeros((1, 6, 1), np.float32)
    ahead = np.zeros(88, np.float32)
    return NoteCue(serial, due, 0, 60, 80, NoteSource.VISITOR, 1.0, activations, ahead)


def test_ribbon_moves_to_the_right_and_higher_is_up():
    ribbon = PianoRoll(pygame.Rect(100, 100, 800, 100), now_x=700, speed=200)
    assert ribbon.x(5 * SECOND, 5 * SECOND) == 700
    assert ribbon.x(6 * SECOND, 5 * SECOND) == 500
    assert ribbon.y(72) < ribbon.y(60)


def test_ribbon_outlines_a_visitors_note_and_fills_the_networks():
    ribbon = PianoRoll(pygame.Rect(0, 0, 800, 100), now_x=400, speed=200, thickness=8)
    middles = []
    for source in NoteSource:
        timeline, surface = Timeline(), blank_surface((800, 100))
        made = visitor(0, SECOND)
        duration = 0 if source is NoteSource.VISITOR else SECOND
        timeline.apply_message(
            NoteCue(
                0,
                SECOND,
                duration,
                60,
                80,
                source,
                1.0,
                made.activations,
                made.next_key_probabilities,
            )
        )
        timeline.apply_message(NoteRelease(0, 2 * SECOND))
        ribbon.draw(surface, timeline, 3 * SECOND)
        middles.append(light(surface)[700, round(ribbon.y(60))])
    assert middles[0] == 0 < middles[1]


@pytest.mark.parametrize("source", list(NoteSource))
def test_ribbon_shows_a_surprising_note_with_a_higher_stem(source):
    ribbon = PianoRoll(pygame.Rect(0, 0, 800, 120), now_x=400, speed=200, thickness=8)
    made, heights = visitor(0, SECOND), []
    for bits in (0.2, 3.0, 7.5):
        timeline, surface = Timeline(), blank_surface((800, 120))
        cue = NoteCue(
            0,
            SECOND,
            SECOND // 2,
            60,
            80,
            source,
            bits,
            made.activations,
            made.next_key_probabilities,
        )
        timeline.apply_message(cue)
        ribbon.draw(surface, timeline, 2 * SECOND)
        column = round(ribbon.x(SECOND, 2 * SECOND)) - 2
        heights.append(light(surface)[column, : round(ribbon.y(60)) - 4].astype(bool).sum())
    assert heights[0] < heights[1] < heights[2]
