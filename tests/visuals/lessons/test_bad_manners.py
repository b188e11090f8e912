"""Lessons under rough hands, through the stage itself: no exception, and nothing sounds after."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.gestures import (
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
)
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.lessons import lesson_types
from visuals.lessons.actions import ACTION_BY_SCANCODE, LessonAction
from visuals.lessons.audio import MAX_VELOCITY, DummyLessonAudio
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.panel import button_centres
from visuals.lessons.shared_state import SharedLessonState
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.stage import Stage
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock
from visuals.window.stage_options import StageOptions
from visuals.words import load_words

LEAD_ELSEWHERE = {pygame.KSCAN_ESCAPE, pygame.KSCAN_TAB}
LEAD_ELSEWHERE |= {getattr(pygame, f"KSCAN_{row}{n}") for row in ("", "KP") for n in range(10)}
LEAD_ELSEWHERE |= {getattr(pygame, f"KSCAN_F{n}") for n in range(1, 13)}
EVERY_KEY = sorted(
    value
    for name, value in vars(pygame).items()
    if name.startswith("KSCAN_") and value not in LEAD_ELSEWHERE
)
"""By scancode: all that do not leave the lessons, nor mean the window itself."""


@pytest.fixture(scope="module")
def subject() -> ProbedNetwork | None:
    return ProbedNetwork.from_checkpoint(load_checkpoint(styles.style_path("fife")))


@pytest.fixture
def window(monkeypatch, subject):
    """A stage without a screen, and the gestures it sent."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    gestures: list = []
    settings = StageOptions(width=640, height=360)
    clock = DummyStageClock(SECOND)
    anatomy = NetworkSummary.dummy(2, 32)
    stage = Stage(settings, anatomy, tuple, gestures.append, clock=clock, probed_network=subject)
    pygame.event.clear()
    yield stage, gestures
    stage.close()


def keys(*scancodes: int) -> None:
    for scancode in scancodes:
        for kind in (pygame.KEYDOWN, pygame.KEYUP):
            pygame.event.post(pygame.Event(kind, scancode=scancode, mod=0, key=0))


def touch(x: float, y: float) -> None:
    pos = (x / 3, y / 3)
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=pos, touch=False))
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONUP, button=1, pos=pos, touch=False))


def is_silent(gestures: list) -> bool:
    """Whether a lesson that was opened is closed, and what it last sang was hushed before."""
    heard = [
        g
        for g in gestures
        if isinstance(g, LessonPlayRequest | LessonSilenceRequest | LessonOpenChange)
    ]
    if not heard:
        return True
    sang = [k for k, g in enumerate(heard) if isinstance(g, LessonPlayRequest)]
    ended = [k for k, g in enumerate(heard) if isinstance(g, LessonSilenceRequest)]
    closed = isinstance(heard[-1], LessonOpenChange) and not heard[-1].is_open
    return closed and (not sang or (bool(ended) and ended[-1] > sang[-1]))


def test_every_key_of_the_keyboard_at_once(window):
    stage, gestures = window
    random = np.random.default_rng(1)
    keys(pygame.KSCAN_TAB)
    stage.show_frame()
    for _ in range(len(lesson_types())):
        keys(*random.permutation(EVERY_KEY).tolist())
        stage.show_frame(stage._clock.now() + SECOND // 4)
    keys(pygame.KSCAN_1)
    stage.show_frame()
    assert not stage.lesson_browser.is_open
    assert is_silent(gestures)
    strokes = [(g.pitch, g.down) for g in gestures if isinstance(g, KeyEvent)]
    assert len(strokes) > 100
    assert sum(1 if down else -1 for _, down in strokes) == 0


def test_two_buttons_and_the_language_touched_at_once_while_it_is_resized(window):
    stage, gestures = window
    keys(pygame.KSCAN_TAB)
    stage.show_frame()
    places = list(button_centres().values())[:-1]
    random = np.random.default_rng(2)
    for turn in range(8):
        for k in random.choice(len(places), 2, replace=False):
            touch(*places[k])
        if turn == 3:
            keys(pygame.KSCAN_F10)
        if turn % 4 == 1:
            size = tuple(random.integers(200, 900, 2).tolist())
            pygame.event.post(pygame.Event(pygame.WINDOWRESIZED, x=size[0], y=size[1]))
        touch(*random.uniform((80, 190), (1840, 780)).tolist())
        stage.show_frame(stage._clock.now() + SECOND // 3)
    keys(pygame.KSCAN_1)
    stage.show_frame()
    assert is_silent(gestures)


@pytest.fixture(scope="module")
def taught(subject):
    """Every lesson, open, with a voice that remembers."""
    pygame.font.init()
    type, voice = Typesetter(), DummyLessonAudio()
    explorer = LessonBrowser(
        SceneResources(type, load_words(), PianoKeyboard(type)),
        voice,
        SharedLessonState(subject=subject),
    )
    explorer.build_lessons()
    return explorer, voice


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_every_action_in_every_step(taught, number):
    """Each step is come to, and everything is done in it that can be, twice and out of order."""
    explorer, voice = taught
    explorer.open()
    now = SECOND
    for _ in range(number):
        explorer.handle_action(LessonAction.NEXT, now)
    steps = len(explorer.lesson.walkthrough.steps)
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
            for _ in range(place - explorer.lesson.walkthrough.step_index):
                explorer.handle_action(LessonAction.STEP, now)
            explorer.handle_action(action, now)
            now += SECOND // 30
            explorer.update(now)
            if not explorer.is_open:  # a lesson that hands over the keyboard ends here
                break
    told = [tone for tones in voice.calls if isinstance(tones, tuple) for tone in tones]
    assert all(tone.velocity <= MAX_VELOCITY for tone in told)
    explorer.close()
    assert voice.calls[-1] is False
    assert not voice.is_sounding(now)
