from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import KEY_COUNT, CueWithdrawal, NoteCue, NoteSource, WrittenText
from visuals.drawing.typography import Typesetter
from visuals.scenes.waves.abc_ticker import AbcTicker, visible_text
from visuals.timeline import TimedCue, Timeline


@pytest.fixture(scope="module", autouse=True)
def fonts():
    pygame.font.init()


def a_cue(serial: int, due: int, source: NoteSource = NoteSource.NETWORK) -> NoteCue:
    states = np.zeros((1, 6, 4), np.float32)
    return NoteCue(
        serial, due, SECOND, 60, 80, source, 1.0, states, np.zeros(KEY_COUNT, np.float32)
    )


def drawn(timeline: Timeline, time: int) -> pygame.Surface:
    surface = pygame.Surface((600, 40), 0, 32)
    AbcTicker(10, 590, 4).draw(surface, Typesetter(), timeline, time)
    return surface


def columns(surface: pygame.Surface) -> np.ndarray:
    return np.flatnonzero(pygame.surfarray.array3d(surface).sum(axis=(1, 2)))


def told(*texts: str) -> Timeline:
    timeline = Timeline()
    for serial, text in enumerate(texts):
        timeline.apply_message(a_cue(serial, serial * SECOND))
        timeline.apply_message(WrittenText(serial, text))
    return timeline


def test_a_note_is_written_character_by_character_while_it_sounds():
    timed = TimedCue(a_cue(0, 0), SECOND)
    lengths = [
        len(visible_text(timed, "^f2 ", round(at * SECOND))) for at in (0, 0.08, 0.16, 0.3, 0.9)
    ]
    assert lengths == [1, 2, 3, 4, 4]


def test_a_visitor_s_note_is_there_at_once():
    timed = TimedCue(a_cue(0, 0, NoteSource.VISITOR), None)
    assert visible_text(timed, "2 ^f", 0) == "2 ^f"


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
    assert timeline.written_text(1) == "D "
    timeline.apply_message(CueWithdrawal(1, SECOND // 2))
    early = columns(drawn(timeline, SECOND // 2))
    np.testing.assert_array_equal(columns(drawn(timeline, SECOND * 3 // 2)), early)


def test_a_network_of_notes_writes_nothing():
    timeline = Timeline()
    timeline.apply_message(a_cue(0, 0))
    assert not len(columns(drawn(timeline, SECOND // 2)))


def test_text_is_forgotten_with_its_notes():
    timeline = told(*["C "] * 400)
    timeline.prune(399 * SECOND)
    assert timeline.written_text(3) == ""
    assert timeline.written_text(399) == "C "


def test_all_text_stands_out_however_old_it_is():
    timeline = told(*(["ab"] * 12))
    letters = pygame.surfarray.array3d(drawn(timeline, 13 * SECOND)).max(axis=2)
    lit = np.flatnonzero(letters.max(axis=1) > 40)
    oldest = letters[lit[0] : lit[0] + 14].max()
    assert oldest >= 0.85 * 172  # the brightest channel of labels
