"""Votes on duets, and voters without a name."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SECRET_BYTES = 32
PLAYERS = ("person", "network")  # who may have continued, in a round


class VoteKind(StrEnum):
    """What was asked."""

    LIKED = "liked"
    PERSON_OR_NETWORK = "turing"


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote.

    Parameters
    ----------
    duet : str
        Address of the duet; of a round of "person or network?", the name of the round.
    voter : str
        Hash of a phone's token, from `VoterHasher`.
    at : str
        Local time with its offset, ISO 8601.
    kind : VoteKind
    choice : str
        "yes" or "no" to a duet; "person" or "network" in a round.
    truth : str
        "person" or "network"; empty for a duet.
    style : str
        Name of the style that played.
    generation : int
        Its generation.

    Raises
    ------
    ValueError
        If choice or truth is none of these.
    """

    duet: str
    voter: str
    at: str
    kind: VoteKind
    choice: str
    truth: str = ""
    style: str = ""
    generation: int = 0

    def __post_init__(self) -> None:
        is_liked = self.kind is VoteKind.LIKED
        choices, truths = (("yes", "no"), ("",)) if is_liked else (PLAYERS, PLAYERS)
        if self.choice not in choices or self.truth not in truths:
            raise ValueError(
                f"{self.kind.value}: {self.choice!r} of {self.truth!r}; accepted: {choices}"
            )

    @property
    def is_positive(self) -> bool:
        """Whether the duet was liked, or the round guessed."""
        return self.choice == "yes" if self.kind is VoteKind.LIKED else self.choice == self.truth


class VoterHasher:
    """Hashes phones' tokens with a secret that is replaced each day and never written."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._secret = b""

    def hash_token(self, token: str, today: date) -> str:
        """The hash by which a phone is known for the day.

        Parameters
        ----------
        token : str
            Token of the phone.
        today : date

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        if today != self._day:
            self._day, self._secret = today, secrets.token_bytes(SECRET_BYTES)
        return hmac.digest(self._secret, token.encode(), "sha256").hex()
