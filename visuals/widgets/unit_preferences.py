"""Unit preferences: the musical context a unit responds to, as keys of the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rnn.model.unit_atlas import PREFERENCE_NAMES, TRAIT_CLASS_COUNTS, UnitAtlas
from visuals.widgets.hit_targets import UnitIndex
from visuals.words import Words

NO_PREFERENCE_KEY = "many"  # key of units without a certain preference
MAX_CERTAINTY = 5  # largest step of certainty
REGION_PREFERENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "beat": ("keeps_beat", "first_beat"),
        "ends": ("ends_phrases",),
        "home": ("home", "leads_home", "second", "third", "fourth", "tritone", "fifth", "sixth")
        + ("seventh",),
        "starts": ("starts_phrases",),
        "up": ("climbs", "leaps_up"),
        "down": ("falls", "leaps_down"),
        "high": ("high",),
        "low": ("low",),
        "long": ("long",),
        "short": ("short",),
        "off_beat": ("off_beat",),
    }
)
"""Preferences of the units of each region; the regions that say most about music come first."""


@dataclass(frozen=True, slots=True)
class UnitPreference:
    """The preference of a unit.

    Parameters
    ----------
    key : str
        One of `PREFERENCE_NAMES` or `NO_PREFERENCE_KEY`; in the words it follows "liking.".
    pitch_class : int or None
        Preferred pitch class, if the preference is one.
    explained_share : float
        Share of the activation's variance that the preference explains, 0..1.
    certainty : int
        1 to `MAX_CERTAINTY`; 0 without a preference.
    """

    key: str
    pitch_class: int | None = None
    explained_share: float = 0.0
    certainty: int = 0

    def text(self, words: Words) -> str:
        """The preference in words, without the name of a pitch class."""
        return words[f"liking.{self.key}"]


def unit_preference(atlas: UnitAtlas | None, unit: UnitIndex) -> UnitPreference:
    """The preference of a unit.

    Parameters
    ----------
    atlas : UnitAtlas or None
    unit : (int, int)
        Layer and index.

    Returns
    -------
    UnitPreference
    """
    trait = "" if atlas is None else atlas.dominant_trait(*unit)
    if atlas is None or not trait:
        return UnitPreference(NO_PREFERENCE_KEY)
    row, column = unit[0] * atlas.units + unit[1], list(TRAIT_CLASS_COUNTS).index(trait)
    place = atlas.preferred_class(*unit, trait)
    explained, certainty = float(atlas.explained[row, column]), float(atlas.certainty[row, column])
    # one step for each doubling of the deviation from chance
    sure = 1 + sum(certainty >= bound for bound in (12, 24, 48, 96))
    pitch_class = place if trait == "pitch_class" else None
    return UnitPreference(PREFERENCE_NAMES[trait][place], pitch_class, explained, sure)


def preference_region(key: str) -> str | None:
    """The key of the region of a preference, if any.

    Parameters
    ----------
    key : str

    Returns
    -------
    str or None
    """
    return next((region for region, keys in REGION_PREFERENCES.items() if key in keys), None)
