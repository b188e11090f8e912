"""The bass: a rule, no network. It plays on the kick what the melody's network expects.

Every half bar the rule takes the triad of the key that got the largest share of the keys the
melody's network held likely, and of those it played. Of the kicks on an eighth, the first of the
half bar is played on the root, the others in turn on the fifth and the root; between them it rests.
All its notes lie within an octave, from the lowest string up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import NoteSource
from messages.timed_note import TimedNote
from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import LOWEST_PITCH, Note

LOWEST_BASS_PITCH = 28  # E1, the lowest string: 41 Hz
MIN_NOTES_FOR_KEY = 4  # least number of notes heard from which a key is taken
MAX_NOTES_HEARD = 64  # the latest notes that count
PLAYED_SHARE = 1.0  # weight of a note played, beside the shares of the next one, which sum to 1
TRIAD_STEPS = (0, 2, 4)  # steps of the scale of a triad
KEPT_CHORD_SHARE = 0.3  # share of its own weight by which the chord before is preferred
MAX_REASONS = 4  # most melody notes that are named as reasons of a chord


@dataclass(frozen=True, slots=True, eq=False)
class HeardNote:
    """A note of the melody."""

    note: TimedNote
    chroma: NDArray[np.float64]  # (12,): its own pitch class, and the shares of the next note
    serial: int  # of its cue


class Bassist:
    """Hears the melody's notes, and plays on the kicks it is given."""

    def __init__(self) -> None:
        self._heard: deque[HeardNote] = deque(maxlen=MAX_NOTES_HEARD)
        self.reasons: tuple[int, ...] = ()  # serials of the notes that gave the chord
        self._root: int | None = None  # pitch class of the chord
        self._is_first = True

    def forget(self) -> None:
        """Forget all that was heard."""
        self._heard.clear()
        self._root = None

    def hear(self, note: TimedNote, next_shares: NDArray[np.float32], serial: int) -> None:
        """Hear a note of the melody, with the shares of the next one, shape (88,)."""
        classes = (np.arange(len(next_shares)) + LOWEST_PITCH) % 12
        chroma = np.bincount(classes, next_shares, minlength=12)
        chroma[note.pitch % 12] += PLAYED_SHARE
        self._heard.append(HeardNote(note, chroma, serial))

    def begin_half_bar(self, key: MusicalKey | None, begin: int, end: int) -> None:
        """Choose the chord of the time from `begin` to `end`, ns; without a key, none.

        Where the melody rests, the chord before goes on if it is one of the key, else the tonic's.
        """
        key = key or self._heard_key()
        self._is_first, self.reasons = True, ()
        if key is None:
            self._root = None
            return
        triads = _triads(key)
        heard = [each for each in self._heard if begin <= each.note.due < end]
        if not heard:
            self._root = self._root if self._root in triads else key.tonic
            return
        chroma = sum(each.chroma for each in heard)
        weights = {root: chroma[tones].sum() + chroma[root] for root, tones in triads.items()}
        if self._root in weights:
            weights[self._root] *= 1 + KEPT_CHORD_SHARE
        self._root = root = max(weights, key=lambda root: weights[root])
        heard.sort(key=lambda each: -each.chroma[triads[root]].sum() - each.chroma[root])
        self.reasons = tuple(each.serial for each in heard[:MAX_REASONS])

    def play(self, kicks: Sequence[TimedNote], length: int) -> list[TimedNote]:
        """The notes on some kicks, each `length` ns at most."""
        notes: list[TimedNote] = []
        if self._root is None:
            return notes
        root = LOWEST_BASS_PITCH + (self._root - LOWEST_BASS_PITCH) % 12
        for kick in kicks:
            fifth = root + 7 if root + 7 < LOWEST_BASS_PITCH + 12 else root - 5
            pitch = root if self._is_first else max(fifth, LOWEST_BASS_PITCH)
            self._is_first = not self._is_first
            if notes:
                notes[-1] = notes[-1].cut(kick.due)
            end = kick.due + length
            notes.append(TimedNote(pitch, kick.velocity, kick.due, end, NoteSource.BASS))
        return notes

    def _heard_key(self) -> MusicalKey | None:
        if len(self._heard) < MIN_NOTES_FOR_KEY:
            return None
        heard = [each.note for each in self._heard]
        return find_key([Note(n.pitch, n.due / 1e9, (n.end - n.due) / 1e9) for n in heard])


def _triads(key: MusicalKey) -> dict[int, list[int]]:
    """The tones of each triad of a key with a perfect fifth, by its root."""
    scale = sorted(key.scale, key=lambda tone: (tone - key.tonic) % 12)
    triads = {
        root: [scale[(step + each) % len(scale)] for each in TRIAD_STEPS]
        for step, root in enumerate(scale)
    }
    return {root: tones for root, tones in triads.items() if (tones[2] - root) % 12 == 7}
