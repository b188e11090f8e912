"""Key detection: the tonic and the scale of a phrase.

The pitches are correlated with the key profiles of Krumhansl and Kessler, which exist for major and
minor. Many fiddle and fife tunes are dorian or mixolydian: these modes use the profile of the mode
with the same third, and the notes inside each scale decide between them.

References
----------
C. Krumhansl and E. Kessler 1982, "Tracing the dynamic changes in perceived tonal organization in a
spatial representation of musical keys", Psychological Review 89(4).
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
"""Weight of the share of notes inside the scale; the correlation (-1..1) has weight 1."""
FINAL_TONIC_WEIGHT = 0.1  # weight of an end on the tonic
MAX_NOTE_BEATS = 2.0  # longest duration that counts for a note, beats


class ScaleMode(Enum):
    """Scale degrees, semitones above the tonic; of two equal fits, the earlier mode counts."""

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
        """Key profile by semitones above the tonic."""
        return MINOR_PROFILE if self.third == 3 else MAJOR_PROFILE


@dataclass(frozen=True, slots=True)
class MusicalKey:
    """A key.

    Parameters
    ----------
    tonic : int
        Pitch class, 0..11; 0 is C.
    mode : ScaleMode
    """

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
    """The key that fits notes best, each weighted by its duration.

    Parameters
    ----------
    notes : sequence of Note
        The last one counts as the end.

    Returns
    -------
    MusicalKey

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
    """Standardised key profiles, shape (48, 12)."""
    rows = np.array([np.roll(key.mode.profile, key.tonic) for key in _KEYS])
    return (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)


_KEYS = tuple(MusicalKey(tonic, mode) for mode in ScaleMode for tonic in range(12))
_TONICS = np.array([key.tonic for key in _KEYS])
_SCALES = np.array([[pitch in key.scale for pitch in range(12)] for key in _KEYS], np.float64)
_PROFILES = _normalise_profiles()
