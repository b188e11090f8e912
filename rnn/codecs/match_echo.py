"""Match echo: what followed the last time the music went as it goes now.

The longest earlier match is the longest run of tokens that ends here and was read before in the
same tune. The token that followed it is what a tune that repeats itself will write next. Of equally
long matches the latest counts. The idea is that of PPM* (Cleary & Teahan 1997) and of Lempel-Ziv
prediction; here its guess is an input of the network, which learns how far to trust it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MATCH_MEMORY_TOKENS = 1024  # tokens of the past in which matches are sought
MATCH_LENGTH_CLASSES = 8  # input rows of the length: none, 1, 2-3, 4-7 ... 64 and longer


class MatchEcho:
    """The longest earlier match at a position in a stream of tokens.

    Its arrays are replaced, never changed, so that a copy may share them.
    """

    __slots__ = ("_lengths", "_notes", "_place", "_tokens")

    def __init__(self) -> None:
        empty = np.zeros(0, np.int32)
        self._tokens: NDArray[np.int32] = empty
        self._notes: NDArray[np.int32] = empty  # the note each token belongs to
        self._lengths: NDArray[np.int32] = empty
        """Length of the match that ends before each token: with the run that ends here."""
        self._place = -1  # of the token that followed the longest match; -1 for none

    def copy(self) -> MatchEcho:
        """An independent copy."""
        other = MatchEcho()
        other._tokens, other._notes = self._tokens, self._notes
        other._lengths, other._place = self._lengths, self._place
        return other

    def add_token(self, token: int, note: int) -> None:
        """Read a token, which belongs to a note."""
        past = self._tokens
        # a match that ends before place k + 1 extends one that ended before place k
        grown = np.where(past == token, self._lengths + 1, 0)
        lengths = np.concatenate(([0], grown)).astype(np.int32)
        tokens, notes = np.append(past, np.int32(token)), np.append(self._notes, np.int32(note))
        self._tokens = tokens[-MATCH_MEMORY_TOKENS:]
        self._notes = notes[-MATCH_MEMORY_TOKENS:]
        self._lengths = lengths[-MATCH_MEMORY_TOKENS:]
        latest = len(self._lengths) - 1 - int(np.argmax(self._lengths[::-1]))
        self._place = latest if self._lengths[latest] else -1

    @property
    def token(self) -> int:
        """The token that followed the longest earlier match; -1 without a match."""
        return -1 if self._place < 0 else int(self._tokens[self._place])

    @property
    def note(self) -> int:
        """The note that token belongs to; -1 without a match."""
        return -1 if self._place < 0 else int(self._notes[self._place])

    @property
    def length(self) -> int:
        """Length of the longest earlier match, tokens."""
        return 0 if self._place < 0 else int(self._lengths[self._place])

    @property
    def length_class(self) -> int:
        """Class of the length, 0..`MATCH_LENGTH_CLASSES` - 1, by powers of two."""
        return min(MATCH_LENGTH_CLASSES - 1, self.length.bit_length())
