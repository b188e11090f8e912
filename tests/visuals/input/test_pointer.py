from __future__ import annotations

import pygame

from visuals.input.pointer import MOUSE_FINGER, FingerEvent, FingerPhase, PointerReader


def read(*events: pygame.Event, window=(960, 540)) -> list[FingerEvent]:
    pointer = PointerReader()
    fingers = [pointer.read_event(event, window) for event in events]
    return [finger for finger in fingers if finger is not None]


def test_touches_are_scaled_to_the_picture():
    event = pygame.Event(pygame.FINGERDOWN, finger_id=3, x=0.5, y=0.25)
    assert read(event) == [FingerEvent(3, FingerPhase.DOWN, 960.0, 270.0)]


def test_black_bars_are_left_out_of_the_picture():
    event = pygame.Event(pygame.FINGERDOWN, finger_id=3, x=0.5, y=0.5)
    assert read(event, window=(960, 1080)) == [FingerEvent(3, FingerPhase.DOWN, 960.0, 540.0)]


def test_a_mouse_is_a_finger_while_its_button_is_down():
    down = pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(10, 20))
    move = pygame.Event(pygame.MOUSEMOTION, pos=(11, 20))
    up = pygame.Event(pygame.MOUSEBUTTONUP, button=1, pos=(11, 20))
    assert [finger.phase for finger in read(move, down, move, up, move)] == [
        FingerPhase.DOWN,
        FingerPhase.MOVE,
        FingerPhase.UP,
    ]
    assert {finger.number for finger in read(down)} == {MOUSE_FINGER}


def test_the_mouse_events_of_a_touch_screen_are_left_out():
    event = pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(10, 20), touch=True)
    assert read(event) == []
