"""Rotation: from scene to scene while nobody is there, and never against a visitor's choice."""

from __future__ import annotations

from messages.cues import Turn
from visuals.timeline import SECOND

CHOICE_HOLD_S = 120.0
"""Seconds for which a scene that was chosen by hand stays."""


class SceneRotation:
    """Says when another scene is due.

    Parameters
    ----------
    every : float
        Seconds a scene is shown while the network plays by itself; 0 for no rotation.
    """

    def __init__(self, every: float) -> None:
        if every < 0:
            raise ValueError(f"scenes change every so many seconds, not {every}")
        self._interval_ns = round(every * SECOND)
        self._shown_since_ns: int | None = None

    def record_choice(self, time: int) -> None:
        """A scene was chosen by hand at `time` (ns)."""
        self._shown_since_ns = time + round(CHOICE_HOLD_S * SECOND)

    def is_due(self, time: int, turn: Turn) -> bool:
        """Whether to go on to the next scene at `time` (ns); asked with every frame."""
        if not self._interval_ns:
            return False
        if self._shown_since_ns is None or (
            turn is not Turn.ATTRACT and self._shown_since_ns < time
        ):
            self._shown_since_ns = time  # somebody plays: the scene stays, and the wait begins anew
        if time - self._shown_since_ns < self._interval_ns:
            return False
        self._shown_since_ns = time
        return True
