"""Lessons at the stage, with every key and touch: no exception, and nothing sounds after."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.gestures import (
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
)
from visuals.drawing.typography import Typesetter
from visuals.lessons import lesson_types
from visuals.lessons.panel_layout import PanelLayout
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage
from visuals.window.frame_clock import DummyStageClock
from visuals.window.stage_options import StageOptions
from visuals.words import load_words

EXCLUDED_SCANCODES = {pygame.KSCAN_ESCAPE, pygame.KSCAN_TAB}
EXCLUDED_SCANCODES |= {getattr(pygame, f"KSCAN_{row}{n}") for row in ("", "KP") for n in range(10)}
EXCLUDED_SCANCODES |= {getattr(pygame, f"KSCAN_F{n}") for n in range(1, 13)}
SCANCODES = sorted(
    value
    for name, value in vars(pygame).items()
    if name.startswith("KSCAN_") and value not in EXCLUDED_SCANCODES
)
"""By scancode: all that do not leave the lessons, nor mean the window itself."""


@pytest.fixture
def clock():
    return DummyStageClock(SECOND)


@pytest.fixture
def window(monkeypatch, clock):
    """A stage without a screen, and the gestures it sent."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    gestures: list = []
    settings = StageOptions(width=640, height=360)
    network = NetworkSummary.dummy(2, 32)
    stage = Stage(settings, network, tuple, gestures.append, clock=clock)
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


def test_every_key_of_the_keyboard_at_once(window, clock):
    stage, gestures = window
    random = np.random.default_rng(1)
    keys(pygame.KSCAN_TAB)
    stage.show_frame()
    for _ in range(len(lesson_types())):
        keys(*random.permutation(SCANCODES).tolist())
        stage.show_frame(clock.time + SECOND // 4)
    keys(pygame.KSCAN_1)
    stage.show_frame()
    assert not stage.lesson_browser.is_open
    assert is_silent(gestures)
    strokes = [(g.pitch, g.down) for g in gestures if isinstance(g, KeyEvent)]
    assert len(strokes) > 100
    assert sum(1 if down else -1 for _, down in strokes) == 0


def test_two_buttons_and_the_language_touched_at_once_while_it_is_resized(window, clock):
    stage, gestures = window
    keys(pygame.KSCAN_TAB)
    stage.show_frame()
    centres = PanelLayout(load_words(), Typesetter()).button_centres()
    places = list(centres.values())[:-1]
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
        stage.show_frame(clock.time + SECOND // 3)
    keys(pygame.KSCAN_1)
    stage.show_frame()
    assert is_silent(gestures)
