"""Hands: what fingers on the picture do - play the piano, look at a unit, silence it, turn a knob.

A finger on the keys plays them, and slides from key to key. A finger on a unit opens its card; held
still there it silences the unit, and pushed upwards it amplifies it, until it is lifted. A finger
on a knob drags it. Keys of the computer can look at units and hold them, too, as if by a finger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from messages.gestures import Gesture, HeldUnit, HeldUnitsChange, KeyEvent, ParameterChange
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.input.hit_targets import UnitIndex
from visuals.input.pointer import FingerEvent, FingerPhase
from visuals.timeline import SECOND

HOLD_DELAY_S = 0.35
"""Seconds a finger rests on a unit before it is more than a look."""
MAX_PUSH_PX = 120.0
"""Pixels pushed upwards for the most amplification."""
HOLD_TOLERANCE_PX = 18.0
"""A finger that moved by less than this is held still, pixels."""
MAX_AMPLIFICATION = 8.0
"""Factor of a unit pushed all the way."""
CARD_TIMEOUT_S = 7.0
"""Seconds a card stays once its finger is gone."""
COMPUTER_KEY_FINGER = -2
"""Number of the finger that a key of the computer is."""

DragSteering = Callable[[float, float], tuple[str, tuple[float, ...]]]
"""What a finger has hold of: from where it is, to the name and values of a `ParameterChange`."""


@dataclass(slots=True)
class _UnitTouch:
    unit: UnitIndex
    since: int
    y: float
    push: float = 0.0


@dataclass(frozen=True, slots=True)
class UnitInspection:
    """A unit that is looked at.

    Parameters
    ----------
    unit : (int, int)
        Layer and number.
    factor : float
        What its fingers do: 1 nothing, 0 silence it.
    left : float
        How long it is still looked at: 1 while touched, falling to 0.
    """

    unit: UnitIndex
    factor: float
    remaining: float


class TouchInput:
    """Keeps track of the fingers.

    Parameters
    ----------
    keyboard : Keyboard
    """

    def __init__(self, keyboard: PianoKeyboard) -> None:
        self._keyboard = keyboard
        self._keys: dict[int, int | None] = {}  # finger -> pitch under it
        self._unit_touches: dict[int, _UnitTouch] = {}
        self._drags: dict[int, DragSteering] = {}
        self._knob_values: dict[str, tuple[float, ...]] = {}  # what knobs were last turned to
        self._sent_held_units: tuple[HeldUnit, ...] = ()
        self._inspected: UnitIndex | None = None
        self._inspected_at = 0

    def handle_finger(
        self,
        finger: FingerEvent,
        unit_at: Callable[[float, float], UnitIndex | None],
        at: int,
        grip_at: Callable[[float, float], DragSteering | None] | None = None,
    ) -> list[Gesture]:
        """What a finger does at `at` (ns).

        `unit_at` finds the unit the scene shows at a point, `grip_at` the knob.
        """
        match finger.phase:
            case FingerPhase.DOWN:
                return self._finger_down(finger, unit_at, at, grip_at)
            case FingerPhase.MOVE:
                return self._finger_move(finger, at)
            case FingerPhase.UP:
                return self._finger_up(finger.number, at)

    def tick(self, at: int) -> list[Gesture]:
        """Time goes by: a finger that rests long enough on a unit begins to hold it."""
        return self._report_held_units(at)

    @property
    def held_units(self) -> tuple[HeldUnit, ...]:
        """What the fingers do to units now."""
        return self._sent_held_units

    def release_all(self, at: int) -> list[Gesture]:
        """All fingers are gone."""
        numbers = [*self._keys, *self._unit_touches, *self._drags]
        return [gesture for number in numbers for gesture in self._finger_up(number, at)]

    def current_inspection(self, at: int) -> UnitInspection | None:
        """The unit touched last, as long as it is looked at."""
        if self._inspected is None:
            return None
        held = [on for on in self._unit_touches.values() if on.unit == self._inspected]
        if held:
            return UnitInspection(self._inspected, _hold_factor(held[-1], at), 1.0)
        left = 1.0 - (at - self._inspected_at) / SECOND / CARD_TIMEOUT_S
        return UnitInspection(self._inspected, 1.0, left) if left > 0.0 else None

    def inspect_unit(self, unit: UnitIndex, at: int) -> list[Gesture]:
        """A key of the computer goes to a unit; what it holds, it holds there from now on."""
        self._inspected, self._inspected_at = unit, at
        held = self._unit_touches.get(COMPUTER_KEY_FINGER)
        if held is not None:
            held.unit = unit
        return self._report_held_units(at)

    def hold_inspected_unit(self, push: float | None, at: int) -> list[Gesture]:
        """A key silences the unit looked at (0), amplifies it (above 0, to 1), or is let go."""
        if push is None or self._inspected is None:
            return self._finger_up(COMPUTER_KEY_FINGER, at)
        since = at - round(HOLD_DELAY_S * SECOND)
        self._unit_touches[COMPUTER_KEY_FINGER] = _UnitTouch(self._inspected, since, 0.0, push)
        self._inspected_at = at
        return self._report_held_units(at)

    @property
    def inspected_unit(self) -> UnitIndex | None:
        """The unit touched last."""
        return self._inspected

    def _finger_down(
        self,
        finger: FingerEvent,
        unit_at: Callable[[float, float], UnitIndex | None],
        at: int,
        grip_at: Callable[[float, float], DragSteering | None] | None,
    ) -> list[Gesture]:
        pitch = self._keyboard.pitch_at(finger.x, finger.y)
        if pitch is not None:
            return self._move_to_key(finger.number, pitch, at)
        grip = None if grip_at is None else grip_at(finger.x, finger.y)
        if grip is not None:
            self._drags[finger.number] = grip
            self._knob_values.clear()
            return self._drag_knob(finger, at)
        unit = unit_at(finger.x, finger.y)
        if unit is None:
            self._inspected = None
            return []
        self._unit_touches[finger.number] = _UnitTouch(unit, at, finger.y)
        self._inspected, self._inspected_at = unit, at
        return self._report_held_units(at)

    def _finger_move(self, finger: FingerEvent, at: int) -> list[Gesture]:
        if finger.number in self._keys:
            return self._move_to_key(finger.number, self._keyboard.pitch_at(finger.x, finger.y), at)
        if finger.number in self._unit_touches:
            on = self._unit_touches[finger.number]
            on.push = min(
                1.0,
                max(0.0, (on.y - finger.y - HOLD_TOLERANCE_PX) / (MAX_PUSH_PX - HOLD_TOLERANCE_PX)),
            )
            return self._report_held_units(at)
        return self._drag_knob(finger, at) if finger.number in self._drags else []

    def _drag_knob(self, finger: FingerEvent, at: int) -> list[Gesture]:
        name, values = self._drags[finger.number](finger.x, finger.y)
        if self._knob_values.get(name) == values:
            return []
        self._knob_values[name] = values
        return [ParameterChange(name, values, at)]

    def _finger_up(self, number: int, at: int) -> list[Gesture]:
        gestures = self._move_to_key(number, None, at) if number in self._keys else []
        self._keys.pop(number, None)
        self._drags.pop(number, None)
        if self._unit_touches.pop(number, None) is not None:
            self._inspected_at = at
            gestures += self._report_held_units(at)
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

    def _report_held_units(self, at: int) -> list[Gesture]:
        """The fingers on units, if they do anything else than before."""
        factors = {on.unit: _hold_factor(on, at) for on in self._unit_touches.values()}
        holds = tuple(
            HeldUnit(layer, unit, factor)
            for (layer, unit), factor in sorted(factors.items())
            if factor != 1.0
        )
        if holds == self._sent_held_units:
            return []
        self._sent_held_units = holds
        return [HeldUnitsChange(holds, at)]


def _hold_factor(on: _UnitTouch, at: int) -> float:
    """What a finger does to a unit; in steps of a half, so that not every pixel is a message."""
    if on.push > 0.0:
        return 1.0 + round(2 * on.push * (MAX_AMPLIFICATION - 1.0)) / 2
    return 0.0 if at - on.since >= HOLD_DELAY_S * SECOND else 1.0
