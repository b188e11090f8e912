"""Steering: what people may change while it plays - taste, mixture of styles, fingers on units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from installation.config import LiveSettings
from rnn.generation.composer import Composer, SamplingParams
from rnn.generation.ensemble import EnsembleImproviser
from rnn.generation.unit_intervention import UnitIntervention


@dataclass(frozen=True, slots=True)
class SamplingChange:
    """Temperature or density are to be others from now on; None leaves one as it is."""

    temperature: float | None = None
    density: float | None = None


@dataclass(frozen=True, slots=True)
class StyleSharesChange:
    """The styles of a blend are to have these shares."""

    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class UnitTouchesChange:
    """These fingers are on units, in place of those that were of the same hand.

    Parameters
    ----------
    touches : tuple of Touch
    hand : str
        Whose: fingers at the window and those of a program outside do not lift each other.
    """

    touches: tuple[UnitIntervention, ...]
    origin: str = "window"


@dataclass(frozen=True, slots=True)
class LiveControlChange:
    """Somebody steers at `at`, ns."""

    change: SamplingChange | StyleSharesChange | UnitTouchesChange
    at: int


class LiveControls:
    """Takes changes, in the performer's own thread and in order of their times.

    Parameters
    ----------
    composer : Composer
    settings : LiveSettings
        What holds until something is changed.
    """

    def __init__(self, composer: Composer, settings: LiveSettings) -> None:
        self._composer = composer
        self._taste = SamplingParams(temperature=settings.temperature, top_p=settings.top_p)
        self._touches_by_origin: dict[str, tuple[UnitIntervention, ...]] = {}

    @property
    def taste(self) -> SamplingParams:
        """How to choose notes now."""
        return self._taste

    @property
    def style_shares(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Names of the styles that play, and the share of each."""
        return self._composer.styles, tuple(self._composer.weights.tolist())

    def apply_change(self, steered: LiveControlChange) -> None:
        """Something is changed.

        Raises
        ------
        ValueError
            If the composer has no such unit, or no such number of styles.
        """
        match steered.change:
            case SamplingChange(temperature, density):
                given = {"temperature": temperature, "density": density}
                changed = {name: value for name, value in given.items() if value is not None}
                self._taste = replace(self._taste, **changed)
            case StyleSharesChange(shares):
                self._set_style_shares(shares)
            case UnitTouchesChange(touches, hand):
                self._set_touches(touches, hand)

    def switch_composer(self, composer: Composer) -> None:
        """Another composer is steered from now on; the taste stays, no finger is on its units."""
        self._composer.set_interventions(())
        self._touches_by_origin.clear()
        self._composer = composer

    def with_current_sampling(self, taste: SamplingParams) -> SamplingParams:
        """Another taste with the temperature and density of now."""
        return replace(taste, temperature=self._taste.temperature, density=self._taste.density)

    def _set_touches(self, touches: tuple[UnitIntervention, ...], hand: str) -> None:
        """All hands together; on a unit that two touch, the later one counts."""
        hands = {name: kept for name, kept in self._touches_by_origin.items() if name != hand}
        hands[hand] = touches
        merged = {(touch.layer, touch.unit): touch for kept in hands.values() for touch in kept}
        self._composer.set_interventions(tuple(merged.values()))
        self._touches_by_origin = hands  # only now: the composer may have refused

    def _set_style_shares(self, shares: Sequence[float]) -> None:
        if not isinstance(self._composer, EnsembleImproviser):
            raise ValueError("there is one style only: nothing to mix")
        self._composer.weights = shares
