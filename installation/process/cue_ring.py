"""The shared ring for messages from the performer to the stage."""

from __future__ import annotations

import logging
from collections.abc import Callable

from installation.engine.interfaces import CueSink
from installation.process.shared_ring import SharedRing
from installation.session.blend_partners import MAX_STYLES
from messages.cues import StageMessage
from messages.wire_format import contributions_size, cue_size, pack, unpack
from rnn.model.checkpoint import Checkpoint
from rnn.teaching.tune_learner import MAX_LAYERS, UNITS_PER_LAYER

CUE_RING_SLOTS = 256
"""Slots of the ring: half a minute of busy music."""

log = logging.getLogger(__name__)


def create_cue_ring(checkpoint: Checkpoint) -> SharedRing:
    """Create a ring whose slots fit the largest cue.

    Parameters
    ----------
    checkpoint : Checkpoint
        The model that plays; a guest model or one trained in a lesson is not larger.

    Returns
    -------
    SharedRing
    """
    sizes = checkpoint.network.sizes
    slot_bytes = max(
        cue_size(sizes.layers, sizes.units),
        cue_size(MAX_LAYERS, UNITS_PER_LAYER),
        contributions_size(MAX_STYLES, sizes.units),
    )
    return SharedRing.create(slot_bytes, CUE_RING_SLOTS)


class RingCueSink(CueSink):
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
