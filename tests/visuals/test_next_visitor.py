"""What one visitor changed at the window is as the house has it for the next."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import Turn, TurnChange
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage, StageOptions
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock

CHANGES = (pygame.KSCAN_MINUS, pygame.KSCAN_F9, pygame.KSCAN_F10, pygame.KSCAN_F12)
BEAT = SECOND // 2


@pytest.fixture
def window(monkeypatch):
    """A stage in a window, and a list of the messages it is about to be given."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    messages: list = []

    def poll() -> list:
        taken = messages[:]
        messages.clear()
        return taken

    stage = Stage(
        StageOptions(width=640, height=360, legends=True),
        NetworkSummary.dummy(2, 32),
        poll,
        lambda gesture: None,
        clock=DummyStageClock(SECOND),
    )
    pygame.event.clear()
    yield stage, messages
    stage.close()


def press(*scancodes: int) -> None:
    for scancode in scancodes:
        pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=scancode, mod=0, key=0))
        pygame.event.post(pygame.Event(pygame.KEYUP, scancode=scancode, mod=0, key=0))


def settled(stage: Stage, frames: int = 90) -> np.ndarray:
    """The picture once nothing fades any more."""
    for _ in range(frames):
        stage.show_frame()
    return pygame.surfarray.array3d(stage.picture).astype(int)


def turn(stage: Stage, to: Turn) -> TurnChange:
    return TurnChange(stage._clock.time, to, BEAT)


def test_what_a_visitor_changed_is_undone_when_the_visit_is_over(window) -> None:
    stage, messages = window
    before = settled(stage)
    messages.append(turn(stage, Turn.LISTEN))
    press(*CHANGES)
    during = settled(stage)
    messages.append(turn(stage, Turn.ATTRACT))
    after = settled(stage, 150)
    assert during.mean() < 0.8 * before.mean()
    assert after.mean() == pytest.approx(before.mean(), rel=0.02)
    assert stage._language == "en"


def test_while_nobody_has_come_and_gone_it_stays_as_it_was_set(window) -> None:
    stage, _ = window
    before = settled(stage)
    press(pygame.KSCAN_MINUS)
    assert settled(stage).mean() < 0.9 * before.mean()
    assert settled(stage).mean() < 0.9 * before.mean()
