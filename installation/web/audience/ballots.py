"""Ballots: how many voices of one address count in one vote, in memory only.

A phone may join as often as it likes and so have many voices; it has one address.
"""

from __future__ import annotations

from collections import OrderedDict

MAX_VOICES_PER_DUET = 8
"""Voices of one address that vote on a duet: people around the piece whose phones reach it through
one router that shares an address (NAT), but few enough that one phone cannot outvote a room."""
MAX_VOICES_PER_DAY = 64
"""Voices of one address in what is asked all day long: a round, the question of the day."""
MAX_VOICES = 16_384  # voices remembered; the oldest vote is forgotten first


class BallotCounter:
    """Counts the voices of each address in each vote."""

    def __init__(self) -> None:
        self._voices: OrderedDict[tuple[str, str], set[str]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def admit(self, address: str, voice: str, subject: str, most: int) -> bool:
        """Count a voice in a vote.

        Parameters
        ----------
        address : str
            Where the voice comes from.
        voice : str
        subject : str
            What the vote is about.
        most : int
            Voices of one address that are admitted.

        Returns
        -------
        bool
            Whether the voice is admitted; one that was before is again.
        """
        voices = self._voices.setdefault((address, subject), set())
        if voice in voices:
            return True
        if len(voices) >= most:
            return False
        voices.add(voice)
        self._count += 1
        while self._count > MAX_VOICES:
            self._count -= len(self._voices.popitem(last=False)[1])
        return True
