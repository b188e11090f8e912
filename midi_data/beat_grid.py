"""Beat grids: which moment belongs to which beat."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

STRAIGHT_SWING = 0.5  # share of a beat at which its second eighth begins if it is not swung
EPSILON_BEATS = 1e-6  # largest distance of two equal beats


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Beats at a constant tempo.

    Parameters
    ----------
    origin_ns : int
        Time of beat 0, ns.
    beat_ns : int
        Length of a beat, ns.
    swing : float
        Share of a beat at which its second eighth begins.
    """

    origin_ns: int
    beat_ns: int
    swing: float = 0.5

    def time_at_beat(self, beats: float) -> int:
        """Time of a beat, ns; a second eighth is swung."""
        if self.swing != STRAIGHT_SWING and abs(beats % 1.0 - 0.5) < EPSILON_BEATS:
            beats += self.swing - STRAIGHT_SWING
        return self.origin_ns + round(beats * self.beat_ns)

    def beat_at_time(self, time: int) -> float:
        """Beat at a time (ns); not whole between two beats."""
        return (time - self.origin_ns) / self.beat_ns

    def shifted(self, beats: float) -> BeatGrid:
        """The grid moved `beats` beats later."""
        return replace(self, origin_ns=self.origin_ns + round(beats * self.beat_ns))

    def shifted_to(self, beats: float, earliest: int, step: float = 1.0) -> BeatGrid:
        """The grid moved by multiples of `step` beats: a beat is at `earliest` (ns) or just after.

        With the length of a bar as `step`, each beat keeps its place in the bar.
        """
        wait = earliest - self.time_at_beat(beats)
        return self.shifted(math.ceil(wait / (step * self.beat_ns)) * step)

    def aligned_to(self, other: BeatGrid, about: int) -> BeatGrid:
        """The grid with the beats of another; at `about` (ns), it moves by half a beat at most."""
        origin = about - round(self.beat_at_time(about) * other.beat_ns)
        offset = (other.origin_ns - origin) % other.beat_ns
        if 2 * offset > other.beat_ns:
            offset -= other.beat_ns
        return BeatGrid(origin + offset, other.beat_ns, self.swing)


@dataclass(frozen=True, slots=True)
class BeatPosition:
    """A beat on a grid.

    Parameters
    ----------
    beat_grid : BeatGrid
    beat : float
    """

    beat_grid: BeatGrid
    beat: float

    def limited_to(self, at: int) -> BeatPosition:
        """The position, or that of the time `at` (ns) if it is earlier."""
        return replace(self, beat=min(self.beat, self.beat_grid.beat_at_time(at)))
