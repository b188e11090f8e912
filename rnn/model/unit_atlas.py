"""The unit atlas: traits of music each unit of a trained network responds to.

It is measured over a corpus (`rnn.analysis.unit_probing`) and kept with the model.

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
        "degree": 12,  # semitones above the tonic
        "register": 8,  # octaves, 0 from A0 to B0
        "interval": 25,  # -12..12 semitones from the note before; larger leaps count as 12
        "length": 8,  # up to 1/6, 1/4, 1/3, 1/2, 1, 1 1/2, 2 beats, and longer
        "beat": 24,  # eighth notes from the bar line; the last class includes later ones
        "phrase": 8,  # bar of eight
    }
)
"""Traits of a note, and the number of classes of each."""
CONTEXTS_PER_UNIT, CONTEXT_NOTES = 10, 16
"""Contexts kept of each unit, N, and notes kept of each context, W."""
MIN_TRAIT_DEVIATIONS = 6.0  # minimum certainty of a trait that names a unit, standard deviations
MIN_EXPLAINED_SHARE = 0.04  # minimum share of a unit's variance explained by a trait that names it


@dataclass(frozen=True, slots=True)
class UnitContext:
    """A place in the corpus that activates a unit.

    Parameters
    ----------
    tune : str
        Name of the tune.
    bar : int
        Bar of the last note, counted from 0.
    strength : float
        The unit's hidden state after the last note, standard deviations from its mean.
    notes : tuple of Note
        Notes up to there; onsets in beats from the first.
    """

    tune: str
    bar: int
    strength: float
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, eq=False)
class UnitAtlas:
    """Traits of music each unit responds to, and the contexts that activate it most.

    Parameters
    ----------
    layers, units : int
        Layers of the network, and units a layer.
    profiles : dict of str to ndarray of float16, shape (U, classes)
        By trait: mean activation after notes of each class, in the unit's standard deviations from
        its mean; 0 for rare classes.
    explained, certainty : ndarray of float32, shape (U, traits)
        Share of the unit's variance explained by the class, 0..1; its distance from the mean over
        shuffled notes, in their standard deviations.
    polarity : ndarray of int8, shape (U,)
        1 if the unit rests low and rises for its trait, -1 if it falls.
    strengths : ndarray of float16, shape (U, N)
        See `UnitContext.strength`.
    places : ndarray of int32, shape (U, N, 2)
        Index into `tunes`, and bar; -1 where there are fewer contexts.
    rolls : ndarray of int16, shape (U, N, W, 3)
        Pitch, onset from the first note and duration in ticks; pitch 0 for no note.
    tunes : tuple of str
        Names of the tunes.
    notes : int
        Notes probed.
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
        """The trait that distinguishes a unit; empty if none is certain.

        Of the certain traits it explains most of the unit's variance, relative to the network's
        mean: a trait all units share distinguishes none.
        """
        row = self._row(layer, unit)
        counts = (self.certainty[row] >= MIN_TRAIT_DEVIATIONS) & (
            self.explained[row] >= MIN_EXPLAINED_SHARE
        )
        if not counts.any():
            return ""
        relative = self.explained[row] / np.maximum(self.explained.mean(axis=0), 1e-9)
        return list(TRAIT_CLASS_COUNTS)[int(np.argmax(np.where(counts, relative, -1.0)))]

    def preferred_class(self, layer: int, unit: int, trait: str) -> int:
        """The class of a trait that activates a unit most."""
        row = self._row(layer, unit)
        return int(np.argmax(self.polarity[row] * self.profiles[trait][row].astype(np.float32)))

    def describe_unit(self, layer: int, unit: int) -> str:
        """A unit's dominant trait and preferred class in plain words."""
        trait = self.dominant_trait(layer, unit)
        if not trait:
            return "many things"
        preferred = self.preferred_class(layer, unit, trait)
        if trait == "pitch_class":
            return f"likes {_PITCH_CLASSES[preferred]}"
        name = PREFERENCE_NAMES[trait][preferred]
        return _WORDS_BY_NAME.get(name, name.replace("_", " "))

    def describe_all_units(self) -> list[list[str]]:
        """`describe_unit` of each unit, by layer."""
        return [
            [self.describe_unit(k, unit) for unit in range(self.units)] for k in range(self.layers)
        ]

    def strongest_contexts(self, layer: int, unit: int) -> tuple[UnitContext, ...]:
        """The contexts that activate a unit most, strongest first, one a tune."""
        row = self._row(layer, unit)
        contexts = []
        for rank, (tune, bar) in enumerate(self.places[row].tolist()):
            if tune < 0:
                break
            notes = tuple(
                Note(pitch, onset / TICKS_PER_BEAT, ticks / TICKS_PER_BEAT)
                for pitch, onset, ticks in self.rolls[row, rank].tolist()
                if pitch
            )
            strength = float(self.strengths[row, rank])
            contexts.append(UnitContext(self.tunes[tune], bar, strength, notes))
        return tuple(contexts)

    def _row(self, layer: int, unit: int) -> int:
        if not (0 <= layer < self.layers and 0 <= unit < self.units):
            raise ValueError(
                f"no unit {unit} in layer {layer}: there are {self.layers} layers of {self.units}"
            )
        return layer * self.units + unit

    def to_arrays(self) -> tuple[dict[str, NDArray], dict]:
        """The arrays, and the JSON values, a model file keeps of the atlas."""
        arrays = {f"profile.{trait}": profile for trait, profile in self.profiles.items()}
        arrays |= {name: getattr(self, name) for name in _ARRAY_SHAPES}
        about = {name: getattr(self, name) for name in ("layers", "units", "notes")}
        return arrays, about | {"tunes": list(self.tunes)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray], about: Mapping) -> UnitAtlas:
        """The atlas of the result of `to_arrays`.

        Raises KeyError or ValueError if an array or value is missing, or of another shape.
        """
        layers, units = int(about["layers"]), int(about["units"])
        shapes = {f"profile.{trait}": (count,) for trait, count in TRAIT_CLASS_COUNTS.items()}
        for name, shape in (shapes | _ARRAY_SHAPES).items():
            found, expected = arrays[name].shape, (layers * units, *shape)
            if found != expected:
                raise ValueError(f"its atlas has an array of shape {found}, not {expected}")
        profiles = {trait: arrays[f"profile.{trait}"] for trait in TRAIT_CLASS_COUNTS}
        named = {name: arrays[name] for name in _ARRAY_SHAPES}
        tunes = tuple(map(str, about["tunes"]))
        if named["places"][..., 0].max(initial=-1) >= len(tunes):
            raise ValueError("its atlas names a tune it does not have")
        return cls(layers, units, profiles, tunes=tunes, notes=int(about["notes"]), **named)


_ARRAY_SHAPES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "explained": (len(TRAIT_CLASS_COUNTS),),
        "certainty": (len(TRAIT_CLASS_COUNTS),),
        "polarity": (),
        "strengths": (CONTEXTS_PER_UNIT,),
        "places": (CONTEXTS_PER_UNIT, 2),
        "rolls": (CONTEXTS_PER_UNIT, CONTEXT_NOTES, 3),
    }
)
"""Shape of each array for one unit."""
_PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_DEGREES = ("home", "second", "second", "third", "third", "fourth", "tritone", "fifth", "sixth")
PREFERENCE_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pitch_class": 12 * ("tone",),
        "degree": (*_DEGREES, "sixth", "seventh", "leads_home"),
        "register": 5 * ("low",) + 3 * ("high",),
        "interval": (
            *8 * ("leaps_down",),
            *4 * ("falls",),
            "repeats",
            *4 * ("climbs",),
            *8 * ("leaps_up",),
        ),
        "length": 4 * ("short",) + 4 * ("long",),
        "beat": ("first_beat", *11 * ("off_beat", "keeps_beat"), "off_beat"),
        "phrase": 2 * ("starts_phrases", "mid_phrase", "mid_phrase", "ends_phrases"),
    }
)
"""Name of the preference for each class of each trait."""
_WORDS_BY_NAME: Mapping[str, str] = MappingProxyType(
    {
        "home": "home note",
        **{name: f"a {name} above home" for name in (*_DEGREES[1:], "seventh")},
        **{name: f"{name} notes" for name in ("low", "high", "short", "long")},
        "off_beat": "off the beat",
        "keeps_beat": "keeps the beat",
        "mid_phrase": "mid-phrase",
    }
)
"""Plain words for a preference, where they are others than its name."""
