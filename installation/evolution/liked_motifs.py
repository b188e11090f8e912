"""Liked motifs: the phrases of the newest liked duets, told to the stage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread

from installation.evolution.duet_selection import balance_votes, find_fault, split_music
from installation.ops.exhibit_status import ProcessHealth
from installation.visits.database import VisitDatabaseError, read_duets, read_votes
from installation.visits.vote import VoteKind
from messages.clock import SECOND
from messages.crowd import LikedMotifs, LikedPhrase, Motif
from rnn.generation.novelty import RunIndex

READ_INTERVAL_NS = 60 * SECOND  # time between two looks at the database, ns
MAX_MOTIFS, MAX_MOTIF_NOTES = 12, 10

log = logging.getLogger(__name__)


def read_liked_motifs(recordings: Path) -> LikedMotifs:
    """The first notes of the phrases of the newest duets that more people liked than not.

    Parameters
    ----------
    recordings : Path
        Folder of the database of visits.

    Returns
    -------
    LikedMotifs
        Nothing of a duet that was deleted.

    Raises
    ------
    VisitDatabaseError
        If the database cannot be read.
    """
    votes = [vote for vote in read_votes(recordings) if vote.kind is VoteKind.LIKED]
    balance, motifs = balance_votes(votes), list[Motif]()
    phrase: LikedPhrase | None = None
    newest_first = dict.fromkeys(vote.duet for vote in reversed(votes))
    for address in newest_first:
        if len(motifs) == MAX_MOTIFS:
            break
        if balance[address] <= 0:
            continue
        for duet in read_duets(recordings, address=address):
            music = split_music(duet)
            if not find_fault(music, RunIndex([])):
                notes = music.phrase.notes[:MAX_MOTIF_NOTES]
                motifs.append(tuple((note.pitch, note.onset - notes[0].onset) for note in notes))
                phrase = phrase or LikedPhrase(
                    tuple((note.pitch, note.onset, note.duration) for note in notes),
                    str(music.phrase.meter),
                    music.phrase.tempo,
                )
    return LikedMotifs(tuple(motifs), phrase)


class MotifTeller:
    """Reads the liked motifs once a minute, on a thread, and tells them.

    Parameters
    ----------
    recordings : Path
    tell : callable
    """

    def __init__(self, recordings: Path, tell: Callable[[LikedMotifs], None]) -> None:
        self._recordings, self._tell = recordings, tell
        self._next_read_at, self._read = 0, LikedMotifs()
        self._thread: Thread | None = None

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Tell what was read, and read again when it is due."""
        if now < self._next_read_at or (self._thread is not None and self._thread.is_alive()):
            return
        if self._thread is not None:
            self._thread = None
            self._tell(self._read)
            self._next_read_at = now + READ_INTERVAL_NS
        else:
            self._thread = Thread(target=self._read_motifs, name="liked motifs", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Nothing is left behind."""

    def _read_motifs(self) -> None:
        try:
            self._read = read_liked_motifs(self._recordings)
        except VisitDatabaseError as error:
            log.debug("no liked motifs: %s", error)
