"""Rounds of "person or network?": one opening, continued by one of both, and the running score."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from installation.visits.vote import PLAYERS, Vote, VoteKind
from midi_data.notes import Note

NOTES_BOUND = 400  # notes of a round above which a file is refused
WILSON_Z = 1.96  # of a 95 % interval


class RoundsError(ValueError):
    """A file holds no rounds; one line."""


@dataclass(frozen=True, slots=True)
class GuessingRound:
    """One round.

    Parameters
    ----------
    name : str
        Names it among the votes.
    truth : str
        Who continued: "person" or "network".
    style : str
    generation : int
    tempo : float
        Quarter notes a minute.
    opening, continuation : tuple of tuple of float
        Notes as onset and duration (quarter notes) and pitch.
    """

    name: str
    truth: str
    style: str
    generation: int
    tempo: float
    opening: tuple[tuple[float, float, int], ...]
    continuation: tuple[tuple[float, float, int], ...]

    def describe(self) -> dict[str, object]:
        """What a phone is told before it has guessed."""
        return {"tempo": self.tempo, "opening": self.opening, "continuation": self.continuation}


def note_rows(notes: Iterable[Note], shift: float = 0.0) -> tuple[tuple[float, float, int], ...]:
    """Notes of a round, their onsets moved by some quarter notes.

    Parameters
    ----------
    notes : iterable of Note
    shift : float

    Returns
    -------
    tuple of (float, float, int)
    """
    return tuple((round(n.onset + shift, 4), round(n.duration, 4), n.pitch) for n in notes)


def save_rounds(path: Path, rounds: Sequence[GuessingRound]) -> None:
    """Write rounds to a file.

    Parameters
    ----------
    path : Path
    rounds : sequence of GuessingRound

    Raises
    ------
    OSError
    """
    path.write_text(json.dumps([asdict(each) for each in rounds]), encoding="utf-8")


def load_rounds(path: Path) -> tuple[GuessingRound, ...]:
    """The rounds of a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of GuessingRound
        Empty if there is no file.

    Raises
    ------
    RoundsError
        If it is no file of rounds.
    """
    if not path.is_file():
        return ()
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_check_round(GuessingRound(**row)) for row in rows)
    except (OSError, ValueError, TypeError) as error:
        raise RoundsError(f"{path}: holds no rounds: {error}") from error


def _check_round(row: GuessingRound) -> GuessingRound:
    notes = [*row.opening, *row.continuation]
    is_sound = all(
        onset >= 0 and 0 < duration < 64 and 0 <= pitch <= 127 for onset, duration, pitch in notes
    )
    if row.truth not in PLAYERS or not 0 < len(notes) <= NOTES_BOUND or not is_sound:
        raise ValueError(f"round {row.name!r} cannot be played")
    if not 20 <= row.tempo <= 400:
        raise ValueError(f"round {row.name!r} has a tempo of {row.tempo}")
    return row


@dataclass(frozen=True, slots=True)
class GuessScore:
    """How often people guess right, with its 95 % interval (Wilson 1927).

    Parameters
    ----------
    right, guesses : int
    low, high : float
        Bounds of the share.
    """

    right: int
    guesses: int
    low: float
    high: float


def score_generations(votes: Iterable[Vote], style: str) -> dict[int, GuessScore]:
    """The score of the guesses on each generation of a style.

    Parameters
    ----------
    votes : iterable of Vote
    style : str

    Returns
    -------
    dict of int to GuessScore
        Only of generations that were guessed on.
    """
    by_number: dict[int, list[Vote]] = {}
    for vote in votes:
        if vote.kind is VoteKind.PERSON_OR_NETWORK and vote.style == style:
            by_number.setdefault(vote.generation, []).append(vote)
    return {number: score_guesses(own) for number, own in sorted(by_number.items())}


def score_guesses(votes: Iterable[Vote]) -> GuessScore:
    """The score of all guesses among votes."""
    guesses = [vote for vote in votes if vote.kind is VoteKind.PERSON_OR_NETWORK]
    right, count = sum(vote.is_positive for vote in guesses), len(guesses)
    if not count:
        return GuessScore(0, 0, 0.0, 1.0)
    share, weight = right / count, WILSON_Z**2 / count
    centre = share + weight / 2
    reach = WILSON_Z * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    return GuessScore(
        right, count, (centre - reach) / (1 + weight), (centre + reach) / (1 + weight)
    )
