"""The controls that can be changed from outside, and the values each accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ControlValue = float | int | str


class ControlError(ValueError):
    """A control that does not exist or does not accept its values; one line."""


@dataclass(frozen=True, slots=True)
class ControlMessage:
    """A changed control.

    Parameters
    ----------
    name : str
        One of `REMOTE_ARGUMENTS` or `STAFF_ARGUMENTS`.
    values : tuple of float, int or str
        Its arguments.
    at : int
        Time of arrival, monotonic ns.
    """

    name: str
    values: tuple[ControlValue, ...]
    at: int


@dataclass(frozen=True, slots=True)
class ControlRefusal:
    """Tells who asked for a control that it is not carried out.

    Parameters
    ----------
    control : ControlMessage
    reason : str
        One line.
    """

    control: ControlMessage
    reason: str


@dataclass(frozen=True, slots=True)
class NumberArgument:
    """A number from `low` to `high`."""

    name: str
    low: float
    high: float
    is_integer: bool = False

    def validate(self, value: object) -> float | int:
        """The value as a number; raises `ControlError` if it is not accepted."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ControlError(f"{self.name} must be a number")
        if not self.low <= value <= self.high:  # nor is NaN, or an integer too large for a float
            raise ControlError(f"{self.name} must be in {self.low:g}..{self.high:g}")
        if self.is_integer and value != int(value):
            raise ControlError(f"{self.name} must be a whole number")
        return int(value) if self.is_integer else float(value)

    def at_share(self, share: float) -> float | int:
        """The number at a share (0..1) of the way from `low` to `high`."""
        value = self.low + share * (self.high - self.low)
        return round(value) if self.is_integer else value


@dataclass(frozen=True, slots=True)
class WordArgument:
    """A word, one of `choices` if there are any."""

    name: str
    choices: tuple[str, ...] = ()

    def validate(self, value: object) -> str:
        """The value as a word; raises `ControlError` if it is not accepted."""
        if not isinstance(value, str) or not 0 < len(value) <= 64:
            raise ControlError(f"{self.name} must be a word")
        if self.choices and value not in self.choices:
            raise ControlError(f"{self.name} must be one of {', '.join(self.choices)}")
        return value


INTERVENTION_KINDS = ("silence", "hold", "amplify", "release")
CONTROL_ARGUMENTS: dict[str, tuple[NumberArgument | WordArgument, ...]] = {
    "temperature": (NumberArgument("temperature", 0.05, 3.0),),
    "density": (NumberArgument("density", -8.0, 8.0),),
    "style": (WordArgument("style"),),
    "blend": (WordArgument("style"), NumberArgument("share", 0.0, 1.0)),
    "poke": (
        NumberArgument("layer", 0, 63, is_integer=True),
        NumberArgument("unit", 0, 65535, is_integer=True),
        WordArgument("kind", INTERVENTION_KINDS),
        NumberArgument("factor", -1.0, 16.0),
    ),
    "silence": (),
}
"""Arguments of each control of the music, in order."""

SWITCH = (NumberArgument("on", 0, 1, is_integer=True),)
LEARN = (WordArgument("control"),)
STAFF_ARGUMENTS: dict[str, tuple[NumberArgument | WordArgument, ...]] = {
    "volume": (NumberArgument("volume", 0.0, 1.0),),
    "quiet": SWITCH,
    "silence": SWITCH,
    "temperature": CONTROL_ARGUMENTS["temperature"],
    "density": CONTROL_ARGUMENTS["density"],
    "blend": CONTROL_ARGUMENTS["blend"],
    "panic": (),
    "style": (WordArgument("style"),),
    "mode": (WordArgument("mode", ("answer", "together", "continuous")),),
    "scene": (WordArgument("scene"),),
    "language": (WordArgument("language"),),
    "sound_check": (),
    "test_picture": SWITCH,
    "set": (WordArgument("set"),),
    "learn": LEARN,
    "restart": (WordArgument("process", ("stage", "performer", "all")),),
}
"""Arguments of each control that the staff has, in order."""
REMOTE_ARGUMENTS = CONTROL_ARGUMENTS | {
    "learn": LEARN,
    "panic": (),
    "play": SWITCH,
    "scene": STAFF_ARGUMENTS["scene"],
    "set": STAFF_ARGUMENTS["set"],
    "volume": STAFF_ARGUMENTS["volume"],
}
"""Arguments of each control that another program has, in order."""
LEARNABLE_ARGUMENTS = {
    name: (REMOTE_ARGUMENTS | STAFF_ARGUMENTS)[name]
    for name in (
        *("temperature", "density", "style", "blend", "volume", "scene", "set", "mode"),
        *("language", "play", "quiet", "silence", "panic", "sound_check", "test_picture"),
    )
}
"""Arguments of each control that a knob or a button can move: words, and the value at last."""
LASTING_CONTROLS = ("volume", "quiet", "silence", "style", "mode", "language")
"""Controls of the staff that a restarted process is told again."""


def validate_control(
    name: str,
    values: Sequence[object],
    at: int,
    accepted: Mapping[str, tuple[NumberArgument | WordArgument, ...]] = CONTROL_ARGUMENTS,
) -> ControlMessage:
    """Check a control and its values.

    Parameters
    ----------
    name : str
    values : sequence of object
    at : int
        Time of arrival, monotonic ns.
    accepted : mapping of str to tuple
        Arguments of each control that exists.

    Returns
    -------
    ControlMessage

    Raises
    ------
    ControlError
        If there is no such control, or it does not accept the values.
    """
    arguments = accepted.get(name)
    if arguments is None:
        raise ControlError(f"no control {name!r}; there are: {', '.join(accepted)}")
    if len(values) != len(arguments):
        raise ControlError(f"{name} takes {len(arguments)} values, not {len(values)}")
    pairs = zip(arguments, values, strict=True)
    return ControlMessage(name, tuple(argument.validate(value) for argument, value in pairs), at)
