"""Turn taking: a state machine of events and times, without a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from messages.cues import Turn


class TurnTakingMode(Enum):
    """How visitor and network share the time."""

    ANSWER = "answer"  # the network is silent while the visitor plays, then answers
    TOGETHER = "together"  # the network plays while the visitor does, and follows them
    CONTINUOUS = "continuous"  # like TOGETHER, and the music does not begin or end with the visitor


class TurnEvent(Enum):
    """An event of turn taking."""

    PRESS = auto()  # A visitor pressed a key
    VISITOR_PHRASE_OVER = auto()  # the visitor finished a phrase
    NETWORK_PHRASE_OVER = auto()  # the network finished its phrase
    SILENCE = auto()  # no key was pressed for the silence timeout


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
"""All changes of turn; any other event keeps the turn."""


class TurnTaking:
    """Keeps track of the turn, and of the visitor's silence; all times are ns.

    The visit ends after `farewell_after` of silence, and `warn_before` earlier a warning is due.
    """

    def __init__(
        self,
        farewell_after: int,
        warn_before: int = 0,
        mode: TurnTakingMode = TurnTakingMode.ANSWER,
    ) -> None:
        self.turn = Turn.ATTRACT
        self.mode = mode
        self.warned = False
        self._farewell_after, self._warn_before = farewell_after, warn_before
        self._silent_since = 0

    @property
    def plays_along(self) -> bool:
        """Whether the network plays while the visitor does."""
        return self.mode is not TurnTakingMode.ANSWER

    @property
    def timeout_at(self) -> int | None:
        """When the visit ends without another event, ns; None in turns without a timeout."""
        timed_turn = Turn.ANSWER if self.plays_along else Turn.LISTEN
        return self._silent_since + self._farewell_after if self.turn is timed_turn else None

    @property
    def warn_at(self) -> int | None:
        """When to warn the visitor, ns; None for no warning or after it."""
        silent_at = self.timeout_at
        if silent_at is None or self.warned or not 0 < self._warn_before < self._farewell_after:
            return None
        return silent_at - self._warn_before

    def restart_timeout(self, at: int) -> None:
        """Count the visitor's silence from the time `at` (ns) on."""
        self._silent_since = max(self._silent_since, at)
        self.warned = False

    def handle_event(self, event: TurnEvent, at: int) -> Turn | None:
        """Handle an event at the time `at` (ns); returns the new turn, or None if it stays."""
        if not self.plays_along or event is TurnEvent.PRESS:
            self.restart_timeout(at)
        turn = TURN_TRANSITIONS[self.mode].get((self.turn, event))
        if turn is not None:
            self.turn, self.warned = turn, False
        return turn
