"""Both ends of the shared ring that carries messages from the performer to the stage."""

from __future__ import annotations

import logging
from collections.abc import Callable

from installation.engine.publisher import Subscriber
from installation.process.shared_ring import SharedRing
from messages.cues import StageMessage
from messages.wire_format import pack, unpack

log = logging.getLogger(__name__)


class RingCueSink(Subscriber):
    """Writes messages to a ring.

    Parameters
    ----------
    ring : SharedRing
    """

    def __init__(self, ring: SharedRing) -> None:
        self._ring = ring

    def send_message(self, message: StageMessage) -> None:
        self._ring.write(pack(message))


def make_ring_reader(ring: SharedRing) -> Callable[[], list[StageMessage]]:
    """Make a function that reads the messages since its last call.

    Parameters
    ----------
    ring : SharedRing

    Returns
    -------
    callable
        Drops a message that cannot be unpacked, and logs that.
    """

    def poll() -> list[StageMessage]:
        messages = []
        for data in ring.read():
            try:
                messages.append(unpack(data))
            except ValueError as error:
                log.warning("dropped a message for the stage: %s", error)
        return messages

    return poll
