from __future__ import annotations

import re

import numpy as np
import pygame
import pytest

from visuals.lessons import lesson_types
from visuals.lessons.actions import Action
from visuals.lessons.explorer import DOOR, IDLE, IDLE_PLAYING
from visuals.lessons.panel import BUTTONS, Back, button_at, button_places
from visuals.sprites import blank
from visuals.theme import SIZE
from visuals.timeline import SECOND
from visuals.words import languages, load_words

LONGEST = 14


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("lesson", lesson_types(), ids=lambda lesson: lesson.name)
def test_sentences_are_short(lesson, language):
    words = load_words(language)
    for step in lesson(words).walk.steps:
        sentence = words[f"{lesson.name}.{step.name}"]
        assert len(re.findall(r"[\w'’-]+", sentence)) <= LONGEST, sentence


def test_a_lesson_nobody_touches_closes(explorer):
    explorer.run(SECOND)
    explorer.run(SECOND + round((IDLE - 1) * SECOND))
    assert explorer.is_open
    explorer.run(SECOND + round((IDLE + 1) * SECOND))
    assert not explorer.is_open


def test_a_lesson_that_plays_closes_later(explorer):
    explorer.press(Action.PLAY, SECOND)
    explorer.run(SECOND + round((IDLE + 1) * SECOND))
    assert explorer.is_open
    explorer.run(SECOND + round((IDLE_PLAYING + 1) * SECOND))
    assert not explorer.is_open


def test_the_next_visitor_finds_nothing_of_the_last(explorer):
    for action in (Action.STEP, Action.STEP, Action.PLAY):
        explorer.press(action, SECOND)
    explorer.close()
    explorer.open()
    assert explorer.lesson.walk.position == 0
    assert not explorer.player.playing


def test_next_goes_through_all_lessons_and_around(explorer):
    names = []
    for _ in range(len(lesson_types()) + 1):
        names.append(explorer.lesson.name)
        explorer.press(Action.NEXT, SECOND)
    assert names == [*(lesson.name for lesson in lesson_types()), names[0]]


def test_every_button_is_where_it_is_drawn():
    for action, (x, y) in button_places().items():
        assert button_at(x, y) is action
    assert len(button_places()) == len(BUTTONS)
    assert button_at(960, 400) is None


def test_the_last_button_leads_back_to_the_music(explorer):
    explorer.point(*button_places()[Back.BACK], SECOND)
    assert not explorer.is_open


def test_a_touch_of_the_door_opens_and_one_beside_it_does_not(explorer):
    explorer.close()
    explorer.point(900, 500, SECOND)
    assert not explorer.is_open
    explorer.point(*DOOR, SECOND)
    assert explorer.is_open


def test_nothing_is_drawn_while_closed(explorer, framing):
    explorer.close()
    with pytest.raises(RuntimeError, match="no lesson is open"):
        explorer.draw(blank(SIZE), framing.frame(SECOND, 0))


def test_mashing_keys_breaks_nothing(explorer, framing):
    """Every action in any order at any pace; drawn now and then."""
    random = np.random.default_rng(0)
    actions = [*Action] + 6 * [Action.STEP]
    picture, now = blank(SIZE), SECOND
    for k in range(200):
        explorer.press(actions[random.integers(len(actions))], now)
        now += int(random.integers(0, SECOND // 4))
        explorer.run(now)
        assert 0 <= explorer.lesson.walk.position < len(explorer.lesson.walk.steps)
        if k % 40 == 0:
            explorer.draw(picture, framing.frame(now, k))
    assert explorer.is_open


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_every_step_draws_a_picture_of_its_own(explorer, framing, number):
    for _ in range(number):
        explorer.press(Action.NEXT, SECOND)
    picture, now, seen = blank(SIZE), SECOND, []
    while True:
        explorer.run(now)
        now += 2 * SECOND
        explorer.run(now)
        explorer.draw(picture, framing.frame(now, 0))
        seen.append(pygame.surfarray.array3d(picture)[::4, ::4].astype(int))
        if explorer.lesson.walk.at_end:
            break
        explorer.press(Action.STEP, now)
    assert all(np.abs(a - b).max() > 30 for a, b in zip(seen, seen[1:], strict=False))
