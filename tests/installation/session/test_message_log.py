from __future__ import annotations

from threading import Event

from installation.session.message_log import StageMessageLog, TimedStageMessage
from messages.clock import VirtualClock
from messages.cues import ModelChange


def test_the_last_messages_are_kept_with_their_times() -> None:
    clock, messages = VirtualClock(), [ModelChange() for _ in range(3)]
    log = StageMessageLog(clock, max_count=2)
    for time_ns, message in enumerate(messages):
        clock.wait_until(time_ns, Event())
        log.send_message(message)
    assert list(log.messages) == [
        TimedStageMessage(1, messages[1]),
        TimedStageMessage(2, messages[2]),
    ]
