from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.lessons import lesson_types
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.browser import DOOR, IDLE, IDLE_PLAYING
from visuals.lessons.neuron.walkthrough import TURN
from visuals.lessons.panel import BUTTONS, Back, Goto, arrow_places, button_places, targets
from visuals.stage import LANGUAGE_RECT
from visuals.timeline import SECOND
from visuals.words import languages, load_words

LONGEST = 14
FINGERTIP = 15 / 708 * SIZE[0]
"""15 mm on a screen of 32 inches, 708 mm wide, in pixels of the picture."""


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
    found = targets(7, ARROWS)
    for action, centre in (button_places() | arrow_places(ARROWS)).items():
        assert found[action].collidepoint(centre)
    assert len(found) == len(BUTTONS) + len(ARROWS) + 7


def test_what_is_touched_is_as_wide_as_a_fingertip_and_apart_from_the_next(explorer):
    """In every step of every lesson, on a screen of 32 inches; the door and the language, too."""
    explorer.close()
    seen = [*explorer.targets(), LANGUAGE_RECT]
    explorer.open()
    for _ in lesson_types():
        while True:
            here = [*explorer.targets(), LANGUAGE_RECT]
            assert all(not a.colliderect(b) for a, b in combinations(here, 2))
            seen += here
            if explorer.lesson.walk.at_end:
                break
            explorer.press(Action.STEP, SECOND)
        explorer.press(Action.NEXT, SECOND)
    screen = pygame.Rect((0, 0), SIZE)
    assert all(screen.contains(rect) and min(rect.size) >= FINGERTIP for rect in seen)


def test_a_touch_does_what_the_arrow_keys_do(explorer):
    while explorer.lesson.walk.now.name != "hands":
        explorer.press(Action.STEP, SECOND)
    before = explorer.lesson.walk.neuron.weights.tolist()
    explorer.point(*arrow_places(ARROWS)[Action.DOWN], SECOND)
    explorer.point(*arrow_places(ARROWS)[Action.RIGHT], SECOND)
    after = explorer.lesson.walk.neuron.weights.tolist()
    assert after == pytest.approx([before[0], before[1] + TURN, before[2]])


def test_a_touch_of_a_number_leads_to_that_lesson_from_its_start(explorer):
    explorer.press(Action.STEP, SECOND)
    for number in (4, 1, 4):
        place = targets(len(lesson_types()), ())[Goto(number)].center
        explorer.point(*place, SECOND)
        assert isinstance(explorer.lesson, lesson_types()[number])
        assert explorer.lesson.walk.position == 0
    explorer.press(Goto(0), SECOND)
    assert explorer.lesson.walk.position == 0


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
