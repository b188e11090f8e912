"""The conversation: who has the turn. A state machine with no clock: events and times go in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from visuals.cues import Turn


class Event(Enum):
    """What can happen to a conversation."""

    PRESS = auto()
    """A visitor pressed a key."""
    PHRASE_OVER = auto()
    """The visitor has finished a phrase."""
    LINE_OVER = auto()
    """The network has finished what it was playing."""
    SILENCE = auto()
    """Nobody has played for the time-out."""


TABLE: Mapping[tuple[Turn, Event], Turn] = {
    (Turn.ATTRACT, Event.PRESS): Turn.LISTEN,
    (Turn.ANSWER, Event.PRESS): Turn.LISTEN,
    (Turn.FAREWELL, Event.PRESS): Turn.LISTEN,
    (Turn.LISTEN, Event.PHRASE_OVER): Turn.ANSWER,
    (Turn.ANSWER, Event.LINE_OVER): Turn.LISTEN,
    (Turn.LISTEN, Event.SILENCE): Turn.FAREWELL,
    (Turn.FAREWELL, Event.LINE_OVER): Turn.ATTRACT,
}
"""Every change of turn there is; any other event leaves the turn where it is."""


class Conversation:
    """Keeps the turn.

    Parameters
    ----------
    farewell_after : int
        Silence while listening after which the visit ends, ns.

    Attributes
    ----------
    turn : Turn
    since : int
        When the turn last changed, ns.
    """

    def __init__(self, farewell_after: int) -> None:
        self.turn = Turn.ATTRACT
        self.since = 0
        self._farewell_after = farewell_after
        self._quiet_since = 0

    @property
    def silent_at(self) -> int | None:
        """When the time-out comes if nothing happens before, ns; None if it is not running."""
        return self._quiet_since + self._farewell_after if self.turn is Turn.LISTEN else None

    def take(self, event: Event, at: int) -> Turn | None:
        """Take in what happened; returns the new turn if it changes."""
        self._quiet_since = max(self._quiet_since, at)
        turn = TABLE.get((self.turn, event))
        if turn is None:
            return None
        self.turn, self.since = turn, at
        return turn
