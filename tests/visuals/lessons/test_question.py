from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import KEY_COUNT, NoteCue, NoteSource
from messages.lesson_answers import LessonAnswer
from visuals.drawing.picture_layout import LANDSCAPE, LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.input.lesson_actions import LessonAction
from visuals.lessons import lesson_types
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.panel_layout import GoToStep, LessonExit
from visuals.lessons.question import (
    QUESTION_TIMEOUT_S,
    REPLY_S,
    RIGHT_ANSWERS,
    LessonQuestion,
    answer_rects,
)
from visuals.timeline import Timeline
from visuals.widgets.piano_keyboard import INVITING_PITCHES, PianoKeyboard
from visuals.words import languages, load_words

RIGHT = RIGHT_ANSWERS["neuron"]


@pytest.fixture
def answers() -> list[LessonAnswer]:
    return []


@pytest.fixture
def asking(resources, answers) -> LessonBrowser:
    """An open browser that asks."""
    browser = LessonBrowser(resources, report_answer=answers.append)
    browser.open()
    browser.update(SECOND)
    return browser


def touch(browser: LessonBrowser, answer: int, now: int) -> None:
    browser.on_touch(*answer_rects(LANDSCAPE)[answer].center, now)


def walk_to_end(browser: LessonBrowser, now: int) -> None:
    while not browser.lesson.walkthrough.at_end:
        browser.handle_action(LessonAction.STEP, now)


def key_played(pitch: int, due: int) -> Timeline:
    timeline, ahead = Timeline(), np.zeros(KEY_COUNT, np.float32)
    zeros = np.zeros((1, 6, 4), np.float32)
    timeline.apply_message(
        NoteCue(1, due, SECOND // 3, pitch, 80, NoteSource.VISITOR, 1.0, zeros, ahead)
    )
    return timeline


def test_a_touch_answers_and_the_lesson_follows_by_itself(asking, answers):
    touch(asking, RIGHT, 2 * SECOND)
    touch(asking, RIGHT + 1, 2 * SECOND)
    asking.update(2 * SECOND + round(1.1 * REPLY_S * SECOND))
    assert answers == [LessonAnswer("neuron", False, True)]
    assert asking.place == (0, 0)


def test_a_key_of_an_answer_answers_in_any_octave(asking, answers):
    wrong = (RIGHT + 1) % len(INVITING_PITCHES)
    asking.capture_played_notes(key_played(INVITING_PITCHES[wrong] + 12, 2 * SECOND), 2 * SECOND)
    asking.handle_action(LessonAction.STEP, 3 * SECOND)
    assert answers == [LessonAnswer("neuron", False, False)]


@pytest.mark.parametrize(("pitch", "due"), [(61, 2 * SECOND), (INVITING_PITCHES[0], SECOND // 2)])
def test_other_keys_and_keys_from_before_do_not_answer(asking, answers, pitch, due):
    asking.capture_played_notes(key_played(pitch, due), 2 * SECOND)
    asking.handle_action(LessonAction.STEP, 3 * SECOND)
    assert answers == [LessonAnswer("neuron", False, None)]


@pytest.mark.parametrize(
    ("action", "place"),
    [
        (LessonAction.STEP, (0, 0)),
        (LessonAction.PLAY, (0, 0)),
        (LessonAction.NEXT, (1, 0)),
        (GoToStep(3), (0, 3)),
        (LessonExit.EXIT, None),
    ],
)
def test_going_on_skips_the_question_at_once(asking, answers, action, place):
    asking.handle_action(action, 2 * SECOND)
    assert asking.place == place
    assert answers[0] == LessonAnswer("neuron", False, None)


def test_a_question_nobody_answers_goes_by_itself(asking, answers):
    asking.update(SECOND + round(1.1 * QUESTION_TIMEOUT_S * SECOND))
    assert answers == [LessonAnswer("neuron", False, None)]


def test_the_question_is_asked_again_after_the_lesson_and_leads_to_the_next(asking, answers):
    walk_to_end(asking, 2 * SECOND)
    asking.handle_action(LessonAction.NEXT, 2 * SECOND)
    assert asking.place == (0, len(asking.lesson.walkthrough.steps) - 1)
    asking.update(2 * SECOND)
    touch(asking, RIGHT, 3 * SECOND)
    asking.update(3 * SECOND + round(1.1 * REPLY_S * SECOND))
    assert asking.place == (1, 0)
    assert answers[1:] == [LessonAnswer("neuron", True, True)]


def test_who_reads_the_last_step_is_asked_and_stays(asking, answers):
    walk_to_end(asking, 2 * SECOND)
    asking.update(2 * SECOND)
    for _ in range(2):
        asking.update(20 * SECOND)
    touch(asking, 0, 20 * SECOND)
    asking.update(20 * SECOND + round(1.1 * REPLY_S * SECOND))
    assert answers[-1].is_after
    assert asking.place == (0, len(asking.lesson.walkthrough.steps) - 1)


def test_nothing_is_asked_twice_of_a_visitor_nor_after_a_restart(asking, answers):
    asking.handle_action(LessonAction.NEXT, 2 * SECOND)
    asking.handle_action(LessonAction.PREVIOUS, 2 * SECOND)
    asking.handle_action(LessonAction.STEP, 2 * SECOND)
    assert asking.place == (0, 1)
    asking.reopen(2, 3)
    asking.handle_action(LessonAction.STEP, 2 * SECOND)
    assert asking.place == (2, 4)


def test_a_lesson_may_be_opened_without_its_first_question(asking, answers):
    asking.open_lesson("fold", asks=False)
    answers.clear()
    asking.handle_action(LessonAction.STEP, 2 * SECOND)
    assert asking.place == (1, 1) and answers == []
    asking.open_lesson("fold")
    asking.handle_action(LessonAction.STEP, 3 * SECOND)
    assert asking.place == (1, 0) and answers == [LessonAnswer("fold", False, None)]


def test_before_the_lesson_no_answer_is_told():
    sentences = set()
    for answer in range(len(INVITING_PITCHES)):
        question = LessonQuestion("neuron", is_after=False)
        question.give_answer(answer, SECOND)
        sentences.add(question.sentence_key)
    assert sentences == {"question.thanks"}


def test_every_lesson_that_explains_has_a_question_in_every_language():
    assert set(RIGHT_ANSWERS) == {lesson.name for lesson in lesson_types()} - {"create"}
    for language in languages():
        for lesson in RIGHT_ANSWERS:
            answers = {load_words(language)[f"question.{lesson}_{k}"] for k in range(3)}
            assert len(answers) == 3


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_answers_can_be_touched_in_every_layout(resources, frame_builder, layout):
    keyboard = PianoKeyboard(resources.typesetter, layout.keyboard)
    resources = replace(resources, keyboard=keyboard, layout=layout)
    browser = LessonBrowser(resources, report_answer=lambda answer: None)
    browser.open()
    browser.update(SECOND)
    targets = browser.hit_targets()
    assert all(not a.colliderect(b) for a, b in combinations(targets, 2))
    assert all(pygame.Rect((0, 0), layout.size).contains(rect) for rect in targets)
    picture = blank_surface(layout.size)
    browser.draw(picture, frame_builder.build_frame(SECOND, 0))
    for rect in answer_rects(layout):
        assert pygame.surfarray.array3d(picture.subsurface(rect)).max() > 200
