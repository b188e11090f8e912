"""Touch input: fingers that play the piano on the screen, hold units and drag knobs.

A finger on the piano plays a key, and slides from key to key. A finger on a unit opens its card.
Held still, it silences the unit; pushed upwards, it amplifies the unit, until it is lifted. A touch
of the card plays the last phrase with and without the unit.
Computer keys can inspect and hold units, too, as if by a finger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pygame import Rect

from messages.clock import SECOND
from messages.gestures import (
    ComparisonRequest,
    Gesture,
    HeldUnit,
    HeldUnitsChange,
    KeyEvent,
    ParameterChange,
)
from visuals.input.pointer import FingerEvent, FingerPhase
from visuals.widgets.hit_targets import UnitIndex

HOLD_DELAY_S = 0.35  # time a finger rests on a unit before it holds the unit, s
MAX_PUSH_PX = 120.0  # distance pushed upwards for `MAX_AMPLIFICATION`, pixels
HOLD_TOLERANCE_PX = 18.0  # distance below which a finger counts as held still, pixels
MAX_AMPLIFICATION = 8.0  # largest factor of a unit
CARD_TIMEOUT_S = 7.0  # time a card stays after its finger is lifted, s
COMPUTER_KEY_FINGER = -2  # finger number of the computer keys that hold a unit

DragSteering = Callable[[float, float], tuple[str, tuple[float, ...]]]
"""From the place of a finger on a knob to the name and values of a `ParameterChange`."""


class ScreenPiano(Protocol):
    """The piano on the screen."""

    def pitch_at(self, x: float, y: float) -> int | None:
        """MIDI number of the key at a point, if there is one."""


@dataclass(slots=True)
class _UnitTouch:
    unit: UnitIndex
    since: int
    y: float
    push: float = 0.0

    def factor(self, at: int) -> float:
        """Factor of the unit at time `at` (ns); in steps of a half, to send fewer messages."""
        if self.push > 0.0:
            return 1.0 + round(2 * self.push * (MAX_AMPLIFICATION - 1.0)) / 2
        return 0.0 if at - self.since >= HOLD_DELAY_S * SECOND else 1.0


@dataclass(frozen=True, slots=True)
class UnitInspection:
    """A unit whose card is shown.

    Parameters
    ----------
    unit : (int, int)
        Layer and number.
    factor : float
        Factor that fingers give its output: 1 for none, 0 to silence it.
    remaining : float
        Share of the time that the card stays: 1 while it is touched, falling to 0.
    """

    unit: UnitIndex
    factor: float
    remaining: float


class TouchInput:
    """Turns finger events into gestures."""

    def __init__(self, keyboard: ScreenPiano) -> None:
        self.keyboard = keyboard
        self._keys: dict[int, int | None] = {}  # finger -> pitch under it
        self._unit_touches: dict[int, _UnitTouch] = {}  # finger -> unit under it
        self._drags: dict[int, DragSteering] = {}  # finger -> knob under it
        self._knob_values: dict[str, tuple[float, ...]] = {}  # last sent
        self.held_units: tuple[HeldUnit, ...] = ()  # silenced or amplified now
        self.inspected_unit: UnitIndex | None = None  # the one touched last
        self._inspected_at = 0
        self.card_rect: Rect | None = None  # of the unit inspected, as drawn
        self.covered_rects: tuple[Rect, ...] = ()  # where something lies over the scene

    def handle_finger(
        self,
        finger: FingerEvent,
        unit_at: Callable[[float, float], UnitIndex | None],
        at: int,
        drag_steering_at: Callable[[float, float], DragSteering | None] | None = None,
    ) -> list[Gesture]:
        """Gestures of a finger event at time `at` (ns).

        The two callables find the unit and the knob that the scene shows at a point.
        """
        if finger.phase is FingerPhase.UP:
            return self._lift(finger.number, at)
        if finger.phase is FingerPhase.MOVE:
            return self._move(finger, at)
        pitch = self.keyboard.pitch_at(finger.x, finger.y)
        if pitch is not None:
            return self._move_to_key(finger.number, pitch, at)
        if any(rect.collidepoint(finger.x, finger.y) for rect in self.covered_rects):
            return []
        steering = None if drag_steering_at is None else drag_steering_at(finger.x, finger.y)
        if steering is not None:
            self._drags[finger.number] = steering
            self._knob_values.clear()
            return self._drag_knob(finger, at)
        card, unit = self.card_rect, self.inspected_unit
        if card is not None and unit is not None and card.collidepoint(finger.x, finger.y):
            self.keep_card(at)
            return [ComparisonRequest(*unit, at)]
        self.inspected_unit = unit_at(finger.x, finger.y)
        if self.inspected_unit is None:
            return []
        self._unit_touches[finger.number] = _UnitTouch(self.inspected_unit, at, finger.y)
        self._inspected_at = at
        return self.report_held_units(at)

    def report_held_units(self, at: int) -> list[Gesture]:
        """The change of the held units, if there is one; time alone may change them."""
        factors = {touch.unit: touch.factor(at) for touch in self._unit_touches.values()}
        held_units = tuple(
            HeldUnit(layer, unit, factor)
            for (layer, unit), factor in sorted(factors.items())
            if factor != 1.0
        )
        if held_units == self.held_units:
            return []
        self.held_units = held_units
        return [HeldUnitsChange(held_units, at)]

    def keep_card(self, at: int) -> None:
        """Show the card for its full time from `at` (ns) on."""
        self._inspected_at = at

    def release_all(self, at: int) -> list[Gesture]:
        """Lift all fingers."""
        numbers = [*self._keys, *self._unit_touches, *self._drags]
        return [gesture for number in numbers for gesture in self._lift(number, at)]

    def current_inspection(self, at: int) -> UnitInspection | None:
        """The unit touched last, until its card times out."""
        if self.inspected_unit is None:
            return None
        touches = [
            touch for touch in self._unit_touches.values() if touch.unit == self.inspected_unit
        ]
        if touches:
            return UnitInspection(self.inspected_unit, touches[-1].factor(at), 1.0)
        remaining = 1.0 - (at - self._inspected_at) / SECOND / CARD_TIMEOUT_S
        return UnitInspection(self.inspected_unit, 1.0, remaining) if remaining > 0.0 else None

    def inspect_unit(self, unit: UnitIndex, at: int) -> list[Gesture]:
        """Inspect another unit by a computer key; a hold by computer keys moves to that unit."""
        self.inspected_unit, self._inspected_at = unit, at
        held = self._unit_touches.get(COMPUTER_KEY_FINGER)
        if held is not None:
            held.unit = unit
        return self.report_held_units(at)

    def hold_inspected_unit(self, push: float | None, at: int) -> list[Gesture]:
        """A computer key silences the inspected unit (0), amplifies it (to 1), or releases it."""
        if push is None or self.inspected_unit is None:
            return self._lift(COMPUTER_KEY_FINGER, at)
        since = at - round(HOLD_DELAY_S * SECOND)
        self._unit_touches[COMPUTER_KEY_FINGER] = _UnitTouch(self.inspected_unit, since, 0.0, push)
        self._inspected_at = at
        return self.report_held_units(at)

    def _move(self, finger: FingerEvent, at: int) -> list[Gesture]:
        if finger.number in self._keys:
            return self._move_to_key(finger.number, self.keyboard.pitch_at(finger.x, finger.y), at)
        touch = self._unit_touches.get(finger.number)
        if touch is not None:
            push_px = touch.y - finger.y - HOLD_TOLERANCE_PX
            touch.push = min(1.0, max(0.0, push_px / (MAX_PUSH_PX - HOLD_TOLERANCE_PX)))
            return self.report_held_units(at)
        return self._drag_knob(finger, at) if finger.number in self._drags else []

    def _drag_knob(self, finger: FingerEvent, at: int) -> list[Gesture]:
        name, values = self._drags[finger.number](finger.x, finger.y)
        if self._knob_values.get(name) == values:
            return []
        self._knob_values[name] = values
        return [ParameterChange(name, values, at)]

    def _lift(self, number: int, at: int) -> list[Gesture]:
        gestures = self._move_to_key(number, None, at) if number in self._keys else []
        self._keys.pop(number, None)
        self._drags.pop(number, None)
        if self._unit_touches.pop(number, None) is not None:
            self._inspected_at = at
            gestures += self.report_held_units(at)
        return gestures

    def _move_to_key(self, number: int, pitch: int | None, at: int) -> list[Gesture]:
        """A finger goes to another key, or to none; a key under two fingers sounds on."""
        before = self._keys.get(number)
        if before == pitch:
            return []
        others = {key for finger, key in self._keys.items() if finger != number}
        self._keys[number] = pitch
        gestures: list[Gesture] = []
        if before is not None and before not in others:
            gestures.append(KeyEvent(before, False, at))
        if pitch is not None and pitch not in others:
            gestures.append(KeyEvent(pitch, True, at))
        return gestures
