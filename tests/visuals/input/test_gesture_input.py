from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import BlendChange, Turn, TurnChange
from messages.gestures import HeldUnit, HeldUnitsChange, ParameterChange
from visuals.drawing.typography import Typesetter
from visuals.input.gesture_input import (
    KEY_REPEAT_DELAY_S,
    KEY_REPEAT_INTERVAL_S,
    KNOB_RESET_DELAY_S,
    GestureInput,
)
from visuals.input.pointer import FingerEvent, FingerPhase
from visuals.timeline import Timeline
from visuals.widgets.hit_targets import UnitHitTargets
from visuals.widgets.piano_keyboard import PianoKeyboard


class Cells:
    """A scene with three units in a row."""

    hit_targets = UnitHitTargets(
        np.array([(0, 0), (0, 1), (1, 5)]), np.array([(300.0, 300), (400, 300), (500, 300)])
    )

    def unit_at(self, x, y):
        return self.hit_targets.unit_at(x, y)

    def drag_steering_at(self, x, y):
        return None


class Knobs:
    """A scene with a point to be moved."""

    hit_targets = None

    def unit_at(self, x, y):
        return None

    def drag_steering_at(self, x, y):
        return (lambda x, y: ("blend", (round(x / 1920, 1), 0.5))) if y < 500 else None

    def steer_by_arrow(self, across, down):
        return "blend", (0.5 + 0.1 * across, 0.5)

    def steer_temperature(self, steps):
        return "temperature", (1.0 + 0.1 * steps,)


@pytest.fixture
def gesture_input() -> GestureInput:
    pygame.font.init()
    return GestureInput(PianoKeyboard(Typesetter()))


def press(gesture_input, scene, code, down=True, at=0):
    return gesture_input.handle_key(code, down, scene, at)


def test_arrows_go_from_unit_to_unit(gesture_input):
    press(gesture_input, Cells(), pygame.KSCAN_RIGHT)
    assert gesture_input.touch_input.current_inspection(1).unit == (0, 1)
    press(gesture_input, Cells(), pygame.KSCAN_RIGHT, at=1)
    assert gesture_input.touch_input.current_inspection(2).unit == (1, 5)


def test_space_silences_and_enter_amplifies_while_held(gesture_input):
    press(gesture_input, Cells(), pygame.KSCAN_LEFT)
    assert press(gesture_input, Cells(), pygame.KSCAN_SPACE) == [
        HeldUnitsChange((HeldUnit(0, 1, 0.0),), 0)
    ]
    assert press(gesture_input, Cells(), pygame.KSCAN_SPACE, down=False, at=5) == [
        HeldUnitsChange((), 5)
    ]
    (change,) = press(gesture_input, Cells(), pygame.KSCAN_RETURN, at=6)
    assert change.held_units[0].factor > 2


def test_a_hold_goes_along_with_the_arrows(gesture_input):
    press(gesture_input, Cells(), pygame.KSCAN_LEFT)
    press(gesture_input, Cells(), pygame.KSCAN_SPACE)
    assert press(gesture_input, Cells(), pygame.KSCAN_RIGHT, at=3) == [
        HeldUnitsChange((HeldUnit(1, 5, 0.0),), 3)
    ]


def test_without_an_inspected_unit_nothing_is_held(gesture_input):
    assert press(gesture_input, Cells(), pygame.KSCAN_SPACE) == []


def test_arrows_move_a_point_and_go_on_while_held(gesture_input):
    timeline = Timeline()
    assert press(gesture_input, Knobs(), pygame.KSCAN_LEFT) == [
        ParameterChange("blend", (0.4, 0.5), 0)
    ]
    assert gesture_input.tick(Knobs(), timeline, 1) == []
    later = round((KEY_REPEAT_DELAY_S + 0.01) * SECOND)
    assert gesture_input.tick(Knobs(), timeline, later) == [
        ParameterChange("blend", (0.4, 0.5), later)
    ]
    press(gesture_input, Knobs(), pygame.KSCAN_LEFT, down=False, at=later)
    assert (
        gesture_input.tick(Knobs(), timeline, later + round(2 * KEY_REPEAT_INTERVAL_S * SECOND))
        == []
    )


def test_other_keys_steer_nothing(gesture_input):
    assert press(gesture_input, Cells(), pygame.KSCAN_A) == []


def test_a_finger_that_drags_a_knob_sends_each_value_once(gesture_input):
    def move(phase: FingerPhase, x: float, y: float, at: int) -> list[object]:
        return gesture_input.handle_finger(FingerEvent(3, phase, x, y), Knobs(), at)

    assert move(FingerPhase.DOWN, 192, 300, 1) == [ParameterChange("blend", (0.1, 0.5), 1)]
    assert move(FingerPhase.MOVE, 193, 300, 2) == []
    assert move(FingerPhase.MOVE, 960, 900, 3) == [ParameterChange("blend", (0.5, 0.5), 3)]
    assert move(FingerPhase.UP, 960, 900, 4) == []
    assert move(FingerPhase.MOVE, 400, 300, 5) == []


def test_steered_parameters_go_back_after_the_visit(gesture_input):
    timeline = Timeline()
    wished = BlendChange(0, ("a", "b"), (0.7, 0.3), 1.2, (1.0, 0.0), 0.95)  # by the crowd
    timeline.apply_message(wished)
    gesture_input.tick(Knobs(), timeline, 1)
    press(gesture_input, Knobs(), pygame.KSCAN_INSERT, at=10)
    press(gesture_input, Knobs(), pygame.KSCAN_INSERT, down=False, at=11)
    timeline.apply_message(TurnChange(20, Turn.LISTEN))
    assert gesture_input.tick(Knobs(), timeline, round(90 * SECOND)) == []
    timeline.apply_message(TurnChange(100 * SECOND, Turn.ATTRACT))
    assert gesture_input.tick(Knobs(), timeline, 101 * SECOND) == []
    over = round((100 + KNOB_RESET_DELAY_S) * SECOND)
    assert gesture_input.tick(Knobs(), timeline, over) == [
        ParameterChange("temperature", (0.95,), over),
        ParameterChange("blend", (1.0, 0.0), over),
    ]
    assert gesture_input.tick(Knobs(), timeline, over + SECOND) == []
