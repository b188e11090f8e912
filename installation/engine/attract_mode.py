"""Solitude: when the network plays by itself while nobody is there."""

from __future__ import annotations

from installation.config import LiveSettings
from installation.engine.phrase import BAR
from installation.engine.phrase_player import REACTION

DOUBLINGS = 16
"""The rest between two tunes of its own is doubled no oftener than this."""


class Solitude:
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
        self._least, self._most = settings.attract_rest, settings.attract_rest_longest
        self._tunes = 0
        self.play_soon(start)

    def end(self) -> None:
        """Somebody came."""
        self._tunes = 0

    def finish_tune(self, at: int, beat: int) -> None:
        """A tune is over at `at`, ns; its beat lasts `beat` ns."""
        self._tunes += 1
        self.rest(at, beat)

    def rest(self, at: int, beat: int) -> None:
        """The next tune comes some bars after `at`."""
        doublings = min(max(0, self._tunes - 1), DOUBLINGS)
        bars = min(self._least * 2.0**doublings, max(self._least, self._most))
        self.begin_at = at + max(round(bars * BAR.bar * beat), REACTION)

    def play_soon(self, at: int) -> None:
        """The next tune comes as soon after `at` as it can."""
        self.begin_at = at + REACTION
