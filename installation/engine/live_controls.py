"""Live controls: sampling, mixture of styles, and touched units, changed while music plays.

The crowd's wishes are kept apart: they move what everybody else has set, and go without a trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from installation.config import LiveSettings
from messages.crowd import CrowdSteering
from rnn.generation.composer import Composer
from rnn.generation.ensemble import EnsembleImproviser
from rnn.generation.unit_intervention import UnitIntervention
from rnn.model.sampling_params import SamplingParams

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 3.0  # to which the crowd can bring the sampling
MAX_DENSITY = 8.0


@dataclass(frozen=True, slots=True)
class SamplingChange:
    """A change of the sampling.

    Parameters
    ----------
    temperature, density : float or None
        New values; None keeps a value.
    """

    temperature: float | None = None
    density: float | None = None


@dataclass(frozen=True, slots=True)
class StyleSharesChange:
    """A change of the mixture of styles.

    Parameters
    ----------
    shares : tuple of float
        Share of each style, in their order.
    """

    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InterventionsChange:
    """A change of the touched units of one origin.

    Parameters
    ----------
    interventions : tuple of UnitIntervention
        All of that origin; they replace its earlier ones.
    origin : str
        Who set them: "window", "outside" (OSC) or "comparison".
    """

    interventions: tuple[UnitIntervention, ...]
    origin: str = "window"


@dataclass(frozen=True, slots=True)
class LiveControlChange:
    """A change of the live controls.

    Parameters
    ----------
    change : SamplingChange, StyleSharesChange, InterventionsChange or CrowdSteering
    at : int
        When it was made, ns.
    """

    change: SamplingChange | StyleSharesChange | InterventionsChange | CrowdSteering
    at: int


class LiveControls:
    """Applies changes in the performer's thread, in order of their times."""

    def __init__(self, composer: Composer, settings: LiveSettings) -> None:
        self._composer, self._settings = composer, settings
        self._sampling = self._default_sampling()
        self._interventions_by_origin: dict[str, tuple[UnitIntervention, ...]] = {}
        self._crowd, self._shares = CrowdSteering(), self._own_shares()

    @property
    def sampling(self) -> SamplingParams:
        """Current sampling parameters."""
        own, crowd = self._sampling, self._crowd
        if crowd == CrowdSteering():
            return own
        temperature = own.temperature * crowd.temperature_factor
        density = own.density + crowd.density
        return replace(
            own,
            temperature=min(MAX_TEMPERATURE, max(MIN_TEMPERATURE, temperature)),
            density=min(MAX_DENSITY, max(-MAX_DENSITY, density)),
            register=crowd.register,
        )

    @property
    def style_shares(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Names of the styles that play, and their shares."""
        return self._composer.styles, tuple(self._composer.weights.tolist())

    @property
    def set_temperature(self) -> float:
        """Temperature as it was set, without the crowd's wishes."""
        return self._sampling.temperature

    @property
    def set_shares(self) -> tuple[float, ...]:
        """Shares of the styles as they were set, without the crowd's wishes."""
        return tuple(self._shares.tolist())

    def apply_change(self, change: LiveControlChange) -> None:
        """Apply a change.

        Raises
        ------
        ValueError
            If the composer does not have such a unit, or as many styles.
        """
        match change.change:
            case SamplingChange(temperature, density):
                given = {"temperature": temperature, "density": density}
                changed = {name: value for name, value in given.items() if value is not None}
                self._sampling = replace(self._sampling, **changed)
            case StyleSharesChange(shares):
                self._set_style_shares(shares)
            case CrowdSteering() as crowd:
                self._crowd = crowd
                self._mix_styles()
            case InterventionsChange(interventions, origin):
                self._set_interventions(interventions, origin)

    def switch_composer(self, composer: Composer) -> None:
        """Control another composer: it is sampled as its style is, and no unit is touched."""
        self._composer.set_interventions(())
        if isinstance(self._composer, EnsembleImproviser):
            self._composer.weights = self._shares  # when it plays again, the wishes are others
        self._interventions_by_origin.clear()
        self._composer = composer
        self._sampling = replace(self._default_sampling(), density=self._sampling.density)
        self._shares = self._own_shares()
        if self._crowd.share_weight:
            self._mix_styles()

    def move_with_current(self, sampling: SamplingParams, before: SamplingParams) -> SamplingParams:
        """A phrase's sampling parameters, moved as the current ones were since `before`.

        Its density stays as much above or below the current one as its plan made it.
        """
        now = self.sampling
        density = sampling.density + now.density - before.density
        return replace(
            sampling,
            temperature=now.temperature,
            density=min(MAX_DENSITY, max(-MAX_DENSITY, density)),
            register=now.register,
        )

    def _default_sampling(self) -> SamplingParams:
        """Sampling of the composer's style, but where the settings give another."""
        own, settings = self._composer.own_sampling, self._settings
        return replace(
            own,
            temperature=settings.temperature or own.temperature,
            top_p=settings.top_p or own.top_p,
        )

    def _set_interventions(self, interventions: tuple[UnitIntervention, ...], origin: str) -> None:
        """Merge the interventions of all origins; of two on one unit, the later counts."""
        by_origin = {
            name: kept for name, kept in self._interventions_by_origin.items() if name != origin
        }
        by_origin[origin] = interventions
        merged = {(one.layer, one.unit): one for kept in by_origin.values() for one in kept}
        self._composer.set_interventions(tuple(merged.values()))
        self._interventions_by_origin = by_origin  # not before: the composer may have refused them

    def _set_style_shares(self, shares: Sequence[float]) -> None:
        if not isinstance(self._composer, EnsembleImproviser):
            raise ValueError("there is one style only: nothing to mix")
        self._composer.weights = shares
        self._shares = self._own_shares()
        if self._crowd.share_weight:
            self._mix_styles()

    def _own_shares(self) -> NDArray[np.float64]:
        """Shares of the styles as they are mixed now."""
        return np.asarray(self._composer.weights, np.float64)

    def _mix_styles(self) -> None:
        """Mix the styles as was set, moved by the crowd's wish if it is about these styles."""
        if not isinstance(self._composer, EnsembleImproviser):
            return
        shares, crowd = self._shares, self._crowd
        if len(crowd.shares) == len(shares):
            weight = crowd.share_weight
            shares = (1 - weight) * shares + weight * np.array(crowd.shares)
        self._composer.weights = shares.tolist()
