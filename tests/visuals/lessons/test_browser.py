from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import replace
from itertools import combinations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND, VirtualClock
from messages.cues import KEY_COUNT, NoteCue, NoteSource
from messages.gestures import LessonOpenChange, LessonPlayRequest
from visuals.drawing.picture_layout import CLASSIC, LANDSCAPE, PORTRAIT
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.frame_builder import FrameBuilder
from visuals.hud.overlay import language_rects
from visuals.input.lesson_actions import ACTION_BY_SCANCODE, ARROWS, LessonAction
from visuals.lessons import lesson_types
from visuals.lessons.base.audio import (
    ANNOUNCEMENT_INTERVAL_NS,
    MAX_VELOCITY,
    DummyLessonAudio,
    GestureLessonAudio,
)
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.browser import (
    IDLE_TIMEOUT_S,
    PLAYING_IDLE_TIMEOUT_S,
    SUM_TIMEOUT_S,
    LessonBrowser,
)
from visuals.lessons.neuron.walkthrough import WEIGHT_STEP
from visuals.lessons.panel_layout import GoToLesson, GoToStep, LessonExit, PanelLayout
from visuals.network_summary import NetworkSummary
from visuals.timeline import Timeline
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.window.flash_meter import DIMMING_THRESHOLD, FieldOfView, FlashMeter
from visuals.words import load_words

NEXT_VISIT = 1000 * SECOND
TICK = SECOND // 30
SMALL = (120, 68)
FRAMES = 66
"""A little more than the second that the flash meter looks back."""
FINGERTIP_PX = 15 / 708 * PICTURE_SIZE_PX[0]
"""15 mm on a screen of 32 inches, 708 mm wide."""
FASTEST_MOTION = {
    "learning": (0, "learn", ()),
    "searching": (1, "search", ()),
    "folding anew": (
        1,
        "hands",
        (LessonAction.RIGHT, LessonAction.UP, LessonAction.LEFT, LessonAction.DOWN),
    ),
    "other lessons": (0, "learn", (LessonAction.NEXT, LessonAction.PREVIOUS)),
    "numbers heard": (2, "products", (LessonAction.RESTART, LessonAction.STEP)),
    "played and paused": (2, "again", (LessonAction.PLAY,)),
    "other cells": (3, "cut", (LessonAction.UP,)),
    "a song learned": (4, "learn", ()),
    "memory cut": (3, "hold", (LessonAction.DOWN,)),
    "passes heard again": (4, "passes_back", (LessonAction.LEFT, LessonAction.RIGHT)),
    "other tunes": (4, "tune", (LessonAction.RIGHT,)),
    "all cells": (5, "many", ()),
    "one cell after another": (5, "hands", (LessonAction.RIGHT, LessonAction.DOWN)),
}
"""Lesson, step and repeated actions of each."""


@pytest.fixture(scope="module")
def untouched_browser(make_browser) -> LessonBrowser:
    return make_browser()


def test_a_lesson_nobody_touches_closes(browser):
    browser.update(SECOND)
    browser.update(SECOND + round((IDLE_TIMEOUT_S - 1) * SECOND))
    assert browser.is_open
    browser.update(SECOND + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert not browser.is_open


def test_a_lesson_that_plays_closes_later(browser):
    browser.handle_action(LessonAction.PLAY, SECOND)
    browser.update(SECOND + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert browser.is_open
    browser.update(SECOND + round((PLAYING_IDLE_TIMEOUT_S + 1) * SECOND))
    assert not browser.is_open


def test_the_next_visitor_finds_nothing_of_the_last(browser):
    for action in (LessonAction.STEP, LessonAction.STEP, LessonAction.PLAY):
        browser.handle_action(action, SECOND)
    browser.close()
    browser.open()
    assert browser.lesson.walkthrough.step_index == 0
    assert not browser.player.playing


def test_opening_takes_over_lessons_that_were_built_beside_the_drawing(resources):
    browser, built = LessonBrowser(resources), []

    def build_elsewhere(build):
        pending.set_running_or_notify_cancel()
        built.append(build())
        return pending

    pending = Future()
    browser.preload(build_elsewhere)
    assert browser.is_building
    pending.set_result(built[0])
    assert not browser.is_building
    browser.open()
    assert browser.lesson is built[0].lessons[0]
    browser.preload(pytest.fail)  # there is nothing left to build


def test_opening_builds_lessons_that_nobody_has_begun(resources):
    browser, pending = LessonBrowser(resources), Future()
    browser.preload(lambda build: pending)
    browser.open()
    assert pending.cancelled()
    assert browser.lesson.name == lesson_types()[0].name


def test_lessons_built_beside_the_drawing_have_the_language_of_their_opening(resources):
    browser, pending = LessonBrowser(resources), Future()

    def build_elsewhere(build):
        pending.set_result(build())
        return pending

    browser.preload(build_elsewhere)
    sentence = pending.result().lessons[0].current_sentence()
    browser.set_resources(replace(resources, words=load_words("ca")))
    browser.open()
    assert browser.lesson.current_sentence() != sentence


def test_next_goes_through_all_lessons_and_around(browser):
    names = []
    for _ in range(len(lesson_types()) + 1):
        names.append(browser.lesson.name)
        browser.handle_action(LessonAction.NEXT, SECOND)
    assert names == [*(lesson.name for lesson in lesson_types()), names[0]]


def test_what_is_touched_is_as_wide_as_a_fingertip_and_apart_from_the_next(browser):
    """In every step of every lesson, on a screen of 32 inches; the door and the language, too."""
    browser.close()
    seen = [*browser.hit_targets(), *language_rects().values()]
    browser.open()
    for _ in lesson_types():
        while True:
            here = [*browser.hit_targets(), *language_rects().values()]
            assert all(not a.colliderect(b) for a, b in combinations(here, 2))
            seen += here
            if browser.lesson.walkthrough.at_end:
                break
            browser.handle_action(LessonAction.STEP, SECOND)
        browser.handle_action(LessonAction.NEXT, SECOND)
    screen = pygame.Rect((0, 0), PICTURE_SIZE_PX)
    assert all(screen.contains(rect) and min(rect.size) >= FINGERTIP_PX for rect in seen)


@pytest.fixture
def places(resources) -> PanelLayout:
    """Places of the panel in landscape."""
    return PanelLayout(resources.words, resources.typesetter)


def test_a_touch_does_what_the_arrow_keys_do(browser, places):
    while browser.lesson.walkthrough.current_step.name != "hands":
        browser.handle_action(LessonAction.STEP, SECOND)
    before = browser.lesson.walkthrough.neuron.weights.tolist()
    browser.on_touch(*places.button_centres(ARROWS)[LessonAction.DOWN], SECOND)
    browser.on_touch(*places.button_centres(ARROWS)[LessonAction.RIGHT], SECOND)
    after = browser.lesson.walkthrough.neuron.weights.tolist()
    assert after == pytest.approx([before[0], before[1] + WEIGHT_STEP, before[2]])


def test_a_touch_of_a_number_leads_to_that_lesson_from_its_start(browser, places):
    browser.handle_action(LessonAction.STEP, SECOND)
    for number in (4, 1, 4):
        place = places.hit_targets(len(lesson_types()), ())[GoToLesson(number)].center
        browser.on_touch(*place, SECOND)
        assert isinstance(browser.lesson, lesson_types()[number])
        assert browser.lesson.walkthrough.step_index == 0
    browser.handle_action(GoToLesson(0), SECOND)
    assert browser.lesson.walkthrough.step_index == 0


def test_the_last_button_leads_back_to_the_music(browser, places):
    browser.on_touch(*places.button_centres()[LessonExit.EXIT], SECOND)
    assert not browser.is_open


def test_a_touch_of_the_door_opens_and_one_beside_it_does_not(browser):
    browser.close()
    browser.on_touch(900, 500, SECOND)
    assert not browser.is_open
    browser.on_touch(*LANDSCAPE.lesson_button, SECOND)
    assert browser.is_open


def test_nothing_is_drawn_while_closed(browser, frame_builder):
    browser.close()
    with pytest.raises(RuntimeError, match="no lesson is open"):
        browser.draw(blank_surface(PICTURE_SIZE_PX), frame_builder.build_frame(SECOND, 0))


def test_the_chances_of_a_scene_s_next_note_are_gone_above_the_piano_of_a_lesson(
    browser, frame_builder
):
    pictures, frame = [], frame_builder.build_frame(SECOND, 0)
    for ahead in (np.zeros(KEY_COUNT), np.full(KEY_COUNT, 0.5)):
        picture = blank_surface(PICTURE_SIZE_PX)
        browser.draw(picture, replace(frame, next_key_probabilities=ahead))
        pictures.append(pygame.surfarray.array3d(picture))
    assert np.array_equal(*pictures)


def test_mashing_keys_breaks_nothing(browser, frame_builder):
    """Every action in any order at any pace; drawn now and then."""
    random = np.random.default_rng(0)
    actions = [*LessonAction] + 6 * [LessonAction.STEP]
    picture, now = blank_surface(PICTURE_SIZE_PX), SECOND
    for k in range(200):
        browser.handle_action(actions[random.integers(len(actions))], now)
        now += int(random.integers(0, SECOND // 4))
        browser.update(now)
        assert 0 <= browser.lesson.walkthrough.step_index < len(browser.lesson.walkthrough.steps)
        if k % 40 == 0:
            browser.draw(picture, frame_builder.build_frame(now, k))
    assert browser.is_open


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_every_step_draws_a_picture_of_its_own(browser, frame_builder, number):
    for _ in range(number):
        browser.handle_action(LessonAction.NEXT, SECOND)
    picture, now, seen = blank_surface(PICTURE_SIZE_PX), SECOND, []
    while True:
        browser.update(now)
        now += 2 * SECOND
        browser.update(now)
        browser.draw(picture, frame_builder.build_frame(now, 0))
        seen.append(pygame.surfarray.array3d(picture)[::4, ::4].astype(int))
        if browser.lesson.walkthrough.at_end:
            break
        browser.handle_action(LessonAction.STEP, now)
    assert all(np.abs(a - b).max() > 30 for a, b in zip(seen, seen[1:], strict=False))


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_every_action_in_every_step(make_browser, number):
    """Each step is come to, and everything is done in it that can be, twice and out of order."""
    audio = DummyLessonAudio()
    browser = make_browser(audio)
    browser.open()
    now = SECOND
    for _ in range(number):
        browser.handle_action(LessonAction.NEXT, now)
    steps = len(browser.lesson.walkthrough.steps)
    here = [
        *dict.fromkeys(ACTION_BY_SCANCODE.values()),
        LessonAction.PLAY,
        LessonAction.UP,
        LessonAction.LEFT,
    ]
    stays = [
        a
        for a in here
        if a
        not in (LessonAction.NEXT, LessonAction.PREVIOUS, LessonAction.STEP, LessonAction.RESTART)
    ]
    for place in range(steps):
        for action in (*stays, LessonAction.RESTART):
            for _ in range(place - browser.lesson.walkthrough.step_index):
                browser.handle_action(LessonAction.STEP, now)
            browser.handle_action(action, now)
            now += SECOND // 30
            browser.update(now)
            if not browser.is_open:  # a lesson that hands over the keyboard ends here
                break
    requests = [g for g in audio.gestures if isinstance(g, LessonPlayRequest)]
    assert all(tone.velocity <= MAX_VELOCITY for g in requests for tone in g.tones)
    browser.close()
    assert audio.gestures[-1].is_open is False
    assert not audio.pitches_sounding_at(now)


def test_a_lesson_that_is_shown_is_announced_again_and_again(make_browser):
    clock, gestures = VirtualClock(), []
    browser = make_browser(GestureLessonAudio(gestures.append, clock))
    browser.open()
    for _ in range(3):
        clock.sleep(ANNOUNCEMENT_INTERVAL_NS)
        browser.update(clock.now())
    assert [g.at for g in gestures if g == LessonOpenChange(True, g.at)] == [
        k * ANNOUNCEMENT_INTERVAL_NS for k in range(4)
    ]


def shown(browser: LessonBrowser, number: int, frame_builder) -> list[tuple[str, bytes]]:
    """The sentence and the picture of every step, on a walk through a lesson just opened."""
    picture, now, found = blank_surface(PICTURE_SIZE_PX), NEXT_VISIT, []
    browser.open()
    browser.handle_action(GoToLesson(number), now)
    while True:
        for _ in range(8):
            now += TICK
            browser.update(now)
        browser.draw(picture, frame_builder.build_frame(now, 0))
        small = pygame.surfarray.array3d(picture)[::8, ::8]
        found.append((browser.lesson.walkthrough.current_step.name, small.tobytes()))
        if browser.lesson.walkthrough.at_end:
            browser.close()
            return found
        browser.handle_action(LessonAction.STEP, now)


def played(browser: LessonBrowser, now: int) -> None:
    """A visitor plays a tune of eight notes."""
    timeline = Timeline()
    zeros, ahead = np.zeros((1, 6, 4), np.float32), np.zeros(KEY_COUNT, np.float32)
    browser.capture_played_notes(timeline, now)
    for k in range(8):
        due = now + k * SECOND // 2
        timeline.apply_message(
            NoteCue(k, due, SECOND // 3, 60 + k, 80, NoteSource.VISITOR, 1.0, zeros, ahead)
        )
    browser.capture_played_notes(timeline, now + 4 * SECOND)


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_what_one_visitor_did_is_gone_for_the_next(
    make_browser, untouched_browser, frame_builder, number
):
    """Each step is come to; weights are turned, cells, tunes and networks chosen, and learned."""
    audio = DummyLessonAudio()
    browser, now = make_browser(audio), SECOND
    browser.open()
    browser.handle_action(GoToLesson(number), now)
    played(browser, now)
    now += 4 * SECOND
    for _ in browser.lesson.walkthrough.steps[1:]:
        for arrow in (*ARROWS, LessonAction.RIGHT, LessonAction.UP):
            if browser.lesson.walkthrough.current_step.arrows:
                browser.handle_action(arrow, now)
        for _ in range(20):
            now += TICK
            browser.update(now)
        for rect in browser.lesson.hit_targets()[::-1]:
            browser.on_touch(*rect.center, now)
        browser.handle_action(LessonAction.STEP, now)
    browser.update(now)
    assert browser.is_open
    browser.update(now + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert not browser.is_open
    assert not audio.is_open
    assert not audio.pitches_sounding_at(now + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert shown(browser, number, frame_builder) == shown(untouched_browser, number, frame_builder)


def test_a_tune_played_and_a_network_learned_are_not_offered_to_the_next(make_browser):
    state = SharedLessonState()
    browser, now = make_browser(state=state), SECOND
    browser.open()
    browser.handle_action(GoToLesson(4), now)
    played(browser, now)
    while browser.lesson.walkthrough.current_step.name != "learn":
        for _ in range(20):
            now += TICK
            browser.update(now)
        browser.handle_action(LessonAction.STEP, now)
    for _ in range(20):
        now += TICK
        browser.update(now)
    assert state.learned_snapshot.tune.name == "yours"
    browser.update(now + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert browser.pop_chosen_network() is None
    browser.open()
    browser.handle_action(GoToLesson(4), NEXT_VISIT)
    assert browser.lesson.walkthrough.tune_choices == ("frere", "joy", "ah")
    assert state.learned_snapshot is None


@pytest.mark.parametrize("name", FASTEST_MOTION)
def test_the_fastest_a_lesson_moves_stays_below_caution(browser, frame_builder, name):
    lesson, step, mashed = FASTEST_MOTION[name]
    for _ in range(lesson):
        browser.handle_action(LessonAction.NEXT, SECOND)
    while browser.lesson.walkthrough.current_step.name != step:
        browser.handle_action(LessonAction.STEP, SECOND)
    meter = FlashMeter(*SMALL, field=FieldOfView.for_viewer(width=3, distance=3))
    picture, small = blank_surface(PICTURE_SIZE_PX), blank_surface(SMALL)
    for frame in range(FRAMES):
        now = 3 * SECOND + frame * SECOND // 60
        if mashed and frame % 5 == 0:
            browser.handle_action(mashed[frame // 5 % len(mashed)], now)
        browser.update(now)
        browser.draw(picture, frame_builder.build_frame(now, frame))
        pygame.transform.smoothscale(picture, SMALL, small)
        meter.push(pygame.surfarray.array3d(small))
    assert meter.worst.worst < DIMMING_THRESHOLD


def test_a_dot_leads_to_its_step_and_a_step_back_to_the_one_before(browser, places):
    steps = len(browser.lesson.walkthrough.steps)
    targets = places.hit_targets(len(lesson_types()), (), steps)
    browser.on_touch(*targets[GoToStep(4)].center, SECOND)
    assert browser.place == (0, 4)
    browser.handle_action(LessonAction.BACK, SECOND)
    assert browser.place == (0, 3)
    browser.on_touch(*targets[GoToStep(0)].center, SECOND)
    browser.handle_action(LessonAction.BACK, SECOND)
    assert browser.place == (0, 0)


def test_a_lesson_opens_by_its_name(browser):
    browser.open_lesson("memory")
    assert browser.lesson.name == "memory"


@pytest.mark.parametrize("layout", [CLASSIC, PORTRAIT], ids=lambda layout: layout.name)
def test_in_other_layouts_what_is_touched_lies_apart_inside_the_picture(resources, layout):
    keyboard = PianoKeyboard(resources.typesetter, layout.keyboard)
    browser = LessonBrowser(replace(resources, keyboard=keyboard, layout=layout))
    browser.open()
    picture = blank_surface(layout.size)
    for _ in lesson_types():
        targets = list(browser.hit_targets()[: 5 + len(lesson_types())])
        panel = [*targets, *language_rects(layout).values()]
        assert all(not a.colliderect(b) for a, b in combinations(panel, 2))
        assert all(picture.get_rect().contains(rect) for rect in browser.hit_targets())
        browser.draw(picture, FrameBuilder(NetworkSummary.dummy(1, 8)).build_frame(SECOND, 0))
        browser.handle_action(LessonAction.NEXT, SECOND)


def test_a_touch_of_a_number_shows_its_sum_for_a_while(browser, frame_builder):
    while browser.lesson.walkthrough.current_step.name != "squash":
        browser.handle_action(LessonAction.STEP, SECOND)
    pictures, picture = [], blank_surface(PICTURE_SIZE_PX)
    for now in (2 * SECOND, 3 * SECOND, round((3 + SUM_TIMEOUT_S) * SECOND)):
        browser.update(now)
        if now == 3 * SECOND:
            browser.on_touch(*browser.lesson.worked_sums()[0].centre, now)
        browser.draw(picture, frame_builder.build_frame(4 * SECOND, 0))
        pictures.append(pygame.surfarray.array3d(picture)[300:700, 190:280].astype(int))
        browser.update(now + SECOND // 2)
    assert np.abs(pictures[1] - pictures[0]).max() > 80
    browser.update(round((4 + SUM_TIMEOUT_S) * SECOND))
    browser.draw(picture, frame_builder.build_frame(4 * SECOND, 0))
    after = pygame.surfarray.array3d(picture)[300:700, 190:280].astype(int)
    assert np.abs(after - pictures[0]).max() < 30


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_every_sum_that_is_written_is_right(browser, number):
    browser.open(number)
    shown = 0
    while True:
        for one in browser.lesson.worked_sums():
            terms, result = one.text.replace("\N{MINUS SIGN}", "-").split(" = ")
            terms = terms.replace("\N{MULTIPLICATION SIGN}", "*").replace("e^", "math.e**")
            terms = terms.replace("tanh", "math.tanh").replace("log2", "math.log2")
            shown += 1
            value = eval(terms, {"math": math})
            share = result.removesuffix(" %")
            result_value = float(share) / (100 if share != result else 1)
            assert value == pytest.approx(result_value, abs=0.12)
        if browser.lesson.walkthrough.at_end:
            break
        browser.handle_action(LessonAction.STEP, SECOND)
    assert shown or browser.lesson.name == "create"  # which only chooses a network
