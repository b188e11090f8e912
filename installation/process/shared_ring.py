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

_RING = struct.Struct("<QII")  # messages written, slots, bytes of a slot's payload
_HEAD = struct.Struct("<QII")  # number (0 while being written), length, checksum
_TAIL = struct.Struct("<Q")  # number again
SLOTS = 512
"""Messages a wire holds unless told otherwise."""


class WireError(ValueError):
    """A wire or a message of a size that does not fit."""


class Wire:
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
        self._written, self.slots, self.size = _RING.unpack_from(memory.buf)
        self._stride = _HEAD.size + self.size + _TAIL.size
        self._read = max(0, self._written - self.slots)
        self.name = memory.name
        self.dropped = 0

    @classmethod
    def create(cls, size: int, slots: int = SLOTS) -> Wire:
        """A new, empty wire.

        Raises
        ------
        WireError
            If `size` or `slots` is not above 0.
        """
        if size < 1 or slots < 1:
            raise WireError(f"a wire needs slots of at least a byte, not {slots} of {size}")
        stride = _HEAD.size + size + _TAIL.size
        memory = SharedMemory(create=True, size=_RING.size + slots * stride)
        _RING.pack_into(memory.buf, 0, 0, slots, size)
        return cls(memory, owner=True)

    @classmethod
    def attach(cls, name: str) -> Wire:
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
        WireError
            If it is longer than a slot.
        """
        if len(data) > self.size:
            raise WireError(f"a message of {len(data)} bytes does not fit a slot of {self.size}")
        number = self._written + 1
        offset = self._offset(number)
        buffer = self._memory.buf
        _HEAD.pack_into(buffer, offset, 0, len(data), zlib.crc32(data))
        start = offset + _HEAD.size
        buffer[start : start + len(data)] = data
        _TAIL.pack_into(buffer, offset + _HEAD.size + self.size, number)
        struct.pack_into("<Q", buffer, offset, number)
        self._written = number
        struct.pack_into("<Q", buffer, 0, number)

    def read(self) -> list[bytes]:
        """All messages since the last call that are still there, in order."""
        (written,) = struct.unpack_from("<Q", self._memory.buf, 0)
        oldest = max(self._read, written - self.slots)
        self.dropped += oldest - self._read
        messages = []
        for number in range(oldest + 1, written + 1):
            data = self._slot(number)
            if data is None:
                self.dropped += 1
            else:
                messages.append(data)
        self._read = max(self._read, written)
        return messages

    def close(self) -> None:
        """Let go of the memory; the side that made it removes it."""
        self._memory.close()
        if self._owner:
            with contextlib.suppress(FileNotFoundError):
                self._memory.unlink()

    def _offset(self, number: int) -> int:
        return _RING.size + (number - 1) % self.slots * self._stride

    def _slot(self, number: int) -> bytes | None:
        """A message, or None if it has been or is being overwritten."""
        offset = self._offset(number)
        buffer = self._memory.buf
        before, length, checksum = _HEAD.unpack_from(buffer, offset)
        if before != number or length > self.size:
            return None
        start = offset + _HEAD.size
        data = bytes(buffer[start : start + length])
        (after,) = _TAIL.unpack_from(buffer, offset + _HEAD.size + self.size)
        (again,) = struct.unpack_from("<Q", buffer, offset)
        if not number == after == again or zlib.crc32(data) != checksum:
            return None
        return data
