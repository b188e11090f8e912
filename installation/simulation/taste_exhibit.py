"""Taste exhibit: days in which a style learns from simulated visitors' votes, and a twin that does
not.

Composer, plans of answers, database, selection, training, gate and store are the real ones. There
is no performer: its timing has no part in what is composed, and days take minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

import numpy as np

from installation.engine.phrases.phrase_generator import PhraseGenerator
from installation.engine.phrases.phrase_plans import plan_continuation
from installation.evolution.evolution_run import EvolutionSource, run_evolution
from installation.simulation.simulated_day import FIRST_DAY_DATE, NonExplainingImproviser
from installation.simulation.taste import TraitScale, draw_visitor
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.visits.vote import Vote, VoteKind
from messages.clock import SECOND
from messages.cues import NoteSource
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Meter, Note, Tune, quantise_tune
from rnn.evolution.candidate_training import MIN_DUETS
from rnn.evolution.evolution_data import EvolutionData, LearnedDuet
from rnn.evolution.gate import Gate
from rnn.evolution.generation import GenerationError
from rnn.evolution.generation_store import GenerationStore
from rnn.evolution.tune_sampler import sample_tunes
from rnn.generation.composer import Composer

VISITS_PER_DAY, DUETS_PER_VISIT = 150, 2
CALIBRATION_DUETS = 150  # answers of generation 0 by which traits are normalised
BEAT_MS = 500
MIN_ANSWER_BEATS, MAX_ANSWER_BEATS = 4.0, 16.0
TEST_TUNES = 60  # tunes of generation 0 that no gate has seen
TEST_SEED = 9_001


class Troll(Enum):
    """What a visitor does who wants no music."""

    VOTE_AT_RANDOM = "votes"
    ONE_MELODY = "melody"
    MASH_KEYS = "keys"


@dataclass(frozen=True, slots=True)
class TasteDay:
    """One day: the generation that played, and how it was liked by those who listened.

    Parameters
    ----------
    day, generation : int
    duets : int
        Number of duets of visitors who listened.
    liked : float or None
        Share of them that was liked; None where nobody listened.
    """

    day: int
    generation: int
    duets: int
    liked: float | None


@dataclass(frozen=True, slots=True)
class TasteReport:
    """The days of an exhibit, and what became of the style, by tunes and phrases no gate has seen.

    Parameters
    ----------
    days : tuple of TasteDay
    corpus_change : float
        Bits per note on tunes of generation 0, less generation 0's.
    diversity, copied_change : float
        As the gate measures them.
    reasons : tuple of str
        Why candidates were set aside.
    """

    days: tuple[TasteDay, ...]
    corpus_change: float
    diversity: float
    copied_change: float
    reasons: tuple[str, ...]

    def figures(self) -> dict[str, object]:
        """The report as plain values."""
        return asdict(self)


class TasteExhibit:
    """An exhibit of some days.

    Parameters
    ----------
    style : str
    origin : Path
        Model file of the style.
    seed : int
    folder : Path
        Empty folder for the database and the generations.
    learns : bool
        Whether there is a training each night.
    troll_share : float
        Share of visitors who are trolls, 0..1.
    visits : int
        Visits a day.
    trolls : sequence of Troll
        The kinds there are, all equally likely.
    """

    def __init__(
        self,
        style: str,
        origin: Path,
        seed: int,
        folder: Path,
        learns: bool = True,
        troll_share: float = 0.0,
        visits: int = VISITS_PER_DAY,
        trolls: Sequence[Troll] = tuple(Troll),
    ) -> None:
        self._seed, self._folder, self._learns = seed, folder, learns
        self._troll_share, self._trolls, self._visits = troll_share, trolls, visits
        self._store = GenerationStore(folder / "generations", style, origin)
        self._origin = self._store.load(0)
        self._scale = self._calibrate()
        self._reasons: list[str] = []

    def run(
        self, days: int, progress: Callable[[TasteDay], None], first: Sequence[TasteDay] = ()
    ) -> TasteReport:
        """Play all days after the `first` ones; `progress` gets each when it is over."""
        played = list(first)
        for day in range(len(played) + 1, days + 1):
            played.append(self._play_day(day))
            progress(played[-1])
            if self._learns and day < days:
                self._learn(day)
        scores = self._score_last()
        return TasteReport(tuple(played), *scores, tuple(self._reasons))

    def _calibrate(self) -> TraitScale:
        composer = NonExplainingImproviser(self._origin)
        duets = []
        for number in range(CALIBRATION_DUETS):
            visitor = draw_visitor(self._seed, 0, number)
            duets.append(compose_duet(composer, visitor.play_phrase(), self._generator(0, number)))
        return TraitScale.of([duet for duet in duets if len(duet.answer) > 1])

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *key, 1])

    def _play_day(self, day: int) -> TasteDay:
        number, checkpoint = self._store.load_current()
        composer = NonExplainingImproviser(checkpoint)
        opening = (FIRST_DAY_DATE + timedelta(days=day - 1, hours=10)).astimezone()
        database = VisitDatabase(self._folder, opening)
        likes: list[bool] = []
        for visit in range(self._visits):
            moment = opening + timedelta(seconds=170 * visit)
            likes += self._play_visit(composer, database, (day, visit), moment, number)
        database.close()
        return TasteDay(day, number, len(likes), float(np.mean(likes)) if likes else None)

    def _play_visit(
        self,
        composer: Composer,
        database: VisitDatabase,
        key: tuple[int, int],
        moment: datetime,
        generation: int,
    ) -> list[bool]:
        """Play a visit and write it down; returns what a visitor who listens has liked."""
        visitor, generator = draw_visitor(self._seed, *key), self._generator(*key)
        is_troll = generator.random() < self._troll_share
        troll = self._trolls[generator.integers(len(self._trolls))] if is_troll else None
        began = moment.isoformat(timespec="seconds")
        number = database.add(Visit(began, began, style=self._store.style, generation=generation))
        likes = []
        for turn in range(DUETS_PER_VISIT):
            phrase = visitor.play_phrase() if troll is None else play_nonsense(troll, generator)
            duet = compose_duet(composer, phrase, self._generator(*key, turn))
            if len(duet.answer) < 2:
                continue
            if troll is None:
                choice = visitor.likes(self._scale.normalise(duet))
                likes.append(choice)
            else:
                choice = troll is not Troll.VOTE_AT_RANDOM or bool(generator.random() < 0.5)
            address = f"{key[0]}-{key[1]}-{turn}"
            style = self._store.style
            database.add_duet(
                Duet(address, began, style, generation, as_played(duet), visit=number)
            )
            answer = "yes" if choice else "no"
            database.add_vote(Vote(address, f"{key}", began, VoteKind.LIKED, answer))
        return likes

    def _learn(self, day: int) -> None:
        """Train the next generation at night."""
        night = (FIRST_DAY_DATE + timedelta(days=day, hours=3)).astimezone()
        try:
            kept = run_evolution(
                self._store, EvolutionSource(self._folder), 100 * self._seed + day, night
            )
        except GenerationError as error:
            self._reasons.append(str(error))
        else:
            self._reasons += kept.reasons

    def _score_last(self) -> tuple[float, float, float]:
        """Figures of the last generation on fresh tunes and phrases."""
        generator = np.random.default_rng(TEST_SEED)
        tunes = tuple(sample_tunes(self._origin, TEST_TUNES, generator))
        composer = NonExplainingImproviser(self._origin)
        fresh = []
        for number in range(MIN_DUETS):
            visitor = draw_visitor(self._seed, 10_000, number)
            phrase = visitor.play_phrase()
            fresh.append(compose_duet(composer, phrase, self._generator(10_000, number)))
        _, last = self._store.load_current()
        data = EvolutionData(tuple(fresh), (), tuple(fresh), (), tunes)
        scores = Gate(self._origin, self._origin, data, TEST_SEED).measure(last)
        return scores["corpus_change"], scores["diversity"], scores["copied_change"]


def compose_duet(composer: Composer, phrase: Tune, generator: np.random.Generator) -> LearnedDuet:
    """The network's answer to a phrase, as long as it is, on the grid.

    Parameters
    ----------
    composer : Composer
    phrase : Tune
    generator : numpy.random.Generator

    Returns
    -------
    LearnedDuet
    """
    bar = phrase.meter.bar_beats
    beats = float(np.clip(math.ceil(phrase.end / bar) * bar, MIN_ANSWER_BEATS, MAX_ANSWER_BEATS))
    plan = replace(plan_continuation(phrase, beats, composer.own_sampling), expression=0.0)
    composer.restart_with_phrase(phrase)
    grid = BeatGrid(0, SECOND * BEAT_MS // 1000)
    line = PhraseGenerator(composer, generator, plan, grid, grid.time_at_beat(phrase.end))
    notes = []
    while (composed := line.compose_note()) is not None:
        note, onset = composed.note, grid.beat_at_time(composed.note.due)
        notes.append(Note(note.pitch, onset, grid.beat_at_time(note.end) - onset, note.velocity))
    return LearnedDuet(phrase, quantise_tune(Tune(tuple(notes), phrase.meter)).notes)


def as_played(duet: LearnedDuet) -> DuetMusic:
    """A duet as the database keeps it."""
    sides = ((duet.phrase.notes, NoteSource.VISITOR), (duet.answer, NoteSource.NETWORK))
    notes = [
        DuetNote(
            note.pitch,
            note.velocity,
            round(note.onset * BEAT_MS),
            max(1, round(note.duration * BEAT_MS)),
            source,
        )
        for side, source in sides
        for note in side
    ]
    notes.sort(key=lambda note: (note.onset_ms, note.pitch))
    return DuetMusic(tuple(notes), BEAT_MS * 1000, 0, duet.phrase.meter)


def play_nonsense(troll: Troll, generator: np.random.Generator) -> Tune:
    """What a troll plays."""
    if troll is Troll.ONE_MELODY:
        pitches = (60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60)
        return Tune(tuple(Note(p, 0.5 * k, 0.5, 100) for k, p in enumerate(pitches)), Meter())
    step = 0.125 if troll is Troll.MASH_KEYS else 0.5
    pitches = generator.integers(36, 96, 24).tolist()
    return quantise_tune(Tune(tuple(Note(p, k * step, step, 120) for k, p in enumerate(pitches))))
