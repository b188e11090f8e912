"""Novelty: the length of the runs of notes that a network copies from its training tunes.

A run is copied if its intervals and the times between its onsets occur in one training tune, in
any key. Held-out human tunes copy too, by chance and by custom: their figure is the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midi_data.notes import TICKS_PER_BEAT, Note, Tune, quantise_tune
from rnn.generation.composer import Composer
from rnn.model.sampling_params import SamplingParams

OPENING_NOTES = 16  # notes of a held-out tune that an answer continues
ANSWER_NOTES = 48  # notes of an answer, and of the human continuation it is compared with


@dataclass(frozen=True, slots=True)
class CopiedRuns:
    """Lengths of the longest copied runs, in notes."""

    answers: tuple[int, ...]  # one for each answer
    humans: tuple[int, ...]  # one for each held-out tune's own continuation of its opening
    length: int  # notes of an answer

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
    """Finds the longest run of notes that occurs in some tunes.

    Each step from note to note, its interval and its time, becomes one character. So a copied
    run is a substring, which Python finds in some 2 ms among four million notes.

    Parameters
    ----------
    tunes : sequence of Tune
        On the grid.
    """

    SEPARATOR = chr(0)

    def __init__(self, tunes: Sequence[Tune]) -> None:
        self._characters: dict[tuple[int, int], str] = {}
        self._text = self.SEPARATOR.join(self._encode_steps(tune.notes) for tune in tunes)

    def longest_run(self, notes: Sequence[Note]) -> int:
        """Notes of the longest run that occurs in one of the tunes; at least 1, 0 for no notes."""
        steps, longest = self._encode_steps(notes), 0
        for start in range(len(steps)):
            while start + longest < len(steps) and steps[start : start + longest + 1] in self._text:
                longest += 1
        return min(len(notes), longest + 1)

    def _encode_steps(self, notes: Sequence[Note]) -> str:
        characters = []
        for note, following in zip(notes, notes[1:], strict=False):
            ticks = round((following.onset - note.onset) * TICKS_PER_BEAT)
            step = (following.pitch - note.pitch, ticks)
            characters.append(self._characters.setdefault(step, chr(len(self._characters) + 1)))
        return "".join(characters)


def measure_copied_runs(
    composer: Composer,
    train: Sequence[Tune],
    held_out: Sequence[Tune],
    generator: np.random.Generator,
    answers: int = 100,
    params: SamplingParams | None = None,
) -> CopiedRuns:
    """Compare a network's answers with the human continuations they replace.

    Parameters
    ----------
    composer : Composer
    train : sequence of Tune
        The network's training tunes.
    held_out : sequence of Tune
        Their openings are answered one after another, again and again if they are few.
    generator : numpy.random.Generator
    answers : int
        Number of answers.
    params : SamplingParams, optional

    Returns
    -------
    CopiedRuns

    Raises
    ------
    ValueError
        If no held-out tune is long enough.
    """
    length = OPENING_NOTES + ANSWER_NOTES
    tunes = [quantise_tune(tune) for tune in held_out if len(tune.notes) >= length][:answers]
    if not tunes:
        raise ValueError(f"no held-out tune has {length} notes")
    index = RunIndex([quantise_tune(tune) for tune in train])
    humans = [index.longest_run(tune.notes[OPENING_NOTES:length]) for tune in tunes]
    found = []
    for turn in range(answers):
        tune = tunes[turn % len(tunes)]
        opening = Tune(tune.notes[:OPENING_NOTES], tune.meter, tune.tempo)
        notes = continue_opening(composer, opening, generator, params or SamplingParams())
        found.append(index.longest_run(notes))
    return CopiedRuns(tuple(found), tuple(humans), ANSWER_NOTES)


def continue_opening(
    composer: Composer, phrase: Tune, generator: np.random.Generator, params: SamplingParams
) -> list[Note]:
    """`ANSWER_NOTES` notes that continue a phrase, in the composer's beats."""
    composer.restart_with_phrase(phrase)
    notes: list[Note] = []
    while len(notes) < ANSWER_NOTES:
        note = composer.compose_note(generator, params).note
        if note is None:
            break
        notes.append(note)
    return sorted(notes, key=lambda note: (note.onset, note.pitch))
