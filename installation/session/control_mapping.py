"""The desk: what a control from outside means for this composer and these styles."""

from __future__ import annotations

from collections.abc import Sequence

from installation.engine.live_controls import Mixing, Steered, Tasting, Touching
from installation.io.control.control_messages import Control, ControlError
from rnn.generation.unit_intervention import Kind, Touch

HAND = "outside"
"""Whose fingers `poke` lays on units."""
MOST_FINGERS = 64
"""Units that may be touched at once."""


class Desk:
    """Reads controls, and keeps the faders and fingers that a single one does not tell of.

    Parameters
    ----------
    styles : sequence of str
        Names of the styles that play, the first with the whole share.
    layers, units : int
        Size of the network.
    """

    def __init__(self, styles: Sequence[str], layers: int, units: int) -> None:
        self._shares = dict.fromkeys(styles, 0.0) | {styles[0]: 1.0}
        self._touches: dict[tuple[int, int], Touch] = {}
        self._layers, self._units = layers, units

    def read(self, control: Control) -> Steered:
        """What to change.

        Raises
        ------
        ControlError
            If there is no such style or unit here.
        """
        match control.name, control.values:
            case "temperature", (value,):
                return Steered(Tasting(temperature=value), control.at)
            case "density", (value,):
                return Steered(Tasting(density=value), control.at)
            case "style", (style,):
                return Steered(self._choose(style), control.at)
            case "blend", (style, share):
                return Steered(self._fade(style, share), control.at)
            case "poke", (layer, unit, kind, factor):
                return Steered(self._poke(layer, unit, kind, factor), control.at)
        raise ControlError(f"{control.name} means nothing here")

    def mix(self, shares: Sequence[float], at: int) -> Steered:
        """All faders at once, as at the window; `at` in ns.

        Raises
        ------
        ControlError
            If there are not as many as styles, or one is no share.
        """
        if len(shares) != len(self._shares):
            raise ControlError(f"{len(self._shares)} styles play, not {len(shares)}")
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ControlError("a share must be in 0..1")
        return Steered(self._mixing(dict(zip(self._shares, shares, strict=True))), at)

    def _choose(self, style: str) -> Mixing:
        self._check(style)
        return self._mixing({name: float(name == style) for name in self._shares})

    def _fade(self, style: str, share: float) -> Mixing:
        self._check(style)
        return self._mixing(self._shares | {style: share})

    def _check(self, style: str) -> None:
        if len(self._shares) < 2:
            raise ControlError("one style plays alone; name others in style.blend")
        if style not in self._shares:
            raise ControlError(f"no style {style!r} here; there are: {', '.join(self._shares)}")

    def _mixing(self, shares: dict[str, float]) -> Mixing:
        if not any(shares.values()):
            raise ControlError("one share must be above 0")
        self._shares = shares
        return Mixing(tuple(shares.values()))

    def _poke(self, layer: int, unit: int, kind: str, factor: float) -> Touching:
        if layer >= self._layers or unit >= self._units:
            raise ControlError(f"no unit {unit} in layer {layer}")
        touches = {place: touch for place, touch in self._touches.items() if place != (layer, unit)}
        if kind != "release":
            try:
                touches[layer, unit] = Touch(layer, unit, Kind(kind), factor)
            except ValueError as error:
                raise ControlError(str(error)) from error
        if len(touches) > MOST_FINGERS:
            raise ControlError(f"no more than {MOST_FINGERS} units are touched at once")
        self._touches = touches
        return Touching(tuple(touches.values()), HAND)
