"""Controls: what may be steered from outside, with the values each accepts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Value = float | int | str


class ControlError(ValueError):
    """A control that does not exist or does not accept what it was given; one line."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something was turned.

    Parameters
    ----------
    name : str
        One of `CONTROLS`.
    values : tuple of float, int or str
    at : int
        When, monotonic ns.
    """

    name: str
    values: tuple[Value, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Number:
    """An argument: a number in a range; `whole` if it counts something."""

    name: str
    low: float
    high: float
    whole: bool = False

    def take(self, value: object) -> float | int:
        """The argument as given, checked.

        Raises
        ------
        ControlError
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ControlError(f"{self.name} must be a number")
        if not math.isfinite(value) or not self.low <= value <= self.high:
            raise ControlError(f"{self.name} must be in {self.low:g}..{self.high:g}")
        if self.whole and value != int(value):
            raise ControlError(f"{self.name} must be a whole number")
        return int(value) if self.whole else float(value)


@dataclass(frozen=True, slots=True)
class Word:
    """An argument: a word; one of `among`, if there are any."""

    name: str
    among: tuple[str, ...] = ()

    def take(self, value: object) -> str:
        """The argument as given, checked.

        Raises
        ------
        ControlError
        """
        if not isinstance(value, str) or not 0 < len(value) <= 64:
            raise ControlError(f"{self.name} must be a word")
        if self.among and value not in self.among:
            raise ControlError(f"{self.name} must be one of {', '.join(self.among)}")
        return value


POKES = ("silence", "hold", "amplify", "release")
CONTROLS: dict[str, tuple[Number | Word, ...]] = {
    "temperature": (Number("temperature", 0.05, 3.0),),
    "density": (Number("density", -8.0, 8.0),),
    "style": (Word("style"),),
    "blend": (Word("style"), Number("share", 0.0, 1.0)),
    "poke": (
        Number("layer", 0, 63, whole=True),
        Number("unit", 0, 65535, whole=True),
        Word("kind", POKES),
        Number("factor", -1.0, 16.0),
    ),
}
"""Arguments of each control, in order."""


def check_control(name: str, values: Sequence[object], at: int) -> Control:
    """A control that was turned at `at` (ns), its values checked.

    Raises
    ------
    ControlError
    """
    arguments = CONTROLS.get(name)
    if arguments is None:
        raise ControlError(f"no control {name!r}; there are: {', '.join(CONTROLS)}")
    if len(values) != len(arguments):
        raise ControlError(f"{name} takes {len(arguments)} values, not {len(values)}")
    pairs = zip(arguments, values, strict=True)
    return Control(name, tuple(argument.take(value) for argument, value in pairs), at)
