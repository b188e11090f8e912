"""Keys: the scale a phrase is in.

The profiles are those of Krumhansl and Kessler 1982 ("Tracing the dynamic changes in perceived
tonal organization in a spatial representation of musical keys"); a scale that holds every note
heard is preferred to one that correlates well but leaves some out, so that modes keep their notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midi_data.notes import Note

MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
MEMBERSHIP = 2.0
"""What the share of the phrase inside the scale counts for, beside a correlation of -1..1."""
FINAL = 0.2
"""What ending on the tonic counts for."""


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (pitch class, 0 is C) and a mode."""

    tonic: int
    minor: bool = False

    @property
    def scale(self) -> frozenset[int]:
        """Pitch classes of the key; natural minor."""
        steps = MINOR_SCALE if self.minor else MAJOR_SCALE
        return frozenset((self.tonic + step) % 12 for step in steps)

    @property
    def triad(self) -> frozenset[int]:
        """Pitch classes of the tonic chord."""
        return frozenset((self.tonic + step) % 12 for step in (0, 3 if self.minor else 4, 7))


def find_key(notes: Sequence[Note]) -> Key:
    """The key notes are likeliest in, each weighed by its duration (two beats at most).

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not notes:
        raise ValueError("a key needs at least one note")
    weights = np.zeros(12)
    for note in notes:
        weights[note.pitch % 12] += min(note.duration, 2.0)
    weights /= weights.sum()
    last = notes[-1].pitch % 12
    keys = [Key(tonic, minor) for tonic in range(12) for minor in (False, True)]
    return max(keys, key=lambda key: _fitness(key, weights, last))


def _fitness(key: Key, weights: np.ndarray, last: int) -> float:
    profile = np.roll(MINOR_PROFILE if key.minor else MAJOR_PROFILE, key.tonic)
    inside = weights[sorted(key.scale)].sum()
    likeness = np.corrcoef(profile, weights)[0, 1] if np.ptp(weights) else 0.0
    return float(likeness + MEMBERSHIP * inside + FINAL * (last == key.tonic))
