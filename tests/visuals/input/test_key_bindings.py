from __future__ import annotations

import pygame
import pytest

from visuals.input.key_bindings import (
    COMMAND_BY_SCANCODE,
    LESSON_COMMAND_BY_SCANCODE,
    SelectScene,
    StageCommand,
)
from visuals.input.lesson_actions import LessonAction


@pytest.mark.parametrize("digit", range(1, 10))
def test_digits_select_a_scene(digit):
    assert COMMAND_BY_SCANCODE.get(getattr(pygame, f"KSCAN_{digit}")) == SelectScene(digit)


@pytest.mark.parametrize("name", ["F2", "KP2"])
def test_function_keys_and_keypad_select_a_scene(name):
    assert COMMAND_BY_SCANCODE.get(getattr(pygame, f"KSCAN_{name}")) == SelectScene(2)


@pytest.mark.parametrize("name", ["A", "Z", "F7", "SEMICOLON", "UP", "SPACE", "PAGEUP", "ESCAPE"])
def test_other_keys_give_no_command(name):
    assert COMMAND_BY_SCANCODE.get(getattr(pygame, f"KSCAN_{name}")) is None


def test_f11_toggles_full_screen():
    assert COMMAND_BY_SCANCODE.get(pygame.KSCAN_F11) == StageCommand.TOGGLE_FULLSCREEN


def test_a_lesson_has_keys_of_its_own_and_leaves_the_others():
    assert LESSON_COMMAND_BY_SCANCODE.get(pygame.KSCAN_PAGEDOWN) is LessonAction.NEXT
    assert LESSON_COMMAND_BY_SCANCODE.get(pygame.KSCAN_TAB) == StageCommand.TOGGLE_LESSONS
    assert LESSON_COMMAND_BY_SCANCODE.get(pygame.KSCAN_A) is None
