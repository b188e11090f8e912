"""Duet selection: which duets a generation learns from, by votes, without noise and repeats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from installation.visits.duet import Duet
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource
from midi_data.notes import Note, Tune, quantise_tune
from rnn.evolution.evolution_data import LearnedDuet
from rnn.evolution.tune_sampler import melody_steps
from rnn.generation.novelty import RunIndex

MIN_PHRASE_NOTES, MIN_ANSWER_NOTES = 3, 4
MAX_SELECTED = 600  # newest duets that are learned from
DISLIKE_SHARE = 0.5  # weight of a duet that nobody liked, as a share of one that all did
MIN_AGREEMENT = 0.2  # balance of the votes below which they say nothing
VOTES_OF_FULL_WEIGHT = 30  # votes of one voter above which each of them counts less
MAX_PHRASE_NOTES_PER_BEAT = 6.0  # density from which a phrase is no melody
MASH_NOTES_PER_ONSET = 3.0  # notes struck together, on average, from which it is none
REPEATED_NOTES = 8  # notes of a phrase from which one single pitch is no melody
SIGNATURE_STEPS = 8  # first steps of a phrase by which repeats are known
MAX_OF_ONE_MELODY = 2  # duets on the same melody that are learned
KNOWN_SONG_NOTES = 14  # notes in a row that are found in the corpus and so are a known song
VISITS_PER_FOLD = 10
VALIDATION_PLACES, JUDGED_PLACES = (0,), (3, 5, 8)
"""Of ten visits, those to choose weights by, and those to judge by: few votes would say little."""


@dataclass(frozen=True, slots=True)
class DuetSelection:
    """Duets that were chosen, and the number left out for each reason."""

    learned: tuple[LearnedDuet, ...]
    validation: tuple[LearnedDuet, ...]
    judged: tuple[LearnedDuet, ...]
    left_out: dict[str, int]


def select_duets(
    duets: Sequence[Duet], votes: Sequence[Vote], style: str, corpus: Sequence[Tune] = ()
) -> DuetSelection:
    """Choose the duets that a generation learns from.

    Parameters
    ----------
    duets : sequence of Duet
        Oldest first.
    votes : sequence of Vote
    style : str
        Only duets with this style.
    corpus : sequence of Tune
        Known songs.

    Returns
    -------
    DuetSelection
        Of ten visits, the liked duets of one are for validation; those of three others, liked or
        not, are for the gate.
    """
    balance, known = balance_votes(votes), RunIndex([quantise_tune(tune) for tune in corpus])
    left_out: Counter[str] = Counter()
    melodies: Counter[tuple[tuple[int, float], ...]] = Counter()
    chosen: list[tuple[int, LearnedDuet]] = []
    for duet in reversed(duets):
        agreement = balance.get(duet.address, 0.0)
        if duet.style != style or abs(agreement) < MIN_AGREEMENT or len(chosen) == MAX_SELECTED:
            continue
        music = split_music(duet)
        # that answer goes on from what the ghost has played, which is not kept
        reason = "a ghost answered" if duet.music.has_ghost else find_fault(music, known)
        signature = tuple(melody_steps(music.phrase.notes)[:SIGNATURE_STEPS])
        if not reason and melodies[signature] >= MAX_OF_ONE_MELODY:
            reason = "the same melody again"
        if reason:
            left_out[reason] += 1
            continue
        melodies[signature] += 1
        weight = agreement if agreement > 0 else DISLIKE_SHARE * agreement
        chosen.append((duet.visit, replace(music, weight=weight)))
    chosen.reverse()
    places = [(visit % VISITS_PER_FOLD, music) for visit, music in chosen]
    kept_back = (*VALIDATION_PLACES, *JUDGED_PLACES)
    return DuetSelection(
        tuple(music for place, music in places if place not in kept_back),
        tuple(music for place, music in places if place in VALIDATION_PLACES and music.weight > 0),
        tuple(music for place, music in places if place in JUDGED_PLACES),
        dict(left_out),
    )


def balance_votes(votes: Sequence[Vote]) -> dict[str, float]:
    """Balance of the votes on each duet: 1 if all liked it, -1 if none did.

    The votes of one who votes very often count less.
    """
    liked = [vote for vote in votes if vote.kind is VoteKind.LIKED]
    counts = Counter(vote.voter for vote in liked)
    totals: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for vote in liked:
        weight = min(1.0, VOTES_OF_FULL_WEIGHT / counts[vote.voter])
        totals[vote.duet] += weight
        sums[vote.duet] += weight if vote.is_positive else -weight
    # a lone vote of a frequent voter gives a weak balance, too
    return {duet: sums[duet] / max(1.0, totals[duet]) for duet in totals}


def split_music(duet: Duet) -> LearnedDuet:
    """Phrase and answer of a duet, in beats from a bar line on; what follows is left out."""
    music = duet.music
    first = min(
        (note.onset_ms for note in music.notes if note.source is NoteSource.NETWORK),
        default=math.inf,
    )
    phrase, answer = [], []
    start = min((note.onset_ms for note in music.notes), default=0)
    beats_before = (music.bar_line_ms - start) * 1000 / music.beat_us
    bar = music.meter.bar_beats
    lift = math.ceil(beats_before / bar - 1e-6) * bar  # so that the first note is in bar 0
    for note in music.notes:
        onset = (note.onset_ms - music.bar_line_ms) * 1000 / music.beat_us + lift
        length = max(0.05, note.duration_ms * 1000 / music.beat_us)
        part = Note(note.pitch, max(0.0, onset), length, max(1, note.velocity))
        if note.source is NoteSource.NETWORK:
            answer.append(part)
        elif note.onset_ms < first:
            phrase.append(part)
    tempo = min(300.0, max(20.0, 60e6 / music.beat_us))
    tune = quantise_tune(Tune(tuple(phrase), music.meter, tempo))
    return LearnedDuet(tune, quantise_tune(Tune(tuple(answer), music.meter)).notes)


def find_fault(music: LearnedDuet, known: RunIndex) -> str:
    """Why a duet is not learned from; empty if it is."""
    notes = music.phrase.notes
    if len(notes) < MIN_PHRASE_NOTES or len(music.answer) < MIN_ANSWER_NOTES:
        return "too short"
    onsets = {note.onset for note in notes}
    beats = max(1.0, max(onsets) - min(onsets))
    if (
        len(notes) / beats > MAX_PHRASE_NOTES_PER_BEAT
        or len(notes) / len(onsets) > MASH_NOTES_PER_ONSET
    ):
        return "keys mashed"
    if len(notes) >= REPEATED_NOTES and len({note.pitch for note in notes}) == 1:
        return "one key again and again"
    for part in (notes, music.answer):
        if known.longest_run(part) >= KNOWN_SONG_NOTES:
            return "a known song"
    return ""
