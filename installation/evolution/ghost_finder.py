"""Ghost finder: the past visitor whose phrase left the network most nearly where this one does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import numpy as np
from numpy.typing import NDArray

from installation.engine.phrases.phrase import Ghost, GhostSource, Phrase
from installation.evolution.duet_selection import MIN_PHRASE_NOTES, find_fault, split_music
from installation.visits.database import VisitDatabaseError, read_duets
from midi_data.key_detection import find_key
from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Note, Tune, fold_pitch
from rnn.evolution.phrase_state import phrase_state
from rnn.generation.novelty import RunIndex
from rnn.model.checkpoint import Checkpoint

MAX_PHRASES = 200  # newest ones that are searched
MAX_GHOST_NOTES = 12
MIDDLE_PITCH = 66
MIN_LIKENESS = 0.6  # cosine of two states from which one phrase recalls the other
READ_INTERVAL_S = 60.0  # time between two looks at the database, seconds: a deletion counts then
PAUSE_S = 0.25  # between two phrases that are learned: the music needs the processor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class PastPhrase:
    """A phrase of a past visitor: the tune, its mean pitch, and the network's state after it."""

    tune: Tune
    centre: float
    state: NDArray[np.float32]
    began: datetime


class GhostFinder(GhostSource):
    """Knows the newest phrases of visits that are over; reads them on a thread of its own.

    Nobody meets himself, even if the performer has died within the visit and goes on.

    Parameters
    ----------
    recordings : Path
        Folder of the database of visits.
    style : str
        Name of the style: only its duets are known.
    checkpoint : Checkpoint
        The network that plays at first.
    """

    def __init__(self, recordings: Path, style: str, checkpoint: Checkpoint) -> None:
        self._recordings, self._style, self._checkpoint = recordings, style, checkpoint
        self._stop = Event()
        self._known: dict[str, PastPhrase] = {}
        self._phrases: tuple[PastPhrase, ...] = ()

    def use_network(self, checkpoint: Checkpoint) -> None:
        """Know phrases by the state of another network from now on."""
        self._checkpoint, self._known, self._phrases = checkpoint, {}, ()

    def start(self) -> None:
        """Begin to read."""
        Thread(target=self._run, name="ghosts", daemon=True).start()

    def close(self) -> None:
        """End the reading; does not wait for it."""
        self._stop.set()

    def find(self, phrase: Phrase) -> Ghost | None:
        """The past phrase that is nearest, in the key and near the register of this one."""
        phrases = self._phrases
        if not phrases:
            return None
        try:
            state = phrase_state(self._checkpoint, _in_c(_beginning(phrase.tune)))
        except ValueError:  # the network knows none of its notes
            return None
        likeness = np.array([each.state @ state for each in phrases])
        best = int(np.argmax(likeness))
        if not likeness[best] >= MIN_LIKENESS:
            return None
        nearest = phrases[best]
        shift = phrase.key.tonic + 12 * round(
            (phrase.centre - nearest.centre - phrase.key.tonic) / 12
        )
        pitches = [note.pitch + shift for note in nearest.tune.notes]
        if not LOWEST_PITCH <= min(pitches) <= max(pitches) <= HIGHEST_PITCH:
            return None
        return Ghost(_at_pitches(nearest.tune.notes, pitches), nearest.began)

    def read(self, pause: Callable[[float], object] = lambda seconds: None) -> None:
        """Read the database, and learn phrases that are new; those that are gone are forgotten."""
        checkpoint = self._checkpoint
        duets = read_duets(self._recordings, of_past_visits=True)
        chosen = [duet for duet in duets if duet.style == self._style and duet.is_over]
        known: dict[str, PastPhrase] = {}
        for duet in chosen[-MAX_PHRASES:]:
            past = self._known.get(duet.address)
            if past is None:
                music = split_music(duet)
                if find_fault(music, RunIndex([])):
                    continue
                beginning = _until_rest(_beginning(music.phrase))
                if len(beginning.notes) < MIN_PHRASE_NOTES:
                    continue
                past = _learn(checkpoint, _in_c(beginning), datetime.fromisoformat(duet.began))
                pause(PAUSE_S)
            known[duet.address] = past
        if checkpoint is self._checkpoint:
            self._known, self._phrases = known, tuple(known.values())

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.read(self._stop.wait)
            except (VisitDatabaseError, ValueError) as error:
                log.debug("no ghosts: %s", error)
            self._stop.wait(READ_INTERVAL_S)


def _learn(checkpoint: Checkpoint, tune: Tune, began: datetime) -> PastPhrase:
    centre = float(np.mean([note.pitch for note in tune.notes]))
    return PastPhrase(tune, centre, phrase_state(checkpoint, tune), began)


def _beginning(tune: Tune) -> Tune:
    """Like is compared with like, and a long phrase does not keep the music waiting."""
    return replace(tune, notes=tune.notes[:MAX_GHOST_NOTES])


def _until_rest(tune: Tune) -> Tune:
    """The notes before the first that begins more than a bar after the one before.

    A duet may hold a phrase that was not answered, and the next one: nobody waits for a ghost that
    pauses between them.
    """
    bar = tune.meter.bar_beats
    steps = pairwise(note.onset for note in tune.notes)
    ends = (k for k, (first, second) in enumerate(steps, 1) if second - first > bar)
    return replace(tune, notes=tune.notes[: next(ends, None)])


def _in_c(tune: Tune) -> Tune:
    """A tune moved so that its tonic is C, and its mean pitch in the middle of the piano.

    Notes that would leave the piano are folded into it.
    """
    tonic, mean = find_key(tune.notes).tonic, np.mean([note.pitch for note in tune.notes])
    octaves = round((MIDDLE_PITCH - (mean - tonic)) / 12)
    pitches = [fold_pitch(note.pitch + 12 * octaves - tonic) for note in tune.notes]
    return replace(tune, notes=_at_pitches(tune.notes, pitches))


def _at_pitches(notes: Sequence[Note], pitches: Sequence[int]) -> tuple[Note, ...]:
    moved = zip(notes, pitches, strict=True)
    return tuple(replace(note, pitch=pitch) for note, pitch in moved)
