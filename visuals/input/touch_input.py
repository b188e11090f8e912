"""Hands: what fingers on the picture do - play the piano, look at a unit, silence it, turn a knob.

A finger on the keys plays them, and slides from key to key. A finger on a unit opens its card; held
still there it silences the unit, and pushed upwards it amplifies it, until it is lifted. A finger
on a knob drags it. Keys of the computer can look at units and hold them, too, as if by a finger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from messages.gestures import Gesture, Handling, Hold, Steer, Strike
from visuals.hud.piano_keyboard import Keyboard
from visuals.input.hit_targets import Unit
from visuals.input.pointer import Finger, Phase
from visuals.timeline import SECOND

PATIENCE = 0.35
"""Seconds a finger rests on a unit before it is more than a look."""
REACH = 120.0
"""Pixels pushed upwards for the most amplification."""
STILL = 18.0
"""A finger that moved by less than this is held still, pixels."""
MOST = 8.0
"""Factor of a unit pushed all the way."""
SHOWN = 7.0
"""Seconds a card stays once its finger is gone."""
BY_KEY = -2
"""Number of the finger that a key of the computer is."""

Grip = Callable[[float, float], tuple[str, tuple[float, ...]]]
"""What a finger has hold of: from where it is, to the name and values of a `Steer`."""


@dataclass(slots=True)
class _OnUnit:
    unit: Unit
    since: int
    y: float
    push: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
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

    unit: Unit
    factor: float
    left: float


class Hands:
    """Keeps track of the fingers.

    Parameters
    ----------
    keyboard : Keyboard
    """

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard
        self._keys: dict[int, int | None] = {}  # finger -> pitch under it
        self._units: dict[int, _OnUnit] = {}
        self._grips: dict[int, Grip] = {}
        self._turned: dict[str, tuple[float, ...]] = {}  # what knobs were last turned to
        self._told: tuple[Hold, ...] = ()
        self._last: Unit | None = None
        self._last_at = 0

    def take(
        self,
        finger: Finger,
        unit_at: Callable[[float, float], Unit | None],
        at: int,
        grip_at: Callable[[float, float], Grip | None] | None = None,
    ) -> list[Gesture]:
        """What a finger does at `at` (ns).

        `unit_at` finds the unit the scene shows at a point, `grip_at` the knob.
        """
        match finger.phase:
            case Phase.DOWN:
                return self._put(finger, unit_at, at, grip_at)
            case Phase.MOVE:
                return self._move(finger, at)
            case Phase.UP:
                return self._lift(finger.number, at)

    def tick(self, at: int) -> list[Gesture]:
        """Time goes by: a finger that rests long enough on a unit begins to hold it."""
        return self._tell(at)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What the fingers do to units now."""
        return self._told

    def let_go(self, at: int) -> list[Gesture]:
        """All fingers are gone."""
        numbers = [*self._keys, *self._units, *self._grips]
        return [gesture for number in numbers for gesture in self._lift(number, at)]

    def look(self, at: int) -> Look | None:
        """The unit touched last, as long as it is looked at."""
        if self._last is None:
            return None
        held = [on for on in self._units.values() if on.unit == self._last]
        if held:
            return Look(self._last, _factor(held[-1], at), 1.0)
        left = 1.0 - (at - self._last_at) / SECOND / SHOWN
        return Look(self._last, 1.0, left) if left > 0.0 else None

    def look_at(self, unit: Unit, at: int) -> list[Gesture]:
        """A key of the computer goes to a unit; what it holds, it holds there from now on."""
        self._last, self._last_at = unit, at
        held = self._units.get(BY_KEY)
        if held is not None:
            held.unit = unit
        return self._tell(at)

    def hold(self, push: float | None, at: int) -> list[Gesture]:
        """A key silences the unit looked at (0), amplifies it (above 0, to 1), or is let go."""
        if push is None or self._last is None:
            return self._lift(BY_KEY, at)
        since = at - round(PATIENCE * SECOND)
        self._units[BY_KEY] = _OnUnit(self._last, since, 0.0, push)
        self._last_at = at
        return self._tell(at)

    @property
    def looked_at(self) -> Unit | None:
        """The unit touched last."""
        return self._last

    def _put(
        self,
        finger: Finger,
        unit_at: Callable[[float, float], Unit | None],
        at: int,
        grip_at: Callable[[float, float], Grip | None] | None,
    ) -> list[Gesture]:
        pitch = self._keyboard.pitch_at(finger.x, finger.y)
        if pitch is not None:
            return self._slide(finger.number, pitch, at)
        grip = None if grip_at is None else grip_at(finger.x, finger.y)
        if grip is not None:
            self._grips[finger.number] = grip
            self._turned.clear()
            return self._drag(finger, at)
        unit = unit_at(finger.x, finger.y)
        if unit is None:
            self._last = None
            return []
        self._units[finger.number] = _OnUnit(unit, at, finger.y)
        self._last, self._last_at = unit, at
        return self._tell(at)

    def _move(self, finger: Finger, at: int) -> list[Gesture]:
        if finger.number in self._keys:
            return self._slide(finger.number, self._keyboard.pitch_at(finger.x, finger.y), at)
        if finger.number in self._units:
            on = self._units[finger.number]
            on.push = min(1.0, max(0.0, (on.y - finger.y - STILL) / (REACH - STILL)))
            return self._tell(at)
        return self._drag(finger, at) if finger.number in self._grips else []

    def _drag(self, finger: Finger, at: int) -> list[Gesture]:
        name, values = self._grips[finger.number](finger.x, finger.y)
        if self._turned.get(name) == values:
            return []
        self._turned[name] = values
        return [Steer(name, values, at)]

    def _lift(self, number: int, at: int) -> list[Gesture]:
        gestures = self._slide(number, None, at) if number in self._keys else []
        self._keys.pop(number, None)
        self._grips.pop(number, None)
        if self._units.pop(number, None) is not None:
            self._last_at = at
            gestures += self._tell(at)
        return gestures

    def _slide(self, number: int, pitch: int | None, at: int) -> list[Gesture]:
        """A finger goes to another key, or to none; a key under two fingers sounds on."""
        before = self._keys.get(number)
        if before == pitch:
            return []
        others = {key for finger, key in self._keys.items() if finger != number}
        self._keys[number] = pitch
        gestures: list[Gesture] = []
        if before is not None and before not in others:
            gestures.append(Strike(before, False, at))
        if pitch is not None and pitch not in others:
            gestures.append(Strike(pitch, True, at))
        return gestures

    def _tell(self, at: int) -> list[Gesture]:
        """The fingers on units, if they do anything else than before."""
        factors = {on.unit: _factor(on, at) for on in self._units.values()}
        holds = tuple(
            Hold(layer, unit, factor)
            for (layer, unit), factor in sorted(factors.items())
            if factor != 1.0
        )
        if holds == self._told:
            return []
        self._told = holds
        return [Handling(holds, at)]


def _factor(on: _OnUnit, at: int) -> float:
    """What a finger does to a unit; in steps of a half, so that not every pixel is a message."""
    if on.push > 0.0:
        return 1.0 + round(2 * on.push * (MOST - 1.0)) / 2
    return 0.0 if at - on.since >= PATIENCE * SECOND else 1.0
