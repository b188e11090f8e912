"""Candidate training: a network that may become the next generation.

Its weights learn the duets of visitors and many new answers of its parent, each weighed by how well
the audience would like it (`rnn.evolution.preference`), and tunes that the parent knows; from the
new answers it learns leanings (`rnn.evolution.learned_leanings`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rnn.evolution.evolution_data import EvolutionData, LearnedDuet, encode_duets
from rnn.evolution.generation import GenerationError
from rnn.evolution.learned_leanings import lean, learn_leanings
from rnn.evolution.preference import weigh_answers
from rnn.model.checkpoint import Checkpoint
from rnn.model.network import Network
from rnn.training.dataset import EpochBatcher, encode_tunes
from rnn.training.fine_tuning import FineTuner, FineTuningSettings
from rnn.training.ranks import Ranks
from rnn.training.trainer import TrainingProgress

HELD_OUT_PART = 8  # of so many answers of the parent one is held out, to choose the weights by
PLAYED_WEIGHT = 6.0
"""Mean weight of an answer that was voted on, where a new one of the parent has 1. New ones are
drawn without the leanings that the piece adds for each phrase: alone they would lead away from what
it plays.
"""
VOTE_WEIGHT = 0.5  # weight of a vote where all votes together tell nothing
MIN_DUETS = 20  # liked duets below which nothing is learned


@dataclass(frozen=True, slots=True)
class EvolutionSettings:
    """Settings of the training of a generation.

    Parameters
    ----------
    seed : int
    passes : float
        How often all that is learned is gone through; the training may end earlier.
    rate : float
        Highest learning rate.
    pull : float
        Strength of the pull towards the parent.
    dropout : float
        Share of each layer's inputs set to 0.
    answers : int
        Answers of the parent that are weighed and learned.
    """

    seed: int = 1
    passes: float = 4.5
    rate: float = 5e-4
    pull: float = 1e-2
    dropout: float = 0.1
    answers: int = 1200


def train_candidate(
    parent: Checkpoint,
    data: EvolutionData,
    settings: EvolutionSettings,
    ranks: Ranks | None = None,
    report: Callable[[TrainingProgress], None] = lambda progress: None,
) -> Checkpoint:
    """Train a candidate from its parent.

    Parameters
    ----------
    parent : Checkpoint
    data : EvolutionData
    settings : EvolutionSettings
    ranks : Ranks, optional
        The processes that share the training.
    report : callable
        Gets the progress about once a second.

    Returns
    -------
    Checkpoint
        The same bits for the same arguments and number of ranks.

    Raises
    ------
    GenerationError
        If there are too few duets.
    DivergedError
        If the training fails.
    """
    if len(data.learned) < MIN_DUETS or not (data.validation and data.judged):
        counted = f"{len(data.learned)}, {len(data.validation)} and {len(data.judged)}"
        raise GenerationError(
            f"{counted} liked duets to learn, to stop and to judge by; {MIN_DUETS}, 1 and 1 at "
            "least are needed"
        )
    codec = parent.codec
    weighed = weigh_answers(parent, data.learned, settings.answers, settings.seed)
    if weighed is None:
        written: tuple[LearnedDuet, ...] = ()
        played = [replace(duet, weight=VOTE_WEIGHT * duet.weight) for duet in data.learned]
    else:
        written = weighed.written
        played = [replace(duet, weight=PLAYED_WEIGHT * duet.weight) for duet in weighed.played]
    practised = [duet for place, duet in enumerate(written) if place % HELD_OUT_PART]
    tunes = [
        *encode_duets(codec, [*played, *practised]),
        *encode_tunes(codec, data.rehearsed),
    ]
    # less 1: an answer that is no better than the others is to stay as likely as it was
    held_out = [replace(duet, weight=duet.weight - 1) for duet in written[::HELD_OUT_PART]]
    fine_tuning = FineTuningSettings(
        seed=settings.seed,
        rate=settings.rate,
        dropout=settings.dropout,
        pull=settings.pull,
        fits_sharpness=False,
    )
    batcher = EpochBatcher(codec, tunes, fine_tuning.lanes, fine_tuning.length)
    steps = max(1, round(settings.passes * batcher.batches_per_epoch))
    tuner = FineTuner(
        parent.network,
        codec,
        tunes,
        replace(fine_tuning, steps=steps),
        ranks,
        encode_duets(codec, [*held_out, *data.validation]),
    )
    tuner.run(report)
    weights = {name: np.array(array) for name, array in tuner.best_parameters.items()}
    candidate = replace(parent, network=Network(parent.network.sizes, weights))
    return lean(candidate, learn_leanings(written)) if written else candidate
