"""The stage's end of the shared ring for messages from the performer."""

from __future__ import annotations

import logging
from collections.abc import Callable

from installation.process.shared_ring import SharedRing
from messages.cues import StageMessage
from messages.wire_format import unpack

log = logging.getLogger(__name__)


def make_ring_reader(ring: SharedRing) -> Callable[[], list[StageMessage]]:
    """Make a function that reads the messages since its last call."""

    def poll() -> list[StageMessage]:
        messages = []
        for data in ring.read():
            try:
                messages.append(unpack(data))
            except ValueError as error:
                log.warning("dropped a message for the stage: %s", error)
        return messages

    return poll
