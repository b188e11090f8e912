from __future__ import annotations

import pytest

from installation.process.cue_ring import make_ring_reader
from installation.process.launcher import create_cue_ring
from installation.process.performer_process import RingCueSink
from messages.cues import ModelChange


@pytest.fixture
def ring():
    ring = create_cue_ring()
    yield ring
    ring.close()


def test_messages_pass_the_ring_in_order(ring) -> None:
    sink, read = RingCueSink(ring), make_ring_reader(ring)
    for path in ("a", "b"):
        sink.send_message(ModelChange(path))
    assert read() == [ModelChange("a"), ModelChange("b")]
    assert read() == []


def test_a_message_that_cannot_be_unpacked_is_dropped_and_logged(ring, caplog) -> None:
    ring.write(b"?")
    RingCueSink(ring).send_message(ModelChange("a"))
    assert make_ring_reader(ring)() == [ModelChange("a")]
    assert "dropped a message" in caplog.text
