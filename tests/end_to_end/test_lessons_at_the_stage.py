from __future__ import annotations

import pygame
import pytest

from messages.clock import SECOND
from messages.gestures import (
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
)
from visuals.drawing.picture_layout import LANDSCAPE
from visuals.hud.overlay import language_rects
from visuals.lessons.browser import IDLE_TIMEOUT_S
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage
from visuals.window.frame_clock import DummyStageClock
from visuals.window.stage_options import StageOptions


@pytest.fixture
def clock():
    return DummyStageClock(SECOND)


@pytest.fixture
def windowed(monkeypatch, clock):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    gestures: list = []
    settings = StageOptions(width=640, height=360)
    stage = Stage(settings, NetworkSummary.dummy(2, 32), tuple, gestures.append, clock=clock)
    pygame.event.clear()
    yield stage, gestures
    stage.close()


def press(stage, name: str) -> None:
    scancode = getattr(pygame, f"KSCAN_{name}")
    for kind in (pygame.KEYDOWN, pygame.KEYUP):
        pygame.event.post(pygame.Event(kind, scancode=scancode, mod=0, key=0))
    stage.show_frame()


@pytest.mark.parametrize("key", ["TAB", "0"])
def test_one_key_opens_the_lessons_and_leads_back(windowed, key):
    stage, gestures = windowed
    press(stage, key)
    assert stage.lesson_browser.is_open
    press(stage, key)
    assert not stage.lesson_browser.is_open
    assert {type(g) for g in gestures} == {
        LessonOpenChange,
        LessonPlayRequest,
        LessonSilenceRequest,
    }
    assert (gestures[0].is_open, gestures[-1].is_open) == (True, False)


def test_keys_of_a_lesson_stay_there_and_the_piano_sounds_on(windowed):
    stage, gestures = windowed
    press(stage, "TAB")
    press(stage, "RETURN")
    press(stage, "A")
    assert stage.lesson_browser.lesson.walkthrough.step_index == 1
    keys = [g for g in gestures if isinstance(g, KeyEvent)]
    assert [g.pitch for g in keys] == [60] * 2
    assert {type(g) for g in gestures} <= {
        KeyEvent,
        LessonOpenChange,
        LessonPlayRequest,
        LessonSilenceRequest,
    }


def test_without_a_lesson_its_keys_shift_the_piano(windowed):
    stage, gestures = windowed
    press(stage, "PAGEUP")
    press(stage, "A")
    assert [(g.pitch, g.down) for g in gestures] == [(72, True), (72, False)]


def test_a_key_held_as_the_lesson_opens_is_released(windowed):
    stage, gestures = windowed
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_A, mod=0, key=0))
    press(stage, "TAB")
    pygame.event.post(pygame.Event(pygame.KEYUP, scancode=pygame.KSCAN_A, mod=0, key=0))
    stage.show_frame()
    assert [g.down for g in gestures if isinstance(g, KeyEvent)] == [True, False]


def test_a_scenes_key_leads_back_to_it(windowed):
    stage, _ = windowed
    press(stage, "TAB")
    press(stage, "2")
    assert not stage.lesson_browser.is_open
    assert stage.scenes.wanted.name == "cortex"


def test_a_touch_finds_the_door_in_a_smaller_window(windowed):
    stage, _ = windowed
    pos = (LANDSCAPE.lesson_button[0] / 3, LANDSCAPE.lesson_button[1] / 3)
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=pos, touch=False))
    stage.show_frame()
    assert stage.lesson_browser.is_open


def test_left_alone_the_scene_comes_back(windowed, clock):
    stage, _ = windowed
    press(stage, "TAB")
    stage.show_frame(clock.time + SECOND)
    stage.show_frame(clock.time + round((IDLE_TIMEOUT_S + 2) * SECOND))
    assert not stage.lesson_browser.is_open


@pytest.mark.parametrize("touched", [False, True])
def test_another_language_is_spoken_in_the_same_step(windowed, touched):
    stage, _ = windowed
    press(stage, "TAB")
    for _ in range(2):
        press(stage, "RETURN")
    before = stage.lesson_browser.lesson.current_sentence()
    if touched:
        x, y = language_rects()["ca"].center
        event = pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(x / 3, y / 3), touch=False)
        pygame.event.post(event)
        stage.show_frame()
    else:
        press(stage, "F10")
    assert stage.lesson_browser.is_open
    assert stage.lesson_browser.lesson.walkthrough.step_index == 2
    assert stage.lesson_browser.lesson.current_sentence() != before
