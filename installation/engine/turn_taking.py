"""The conversation: who has the turn. A state machine with no clock: events and times go in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from messages.cues import Turn


class TurnTakingMode(Enum):
    """How visitor and network share the time."""

    ANSWER = "answer"
    """Call and response: the network is silent while the visitor plays."""
    TOGETHER = "together"
    """The network plays on while the visitor does, and bends to them."""
    CONTINUOUS = "continuous"
    """So it does, and neither does it begin afresh with a visitor nor end with them."""


class TurnEvent(Enum):
    """What can happen to a conversation."""

    PRESS = auto()
    """A visitor pressed a key."""
    VISITOR_PHRASE_OVER = auto()
    """The visitor has finished a phrase."""
    NETWORK_PHRASE_OVER = auto()
    """The network has finished what it was playing."""
    SILENCE = auto()
    """Nobody has played for the time-out."""


TURN_TRANSITIONS: Mapping[TurnTakingMode, Mapping[tuple[Turn, TurnEvent], Turn]] = {
    TurnTakingMode.ANSWER: {
        (Turn.ATTRACT, TurnEvent.PRESS): Turn.LISTEN,
        (Turn.ANSWER, TurnEvent.PRESS): Turn.LISTEN,
        (Turn.FAREWELL, TurnEvent.PRESS): Turn.LISTEN,
        (Turn.LISTEN, TurnEvent.VISITOR_PHRASE_OVER): Turn.ANSWER,
        (Turn.ANSWER, TurnEvent.NETWORK_PHRASE_OVER): Turn.LISTEN,
        (Turn.LISTEN, TurnEvent.SILENCE): Turn.FAREWELL,
        (Turn.FAREWELL, TurnEvent.NETWORK_PHRASE_OVER): Turn.ATTRACT,
    },
    TurnTakingMode.TOGETHER: {
        (Turn.ATTRACT, TurnEvent.PRESS): Turn.ANSWER,
        (Turn.FAREWELL, TurnEvent.PRESS): Turn.ANSWER,
        (Turn.ANSWER, TurnEvent.SILENCE): Turn.FAREWELL,
        (Turn.FAREWELL, TurnEvent.NETWORK_PHRASE_OVER): Turn.ATTRACT,
    },
    TurnTakingMode.CONTINUOUS: {
        (Turn.ATTRACT, TurnEvent.PRESS): Turn.ANSWER,
        (Turn.ANSWER, TurnEvent.SILENCE): Turn.ATTRACT,
    },
}
"""Every change of turn there is; any other event leaves the turn where it is."""


class TurnTaking:
    """Keeps the turn.

    Parameters
    ----------
    farewell_after : int
        Silence of the visitor, while it is for them to play, after which the visit ends, ns.
    warn_before : int
        How long before that they are warned, ns; 0 for not at all.
    mode : Mode

    Attributes
    ----------
    turn : Turn
    mode : Mode
    since : int
        When the turn last changed, ns.
    warned : bool
        Whether the visitor has been warned that the visit is about to end.
    """

    def __init__(
        self,
        farewell_after: int,
        warn_before: int = 0,
        mode: TurnTakingMode = TurnTakingMode.ANSWER,
    ) -> None:
        self.turn = Turn.ATTRACT
        self.mode = mode
        self.since = 0
        self.warned = False
        self._farewell_after, self._warn_before = farewell_after, warn_before
        self._silent_since = 0

    @property
    def timeout_at(self) -> int | None:
        """When the time-out comes if nothing happens before, ns; None if it is not running."""
        waits = Turn.LISTEN if self.mode is TurnTakingMode.ANSWER else Turn.ANSWER
        return self._silent_since + self._farewell_after if self.turn is waits else None

    @property
    def warn_at(self) -> int | None:
        """When the visitor is to be warned, ns; None if they are not, or have been."""
        silent_at = self.timeout_at
        if silent_at is None or self.warned or not 0 < self._warn_before < self._farewell_after:
            return None
        return silent_at - self._warn_before

    def restart_timeout(self, at: int) -> None:
        """The visitor was busy with something else until `at`, ns: silence counts from there."""
        self._silent_since = max(self._silent_since, at)
        self.warned = False

    def handle_event(self, event: TurnEvent, at: int) -> Turn | None:
        """Take in what happened; returns the new turn if it changes."""
        if self.mode is TurnTakingMode.ANSWER or event is TurnEvent.PRESS:
            self.restart_timeout(at)
        turn = TURN_TRANSITIONS[self.mode].get((self.turn, event))
        if turn is None:
            return None
        self.turn, self.since, self.warned = turn, at, False
        return turn
