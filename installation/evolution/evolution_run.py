"""Evolution run: from the database of visits to a generation that plays, or is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from installation.evolution.duet_selection import DuetSelection, select_duets
from installation.evolution.training_command import (
    EvolutionProgress,
    ProgressCallback,
    remove_left_folders,
    train_by_command,
)
from installation.visits.database import read_duets, read_votes
from midi_data.notes import Tune
from midi_data.splits import split_tunes
from rnn.evolution.candidate_training import EvolutionSettings
from rnn.evolution.evolution_data import EvolutionData
from rnn.evolution.gate import Gate, GateBounds
from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore, check_kinship
from rnn.evolution.shared_training import SharedTraining
from rnn.evolution.tune_sampler import continue_phrases, sample_tunes
from rnn.model.checkpoint import Checkpoint
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import pitch_class_preference
from rnn.training.trainer import TrainingProgress

REHEARSED_TUNES, CORPUS_TUNES = 40, 60  # tunes that are learned again, and that the gate judges by
REHEARSAL_SEED = 20_160  # of the tunes of generation 0, the same for all its descendants
COMPARED_PHRASE_NOTES, COMPARED_ANSWER_NOTES, COMPARISON_SEED = 10, 14, 1


@dataclass(frozen=True, slots=True)
class EvolutionSource:
    """Where a run finds what it learns from.

    Parameters
    ----------
    recordings : Path
        Folder of the database of visits.
    corpus : tuple of Tune
        The corpus of the style; empty where there is none.
    """

    recordings: Path
    corpus: tuple[Tune, ...] = ()


def training_report(progress: TrainingProgress) -> EvolutionProgress:
    """A line about a training that goes on.

    Parameters
    ----------
    progress : TrainingProgress

    Returns
    -------
    EvolutionProgress
    """
    return EvolutionProgress(
        "training",
        {
            "step": progress.step,
            "seconds": round(progress.seconds, 1),
            "loss": round(progress.train_bits, 4),
            "held_out_bits": round(progress.validation_bits, 4),
            "learning_rate": round(progress.rate, 7),
            "notes_per_second": round(progress.notes_per_second),
            "gradient_norms": [round(rank.gradient_norm, 4) for rank in progress.ranks],
            "rank_notes_per_second": [round(rank.notes_per_second) for rank in progress.ranks],
        },
    )


def gather_data(
    store: GenerationStore, source: EvolutionSource
) -> tuple[EvolutionData, DuetSelection]:
    """What the next generation learns from.

    Parameters
    ----------
    store : GenerationStore
    source : EvolutionSource

    Returns
    -------
    EvolutionData
    DuetSelection
        Tells what was left out.

    Raises
    ------
    VisitDatabaseError
        If the database cannot be read.
    GenerationError
        If generation 0 cannot be loaded.
    """
    duets, votes = read_duets(source.recordings), read_votes(source.recordings)
    selection = select_duets(duets, votes, store.style, source.corpus)
    rehearsed, corpus = rehearsal_tunes(store.load(0), source.corpus)
    data = EvolutionData(
        selection.learned, selection.validation, selection.judged, rehearsed, corpus
    )
    return data, selection


def rehearsal_tunes(
    origin: Checkpoint, corpus: tuple[Tune, ...]
) -> tuple[tuple[Tune, ...], tuple[Tune, ...]]:
    """Tunes to learn again, and tunes to judge by; of the corpus, or written by generation 0."""
    if len(corpus) > REHEARSED_TUNES + CORPUS_TUNES:
        split = split_tunes(corpus)
        return split.train[:REHEARSED_TUNES], (split.validation + split.test)[:CORPUS_TUNES]
    generator = np.random.default_rng(REHEARSAL_SEED)
    tunes = sample_tunes(origin, REHEARSED_TUNES + CORPUS_TUNES, generator)
    return tuple(tunes[:REHEARSED_TUNES]), tuple(tunes[REHEARSED_TUNES:])


def run_evolution(
    store: GenerationStore,
    source: EvolutionSource,
    seed: int,
    now: datetime,
    command: str = "",
    report: ProgressCallback = lambda progress: None,
    bounds: GateBounds | None = None,
    training: SharedTraining | None = None,
) -> Generation:
    """Train a candidate from the generation that plays, judge it, and keep it.

    Parameters
    ----------
    store : GenerationStore
    source : EvolutionSource
    seed : int
    now : datetime
    command : str
        What trains instead of this process: a command line with {data} and {parent}, the files it
        reads, {result}, the model file it leaves, and {seed}.
    report : callable
    bounds : GateBounds, optional
    training : SharedTraining, optional
        By default this process trains alone.

    Returns
    -------
    Generation
        As it is kept; it plays from now on if it was accepted.

    Raises
    ------
    EvolutionError, GenerationError, DivergedError, VisitDatabaseError, OSError
        If there is no new generation; nothing has changed then.
    """
    remove_left_folders()
    data, selection = gather_data(store, source)
    parent_number, parent = store.load_current(
        lambda error: report(EvolutionProgress("message", {"text": f"left aside: {error}"}))
    )
    origin = store.load(0)
    counts = {"duets": len(data.learned), "judged": len(data.judged), "parent": parent_number}
    report(EvolutionProgress("data", {**counts, **selection.left_out}))
    if command:
        candidate = train_by_command(command, store.path(parent_number), data, seed, report)
        check_kinship(candidate, origin)
    else:
        candidate = (training or SharedTraining()).train(
            parent,
            data,
            EvolutionSettings(seed=seed),
            lambda progress: report(training_report(progress)),
        )
    verdict = Gate(parent, origin, data, seed, bounds).judge(candidate)
    model = replace(
        verdict.candidate,
        card=replace(
            parent.card,
            sampling=verdict.candidate.card.sampling,
            lineage=_lineage(store, len(data.learned), not verdict.reasons),
            moved=measure_movement(origin, verdict.candidate),
            compared=compare_answers(origin, verdict.candidate, data.rehearsed),
        ),
        atlas=origin.atlas,
        preference=pitch_class_preference(
            verdict.candidate.network, encode_tunes(origin.codec, data.corpus), origin.codec
        ),
    )
    kept = store.add(
        Generation(
            0,
            parent_number,
            store.style,
            now.isoformat(timespec="seconds"),
            seed,
            data.hash,
            duets=len(data.learned),
            rehearsed=len(data.rehearsed),
            scores=verdict.scores,
            accepted=not verdict.reasons,
            reasons=verdict.reasons,
        ),
        model,
    )
    outcome = {"number": kept.number, "accepted": int(kept.accepted), "reasons": list(kept.reasons)}
    report(EvolutionProgress("generation", {**outcome, **kept.scores}))
    return kept


def _lineage(store: GenerationStore, duets: int, accepted: bool) -> list[list[int]]:
    """Rows of `ModelCard.lineage`: all generations so far, and the next one."""
    known = [each for each in store.generations() if each.number]
    rows = [[each.number, int(each.accepted), each.duets] for each in known]
    return [*rows, [store.next_number, int(accepted), duets]]


def measure_movement(origin: Checkpoint, model: Checkpoint) -> list[list[float]]:
    """How far the recurrent weights of each unit lie from the origin's, by layer.

    Parameters
    ----------
    origin, model : Checkpoint
        Of the same size.

    Returns
    -------
    list of list of float
        Euclidean distances.
    """
    sizes, rows = origin.network.sizes, []
    for layer in range(sizes.layers):
        name = f"lstm{layer}.hidden"  # (H, 4H)
        change = model.network.parameters[name] - origin.network.parameters[name]
        by_unit = change.reshape(sizes.units, 4, sizes.units)
        rows.append([round(float(d), 5) for d in np.sqrt((by_unit**2).sum(axis=(0, 1)))])
    return rows


def compare_answers(
    origin: Checkpoint, model: Checkpoint, tunes: Sequence[Tune]
) -> list[list[list[float]]]:
    """The beginning of a tune, and how two models go on from it; see `ModelCard.compared`.

    Parameters
    ----------
    origin, model : Checkpoint
    tunes : sequence of Tune
        What a generation keeps cannot be deleted, so that its file has none of a visitor's.

    Returns
    -------
    list of list of list of float
        Empty without a tune.
    """
    phrases = [replace(tune, notes=tune.notes[:COMPARED_PHRASE_NOTES]) for tune in tunes[:1]]
    if not phrases:
        return []
    answers = [
        continue_phrases(each, phrases, np.random.default_rng(COMPARISON_SEED))[0]
        for each in (origin, model)
    ]
    parts = [phrases[0].notes, *(answer[:COMPARED_ANSWER_NOTES] for answer in answers)]
    start = parts[0][0].onset
    return [[[note.pitch, note.onset - start, note.duration] for note in part] for part in parts]
