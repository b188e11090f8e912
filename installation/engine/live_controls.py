"""Steering: what people may change while it plays - taste, mixture of styles, fingers on units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from installation.config import LiveSettings
from rnn.generation.composer import Composer, Taste
from rnn.generation.ensemble import Blend
from rnn.generation.unit_intervention import Touch


@dataclass(frozen=True, slots=True)
class Tasting:
    """Temperature or density are to be others from now on; None leaves one as it is."""

    temperature: float | None = None
    density: float | None = None


@dataclass(frozen=True, slots=True)
class Mixing:
    """The styles of a blend are to have these shares."""

    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Touching:
    """These fingers are on units, in place of those that were of the same hand.

    Parameters
    ----------
    touches : tuple of Touch
    hand : str
        Whose: fingers at the window and those of a program outside do not lift each other.
    """

    touches: tuple[Touch, ...]
    hand: str = "window"


@dataclass(frozen=True, slots=True)
class Steered:
    """Somebody steers at `at`, ns."""

    change: Tasting | Mixing | Touching
    at: int


class Steering:
    """Takes changes, in the performer's own thread and in order of their times.

    Parameters
    ----------
    composer : Composer
    settings : LiveSettings
        What holds until something is changed.
    """

    def __init__(self, composer: Composer, settings: LiveSettings) -> None:
        self._composer = composer
        self._taste = Taste(temperature=settings.temperature, top_p=settings.top_p)
        self._hands: dict[str, tuple[Touch, ...]] = {}

    @property
    def taste(self) -> Taste:
        """How to choose notes now."""
        return self._taste

    @property
    def blend(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Names of the styles that play, and the share of each."""
        return self._composer.styles, tuple(self._composer.weights.tolist())

    def take(self, steered: Steered) -> None:
        """Something is changed.

        Raises
        ------
        ValueError
            If the composer has no such unit, or no such number of styles.
        """
        match steered.change:
            case Tasting(temperature, density):
                given = {"temperature": temperature, "density": density}
                changed = {name: value for name, value in given.items() if value is not None}
                self._taste = replace(self._taste, **changed)
            case Mixing(shares):
                self._mix(shares)
            case Touching(touches, hand):
                self._lay(touches, hand)

    def adopt(self, composer: Composer) -> None:
        """Another composer is steered from now on; the taste stays, no finger is on its units."""
        self._composer.touch(())
        self._hands.clear()
        self._composer = composer

    def season(self, taste: Taste) -> Taste:
        """Another taste with the temperature and density of now."""
        return replace(taste, temperature=self._taste.temperature, density=self._taste.density)

    def _lay(self, touches: tuple[Touch, ...], hand: str) -> None:
        """All hands together; on a unit that two touch, the later one counts."""
        hands = {name: kept for name, kept in self._hands.items() if name != hand}
        hands[hand] = touches
        merged = {(touch.layer, touch.unit): touch for kept in hands.values() for touch in kept}
        self._composer.touch(tuple(merged.values()))
        self._hands = hands  # only now: the composer may have refused

    def _mix(self, shares: Sequence[float]) -> None:
        if not isinstance(self._composer, Blend):
            raise ValueError("there is one style only: nothing to mix")
        self._composer.weights = shares
