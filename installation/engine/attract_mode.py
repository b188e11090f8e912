"""Attract mode: when the network plays alone, and how long it rests."""

from __future__ import annotations

from installation.config import LiveSettings
from installation.engine.phrases.phrase import DEFAULT_METER, MIN_REACTION_NS

MAX_REST_DOUBLINGS = 16  # largest number of times that the rest between two tunes is doubled


class AttractMode:
    """Times the tunes that the network plays alone; the rests get longer while nobody comes.

    Parameters
    ----------
    settings : LiveSettings
    start : int
        Time of the first tune at the earliest, ns.

    Attributes
    ----------
    next_tune_at : int
        Time of the next tune, ns.
    """

    def __init__(self, settings: LiveSettings, start: int) -> None:
        self._min_rest_bars = settings.attract_rest
        self._max_rest_bars = max(settings.attract_rest, settings.attract_rest_longest)
        self._is_wanted, self._no_rests_until = settings.attract, start
        self._tune_count = 0
        self.schedule_soon(start)

    def reset(self) -> None:
        """Return to the shortest rest: a visitor came."""
        self._tune_count = self._no_rests_until = 0

    def play_without_rests(self, until: int) -> None:
        """Play one tune after another until a time, ns, or until a visitor comes."""
        self._no_rests_until = until

    @property
    def is_on(self) -> bool:
        """Whether the next tune is to be played."""
        return self._is_wanted or self.next_tune_at < self._no_rests_until

    def finish_tune(self, at: int, beat: int) -> None:
        """Schedule the next tune after one that ended at the time `at`; times and beat in ns."""
        self._tune_count += 1
        self.schedule_after_rest(at, beat)

    def schedule_after_rest(self, at: int, beat: int) -> None:
        """Schedule the next tune some bars after the time `at`; times and beat in ns."""
        if at < self._no_rests_until:
            self.schedule_soon(at)
            return
        doublings = min(max(0, self._tune_count - 1), MAX_REST_DOUBLINGS)
        bars = min(self._min_rest_bars * 2.0**doublings, self._max_rest_bars)
        self.next_tune_at = at + max(round(bars * DEFAULT_METER.bar_beats * beat), MIN_REACTION_NS)

    def schedule_soon(self, at: int) -> None:
        """Schedule the next tune as soon after the time `at` (ns) as possible."""
        self.next_tune_at = at + MIN_REACTION_NS
