"""Auditions: a tune that the network could play next, composed in silence, section by section.

Of each section several candidates are composed, a note at a time between the notes that sound, so
nothing waits for them. One of them is drawn by the critic of the style, and the tune goes on from
it. A candidate is kept as the seed from which it can be composed again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from installation.engine.phrases.phrase_generator import LaterGenerators, PhraseGenerator
from installation.engine.phrases.phrase_plans import plan_attract_tune
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Note, Tune
from rnn.generation.composer import Composer
from rnn.generation.sampling import sample_token
from rnn.model.sampling_params import SamplingParams

SILENT_GRID = BeatGrid(0, SECOND // 2)  # the notes do not depend on the tempo
SILENT_VELOCITY = 80  # nor on the loudness
UNJUDGED_NATS = -1e3  # log odds of a tune that is too short to be judged
_CANDIDATE, _CHOICE, _REST = 1, 2, 3  # set the seeds of an audition apart from one another


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTune:
    """A tune that was auditioned, or its beginning.

    Parameters
    ----------
    generator : numpy.random.Generator
        Draws the meter, and the first section.
    later_generators : sequence of tuple of float and numpy.random.Generator
        Draw the others, as in `PhraseGenerator`.
    """

    generator: np.random.Generator
    later_generators: LaterGenerators = ()


@dataclass(slots=True, eq=False)
class _Candidate:
    """A tune so far; `seed` drew its last section, at whose end the composer is at `snapshot`."""

    seed: tuple[int, ...]
    phrase: PhraseGenerator
    snapshot: object
    notes: list[Note]
    section_beats: float
    log_odds: float = UNJUDGED_NATS


class Audition:
    """Composes one tune in silence.

    Parameters
    ----------
    composer : Composer
        Has a critic. Its state is left as it was found.
    sampling : SamplingParams
    seed : sequence of int
    candidates : int
        Of each section; 1 or more.
    """

    def __init__(
        self,
        composer: Composer,
        sampling: SamplingParams,
        seed: Sequence[int],
        candidates: int,
    ) -> None:
        self._composer, self._sampling = composer, sampling
        self._seed, self._candidates = tuple(seed), candidates
        self._judged: list[_Candidate] = []  # of this section
        self._current: _Candidate | None = None
        self._chosen: _Candidate | None = None  # the tune up to this section
        self._sections: list[tuple[float, tuple[int, ...]]] = []  # begin and seed of each section
        self._section_begin = 0.0  # beat from which this section is drawn

    @property
    def is_over(self) -> bool:
        """Whether the whole tune is composed."""
        return self._chosen is not None and self._chosen.phrase.is_over

    def compose_note(self) -> None:
        """Compose one note of a candidate; judge it where a section or the tune ends."""
        if self.is_over:
            return
        kept = self._composer.snapshot()
        candidate = self._current = self._current or self._begin_candidate()
        self._composer.restore(candidate.snapshot)
        composed = candidate.phrase.compose_note()
        if composed is not None:
            length = (composed.note.end - composed.note.due) / SILENT_GRID.beat_ns
            candidate.notes.append(replace(composed.step.note, duration=length))
            candidate.phrase.discard_snapshots(composed.note.due)
            candidate.snapshot = composed.snapshot
        if composed is None or candidate.phrase.last_onset >= self._section_end(candidate):
            self._judge(candidate)
        self._composer.restore(kept)

    def finish(self) -> DrawnTune | None:
        """End the audition; the tune as far as it is composed, which may go on unheard.

        One of the candidates judged so far is drawn for the section that they are of. None before
        any is judged.
        """
        if self._judged:
            self._draw()
        if not self._sections:
            return None
        (_, first), *others = self._sections
        later = tuple((begin, np.random.default_rng(seed)) for begin, seed in others)
        if not self.is_over:  # else it would go on as its last section was drawn
            rest = np.random.default_rng((*self._seed, _REST))
            later = (*later, (self._section_begin, rest))
        return DrawnTune(np.random.default_rng(first), later)

    def _section_end(self, candidate: _Candidate) -> float:
        """Beat at which the section that is being composed ends."""
        if math.isinf(candidate.section_beats):
            return math.inf
        begin = self._chosen.phrase.last_onset if self._chosen is not None else 0.0
        return (math.floor(begin / candidate.section_beats) + 1) * candidate.section_beats

    def _begin_candidate(self) -> _Candidate:
        seed = (*self._seed, _CANDIDATE, len(self._sections), len(self._judged))
        generator = np.random.default_rng(seed)
        if (chosen := self._chosen) is not None:
            phrase = chosen.phrase.fork(generator)
            return replace(chosen, seed=seed, phrase=phrase, notes=list(chosen.notes))
        self._composer.begin_tune(self._composer.draw_meter(generator))
        plan = plan_attract_tune(self._sampling, SILENT_VELOCITY)
        phrase = PhraseGenerator(self._composer, generator, plan, SILENT_GRID, 0)
        beats = self._composer.section_bars * self._composer.meter.bar_beats or math.inf
        return _Candidate(seed, phrase, self._composer.snapshot(), [], beats)

    def _judge(self, candidate: _Candidate) -> None:
        """Judge a candidate; draw one after the last of this section."""
        tune = Tune(tuple(candidate.notes), self._composer.meter)
        log_odds = self._composer.judge_tune(tune, candidate.phrase.is_over) if tune.notes else None
        candidate.log_odds = UNJUDGED_NATS if log_odds is None else log_odds
        self._judged.append(candidate)
        self._current = None
        if len(self._judged) == self._candidates:
            self._draw()

    def _draw(self) -> None:
        """Draw one of the candidates of this section, with which the tune goes on."""
        odds = np.array([each.log_odds for each in self._judged])
        generator = np.random.default_rng((*self._seed, _CHOICE, len(self._sections)))
        drawn = self._judged[sample_token(odds, generator)]
        self._sections.append((self._section_begin, drawn.seed))
        self._section_begin = self._section_end(drawn)  # of its meter, which others may not have
        self._chosen, self._judged = drawn, []
