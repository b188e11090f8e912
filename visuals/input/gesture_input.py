"""Gesture input: fingers, and the computer keys that inspect, hold and steer.

Arrows go from unit to unit. While they are held, Space silences the inspected unit and Enter
amplifies it. Where a scene has a point to be moved, the arrows move it, and Insert and Delete
change the temperature. After a visit the steered parameters go back to their initial values.
"""

from __future__ import annotations

from typing import Protocol

import pygame

from messages.clock import SECOND
from messages.cues import BlendChange, Turn
from messages.gestures import Gesture, ParameterChange
from visuals.input.pointer import FingerEvent
from visuals.input.touch_input import DragSteering, ScreenPiano, TouchInput
from visuals.timeline import Timeline
from visuals.widgets.hit_targets import UnitHitTargets, UnitIndex

ARROW_DIRECTIONS = {
    pygame.KSCAN_LEFT: (-1, 0),
    pygame.KSCAN_RIGHT: (1, 0),
    pygame.KSCAN_UP: (0, -1),
    pygame.KSCAN_DOWN: (0, 1),
}
"""Steps across and down of each arrow key."""
TEMPERATURE_KEYS = {pygame.KSCAN_INSERT: 1, pygame.KSCAN_DELETE: -1}
"""Steps of the temperature of each key."""
HOLD_KEYS = {pygame.KSCAN_SPACE: 0.0, pygame.KSCAN_RETURN: 0.5, pygame.KSCAN_KP_ENTER: 0.5}
"""Push of each key on the inspected unit; 0 silences it."""
KEY_REPEAT_DELAY_S, KEY_REPEAT_INTERVAL_S = 0.35, 0.12
"""Time until a held key acts again, and between its later repeats, s."""
KNOB_RESET_DELAY_S = 30.0  # time without a visitor after which steered parameters go back, s


class SteeredScene(Protocol):
    """The parts of a scene that fingers and keys act on."""

    @property
    def hit_targets(self) -> UnitHitTargets | None:
        """The units that arrows go between."""

    def unit_at(self, x: float, y: float) -> UnitIndex | None:
        """The unit at a point, if there is one."""

    def drag_steering_at(self, x: float, y: float) -> DragSteering | None:
        """The steering by the knob at a point, if there is one."""

    def steer_by_arrow(self, across: int, down: int) -> tuple[str, tuple[float, ...]] | None:
        """Name and values of the parameter that an arrow key changes."""

    def steer_temperature(self, steps: int) -> tuple[str, tuple[float, ...]] | None:
        """Name and values of the parameter that a temperature key changes."""


class GestureInput:
    """Turns pointer events and keys into gestures."""

    def __init__(self, keyboard: ScreenPiano) -> None:
        self.touch_input = TouchInput(keyboard)
        self._next_repeat_ns: dict[int, int] = {}  # by scancode
        self._initial_blend: BlendChange | None = None
        self._steered_at: int | None = None

    def handle_finger(self, finger: FingerEvent, scene: SteeredScene, at: int) -> list[Gesture]:
        """Gestures of a finger or the mouse at time `at`, ns."""
        return self._record_steering(
            self.touch_input.handle_finger(finger, scene.unit_at, at, scene.drag_steering_at), at
        )

    def handle_key(self, scancode: int, down: bool, scene: SteeredScene, at: int) -> list[Gesture]:
        """Gestures of a key that inspects, holds or steers; none of any other key."""
        if scancode in HOLD_KEYS:
            push = HOLD_KEYS[scancode] if down else None
            return self.touch_input.hold_inspected_unit(push, at)
        if scancode not in ARROW_DIRECTIONS and scancode not in TEMPERATURE_KEYS:
            return []
        if not down:
            self._next_repeat_ns.pop(scancode, None)
            return []
        self._next_repeat_ns[scancode] = at + round(KEY_REPEAT_DELAY_S * SECOND)
        return self._apply_key(scancode, scene, at)

    def tick(self, scene: SteeredScene, timeline: Timeline, at: int) -> list[Gesture]:
        """Gestures that come with time: holds, repeats of held keys, and resets."""
        gestures = self.touch_input.report_held_units(at)
        heard = timeline.comparison
        if heard is not None and heard.is_heard(at):
            self.touch_input.keep_card(at)
        for scancode, due in list(self._next_repeat_ns.items()):
            if at >= due:
                self._next_repeat_ns[scancode] = at + round(KEY_REPEAT_INTERVAL_S * SECOND)
                gestures += self._apply_key(scancode, scene, at)
        return gestures + self._reset_knobs(timeline, at)

    def release_all(self, at: int) -> list[Gesture]:
        """Lift all fingers and release all keys."""
        self._next_repeat_ns.clear()
        return self.touch_input.release_all(at)

    @property
    def steered_from(self) -> BlendChange | None:
        """The parameters before a visitor changed them, if so."""
        return None if self._steered_at is None else self._initial_blend

    def restore_steering(self, initial: BlendChange, at: int) -> None:
        """Restore the steered parameters of an earlier stage at time `at`, ns."""
        self._initial_blend, self._steered_at = initial, at

    def _apply_key(self, scancode: int, scene: SteeredScene, at: int) -> list[Gesture]:
        if scancode in TEMPERATURE_KEYS:
            change = scene.steer_temperature(TEMPERATURE_KEYS[scancode])
        elif scene.hit_targets is not None:
            inspected, direction = self.touch_input.inspected_unit, ARROW_DIRECTIONS[scancode]
            unit = scene.hit_targets.next_unit(inspected, *direction)
            return [] if unit is None else self.touch_input.inspect_unit(unit, at)
        else:
            change = scene.steer_by_arrow(*ARROW_DIRECTIONS[scancode])
        return [] if change is None else self._record_steering([ParameterChange(*change, at)], at)

    def _record_steering(self, gestures: list[Gesture], at: int) -> list[Gesture]:
        if any(isinstance(gesture, ParameterChange) for gesture in gestures):
            self._steered_at = at
        return gestures

    def _reset_knobs(self, timeline: Timeline, at: int) -> list[Gesture]:
        """Parameters as they were before a visitor steered them, once they are due."""
        if self._steered_at is None:
            self._initial_blend = timeline.blend_change(at)
            return []
        initial, turn = self._initial_blend, timeline.turn(at)
        since = max(self._steered_at, turn.due)
        is_due = turn.turn is Turn.ATTRACT and at - since >= KNOB_RESET_DELAY_S * SECOND
        if initial is None or not is_due:
            return []
        self._steered_at = None
        gestures: list[Gesture] = [ParameterChange("temperature", (initial.set_temperature,), at)]
        if len(initial.set_weights) > 1:
            gestures.append(ParameterChange("blend", initial.set_weights, at))
        return gestures
