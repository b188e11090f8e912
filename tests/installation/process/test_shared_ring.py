from __future__ import annotations

import errno
import multiprocessing
import os
import struct
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.process.launcher import create_cue_ring
from installation.process.performer_process import RingCueSink
from installation.process.shared_ring import (
    SharedMemoryError,
    SharedRing,
    SharedRingError,
    make_ring_reader,
)
from messages.cues import ModelChange


@pytest.fixture
def ring():
    made = SharedRing.create(slot_bytes=64, slots=4)
    yield made
    made.close()


@pytest.fixture
def cue_ring():
    made = create_cue_ring()
    yield made
    made.close()


def test_what_is_written_is_read_in_order(ring) -> None:
    reader = SharedRing.attach(ring.name)
    for data in (b"a", b"", b"x" * 64):
        ring.write(data)
    assert reader.read() == [b"a", b"", b"x" * 64]
    assert reader.read() == []
    reader.close()


def test_a_slow_reader_loses_the_oldest_and_counts_them(ring) -> None:
    reader = SharedRing.attach(ring.name)
    for number in range(7):
        ring.write(bytes([number]))
    assert reader.read() == [b"\3", b"\4", b"\5", b"\6"]
    assert reader.dropped == 3
    reader.close()


def test_a_late_reader_gets_what_is_still_there(ring) -> None:
    for number in range(6):
        ring.write(bytes([number]))
    reader = SharedRing.attach(ring.name)
    assert reader.read() == [b"\2", b"\3", b"\4", b"\5"]
    assert reader.dropped == 0
    reader.close()


def test_a_writer_that_comes_again_goes_on_where_it_was(ring) -> None:
    ring.write(b"one")
    again = SharedRing.attach(ring.name)
    again.write(b"two")
    reader = SharedRing.attach(ring.name)
    assert reader.read() == [b"one", b"two"]
    again.close()
    reader.close()


def test_a_message_too_long_for_a_slot_is_refused(ring) -> None:
    with pytest.raises(SharedRingError, match="65 bytes does not fit a slot of 64"):
        ring.write(b"x" * 65)


def test_a_ring_of_no_size_is_refused() -> None:
    with pytest.raises(SharedRingError):
        SharedRing.create(slot_bytes=0)


def test_a_slot_overwritten_while_it_is_read_is_let_go(ring) -> None:
    reader = SharedRing.attach(ring.name)
    ring.write(b"whole")
    first = struct.calcsize("<QII") + struct.calcsize("<QII")
    memory = SharedMemory(name=ring.name)
    memory.buf[first : first + 1] = b"W"  # as if the next message had begun to arrive
    memory.close()
    assert reader.read() == []
    assert reader.dropped == 1
    reader.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=32), st.none()), max_size=60),
    st.integers(1, 8),
)
def test_what_is_read_is_what_was_written_but_for_the_dropped(acts, slots: int) -> None:
    """`None` stands for a read."""
    ring = SharedRing.create(slot_bytes=32, slots=slots)
    reader = SharedRing.attach(ring.name)
    written, read = [], []
    for act in acts:
        if act is None:
            read += reader.read()
        else:
            ring.write(act)
            written.append(act)
    read += reader.read()
    reader.close()
    ring.close()
    assert len(read) + reader.dropped == len(written)
    assert _is_subsequence(read, written)
    assert read[-1:] == written[-1:]


def _is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    rest = iter(whole)
    return all(any(one == other for other in rest) for one in part)


def _write_many(name: str, count: int) -> None:
    ring = SharedRing.attach(name)
    for number in range(count):
        ring.write(struct.pack("<I", number) * (1 + number % 100))
    ring.close()


def test_between_processes_nothing_arrives_torn() -> None:
    ring = SharedRing.create(slot_bytes=400, slots=16)
    writer = multiprocessing.get_context("spawn").Process(
        target=_write_many, args=(ring.name, 20_000)
    )
    writer.start()
    numbers = []
    while writer.is_alive():
        numbers += [_number_of(data) for data in ring.read()]
    writer.join()
    numbers += [_number_of(data) for data in ring.read()]
    ring.close()
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 19_999
    assert len(numbers) + ring.dropped == 20_000


def _number_of(data: bytes) -> int:
    (number,) = struct.unpack_from("<I", data)
    assert data == struct.pack("<I", number) * (1 + number % 100)
    return number


def test_messages_for_the_stage_pass_the_ring_in_order(cue_ring) -> None:
    sink, read = RingCueSink(cue_ring), make_ring_reader(cue_ring)
    for path in ("a", "b"):
        sink.send_message(ModelChange(path))
    assert read() == [ModelChange("a"), ModelChange("b")]
    assert read() == []


def test_a_message_that_cannot_be_unpacked_is_dropped_and_logged(cue_ring, caplog) -> None:
    cue_ring.write(b"?")
    RingCueSink(cue_ring).send_message(ModelChange("a"))
    assert make_ring_reader(cue_ring)() == [ModelChange("a")]
    assert "dropped a message" in caplog.text


def test_too_little_shared_memory_is_an_error_with_advice_and_leaves_nothing(monkeypatch) -> None:
    names = []

    def refuse(descriptor: int, offset: int, size: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(SharedMemoryError, match=r"1 MB .*--shm-size"):
        SharedRing.create(slot_bytes=1_000_000, slots=1)
    assert len(names) == 1 and not names[0].exists()
