from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from midi_data.notes import Tune
from rnn.teaching.tune_learner import MAX_UPDATES
from tests.walkthroughs import walk_to
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.audio import DummyLessonAudio
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.base.trainer import InlineLessonTrainer
from visuals.lessons.browser import IDLE_TIMEOUT_S, PLAYING_IDLE_TIMEOUT_S, LessonBrowser
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.panel_layout import GoToStep
from visuals.lessons.song.lesson import SongLesson
from visuals.lessons.song.touched_sums import wire_texts
from visuals.lessons.song.walkthrough import KNOWN_NOTE_SHARE
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import languages, load_words

UPDATES_PER_POLL = 10.0


class WatchedTrainer(InlineLessonTrainer):
    """Knows whether it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.at_work = False

    def start(self, tune: Tune, seed: int) -> None:
        super().start(tune, seed)
        self.at_work = True

    def stop(self) -> None:
        super().stop()
        self.at_work = False


@pytest.fixture
def trainer() -> WatchedTrainer:
    return WatchedTrainer()


@pytest.fixture
def state(trainer) -> SharedLessonState:
    return SharedLessonState(trainer)


@pytest.fixture
def audio() -> DummyLessonAudio:
    return DummyLessonAudio()


@pytest.fixture
def browser(trainer, state, audio, make_browser) -> LessonBrowser:
    """A browser with a lesson that trains a network."""
    browser = make_browser(audio, state=state)
    browser.open()
    while browser.lesson.name != "song":
        browser.handle_action(LessonAction.NEXT, SECOND)
    while browser.lesson.walkthrough.current_step.name != "learn":
        browser.handle_action(LessonAction.STEP, SECOND)
    browser.update(SECOND)
    browser.update(SECOND + SECOND // 5)
    assert trainer.at_work
    return browser


def at_step(browser: LessonBrowser, name: str) -> SongLesson:
    """The lesson from its start, at a step."""
    browser.handle_action(LessonAction.RESTART, 2 * SECOND)
    while browser.lesson.walkthrough.current_step.name != name:
        browser.handle_action(LessonAction.STEP, 2 * SECOND)
    return browser.lesson


def test_another_lesson_ends_the_learning_and_its_sound(browser, trainer, audio):
    browser.update(9 * SECOND)  # it recites
    browser.handle_action(LessonAction.NEXT, 9 * SECOND)
    assert not trainer.at_work
    assert not audio.pitches_sounding_at(9 * SECOND)
    browser.update(10 * SECOND)


def test_starting_over_ends_it(browser, trainer):
    browser.handle_action(LessonAction.RESTART, 2 * SECOND)
    assert not trainer.at_work
    assert browser.lesson.walkthrough.current_step.name == "tune"


@pytest.mark.parametrize("playing", [False, True])
def test_left_alone_it_ends_and_leaves_nothing(browser, trainer, state, playing):
    if playing:
        browser.handle_action(LessonAction.PLAY, SECOND)
    patience = PLAYING_IDLE_TIMEOUT_S if playing else IDLE_TIMEOUT_S
    browser.update(SECOND + round((patience + 1) * SECOND))
    assert not browser.is_open
    assert not trainer.at_work
    assert state.learned_snapshot is None
    assert state.tune_capture.note_count == 0


def test_another_language_goes_on_learning(browser, trainer, frame_builder):
    picture, updates = blank_surface(PICTURE_SIZE_PX), -1
    type = Typesetter()
    for k, language in enumerate(languages()):
        browser.set_resources(SceneResources(type, load_words(language), PianoKeyboard(type)))
        browser.update((3 + k) * SECOND)
        browser.draw(picture, frame_builder.build_frame((3 + k) * SECOND, k))
        assert browser.lesson.walkthrough.snapshot.updates > updates
        updates = browser.lesson.walkthrough.snapshot.updates
    assert trainer.at_work


def test_what_was_learned_outlasts_the_lesson_but_not_the_visit(browser, state):
    browser.handle_action(LessonAction.NEXT, 2 * SECOND)
    assert state.learned_snapshot is not None
    browser.close()
    assert state.learned_snapshot is None


def test_touching_anything_anywhere_breaks_nothing(browser, frame_builder):
    random, picture, now = np.random.default_rng(1), blank_surface(PICTURE_SIZE_PX), 2 * SECOND
    actions = (LessonAction.STEP, LessonAction.UP, LessonAction.RIGHT, LessonAction.RESTART)
    for k in range(60):
        browser.on_touch(*random.integers(0, 760, 2).tolist(), now)  # above the buttons
        browser.handle_action(actions[int(random.integers(len(actions) - (k % 9 > 0)))], now)
        now += SECOND // 10
        browser.update(now)
        if k % 15 == 0:
            browser.draw(picture, frame_builder.build_frame(now, k))
    assert browser.is_open


def test_a_later_step_shows_the_tune_that_is_learned_now_not_the_one_before(browser, frame_builder):
    browser.handle_action(GoToStep(0), 2 * SECOND)
    lesson = browser.lesson
    lesson.walkthrough.choose_tune("joy")
    browser.handle_action(GoToStep(lesson.walkthrough.index_of_step("layer")), 2 * SECOND)
    browser.draw(blank_surface(PICTURE_SIZE_PX), frame_builder.build_frame(4 * SECOND, 0))
    assert len(lesson.walkthrough.snapshot.tune.notes) == len(lesson.walkthrough.tune.notes)


def test_a_touch_of_a_tunes_name_chooses_it(browser):
    browser.handle_action(LessonAction.RESTART, 2 * SECOND)
    name, rect = list(browser.lesson.tune_choice_rects().items())[1]
    browser.on_touch(rect.centerx, 300, 2 * SECOND)
    assert browser.lesson.walkthrough.tune_choice == name


def test_a_touch_of_what_was_not_played_changes_nothing(browser):
    browser.handle_action(LessonAction.RESTART, 2 * SECOND)
    rect = browser.lesson.hit_targets()[-1]
    browser.on_touch(rect.centerx, 300, 2 * SECOND)
    assert browser.lesson.walkthrough.tune_choice == "frere"


def test_a_touch_of_a_wire_tells_what_it_brings(browser):
    lesson = at_step(browser, "wire")
    sums = lesson.worked_sums()
    wires = {one.text: one.outline[0] for one in sums if one.outline}
    assert list(wires) == wire_texts(lesson.walkthrough, lesson.wired_unit)
    for text, path in wires.items():
        assert lesson.sum_at(path[10] + (3, 5)).text == text


@pytest.mark.parametrize("step", ["wires", "weights", "cells", "chances", "change"])
def test_in_every_slow_step_a_touch_shows_what_it_is_about(browser, step):
    lesson = at_step(browser, step)
    for target in lesson.sum_targets():
        touched = lesson.sum_at(target.center)
        assert touched is not None and " = " in touched.text
        assert touched.outline or touched.radius > 50


def test_the_end_tells_how_much_is_known_until_the_tune_is():
    lesson = SongLesson(load_words(), SharedLessonState(InlineLessonTrainer(UPDATES_PER_POLL)))
    walk = walk_to(lesson.walkthrough, "learn")
    walk.step_index = walk.index_of_step("end")  # with one layer, which learns sooner
    correct = walk.snapshot.correct_notes
    counts = {"known": int(correct.sum()), "notes": len(correct)}
    assert correct.mean() < KNOWN_NOTE_SHARE
    assert lesson.current_sentence() == lesson.text("end_partly").format(**counts)
    while walk.snapshot.correct_notes.mean() < KNOWN_NOTE_SHARE:
        walk.tick()
        assert walk.snapshot.updates < MAX_UPDATES
    assert lesson.current_sentence() == lesson.text("end")


@pytest.mark.parametrize("language", languages())
def test_the_sentence_of_what_is_known_is_as_short_as_all_others(language):
    sentence = load_words(language)["song.end_partly"].format(known=10, notes=24)
    assert len(sentence.split()) <= 14


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_name_of_a_strip_stands_beside_its_notes(resources, layout):
    lesson = SongLesson(load_words())
    lesson.set_layout(layout)
    walk_to(lesson.walkthrough, "weights")
    renderer, surface = LessonRenderer(resources.typesetter), blank_surface(PICTURE_SIZE_PX)
    renderer.begin_frame(surface)
    lesson.draw(renderer, 9.0, 0.0)
    light = pygame.surfarray.array_green(surface)
    below = lesson.parts()[-1][0].bottom - 110  # the strips are the lowest part
    height = 106 if layout.is_upright else 70
    rows = [
        np.flatnonzero(light[left:right, below : below + height].max(axis=0) > 90)
        for left, right in ((100, 290), (310, 1830))
    ]
    assert abs(rows[0].mean() - rows[1].mean()) < height / 4
