from __future__ import annotations

import pygame
import pytest

from messages.gestures import QuitRequest, ScancodeEvent
from visuals.input.key_bindings import KeyBindings, SelectScene, ToggleFullscreen


def press(scancode: int) -> pygame.Event:
    return pygame.Event(pygame.KEYDOWN, scancode=scancode, mod=0)


def release(scancode: int) -> pygame.Event:
    return pygame.Event(pygame.KEYUP, scancode=scancode, mod=0)


def read(*events: pygame.Event) -> list:
    controls = KeyBindings()
    return [control for event in events for control in controls.translate_event(event, 5)]


@pytest.mark.parametrize("digit", range(1, 10))
def test_digits_choose_a_scene(digit):
    scancode = getattr(pygame, f"KSCAN_{digit}")
    assert read(press(scancode), release(scancode)) == [SelectScene(digit)]


@pytest.mark.parametrize("name", ["A", "Z", "SEMICOLON", "UP", "SPACE"])
def test_other_keys_are_handed_on(name):
    scancode = getattr(pygame, f"KSCAN_{name}")
    assert read(press(scancode), release(scancode)) == [
        ScancodeEvent(scancode, True, 5),
        ScancodeEvent(scancode, False, 5),
    ]


@pytest.mark.parametrize("name", ["F2", "KP2"])
def test_function_keys_and_keypad_choose_a_scene(name):
    assert read(press(getattr(pygame, f"KSCAN_{name}"))) == [SelectScene(2)]


def test_escape_and_closing_the_window_leave():
    assert read(press(pygame.KSCAN_ESCAPE)) == [QuitRequest(5)]
    assert read(pygame.Event(pygame.QUIT)) == [QuitRequest(5)]


def test_f11_goes_to_full_screen():
    assert read(press(pygame.KSCAN_F11), release(pygame.KSCAN_F11)) == [ToggleFullscreen()]


def test_keys_held_as_the_window_loses_the_keyboard_are_released_once():
    lost = pygame.Event(pygame.WINDOWFOCUSLOST)
    assert read(press(pygame.KSCAN_A), lost, lost) == [
        ScancodeEvent(pygame.KSCAN_A, True, 5),
        ScancodeEvent(pygame.KSCAN_A, False, 5),
    ]
