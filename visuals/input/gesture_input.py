"""Console: all that hands do at the window - fingers, the mouse, and the keys that stand for them.

Arrows go from unit to unit, Space silences the one looked at and Enter makes it louder, as long as
they are held; where a scene has a point to be moved, the arrows move it, and Insert and Delete turn
the temperature. Page Up and Page Down shift the computer's piano by an octave. What was turned goes
back to where it was some time after the visit, so that the next visitor finds all as it should be.
"""

from __future__ import annotations

import pygame

from messages.cues import BlendChange, Turn
from messages.gestures import Gesture, HeldUnit, ParameterChange
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.input.pointer import PointerReader
from visuals.input.touch_input import TouchInput, UnitInspection
from visuals.scenes.base import Scene
from visuals.timeline import SECOND, Timeline

ARROW_DIRECTIONS = {
    pygame.KSCAN_LEFT: (-1, 0),
    pygame.KSCAN_RIGHT: (1, 0),
    pygame.KSCAN_UP: (0, -1),
    pygame.KSCAN_DOWN: (0, 1),
}
"""Across and down."""
TEMPERATURE_KEYS = {pygame.KSCAN_INSERT: 1, pygame.KSCAN_DELETE: -1}
HOLD_KEYS = {pygame.KSCAN_SPACE: 0.0, pygame.KSCAN_RETURN: 0.5, pygame.KSCAN_KP_ENTER: 0.5}
"""How far up each key pushes the unit looked at; not at all is to silence it."""
KEY_REPEAT_DELAY_S, KEY_REPEAT_INTERVAL_S = 0.35, 0.12
"""Seconds after which a key that is held acts again, and again."""
KNOB_RESET_DELAY_S = 30.0
"""Seconds for which what was turned stays while nobody plays."""


class GestureInput:
    """Reads hands.

    Parameters
    ----------
    keyboard : Keyboard
        On the screen.
    """

    def __init__(self, keyboard: PianoKeyboard) -> None:
        self._touch_input, self._pointer = TouchInput(keyboard), PointerReader()
        self._next_repeat_ns: dict[int, int] = {}  # scancode -> when it acts again
        self._initial_blending: BlendChange | None = None
        self._steered_at: int | None = None

    @property
    def held_units(self) -> tuple[HeldUnit, ...]:
        """What fingers do to units now."""
        return self._touch_input.held_units

    def current_inspection(self, at: int) -> UnitInspection | None:
        """The unit looked at, as long as it is."""
        return self._touch_input.current_inspection(at)

    def handle_pointer(
        self, event: pygame.Event, scene: Scene, at: int, window: tuple[int, int]
    ) -> list[Gesture]:
        """What a finger or the mouse does, at a window of that size."""
        gestures = [
            gesture
            for finger in self._pointer.read_event(event, window)
            for gesture in self._touch_input.handle_finger(
                finger, scene.unit_at, at, scene.drag_steering_at
            )
        ]
        return self._record_steering(gestures, at)

    def handle_key(self, code: int, down: bool, scene: Scene, at: int) -> list[Gesture]:
        """The gestures of a key that steers or holds units; none of any other key."""
        if code in HOLD_KEYS:
            return self._touch_input.hold_inspected_unit(HOLD_KEYS[code] if down else None, at)
        if code not in ARROW_DIRECTIONS and code not in TEMPERATURE_KEYS:
            return []
        if not down:
            self._next_repeat_ns.pop(code, None)
            return []
        self._next_repeat_ns[code] = at + round(KEY_REPEAT_DELAY_S * SECOND)
        return self._apply_key(code, scene, at)

    def tick(self, scene: Scene, timeline: Timeline, at: int) -> list[Gesture]:
        """Time goes by."""
        gestures = self._touch_input.tick(at)
        for code, due in list(self._next_repeat_ns.items()):
            if at >= due:
                self._next_repeat_ns[code] = at + round(KEY_REPEAT_INTERVAL_S * SECOND)
                gestures += self._apply_key(code, scene, at)
        return gestures + self._reset_knobs(timeline, at)

    def release_all(self, at: int) -> list[Gesture]:
        """All fingers and keys are gone."""
        self._next_repeat_ns.clear()
        return self._touch_input.release_all(at)

    def _apply_key(self, code: int, scene: Scene, at: int) -> list[Gesture]:
        steered = None
        if code in TEMPERATURE_KEYS:
            steered = scene.steer_temperature(TEMPERATURE_KEYS[code])
        elif scene.hit_targets is not None:
            unit = scene.hit_targets.next_unit(
                self._touch_input.inspected_unit, *ARROW_DIRECTIONS[code]
            )
            return [] if unit is None else self._touch_input.inspect_unit(unit, at)
        else:
            steered = scene.steer_by_arrow(*ARROW_DIRECTIONS[code])
        return [] if steered is None else self._record_steering([ParameterChange(*steered, at)], at)

    def _record_steering(self, gestures: list[Gesture], at: int) -> list[Gesture]:
        if any(isinstance(gesture, ParameterChange) for gesture in gestures):
            self._steered_at = at
        return gestures

    def _reset_knobs(self, timeline: Timeline, at: int) -> list[Gesture]:
        """Turn knobs back to where they were before hands turned them."""
        if self._steered_at is None:
            self._initial_blending = timeline.blend_change(at)
            return []
        alone = timeline.turn(at).turn is Turn.ATTRACT
        since = max(self._steered_at, timeline.turn(at).due)
        if self._initial_blending is None or not alone or at - since < KNOB_RESET_DELAY_S * SECOND:
            return []
        self._steered_at = None
        resting = self._initial_blending
        steers: list[Gesture] = [ParameterChange("temperature", (resting.temperature,), at)]
        if len(resting.weights) > 1:
            steers.append(ParameterChange("blend", resting.weights, at))
        return steers
