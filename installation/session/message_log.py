"""A log of the messages sent to the stage."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from installation.engine.publisher import Subscriber
from messages.clock import Clock
from messages.cues import StageMessage


@dataclass(frozen=True, slots=True)
class TimedStageMessage:
    """A message for the stage, sent at `at`, ns."""

    at: int
    message: StageMessage


class StageMessageLog(Subscriber):
    """Keeps the last messages for the stage, with the time of each.

    Parameters
    ----------
    clock : Clock
    max_count : int, optional
        Number of messages to keep; by default all.

    Attributes
    ----------
    messages : deque of TimedStageMessage
    """

    def __init__(self, clock: Clock, max_count: int | None = None) -> None:
        self.messages: deque[TimedStageMessage] = deque(maxlen=max_count)
        self._clock = clock

    def send_message(self, message: StageMessage) -> None:
        self.messages.append(TimedStageMessage(self._clock.now(), message))
