"""Critics: judgements of tunes by their features, kept in a model's card."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_DEVIATION = 4.0
"""Standard deviations at which a feature counts no further: a freak is no better for it."""


@dataclass(frozen=True, slots=True)
class TuneCritic:
    """Log odds of a tune being people's rather than the network's.

    Parameters
    ----------
    terms : mapping of str to tuple of float
        By name of the feature its mean, its scale, and the nats that a deviation of one scale and
        the square of that add.
    offset : float
        Log odds of a tune without a deviation, nats.

    Raises
    ------
    ValueError
        If there is no term, or one is not of four finite numbers with a scale above 0.
    """

    terms: Mapping[str, tuple[float, float, float, float]]
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("a critic needs a feature")
        if not math.isfinite(self.offset):
            raise ValueError(f"the offset is a finite number, not {self.offset}")
        for name, term in self.terms.items():
            if len(term) != 4 or not all(map(math.isfinite, term)) or term[1] <= 0:
                raise ValueError(f"{name} has a mean, a scale above 0 and two weights, not {term}")

    def log_odds(self, features: Mapping[str, float]) -> float:
        """Judge a tune.

        Parameters
        ----------
        features : mapping of str to float
            Those that the tune does not have count nothing.

        Returns
        -------
        float
            Nats.
        """
        total = self.offset
        for name, (mean, scale, weight, square_weight) in self.terms.items():
            if name in features:
                deviation = (features[name] - mean) / scale
                deviation = min(max(deviation, -MAX_DEVIATION), MAX_DEVIATION)
                total += deviation * (weight + square_weight * deviation)
        return total

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TuneCritic:
        """A critic as `to_json` writes it.

        Parameters
        ----------
        values : mapping

        Returns
        -------
        TuneCritic

        Raises
        ------
        TypeError, ValueError, KeyError
            If they are no critic's.
        """
        terms = {name: tuple(map(float, term)) for name, term in dict(values["terms"]).items()}
        return cls(terms, float(values["offset"]))

    def to_json(self) -> dict[str, Any]:
        """Terms and offset, with five significant digits.

        Returns
        -------
        dict
        """
        return {"offset": _rounded(self.offset), "terms": _rounded_terms(self.terms)}


@dataclass(frozen=True, slots=True)
class SoloCritic:
    """A critic of a network's own tunes.

    Parameters
    ----------
    candidates : int
        Candidates of which one is to be drawn by their odds; 1 or more.
    whole : TuneCritic
        Of a tune that has ended.
    section_bars : int
        Bars of a section, of which there are so many candidates each; 0 for whole tunes.
    begun : TuneCritic or None
        Of a tune as far as it goes; None for whole tunes.

    Raises
    ------
    ValueError
        If there is no candidate, or there are sections and nothing to judge them, or not.
    """

    candidates: int
    whole: TuneCritic
    section_bars: int = 0
    begun: TuneCritic | None = None

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise ValueError(f"there is 1 candidate or more, not {self.candidates}")
        if self.section_bars < 0 or bool(self.section_bars) != (self.begun is not None):
            raise ValueError(f"sections of {self.section_bars} bars do not fit its critics")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SoloCritic:
        """A critic as a model's card keeps it.

        Parameters
        ----------
        values : mapping

        Returns
        -------
        SoloCritic

        Raises
        ------
        TypeError, ValueError, KeyError
            If they are no critic's.
        """
        begun = TuneCritic.from_json(values["begun"]) if "begun" in values else None
        whole = TuneCritic.from_json(values["whole"])
        return cls(int(values["candidates"]), whole, int(values.get("section_bars", 0)), begun)

    def to_json(self) -> dict[str, Any]:
        """The critic for a model's card.

        Returns
        -------
        dict
        """
        values: dict[str, Any] = {"candidates": self.candidates, "whole": self.whole.to_json()}
        if self.begun is not None:
            values |= {"section_bars": self.section_bars, "begun": self.begun.to_json()}
        return values


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")


def _rounded_terms(terms: Mapping[str, tuple[float, ...]]) -> dict[str, list[float]]:
    return {name: list(map(_rounded, term)) for name, term in terms.items()}
