from __future__ import annotations

import multiprocessing
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.process.shared_ring import SharedRing, SharedRingError


@pytest.fixture
def wire():
    made = SharedRing.create(size=64, slots=4)
    yield made
    made.close()


def test_what_is_written_is_read_in_order(wire) -> None:
    reader = SharedRing.attach(wire.name)
    for data in (b"a", b"", b"x" * 64):
        wire.write(data)
    assert reader.read() == [b"a", b"", b"x" * 64]
    assert reader.read() == []
    reader.close()


def test_a_slow_reader_loses_the_oldest_and_counts_them(wire) -> None:
    reader = SharedRing.attach(wire.name)
    for number in range(7):
        wire.write(bytes([number]))
    assert reader.read() == [b"\3", b"\4", b"\5", b"\6"]
    assert reader.dropped == 3
    reader.close()


def test_a_late_reader_gets_what_is_still_there(wire) -> None:
    for number in range(6):
        wire.write(bytes([number]))
    reader = SharedRing.attach(wire.name)
    assert reader.read() == [b"\2", b"\3", b"\4", b"\5"]
    assert reader.dropped == 0
    reader.close()


def test_a_writer_that_comes_again_goes_on_where_it_was(wire) -> None:
    wire.write(b"one")
    again = SharedRing.attach(wire.name)
    again.write(b"two")
    reader = SharedRing.attach(wire.name)
    assert reader.read() == [b"one", b"two"]
    again.close()
    reader.close()


def test_a_message_too_long_for_a_slot_is_refused(wire) -> None:
    with pytest.raises(SharedRingError, match="65 bytes does not fit a slot of 64"):
        wire.write(b"x" * 65)


def test_a_wire_of_no_size_is_refused() -> None:
    with pytest.raises(SharedRingError):
        SharedRing.create(size=0)


def test_a_slot_overwritten_while_it_is_read_is_let_go(wire) -> None:
    reader = SharedRing.attach(wire.name)
    wire.write(b"whole")
    first = struct.calcsize("<QII") + struct.calcsize("<QII")
    wire._memory.buf[first : first + 1] = b"W"  # as if the next message had begun to arrive
    assert reader.read() == []
    assert reader.dropped == 1
    reader.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=32), st.none()), max_size=60),
    st.integers(1, 8),
)
def test_what_is_read_is_what_was_written_but_for_the_dropped(acts, slots: int) -> None:
    """`None` stands for the reader having a look."""
    wire = SharedRing.create(size=32, slots=slots)
    reader = SharedRing.attach(wire.name)
    written, read = [], []
    for act in acts:
        if act is None:
            read += reader.read()
        else:
            wire.write(act)
            written.append(act)
    read += reader.read()
    reader.close()
    wire.close()
    assert len(read) + reader.dropped == len(written)
    assert _is_subsequence(read, written)
    assert read[-1:] == written[-1:]


def _is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    rest = iter(whole)
    return all(any(one == other for other in rest) for one in part)


def _write_many(name: str, count: int) -> None:
    wire = SharedRing.attach(name)
    for number in range(count):
        wire.write(struct.pack("<I", number) * (1 + number % 100))
    wire.close()


def test_between_processes_nothing_arrives_torn() -> None:
    wire = SharedRing.create(size=400, slots=16)
    writer = multiprocessing.get_context("spawn").Process(
        target=_write_many, args=(wire.name, 20_000)
    )
    writer.start()
    numbers = []
    while writer.is_alive():
        numbers += [_number_of(data) for data in wire.read()]
    writer.join()
    numbers += [_number_of(data) for data in wire.read()]
    wire.close()
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 19_999
    assert len(numbers) + wire.dropped == 20_000


def _number_of(data: bytes) -> int:
    (number,) = struct.unpack_from("<I", data)
    assert data == struct.pack("<I", number) * (1 + number % 100)
    return number
