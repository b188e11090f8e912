from __future__ import annotations

import pygame
import pytest

from visuals.input.key_bindings import SelectScene, ToggleFullscreen, ToggleLessons, command_for
from visuals.lessons.actions import LessonAction


@pytest.mark.parametrize("digit", range(1, 10))
def test_digits_select_a_scene(digit):
    assert command_for(getattr(pygame, f"KSCAN_{digit}"), in_lesson=False) == SelectScene(digit)


@pytest.mark.parametrize("name", ["F2", "KP2"])
def test_function_keys_and_keypad_select_a_scene(name):
    assert command_for(getattr(pygame, f"KSCAN_{name}"), in_lesson=False) == SelectScene(2)


@pytest.mark.parametrize("name", ["A", "Z", "SEMICOLON", "UP", "SPACE", "PAGEUP", "ESCAPE"])
def test_other_keys_give_no_command(name):
    assert command_for(getattr(pygame, f"KSCAN_{name}"), in_lesson=False) is None


def test_f11_toggles_full_screen():
    assert command_for(pygame.KSCAN_F11, in_lesson=False) == ToggleFullscreen()


def test_a_lesson_has_keys_of_its_own_and_leaves_the_others():
    assert command_for(pygame.KSCAN_PAGEDOWN, in_lesson=True) is LessonAction.NEXT
    assert command_for(pygame.KSCAN_TAB, in_lesson=True) == ToggleLessons()
    assert command_for(pygame.KSCAN_A, in_lesson=True) is None
