from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEYS, Cue, Source, Withdrawal, Written
from visuals.drawing.typography import Typesetter
from visuals.hud.abc_ticker import Script, shown
from visuals.timeline import SECOND, TimedCue, Timeline


@pytest.fixture(scope="module", autouse=True)
def fonts():
    pygame.font.init()


def a_cue(serial: int, due: int, source: Source = Source.NETWORK) -> Cue:
    states = np.zeros((1, 6, 4), np.float32)
    return Cue(serial, due, SECOND, 60, 80, source, 1.0, states, np.zeros(KEYS, np.float32))


def drawn(timeline: Timeline, time: int) -> pygame.Surface:
    surface = pygame.Surface((600, 40), 0, 32)
    Script(10, 590, 4).draw(surface, Typesetter(), timeline, time)
    return surface


def columns(surface: pygame.Surface) -> np.ndarray:
    return np.flatnonzero(pygame.surfarray.array3d(surface).sum(axis=(1, 2)))


def told(*texts: str) -> Timeline:
    timeline = Timeline()
    for serial, text in enumerate(texts):
        timeline.take(a_cue(serial, serial * SECOND))
        timeline.take(Written(serial, text))
    return timeline


def test_a_note_is_written_character_by_character_while_it_sounds():
    timed = TimedCue(a_cue(0, 0), SECOND)
    lengths = [len(shown(timed, "^f2 ", round(at * SECOND))) for at in (0, 0.08, 0.16, 0.3, 0.9)]
    assert lengths == [1, 2, 3, 4, 4]


def test_a_visitor_s_note_is_there_at_once():
    timed = TimedCue(a_cue(0, 0, Source.VISITOR), None)
    assert shown(timed, "2 ^f", 0) == "2 ^f"


def test_the_line_ends_at_its_right_and_grows_to_its_left():
    timeline = told("C ", "D ", "E ")
    early, late = columns(drawn(timeline, SECOND // 2)), columns(drawn(timeline, 5 * SECOND // 2))
    assert late.min() < early.min()
    assert early.max() < 590 and late.max() < 590


def test_nothing_is_drawn_outside_the_line():
    found = columns(drawn(told(*["C2 "] * 40), 39 * SECOND))
    assert found.min() >= 10 and found.max() < 590


def test_what_is_not_played_is_not_shown():
    timeline = told("C ", "D ")
    assert timeline.written(1) == "D "
    timeline.take(Withdrawal(1, SECOND // 2))
    early = columns(drawn(timeline, SECOND // 2))
    np.testing.assert_array_equal(columns(drawn(timeline, SECOND * 3 // 2)), early)


def test_a_network_of_notes_writes_nothing():
    timeline = Timeline()
    timeline.take(a_cue(0, 0))
    assert not len(columns(drawn(timeline, SECOND // 2)))


def test_text_is_forgotten_with_its_notes():
    timeline = told(*["C "] * 400)
    timeline.forget(399 * SECOND)
    assert timeline.written(3) == ""
    assert timeline.written(399) == "C "
