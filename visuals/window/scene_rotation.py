"""Scene rotation: changes of scene while nobody plays."""

from __future__ import annotations

from messages.clock import SECOND
from messages.cues import Turn

CHOICE_HOLD_S = 120.0  # time for which a scene that a visitor chose stays, seconds


class SceneRotation:
    """Decides when the next scene is due.

    Parameters
    ----------
    interval : float
        Seconds that a scene is shown while the network plays alone; 0 for no rotation.
    """

    def __init__(self, interval: float) -> None:
        if interval < 0:
            raise ValueError(f"an interval must be 0 s or more, not {interval}")
        self._interval_ns = round(interval * SECOND)
        self._shown_since_ns: int | None = None

    def record_choice(self, time: int) -> None:
        """Keep the scene that a visitor chose at `time` (ns) for `CHOICE_HOLD_S`."""
        self._shown_since_ns = time + round(CHOICE_HOLD_S * SECOND)

    def is_due(self, time: int, turn: Turn) -> bool:
        """Whether the next scene is due at `time` (ns); to be called for each frame."""
        if not self._interval_ns:
            return False
        if self._shown_since_ns is None or (
            turn is not Turn.ATTRACT and self._shown_since_ns < time
        ):
            self._shown_since_ns = time  # the interval restarts while a visitor plays
        if time - self._shown_since_ns < self._interval_ns:
            return False
        self._shown_since_ns = time
        return True
