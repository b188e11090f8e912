from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import Blending, Turn, TurnChange
from messages.gestures import Handling, Hold, Key, Steer
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import Keyboard
from visuals.input.gesture_input import AGAIN_AFTER, AGAIN_EVERY, LEFT_AS_IT_IS, Console
from visuals.input.hit_targets import Sites
from visuals.timeline import SECOND, Timeline

WINDOW = (1920, 1080)


class Cells:
    """A scene with three units in a row."""

    sites = Sites(
        np.array([(0, 0), (0, 1), (1, 5)]), np.array([(300.0, 300), (400, 300), (500, 300)])
    )

    def unit_at(self, x, y):
        return self.sites.at(x, y)

    def grip(self, x, y):
        return None


class Knobs:
    """A scene with a point to be moved."""

    sites = None

    def unit_at(self, x, y):
        return None

    def grip(self, x, y):
        return (lambda x, y: ("blend", (round(x / 1920, 1), 0.5))) if y < 500 else None

    def nudge(self, across, down):
        return "blend", (0.5 + 0.1 * across, 0.5)

    def warm(self, steps):
        return "temperature", (1.0 + 0.1 * steps,)


@pytest.fixture
def console() -> Console:
    pygame.font.init()
    return Console(Keyboard(Typesetter()))


def press(console, scene, code, down=True, at=0):
    return console.press(Key(code, down, at), scene)


def test_arrows_go_from_unit_to_unit(console):
    press(console, Cells(), pygame.KSCAN_RIGHT)
    assert console.look(1).unit == (0, 1)
    press(console, Cells(), pygame.KSCAN_RIGHT, at=1)
    assert console.look(2).unit == (1, 5)


def test_space_silences_and_enter_amplifies_while_held(console):
    press(console, Cells(), pygame.KSCAN_LEFT)
    assert press(console, Cells(), pygame.KSCAN_SPACE) == [Handling((Hold(0, 1, 0.0),), 0)]
    assert press(console, Cells(), pygame.KSCAN_SPACE, down=False, at=5) == [Handling((), 5)]
    (handling,) = press(console, Cells(), pygame.KSCAN_RETURN, at=6)
    assert handling.holds[0].factor > 2


def test_what_is_held_goes_along_with_the_arrows(console):
    press(console, Cells(), pygame.KSCAN_LEFT)
    press(console, Cells(), pygame.KSCAN_SPACE)
    assert press(console, Cells(), pygame.KSCAN_RIGHT, at=3) == [Handling((Hold(1, 5, 0.0),), 3)]


def test_with_nothing_looked_at_there_is_nothing_to_hold(console):
    assert press(console, Cells(), pygame.KSCAN_SPACE) == []


def test_arrows_move_a_point_and_go_on_while_held(console):
    timeline = Timeline()
    assert press(console, Knobs(), pygame.KSCAN_LEFT) == [Steer("blend", (0.4, 0.5), 0)]
    assert console.tick(Knobs(), timeline, 1) == []
    later = round((AGAIN_AFTER + 0.01) * SECOND)
    assert console.tick(Knobs(), timeline, later) == [Steer("blend", (0.4, 0.5), later)]
    press(console, Knobs(), pygame.KSCAN_LEFT, down=False, at=later)
    assert console.tick(Knobs(), timeline, later + round(2 * AGAIN_EVERY * SECOND)) == []


def test_other_keys_are_the_performers(console):
    key = Key(pygame.KSCAN_A, True, 7)
    assert console.press(key, Cells()) == [key]
    assert press(console, Cells(), pygame.KSCAN_PAGEUP, at=7) == [Key(pygame.KSCAN_UP, True, 7)]


def finger(kind, x, y):
    return pygame.Event(kind, finger_id=3, x=x / WINDOW[0], y=y / WINDOW[1])


def test_a_finger_drags_a_knob_and_tells_each_place_once(console):
    down = console.point(finger(pygame.FINGERDOWN, 192, 300), Knobs(), 1, WINDOW)
    assert down == [Steer("blend", (0.1, 0.5), 1)]
    assert console.point(finger(pygame.FINGERMOTION, 193, 300), Knobs(), 2, WINDOW) == []
    moved = console.point(finger(pygame.FINGERMOTION, 960, 900), Knobs(), 3, WINDOW)
    assert moved == [Steer("blend", (0.5, 0.5), 3)]
    assert console.point(finger(pygame.FINGERUP, 960, 900), Knobs(), 4, WINDOW) == []
    assert console.point(finger(pygame.FINGERMOTION, 400, 300), Knobs(), 5, WINDOW) == []


def test_what_was_turned_goes_back_once_nobody_is_there(console):
    timeline = Timeline()
    timeline.take(Blending(0, ("a", "b"), (1.0, 0.0), 0.95))
    console.tick(Knobs(), timeline, 1)
    press(console, Knobs(), pygame.KSCAN_INSERT, at=10)
    press(console, Knobs(), pygame.KSCAN_INSERT, down=False, at=11)
    timeline.take(TurnChange(20, Turn.LISTEN))
    assert console.tick(Knobs(), timeline, round(90 * SECOND)) == []
    timeline.take(TurnChange(100 * SECOND, Turn.ATTRACT))
    assert console.tick(Knobs(), timeline, 101 * SECOND) == []
    over = round((100 + LEFT_AS_IT_IS) * SECOND)
    assert console.tick(Knobs(), timeline, over) == [
        Steer("temperature", (0.95,), over),
        Steer("blend", (1.0, 0.0), over),
    ]
    assert console.tick(Knobs(), timeline, over + SECOND) == []
