"""Control mapping: from external controls to changes of the composer and its styles."""

from __future__ import annotations

from collections.abc import Sequence

from installation.engine.live_controls import (
    InterventionsChange,
    LiveControlChange,
    SamplingChange,
    StyleSharesChange,
)
from installation.engine.publisher import Subscriber
from installation.io.control.control_messages import ControlError, ControlMessage
from messages.cues import BlendChange, ModelChange, StageMessage
from messages.gestures import HeldUnit
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention

EXTERNAL_ORIGIN = "outside"  # origin of the interventions by `poke`
MAX_INTERVENTIONS = 64  # largest number of units changed at once


class ControlMapper(Subscriber):
    """Maps controls, and keeps the shares and interventions that earlier controls have set.

    It hears which network plays: another one has its own shares, and no intervention.

    Parameters
    ----------
    styles : sequence of str
        Names of the styles that play; the first has the whole share.
    layers, units : int
        Size of the network.
    """

    def __init__(self, styles: Sequence[str], layers: int, units: int) -> None:
        self._shares = dict.fromkeys(styles, 0.0) | {styles[0]: 1.0}
        self._interventions: dict[tuple[int, int], UnitIntervention] = {}
        self._layers, self._units = layers, units
        self._model_path, self._is_changed = "", False

    def send_message(self, message: StageMessage) -> None:
        match message:
            case ModelChange(path) if path != self._model_path:
                self._model_path, self._is_changed = path, True
            case BlendChange() if self._is_changed:  # it follows the change of the model
                self._shares = dict(zip(message.names, message.weights, strict=True))
                self._interventions, self._is_changed = {}, False

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the styles that play."""
        return tuple(self._shares)

    @property
    def shares(self) -> dict[str, float]:
        """Share of each style as it was set, by its name; they are relative."""
        return dict(self._shares)

    @property
    def leading_style(self) -> str:
        """The style with the largest share."""
        return max(self._shares, key=self._shares.__getitem__)

    def map_control(self, control: ControlMessage) -> LiveControlChange:
        """The change that a control asks for.

        Raises
        ------
        ControlError
            If its style or unit does not exist.
        """
        match control.name, control.values:
            case "temperature", (value,):
                return LiveControlChange(SamplingChange(temperature=value), control.at)
            case "density", (value,):
                return LiveControlChange(SamplingChange(density=value), control.at)
            case "style", (style,):
                return LiveControlChange(self._select_style(style), control.at)
            case "blend", (style, share):
                return LiveControlChange(self._set_style_share(style, share), control.at)
            case "poke", (layer, unit, kind, factor):
                return LiveControlChange(
                    self._change_unit_intervention(layer, unit, kind, factor), control.at
                )
        raise ControlError(f"{control.name} means nothing here")

    def map_blend(self, shares: Sequence[float], at: int) -> LiveControlChange:
        """The change to a share of each style, as the window sends it at time `at` (ns).

        Raises
        ------
        ControlError
            If the number of shares is not that of the styles, or a share is out of bounds.
        """
        if len(shares) != len(self._shares):
            raise ControlError(f"{len(self._shares)} styles play, not {len(shares)}")
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ControlError("a share must be in 0..1")
        return LiveControlChange(
            self._change_shares(dict(zip(self._shares, shares, strict=True))), at
        )

    def _select_style(self, style: str) -> StyleSharesChange:
        self._check_style(style)
        return self._change_shares({name: float(name == style) for name in self._shares})

    def _set_style_share(self, style: str, share: float) -> StyleSharesChange:
        self._check_style(style)
        return self._change_shares(self._shares | {style: share})

    def _check_style(self, style: str) -> None:
        if len(self._shares) < 2:
            raise ControlError("one style plays alone; name others in style.blend")
        if style not in self._shares:
            raise ControlError(f"no style {style!r} here; there are: {', '.join(self._shares)}")

    def _change_shares(self, shares: dict[str, float]) -> StyleSharesChange:
        if not any(shares.values()):
            raise ControlError("one share must be above 0")
        self._shares = shares
        return StyleSharesChange(tuple(shares.values()))

    def _change_unit_intervention(
        self, layer: int, unit: int, kind: str, factor: float
    ) -> InterventionsChange:
        if layer >= self._layers or unit >= self._units:
            raise ControlError(f"no unit {unit} in layer {layer}")
        interventions = {
            place: each for place, each in self._interventions.items() if place != (layer, unit)
        }
        if kind != "release":
            try:
                interventions[layer, unit] = UnitIntervention(
                    layer, unit, InterventionKind(kind), factor
                )
            except ValueError as error:
                raise ControlError(str(error)) from error
        if len(interventions) > MAX_INTERVENTIONS:
            raise ControlError(f"no more than {MAX_INTERVENTIONS} units are changed at once")
        self._interventions = interventions
        return InterventionsChange(tuple(interventions.values()), EXTERNAL_ORIGIN)


def hold_intervention(hold: HeldUnit) -> UnitIntervention:
    """The intervention of the network that a held unit asks for.

    Raises
    ------
    ValueError
        If its unit or factor is out of bounds.
    """
    if hold.factor == 0.0:
        return UnitIntervention(hold.layer, hold.unit, InterventionKind.SILENCE)
    return UnitIntervention(hold.layer, hold.unit, InterventionKind.AMPLIFY, hold.factor)
