"""Shared ring: a ring of messages in shared memory, from one writer to any readers.

The writer never waits. A reader that falls behind by more than the ring holds loses the oldest
messages, and they are counted. The number of a message stands in its slot only while the message is
whole, so a reader detects a slot that is overwritten meanwhile (a seqlock: Lameter 2005, "Effective
synchronization on Linux/NUMA systems"). On machines that reorder writes the checksum detects the
same.
"""

from __future__ import annotations

import contextlib
import logging
import os
import struct
import zlib
from collections.abc import Callable
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who spawns the processes makes rings, and needs no arrays
    from messages.cues import StageMessage

_RING_HEADER = struct.Struct("<QII")  # messages written, slots, bytes of a slot's payload
_SLOT_HEADER = struct.Struct("<QII")  # number (0 while being written), length, checksum
_NUMBER = struct.Struct("<Q")
SHARED_MEMORY_FOLDER = Path("/dev/shm")  # where Linux keeps it
MEGABYTE = 1e6  # bytes
DEFAULT_SLOTS = 512  # messages a ring holds by default

log = logging.getLogger(__name__)


class SharedRingError(ValueError):
    """A ring or a message has a size that does not fit."""


class SharedMemoryError(OSError):
    """The machine has too little shared memory; the message says how to give it more."""


class SharedRing:
    """A ring of messages; `create` makes one, and `attach` opens it in another process.

    Each side either only writes or only reads. A slot holds one message, of `slot_bytes` at most;
    `dropped` counts those that this reader lost because it was too slow.

    Parameters
    ----------
    memory : SharedMemory
    is_owner : bool
        Whether `close` removes the memory.
    """

    def __init__(self, memory: SharedMemory, is_owner: bool) -> None:
        self._memory, self._is_owner = memory, is_owner
        self._written_count, self.slots, self.slot_bytes = _RING_HEADER.unpack_from(memory.buf)
        self._stride = _SLOT_HEADER.size + self.slot_bytes
        self._read_count = max(0, self._written_count - self.slots)
        self.name = memory.name
        self.dropped = 0

    @classmethod
    def create(cls, slot_bytes: int, slots: int = DEFAULT_SLOTS) -> SharedRing:
        """Make a new, empty ring, whose memory is removed by its `close`.

        Raises `SharedMemoryError` if there is not as much memory.
        """
        if slot_bytes < 1 or slots < 1:
            raise SharedRingError(
                f"a ring needs slots of at least a byte, not {slots} of {slot_bytes}"
            )
        size = _RING_HEADER.size + slots * (_SLOT_HEADER.size + slot_bytes)
        memory = _reserve_memory(size)
        _RING_HEADER.pack_into(memory.buf, 0, 0, slots, slot_bytes)
        return cls(memory, is_owner=True)

    @classmethod
    def attach(cls, name: str) -> SharedRing:
        """Open the ring that another process of the same family made, with what it still holds."""
        return cls(SharedMemory(name=name), is_owner=False)

    def write(self, data: bytes) -> None:
        """Append a message; never blocks."""
        if len(data) > self.slot_bytes:
            raise SharedRingError(
                f"a message of {len(data)} bytes does not fit a slot of {self.slot_bytes}"
            )
        buffer = self._memory.buf
        offset = _RING_HEADER.size + self._written_count % self.slots * self._stride
        _SLOT_HEADER.pack_into(buffer, offset, 0, len(data), zlib.crc32(data))
        start = offset + _SLOT_HEADER.size
        buffer[start : start + len(data)] = data
        self._written_count += 1
        _NUMBER.pack_into(buffer, offset, self._written_count)
        _NUMBER.pack_into(buffer, 0, self._written_count)

    def read(self) -> list[bytes]:
        """All messages since the last call that are still there, in order."""
        (written,) = _NUMBER.unpack_from(self._memory.buf, 0)
        oldest = max(self._read_count, written - self.slots)
        messages, buffer = [], self._memory.buf
        for index in range(oldest, written):
            offset = _RING_HEADER.size + index % self.slots * self._stride
            number, length, checksum = _SLOT_HEADER.unpack_from(buffer, offset)
            start = offset + _SLOT_HEADER.size
            data = bytes(buffer[start : start + min(length, self.slot_bytes)])
            is_unchanged = (index + 1,) == (number,) == _NUMBER.unpack_from(buffer, offset)
            if is_unchanged and zlib.crc32(data) == checksum:
                messages.append(data)
        self.dropped += max(0, written - self._read_count) - len(messages)
        self._read_count = max(self._read_count, written)
        return messages

    def close(self) -> None:
        """Detach from the memory; the side that made it removes it."""
        self._memory.close()
        if self._is_owner:
            with contextlib.suppress(FileNotFoundError):
                self._memory.unlink()


def _reserve_memory(size: int) -> SharedMemory:
    """Shared memory of `size` bytes that is there: else its first use would be a bus error."""
    try:
        memory = SharedMemory(create=True, size=size)
    except OSError as error:
        raise _too_little(size, error) from error
    path = SHARED_MEMORY_FOLDER / memory.name
    if hasattr(os, "posix_fallocate") and path.exists():
        try:
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            memory.close()
            memory.unlink()
            raise _too_little(size, error) from error
    return memory


def _too_little(size: int, error: OSError) -> SharedMemoryError:
    return SharedMemoryError(
        f"too little shared memory: {size / MEGABYTE:.0f} MB are needed in {SHARED_MEMORY_FOLDER} "
        f"({error.strerror}); free some, or give more (a container: --shm-size=256m)"
    )


def make_ring_reader(ring: SharedRing) -> Callable[[], list[StageMessage]]:
    """Make a function that reads the messages for the stage since its last call.

    Parameters
    ----------
    ring : SharedRing
        Attached by this process; it takes nothing from other readers.

    Returns
    -------
    callable
    """
    from messages.wire_format import unpack

    def poll() -> list[StageMessage]:
        messages = []
        for data in ring.read():
            try:
                messages.append(unpack(data))
            except ValueError as error:
                log.warning("dropped a message for the stage: %s", error)
        return messages

    return poll
