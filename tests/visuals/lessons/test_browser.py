from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.hud.overlay import LANGUAGE_BUTTON_RECT
from visuals.lessons import lesson_types
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.browser import ENTRY_BUTTON_CENTRE, IDLE_TIMEOUT_S, PLAYING_IDLE_TIMEOUT_S
from visuals.lessons.neuron.walkthrough import WEIGHT_STEP
from visuals.lessons.panel import (
    BUTTONS,
    GoToLesson,
    LessonExit,
    arrow_centres,
    button_centres,
    hit_targets,
)
from visuals.timeline import SECOND
from visuals.words import languages, load_words

LONGEST = 14
FINGERTIP = 15 / 708 * PICTURE_SIZE_PX[0]
"""15 mm on a screen of 32 inches, 708 mm wide, in pixels of the picture."""


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("lesson", lesson_types(), ids=lambda lesson: lesson.name)
def test_sentences_are_short(lesson, language):
    words = load_words(language)
    for step in lesson(words).walkthrough.steps:
        sentence = words[f"{lesson.name}.{step.name}"]
        assert len(re.findall(r"[\w'’-]+", sentence)) <= LONGEST, sentence


def test_a_lesson_nobody_touches_closes(explorer):
    explorer.update(SECOND)
    explorer.update(SECOND + round((IDLE_TIMEOUT_S - 1) * SECOND))
    assert explorer.is_open
    explorer.update(SECOND + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert not explorer.is_open


def test_a_lesson_that_plays_closes_later(explorer):
    explorer.handle_action(LessonAction.PLAY, SECOND)
    explorer.update(SECOND + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert explorer.is_open
    explorer.update(SECOND + round((PLAYING_IDLE_TIMEOUT_S + 1) * SECOND))
    assert not explorer.is_open


def test_the_next_visitor_finds_nothing_of_the_last(explorer):
    for action in (LessonAction.STEP, LessonAction.STEP, LessonAction.PLAY):
        explorer.handle_action(action, SECOND)
    explorer.close()
    explorer.open()
    assert explorer.lesson.walkthrough.step_index == 0
    assert not explorer.player.playing


def test_next_goes_through_all_lessons_and_around(explorer):
    names = []
    for _ in range(len(lesson_types()) + 1):
        names.append(explorer.lesson.name)
        explorer.handle_action(LessonAction.NEXT, SECOND)
    assert names == [*(lesson.name for lesson in lesson_types()), names[0]]


def test_every_button_is_where_it_is_drawn():
    found = hit_targets(7, ARROWS)
    for action, centre in (button_centres() | arrow_centres(ARROWS)).items():
        assert found[action].collidepoint(centre)
    assert len(found) == len(BUTTONS) + len(ARROWS) + 7


def test_what_is_touched_is_as_wide_as_a_fingertip_and_apart_from_the_next(explorer):
    """In every step of every lesson, on a screen of 32 inches; the door and the language, too."""
    explorer.close()
    seen = [*explorer.hit_targets(), LANGUAGE_BUTTON_RECT]
    explorer.open()
    for _ in lesson_types():
        while True:
            here = [*explorer.hit_targets(), LANGUAGE_BUTTON_RECT]
            assert all(not a.colliderect(b) for a, b in combinations(here, 2))
            seen += here
            if explorer.lesson.walkthrough.at_end:
                break
            explorer.handle_action(LessonAction.STEP, SECOND)
        explorer.handle_action(LessonAction.NEXT, SECOND)
    screen = pygame.Rect((0, 0), PICTURE_SIZE_PX)
    assert all(screen.contains(rect) and min(rect.size) >= FINGERTIP for rect in seen)


def test_a_touch_does_what_the_arrow_keys_do(explorer):
    while explorer.lesson.walkthrough.current_step.name != "hands":
        explorer.handle_action(LessonAction.STEP, SECOND)
    before = explorer.lesson.walkthrough.neuron.weights.tolist()
    explorer.on_touch(*arrow_centres(ARROWS)[LessonAction.DOWN], SECOND)
    explorer.on_touch(*arrow_centres(ARROWS)[LessonAction.RIGHT], SECOND)
    after = explorer.lesson.walkthrough.neuron.weights.tolist()
    assert after == pytest.approx([before[0], before[1] + WEIGHT_STEP, before[2]])


def test_a_touch_of_a_number_leads_to_that_lesson_from_its_start(explorer):
    explorer.handle_action(LessonAction.STEP, SECOND)
    for number in (4, 1, 4):
        place = hit_targets(len(lesson_types()), ())[GoToLesson(number)].center
        explorer.on_touch(*place, SECOND)
        assert isinstance(explorer.lesson, lesson_types()[number])
        assert explorer.lesson.walkthrough.step_index == 0
    explorer.handle_action(GoToLesson(0), SECOND)
    assert explorer.lesson.walkthrough.step_index == 0


def test_the_last_button_leads_back_to_the_music(explorer):
    explorer.on_touch(*button_centres()[LessonExit.EXIT], SECOND)
    assert not explorer.is_open


def test_a_touch_of_the_door_opens_and_one_beside_it_does_not(explorer):
    explorer.close()
    explorer.on_touch(900, 500, SECOND)
    assert not explorer.is_open
    explorer.on_touch(*ENTRY_BUTTON_CENTRE, SECOND)
    assert explorer.is_open


def test_nothing_is_drawn_while_closed(explorer, framing):
    explorer.close()
    with pytest.raises(RuntimeError, match="no lesson is open"):
        explorer.draw(blank_surface(PICTURE_SIZE_PX), framing.build_frame(SECOND, 0))


def test_mashing_keys_breaks_nothing(explorer, framing):
    """Every action in any order at any pace; drawn now and then."""
    random = np.random.default_rng(0)
    actions = [*LessonAction] + 6 * [LessonAction.STEP]
    picture, now = blank_surface(PICTURE_SIZE_PX), SECOND
    for k in range(200):
        explorer.handle_action(actions[random.integers(len(actions))], now)
        now += int(random.integers(0, SECOND // 4))
        explorer.update(now)
        assert 0 <= explorer.lesson.walkthrough.step_index < len(explorer.lesson.walkthrough.steps)
        if k % 40 == 0:
            explorer.draw(picture, framing.build_frame(now, k))
    assert explorer.is_open


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_every_step_draws_a_picture_of_its_own(explorer, framing, number):
    for _ in range(number):
        explorer.handle_action(LessonAction.NEXT, SECOND)
    picture, now, seen = blank_surface(PICTURE_SIZE_PX), SECOND, []
    while True:
        explorer.update(now)
        now += 2 * SECOND
        explorer.update(now)
        explorer.draw(picture, framing.build_frame(now, 0))
        seen.append(pygame.surfarray.array3d(picture)[::4, ::4].astype(int))
        if explorer.lesson.walkthrough.at_end:
            break
        explorer.handle_action(LessonAction.STEP, now)
    assert all(np.abs(a - b).max() > 30 for a, b in zip(seen, seen[1:], strict=False))
