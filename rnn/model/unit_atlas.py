"""Atlas: what each unit of a trained network likes, found over its corpus and kept with the model.

For each unit and each trait of music (pitch class, interval, beat ...) it holds how the unit stands
after notes of each class, how much of what the unit says the trait explains, and how far that is
from what shuffled notes explain; and the places in the corpus that move the unit most.

Shapes: U units of all layers, layer by layer; N contexts a unit; W notes a context.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Note

TRAIT_CLASS_COUNTS: Mapping[str, int] = MappingProxyType(
    {
        "pitch_class": 12,  # 0 is C
        "degree": 12,  # semitones above the note the tune comes home to
        "register": 8,  # octaves, 0 from A0 to B0
        "interval": 25,  # -12..12 semitones from the note before, leaps beyond counted as 12
        "length": 8,  # up to 1/6, 1/4, 1/3, 1/2, 1, 1 1/2, 2 beats, and longer
        "beat": 24,  # eighth notes from the bar line on; the last takes what is later
        "phrase": 8,  # bar of eight
    }
)
"""What is asked about a note, and in how many classes the answer falls."""
CONTEXTS_PER_UNIT, CONTEXT_NOTES = 10, 16
MIN_TRAIT_DEVIATIONS = 6.0
"""Least deviations from shuffled notes at which a trait counts."""
MIN_EXPLAINED_SHARE = 0.04
"""Least share of a unit's variance a trait must explain to name it."""


@dataclass(frozen=True, slots=True)
class UnitContext:
    """A place in the corpus that moved a unit.

    Parameters
    ----------
    tune : str
    bar : int
        Of the last note, counted from 0.
    strength : float
        The unit's hidden state there, in its standard deviations from its mean.
    notes : tuple of Note
        The last of them moved it; onsets in beats from the first.
    """

    tune: str
    bar: int
    strength: float
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, eq=False)
class UnitAtlas:
    """What the units of a network like.

    Parameters
    ----------
    layers, units : int
    profiles : dict of str to ndarray of float16, shape (U, classes)
        By trait: a unit's mean after notes of each class, in its standard deviations from its
        mean; 0 for classes hardly met.
    explained : ndarray of float32, shape (U, traits)
        Share of the unit's variance that the class explains, 0..1.
    certainty : ndarray of float32, shape (U, traits)
        That share's distance from the mean over shuffled notes, in their standard deviations.
    polarity : ndarray of int8, shape (U,)
        1 if the unit mostly rests low and rises for what it likes, -1 if it falls.
    strengths : ndarray of float16, shape (U, N)
    places : ndarray of int32, shape (U, N, 2)
        Index into `tunes`, and bar; -1 where there are fewer contexts.
    rolls : ndarray of int16, shape (U, N, W, 3)
        Pitch, onset from the first and duration in ticks; pitch 0 for no note.
    tunes : tuple of str
        Names.
    notes : int
        How many notes were looked at.
    """

    layers: int
    units: int
    profiles: dict[str, NDArray[np.float16]]
    explained: NDArray[np.float32]
    certainty: NDArray[np.float32]
    polarity: NDArray[np.int8]
    strengths: NDArray[np.float16]
    places: NDArray[np.int32]
    rolls: NDArray[np.int16]
    tunes: tuple[str, ...]
    notes: int

    def dominant_trait(self, layer: int, unit: int) -> str:
        """The trait by which a unit stands out; empty where none is sure and noticeable.

        Of the traits that are, the one that explains most of it for what the same trait explains
        of the network's other units: what all units have in common tells none of them apart.
        """
        row = self._row(layer, unit)
        counts = (self.certainty[row] >= MIN_TRAIT_DEVIATIONS) & (
            self.explained[row] >= MIN_EXPLAINED_SHARE
        )
        if not counts.any():
            return ""
        apart = self.explained[row] / np.maximum(self.explained.mean(axis=0), 1e-9)
        return list(TRAIT_CLASS_COUNTS)[int(np.argmax(np.where(counts, apart, -1.0)))]

    def preferred_class(self, layer: int, unit: int, trait: str) -> int:
        """The class of a trait that a unit likes best."""
        row = self._row(layer, unit)
        return int(np.argmax(self.polarity[row] * self.profiles[trait][row].astype(np.float32)))

    def describe_unit(self, layer: int, unit: int) -> str:
        """What a unit likes, in plain words."""
        trait = self.dominant_trait(layer, unit)
        if not trait:
            return "many things"
        return _TRAIT_WORDS[trait](self.preferred_class(layer, unit, trait))

    def describe_all_units(self) -> list[list[str]]:
        """`region` of each unit, by layer."""
        return [
            [self.describe_unit(k, unit) for unit in range(self.units)] for k in range(self.layers)
        ]

    def strongest_contexts(self, layer: int, unit: int) -> tuple[UnitContext, ...]:
        """The places in the corpus that moved a unit most, strongest first, one a tune."""
        row = self._row(layer, unit)
        found = []
        for rank, (tune, bar) in enumerate(self.places[row].tolist()):
            if tune < 0:
                break
            roll = self.rolls[row, rank].tolist()
            notes = tuple(
                Note(pitch, onset / TICKS_PER_BEAT, ticks / TICKS_PER_BEAT)
                for pitch, onset, ticks in roll
                if pitch
            )
            found.append(
                UnitContext(self.tunes[tune], bar, float(self.strengths[row, rank]), notes)
            )
        return tuple(found)

    def _row(self, layer: int, unit: int) -> int:
        if not (0 <= layer < self.layers and 0 <= unit < self.units):
            raise ValueError(
                f"no unit {unit} in layer {layer}: there are {self.layers} layers of {self.units}"
            )
        return layer * self.units + unit


def _degree(semitones: int) -> str:
    if semitones == 0:
        return "home note"
    if semitones == 11:
        return "leads home"
    steps = ("", "second", "second", "third", "third", "fourth", "tritone")
    steps += ("fifth", "sixth", "sixth", "seventh")
    return f"a {steps[semitones]} above home"


def _interval(place: int) -> str:
    semitones = place - 12
    if semitones == 0:
        return "repeats"
    if abs(semitones) >= 5:
        return "leaps up" if semitones > 0 else "leaps down"
    return "climbs" if semitones > 0 else "falls"


def _beat(eighth: int) -> str:
    return "first beat" if eighth == 0 else "keeps the beat" if eighth % 2 == 0 else "off the beat"


_TRAIT_WORDS = MappingProxyType(
    {
        "pitch_class": lambda place: f"likes {_PITCH_CLASS_NAMES[place]}",
        "degree": _degree,
        "register": lambda octave: "high notes" if octave >= 5 else "low notes",
        "interval": _interval,
        "length": lambda place: "long notes" if place >= 4 else "short notes",
        "beat": _beat,
        "phrase": lambda bar: (
            "ends phrases" if bar % 4 == 3 else "starts phrases" if bar % 4 == 0 else "mid-phrase"
        ),
    }
)
_PITCH_CLASS_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def atlas_to_arrays(atlas: UnitAtlas) -> tuple[dict[str, NDArray], dict]:
    """What a model file keeps of an atlas: arrays, and what JSON can hold."""
    arrays = {f"profile.{trait}": profile for trait, profile in atlas.profiles.items()}
    for name in _ARRAY_FIELDS:
        arrays[name] = getattr(atlas, name)
    about = {name: getattr(atlas, name) for name in ("layers", "units", "notes")}
    return arrays, about | {"tunes": list(atlas.tunes)}


def atlas_from_arrays(arrays: Mapping[str, NDArray], about: Mapping) -> UnitAtlas:
    """The atlas of what a model file kept.

    Raises
    ------
    KeyError, ValueError
        If something is missing or of another shape.
    """
    layers, units = int(about["layers"]), int(about["units"])
    rows = layers * units
    profiles = {trait: arrays[f"profile.{trait}"] for trait in TRAIT_CLASS_COUNTS}
    shapes = [
        (profiles[trait].shape, (rows, classes)) for trait, classes in TRAIT_CLASS_COUNTS.items()
    ]
    found = {name: arrays[name] for name in _ARRAY_FIELDS}
    shapes += [
        (found["explained"].shape, (rows, len(TRAIT_CLASS_COUNTS))),
        (found["certainty"].shape, (rows, len(TRAIT_CLASS_COUNTS))),
        (found["polarity"].shape, (rows,)),
        (found["rolls"].shape, (rows, CONTEXTS_PER_UNIT, CONTEXT_NOTES, 3)),
        (found["places"].shape, (rows, CONTEXTS_PER_UNIT, 2)),
        (found["strengths"].shape, (rows, CONTEXTS_PER_UNIT)),
    ]
    for shape, expected in shapes:
        if shape != expected:
            raise ValueError(f"its atlas has an array of shape {shape}, not {expected}")
    tunes = tuple(map(str, about["tunes"]))
    if found["places"][..., 0].max(initial=-1) >= len(tunes):
        raise ValueError("its atlas names a tune it does not have")
    return UnitAtlas(layers, units, profiles, tunes=tunes, notes=int(about["notes"]), **found)


_ARRAY_FIELDS = ("explained", "certainty", "polarity", "strengths", "places", "rolls")
