"""Keys: the scale a phrase is in, and its tonic.

The profiles are those of Krumhansl and Kessler 1982 ("Tracing the dynamic changes in perceived
tonal organization in a spatial representation of musical keys"). They know major and minor only;
fiddle and fife tunes are often dorian or mixolydian, so those modes are tried with the profile of
the mode that shares their third, and told apart by which scale holds the notes that were played.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Note

MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
SCALE_MEMBERSHIP_WEIGHT = 4.0
"""What the share of the phrase inside the scale counts for, beside a correlation of -1..1."""
FINAL_TONIC_WEIGHT = 0.1
"""What ending on the tonic counts for."""
MAX_NOTE_BEATS = 2.0
"""A note weighs no more than one of so many beats."""


class ScaleMode(Enum):
    """Semitones of a scale above its tonic; of two that fit alike, the earlier one counts."""

    MAJOR = (0, 2, 4, 5, 7, 9, 11)
    MINOR = (0, 2, 3, 5, 7, 8, 10)
    DORIAN = (0, 2, 3, 5, 7, 9, 10)
    MIXOLYDIAN = (0, 2, 4, 5, 7, 9, 10)

    @property
    def third(self) -> int:
        """Semitones of the third degree: 3 or 4."""
        return self.value[2]

    @property
    def profile(self) -> tuple[float, ...]:
        """How well each semitone above the tonic fits."""
        return MINOR_PROFILE if self.third == 3 else MAJOR_PROFILE


@dataclass(frozen=True, slots=True)
class MusicalKey:
    """A tonic (pitch class, 0 is C) and a mode."""

    tonic: int
    mode: ScaleMode = ScaleMode.MAJOR

    @property
    def scale(self) -> frozenset[int]:
        """Pitch classes of the key."""
        return frozenset((self.tonic + step) % 12 for step in self.mode.value)

    @property
    def triad(self) -> frozenset[int]:
        """Pitch classes of the tonic chord."""
        return frozenset((self.tonic + step) % 12 for step in (0, self.mode.third, 7))


def find_key(notes: Sequence[Note]) -> MusicalKey:
    """The key that fits notes best, each weighed by its duration.

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not notes:
        raise ValueError("a key needs at least one note")
    weights = np.zeros(12)
    for note in notes:
        weights[note.pitch % 12] += min(note.duration, MAX_NOTE_BEATS)
    weights /= weights.sum()
    fitness = SCALE_MEMBERSHIP_WEIGHT * (_SCALES @ weights)  # (48,)
    if np.ptp(weights):
        fitness += _PROFILES @ ((weights - weights.mean()) / (weights.std() * 12))
    fitness += FINAL_TONIC_WEIGHT * (notes[-1].pitch % 12 == _TONICS)
    return _KEYS[int(fitness.round(9).argmax())]


def _normalise_profiles() -> NDArray[np.float64]:
    """What each pitch class adds to a correlation with each key's profile, shape (48, 12)."""
    rows = np.array([np.roll(key.mode.profile, key.tonic) for key in _KEYS])
    return (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)


_KEYS = tuple(MusicalKey(tonic, mode) for mode in ScaleMode for tonic in range(12))
_TONICS = np.array([key.tonic for key in _KEYS])
_SCALES = np.array([[pitch in key.scale for pitch in range(12)] for key in _KEYS], np.float64)
_PROFILES = _normalise_profiles()
