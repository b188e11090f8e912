"""The wire: a ring of messages in shared memory, from one writer to one reader.

The writer never waits. A reader that falls behind by more than the ring holds loses the oldest
messages, and they are counted. Each slot carries the number of its message twice, before and after
the bytes are written, so a reader sees when it read a slot that was being overwritten and lets it
go (a seqlock: Lameter 2005, "Effective synchronization on Linux/NUMA systems"). On machines that
reorder writes the length and a checksum catch what the numbers do not.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from multiprocessing.shared_memory import SharedMemory

_RING_HEADER = struct.Struct("<QII")  # messages written, slots, bytes of a slot's payload
_SLOT_HEADER = struct.Struct("<QII")  # number (0 while being written), length, checksum
_SLOT_TRAILER = struct.Struct("<Q")  # number again
DEFAULT_SLOTS = 512
"""Messages a wire holds unless told otherwise."""


class SharedRingError(ValueError):
    """A wire or a message of a size that does not fit."""


class SharedRing:
    """A ring of `slots` messages of at most `size` bytes each.

    Make one with `create` on one side and `attach` to its name on the other; each side either only
    writes or only reads.

    Attributes
    ----------
    name : str
        What the other side attaches to.
    dropped : int
        Messages this reader lost because it was too slow.
    """

    def __init__(self, memory: SharedMemory, owner: bool) -> None:
        self._memory, self._owner = memory, owner
        self._written_count, self.slots, self.slot_bytes = _RING_HEADER.unpack_from(memory.buf)
        self._stride = _SLOT_HEADER.size + self.slot_bytes + _SLOT_TRAILER.size
        self._read_count = max(0, self._written_count - self.slots)
        self.name = memory.name
        self.dropped = 0

    @classmethod
    def create(cls, size: int, slots: int = DEFAULT_SLOTS) -> SharedRing:
        """A new, empty wire.

        Raises
        ------
        SharedRingError
            If `size` or `slots` is not above 0.
        """
        if size < 1 or slots < 1:
            raise SharedRingError(f"a wire needs slots of at least a byte, not {slots} of {size}")
        stride = _SLOT_HEADER.size + size + _SLOT_TRAILER.size
        memory = SharedMemory(create=True, size=_RING_HEADER.size + slots * stride)
        _RING_HEADER.pack_into(memory.buf, 0, 0, slots, size)
        return cls(memory, owner=True)

    @classmethod
    def attach(cls, name: str) -> SharedRing:
        """The wire another process of the same family made; what it still holds will be read.

        Raises
        ------
        FileNotFoundError
            If there is none of that name.
        """
        return cls(SharedMemory(name=name), owner=False)

    def write(self, data: bytes) -> None:
        """Append a message; never blocks.

        Raises
        ------
        SharedRingError
            If it is longer than a slot.
        """
        if len(data) > self.slot_bytes:
            raise SharedRingError(
                f"a message of {len(data)} bytes does not fit a slot of {self.slot_bytes}"
            )
        number = self._written_count + 1
        offset = self._slot_offset(number)
        buffer = self._memory.buf
        _SLOT_HEADER.pack_into(buffer, offset, 0, len(data), zlib.crc32(data))
        start = offset + _SLOT_HEADER.size
        buffer[start : start + len(data)] = data
        _SLOT_TRAILER.pack_into(buffer, offset + _SLOT_HEADER.size + self.slot_bytes, number)
        struct.pack_into("<Q", buffer, offset, number)
        self._written_count = number
        struct.pack_into("<Q", buffer, 0, number)

    def read(self) -> list[bytes]:
        """All messages since the last call that are still there, in order."""
        (written,) = struct.unpack_from("<Q", self._memory.buf, 0)
        oldest = max(self._read_count, written - self.slots)
        self.dropped += oldest - self._read_count
        messages = []
        for number in range(oldest + 1, written + 1):
            data = self._read_slot(number)
            if data is None:
                self.dropped += 1
            else:
                messages.append(data)
        self._read_count = max(self._read_count, written)
        return messages

    def close(self) -> None:
        """Let go of the memory; the side that made it removes it."""
        self._memory.close()
        if self._owner:
            with contextlib.suppress(FileNotFoundError):
                self._memory.unlink()

    def _slot_offset(self, number: int) -> int:
        return _RING_HEADER.size + (number - 1) % self.slots * self._stride

    def _read_slot(self, number: int) -> bytes | None:
        """A message, or None if it has been or is being overwritten."""
        offset = self._slot_offset(number)
        buffer = self._memory.buf
        before, length, checksum = _SLOT_HEADER.unpack_from(buffer, offset)
        if before != number or length > self.slot_bytes:
            return None
        start = offset + _SLOT_HEADER.size
        data = bytes(buffer[start : start + length])
        (after,) = _SLOT_TRAILER.unpack_from(buffer, offset + _SLOT_HEADER.size + self.slot_bytes)
        (again,) = struct.unpack_from("<Q", buffer, offset)
        if not number == after == again or zlib.crc32(data) != checksum:
            return None
        return data
