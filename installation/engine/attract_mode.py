"""Solitude: when the network plays by itself while nobody is there."""

from __future__ import annotations

from installation.config import LiveSettings
from installation.engine.phrase import DEFAULT_METER
from installation.engine.phrase_player import MIN_REACTION_NS

MAX_REST_DOUBLINGS = 16
"""The rest between two tunes of its own is doubled no oftener than this."""


class AttractMode:
    """Rests between tunes, the longer the longer nobody comes.

    Parameters
    ----------
    settings : LiveSettings
    start : int
        When the performance starts, ns.

    Attributes
    ----------
    begin_at : int
        When the next tune begins if nobody comes, ns.
    """

    def __init__(self, settings: LiveSettings, start: int) -> None:
        self._min_rest_bars, self._max_rest_bars = (
            settings.attract_rest,
            settings.attract_rest_longest,
        )
        self._tune_count = 0
        self.schedule_soon(start)

    def reset(self) -> None:
        """Somebody came."""
        self._tune_count = 0

    def finish_tune(self, at: int, beat: int) -> None:
        """A tune is over at `at`, ns; its beat lasts `beat` ns."""
        self._tune_count += 1
        self.schedule_after_rest(at, beat)

    def schedule_after_rest(self, at: int, beat: int) -> None:
        """The next tune comes some bars after `at`."""
        doublings = min(max(0, self._tune_count - 1), MAX_REST_DOUBLINGS)
        bars = min(
            self._min_rest_bars * 2.0**doublings, max(self._min_rest_bars, self._max_rest_bars)
        )
        self.next_tune_at = at + max(round(bars * DEFAULT_METER.bar_beats * beat), MIN_REACTION_NS)

    def schedule_soon(self, at: int) -> None:
        """The next tune comes as soon after `at` as it can."""
        self.next_tune_at = at + MIN_REACTION_NS
