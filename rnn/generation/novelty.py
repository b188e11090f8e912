"""Originality: how long a run of notes a network copies from the tunes it learned.

A run is copied if its intervals and the times between its onsets stand in one training tune, in
whatever key. Human tunes that were held out copy too, by chance and by custom; only beside their
figure does a network's say anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Note, Tune, quantise_tune
from rnn.generation.composer import Composer, SamplingParams

OPENING_NOTES = 16
"""Notes of a held-out tune that an answer goes on from."""
ANSWER_NOTES = 48
"""Notes of an answer, and of what the human wrote in its place."""


@dataclass(frozen=True, slots=True)
class CopiedRuns:
    """Lengths of the longest copied runs, in notes.

    Parameters
    ----------
    answers, humans : tuple of int
        One for each answer, and for each held-out tune's own continuation of the same opening.
    length : int
        Notes of an answer.
    """

    answers: tuple[int, ...]
    humans: tuple[int, ...]
    length: int

    def summary(self) -> dict[str, dict[str, float]]:
        """Median, mean, ninth decile and longest of both."""
        return {
            name: {
                "count": len(runs),
                "median": float(np.median(runs)),
                "mean": round(float(np.mean(runs)), 2),
                "decile9": float(np.percentile(runs, 90)),
                "longest": max(runs),
            }
            for name, runs in (("answers", self.answers), ("humans", self.humans))
        }


class RunIndex:
    """Finds the longest run of notes that stands in some tunes.

    Parameters
    ----------
    tunes : sequence of Tune

    Notes
    -----
    Runs of one length are compared by a polynomial hash modulo 2**64 of random 64-bit words, one a
    kind of step from note to note (Karp & Rabin 1987): a false find among a million runs has a
    chance of about 1e-7. The longest is found by bisection, as part of a copied run is one too.
    """

    def __init__(self, tunes: Sequence[Tune]) -> None:
        generator = np.random.default_rng(0)
        self._base = np.uint64(generator.integers(2**62) * 2 + 1)
        self._words: dict[tuple[int, int], np.uint64] = {}
        self._generator = generator
        self._encoded_tunes = [
            self._encode_steps(tune.notes) for tune in tunes if len(tune.notes) > 1
        ]
        self._known_run_hashes: dict[int, NDArray[np.uint64]] = {}

    def longest_run(self, notes: Sequence[Note]) -> int:
        """Notes of the longest run that stands in one of the tunes; 1 at the least, 0 for none."""
        if len(notes) < 2:
            return len(notes)
        text = self._encode_steps(notes)
        low, high = 0, len(text)  # steps surely and possibly found
        while low < high:
            middle = (low + high + 1) // 2
            if self._contains_any(self._hashes(text, middle), self._run_hashes(middle)):
                low = middle
            else:
                high = middle - 1
        return low + 1

    @staticmethod
    def _contains_any(asked: NDArray[np.uint64], known: NDArray[np.uint64]) -> bool:
        """Whether any hash is among the known, which are in order."""
        if not len(known):
            return False
        at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        return bool((known[at] == asked).any())

    def _run_hashes(self, steps: int) -> NDArray[np.uint64]:
        if steps not in self._known_run_hashes:
            found = [self._hashes(text, steps) for text in self._encoded_tunes]
            self._known_run_hashes[steps] = (
                np.unique(np.concatenate(found)) if found else np.zeros(0, "u8")
            )
        return self._known_run_hashes[steps]

    def _encode_steps(self, notes: Sequence[Note]) -> NDArray[np.uint64]:
        """A random word for each step: interval, and ticks from onset to onset."""
        words = []
        for one, other in zip(notes, notes[1:], strict=False):
            step = (other.pitch - one.pitch, round((other.onset - one.onset) * TICKS_PER_BEAT))
            if step not in self._words:
                self._words[step] = self._generator.integers(2**64, dtype=np.uint64)
            words.append(self._words[step])
        return np.array(words, np.uint64)

    def _hashes(self, text: NDArray[np.uint64], steps: int) -> NDArray[np.uint64]:
        """Of every run of so many steps; unsigned sums wrap, as they should."""
        count = len(text) - steps + 1
        if count < 1:
            return np.zeros(0, np.uint64)
        found = np.zeros(count, np.uint64)
        for k in range(steps):
            found = found * self._base + text[k : k + count]
        return found


def measure_copied_runs(
    composer: Composer,
    train: Sequence[Tune],
    held_out: Sequence[Tune],
    generator: np.random.Generator,
    answers: int = 100,
    taste: SamplingParams | None = None,
) -> CopiedRuns:
    """Compare a network's answers with what humans wrote in their place.

    Parameters
    ----------
    train : sequence of Tune
        What the network learned.
    held_out : sequence of Tune
        Whose openings are answered, one after another, more than once if need be.
    answers : int
    taste : Taste, optional

    Raises
    ------
    ValueError
        If no held-out tune is long enough.
    """
    tunes = [
        quantise_tune(tune) for tune in held_out if len(tune.notes) >= OPENING_NOTES + ANSWER_NOTES
    ]
    if not tunes:
        raise ValueError(f"no held-out tune has {OPENING_NOTES + ANSWER_NOTES} notes")
    index = RunIndex([quantise_tune(tune) for tune in train])
    tunes = tunes[:answers]
    humans = [
        index.longest_run(tune.notes[OPENING_NOTES : OPENING_NOTES + ANSWER_NOTES])
        for tune in tunes
    ]
    found = []
    for turn in range(answers):
        opening = tunes[turn % len(tunes)]
        phrase = Tune(opening.notes[:OPENING_NOTES], opening.meter, opening.tempo)
        found.append(
            index.longest_run(
                compose_answer(composer, phrase, generator, taste or SamplingParams())
            )
        )
    return CopiedRuns(tuple(found), tuple(humans), ANSWER_NOTES)


def compose_answer(
    composer: Composer, phrase: Tune, generator: np.random.Generator, taste: SamplingParams
) -> list[Note]:
    """`ANSWER_NOTES` notes that go on from a phrase, in the composer's beats."""
    composer.restart_with_phrase(phrase)
    notes = []
    while len(notes) < ANSWER_NOTES:
        note = composer.compose_note(generator, taste).note
        if note is None:
            break
        notes.append(note)
    return sorted(notes, key=lambda note: (note.onset, note.pitch))
