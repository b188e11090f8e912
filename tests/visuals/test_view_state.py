"""A stage that goes on from the state of a lost one shows and knows the same."""

from __future__ import annotations

import pickle

import pygame
import pytest

from messages.clock import SECOND
from messages.cues import BlendChange, Turn, TurnChange
from messages.gestures import ParameterChange
from visuals.input.key_bindings import StageCommand
from visuals.input.lesson_actions import LessonAction

BEAT = SECOND // 2


@pytest.fixture
def successor(make_stage):
    """Makes the stage after another one, whose state went through a pipe."""

    def make(lost, **arguments):
        state = pickle.loads(pickle.dumps(lost.capture_state()))
        return make_stage(restored=state, **arguments)

    return make


def test_scene_language_and_settings_are_found_again(make_stage, successor):
    lost = make_stage(offscreen=False)
    lost.view.select_scene("circuit")
    lost.view.set_language("ca")
    lost.view.apply_command(StageCommand.DARKER)
    lost.press(pygame.KSCAN_PAGEUP)
    lost.show_frame(SECOND)
    stage = successor(lost)
    assert (stage.scene.name, stage.scenes.shown.language) == ("circuit", "ca")
    assert stage.capture_state() == lost.capture_state()
    assert stage.capture_state().octave_shift == 1


def test_the_lesson_is_open_at_the_same_step(make_stage, successor):
    lost = make_stage()
    lost.view.toggle_lessons()
    for action in (LessonAction.NEXT, LessonAction.STEP, LessonAction.STEP):
        lost.view.apply_command(action)
    stage = successor(lost)
    assert stage.lesson_browser.place == (1, 2)
    assert stage.gestures[0].is_open
    stage.show_frame(SECOND)


def test_the_choices_of_a_visit_that_ended_meanwhile_end_too(make_stage, successor):
    lost = make_stage()
    lost.messages.append(TurnChange(SECOND, Turn.LISTEN, BEAT))
    lost.view.set_language("es")
    lost.show_frame(2 * SECOND)
    stage = successor(lost)
    stage.messages.append(TurnChange(SECOND, Turn.ATTRACT, BEAT))
    stage.show_frame(2 * SECOND)
    assert stage.scenes.wanted.language == "en"


def test_steered_parameters_go_back_after_the_visit(make_stage, successor):
    lost = make_stage(offscreen=False, scene="blend")
    before = BlendChange(SECOND, ("irish",), (1.0,), 0.9)
    lost.messages.append(before)
    lost.show_frame(2 * SECOND)
    lost.press(pygame.KSCAN_INSERT)
    lost.show_frame(3 * SECOND)
    assert lost.capture_state().steered_from == before
    stage = successor(lost, offscreen=False)
    stage.clock.sleep(60 * SECOND)
    stage.show_frame()
    changes = [each for each in stage.gestures if isinstance(each, ParameterChange)]
    assert [(change.name, change.values) for change in changes] == [("temperature", (0.9,))]
