"""Adoption: for the rest of a visit another composer plays."""

from __future__ import annotations

from dataclasses import dataclass

from messages.clock import SECOND
from rnn.generation.composer import Composer

GUEST_TIMEOUT_NS = 90 * SECOND
"""Whoever was adopted and is not played with for so long goes, ns."""


@dataclass(frozen=True, slots=True)
class ComposerChange:
    """From `at` on (ns) another composer plays.

    Parameters
    ----------
    composer : Composer or None
        Owned by the performer from now on; None for the one it began with.
    path : str
        Its model file, as the stage is to be told; empty for the one it began with.
    at : int
    """

    composer: Composer | None
    path: str
    at: int


@dataclass(frozen=True, slots=True)
class StageReady:
    """A stage opened at `at` (ns): it is to be told who plays."""

    at: int


class GuestModelSlot:
    """Whose music is on the stand: the composer a performer began with, or a guest.

    Parameters
    ----------
    home : Composer

    Attributes
    ----------
    leaves_at : int or None
        When the guest goes if nobody plays with it, ns; None without a guest.
    path : str
        The model file of who plays; empty for the composer it began with.
    """

    def __init__(self, home: Composer) -> None:
        self._default_composer = home
        self.guest_expires_at: int | None = None
        self.model_path = ""

    def switch_to(self, adopted: ComposerChange) -> Composer:
        """Who plays from now on."""
        self.model_path = adopted.path
        if adopted.composer is None:
            self.guest_expires_at = None
            return self._default_composer
        self.guest_expires_at = adopted.at + GUEST_TIMEOUT_NS
        return adopted.composer
