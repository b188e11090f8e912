"""Match echo: the token that followed when the present music was last heard before.

The longest earlier match is the longest run of tokens that ends here and was read before in the
same tune. The token that followed it is what a tune that repeats itself will write next. Of equally
long matches the latest counts. The idea is that of PPM* (Cleary & Teahan 1997) and of Lempel-Ziv
prediction; here its guess is an input of the network, which learns how far to trust it.
"""

from __future__ import annotations

MATCH_MEMORY_TOKENS = 1024  # tokens of the past in which matches are sought
KEPT_TOKENS = 4 * MATCH_MEMORY_TOKENS  # a match may begin before the memory
MATCH_LENGTH_CLASSES = 8  # input rows of the length: none, 1, 2-3, 4-7 ... 64 and longer
NOTE_BYTES = 4  # of the number of a note


class MatchEcho:
    """The longest earlier match at a position in a stream of tokens below 256.

    What it keeps are bytes, which a copy shares.
    """

    __slots__ = ("_notes", "_place", "_tokens", "length")

    def __init__(self) -> None:
        self._tokens = b""
        self._notes = b""  # the note each token belongs to
        self._place = -1  # of the token that followed the longest match; -1 for none
        self.length = 0  # of the longest match, tokens

    def copy(self) -> MatchEcho:
        """An independent copy."""
        other = MatchEcho()
        other._tokens, other._notes = self._tokens, self._notes
        other._place, other.length = self._place, self.length
        return other

    def add_token(self, token: int, note: int) -> None:
        """Read a token, which belongs to a note."""
        self._tokens = tokens = self._tokens[1 - KEPT_TOKENS :] + bytes((token,))
        number = note.to_bytes(NOTE_BYTES, "little", signed=True)
        self._notes = self._notes[NOTE_BYTES * (1 - KEPT_TOKENS) :] + number
        last, start = len(tokens) - 1, -1
        length = min(self.length + 1, last)  # a match grows by one token at most
        while length:
            oldest = max(0, len(tokens) - MATCH_MEMORY_TOKENS - length)
            start = tokens.rfind(tokens[-length:], oldest, last)
            if start >= 0:
                break
            length -= 1
        self.length, self._place = length, start + length

    @property
    def token(self) -> int:
        """The token that followed the longest earlier match; -1 without a match."""
        return self._tokens[self._place] if self.length else -1

    @property
    def note(self) -> int:
        """The note that token belongs to; -1 without a match."""
        if not self.length:
            return -1
        at = self._place * NOTE_BYTES
        return int.from_bytes(self._notes[at : at + NOTE_BYTES], "little", signed=True)

    @property
    def length_class(self) -> int:
        """Class of the length, 0..`MATCH_LENGTH_CLASSES` - 1, by powers of two."""
        return min(MATCH_LENGTH_CLASSES - 1, self.length.bit_length())
