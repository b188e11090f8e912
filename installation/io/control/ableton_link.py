"""Ableton Link: a beat shared with other programs and machines on the local network.

The first peer of a session sets the tempo; it is followed as long as there are other peers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from installation.io.control.tempo_source import TempoSource
from midi_data.beat_grid import BeatGrid

QUANTUM_BEATS = 4.0  # beats in a bar; phases are shared modulo this


class AbletonLinkUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """Ableton Link is not available; the message says how to get it."""


class AbletonLinkSource(TempoSource):
    """A peer in a Link session.

    Parameters
    ----------
    tempo : float
        Tempo of the session if there is no other peer, beats a minute.
    now : callable
        The monotonic clock, ns.

    Raises
    ------
    AbletonLinkUnavailable
        If the library is not installed.
    """

    def __init__(self, tempo: float, now: Callable[[], int] = time.monotonic_ns) -> None:
        try:
            import link
        except ImportError as error:
            raise AbletonLinkUnavailable(
                'no Ableton Link: pip install "hidden-state[link]" brings it'
            ) from error
        self._link, self._now = link.Link(tempo), now
        self._clock = self._link.clock()
        self._link.enabled = True

    @property
    def peer_count(self) -> int:
        """Number of other peers."""
        return self._link.numPeers()

    def beat_grid_at(self, time: int) -> BeatGrid | None:
        if not self._link.enabled or not self.peer_count:
            return None
        state = self._link.captureAppSessionState()
        micros = self._clock.micros()
        offset = self._now() - 1000 * micros  # our clock less Link's, ns
        beat = math.floor(state.beatAtTime(micros, QUANTUM_BEATS))
        origin = 1000 * state.timeAtBeat(beat, QUANTUM_BEATS) + offset
        return BeatGrid(round(origin), round(60e9 / state.tempo()))

    def close(self) -> None:
        self._link.enabled = False
