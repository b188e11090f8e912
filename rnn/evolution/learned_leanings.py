"""Learned leanings: steps and lengths that a generation leans to, by what the audience likes.

The answers of the parent, and how well each would be liked, tell how many nats each step and each
length should gain: a linear regression of the tilt on how often they occur. Leanings belong to the
file of a generation, as its weights do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Note
from rnn.codecs.codec import Codec, TokenReader
from rnn.evolution.evolution_data import LearnedDuet, encode_duet
from rnn.generation.sampling import bias_logits
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint
from rnn.model.sampling_params import INTERVAL_BOUNDS, LENGTH_BOUNDS, SamplingParams

STEPS, LENGTHS = len(INTERVAL_BOUNDS) + 1, len(LENGTH_BOUNDS) + 1
LEANING_NAMES = (
    *("lean_repeat", "lean_second", "lean_third", "lean_fifth", "lean_leap"),
    *("lean_short", "lean_half", "lean_dotted_half", "lean_beat", "lean_dotted", "lean_long"),
)
MAX_LEANING_NATS = 0.8  # by which one generation differs from its parent
RIDGE = 30.0  # pull of the leanings to 0, in answers

Vector = NDArray[np.float64]


def count_steps_and_lengths(duet: LearnedDuet) -> Vector:
    """How often an answer has steps, and lengths, of each class; shape (classes,)."""
    line: list[Note] = [duet.phrase.notes[-1], *duet.answer]
    sizes = [abs(after.pitch - note.pitch) for note, after in pairwise(line)]
    steps = np.searchsorted(INTERVAL_BOUNDS, sizes, side="right")
    # the piece itself chooses how long the last note is
    lengths = np.searchsorted(
        LENGTH_BOUNDS, [note.duration for note in duet.answer[:-1]], side="right"
    )
    counts = np.bincount(steps, minlength=STEPS), np.bincount(lengths, minlength=LENGTHS)
    return np.concatenate(counts).astype(float)


def learn_leanings(weighed: Sequence[LearnedDuet]) -> Vector:
    """Nats that each class of steps and of lengths should gain, shape (classes,).

    Parameters
    ----------
    weighed : sequence of LearnedDuet
        Answers; the logarithm of a weight is the nats by which the answer is to become likelier.

    Returns
    -------
    ndarray of float64
        Zeros without answers.
    """
    if not weighed:
        return np.zeros(STEPS + LENGTHS)
    counts = np.array([count_steps_and_lengths(duet) for duet in weighed])
    counts -= counts.mean(axis=0)
    nats = np.log([duet.weight for duet in weighed])
    covariance = counts.T @ counts + RIDGE * np.eye(counts.shape[1])
    gained = np.linalg.solve(covariance, counts.T @ (nats - nats.mean()))
    return np.clip(gained, -MAX_LEANING_NATS, MAX_LEANING_NATS)


def read_leanings(model: Checkpoint) -> Vector:
    """The leanings of a model on the steps of its lowest voice and on lengths, shape (classes,)."""
    sampling = model.card.sampling
    rows = sampling.get("interval_nats") or [[0.0] * STEPS]
    return np.array([*rows[0], *(sampling.get("length_nats") or [0.0] * LENGTHS)], float)


def lean(model: Checkpoint, nats: Vector) -> Checkpoint:
    """A model that leans to steps and lengths by so many nats more than before."""
    sampling = dict(model.card.sampling)
    rows = sampling.get("interval_nats") or [[0.0] * STEPS]
    lengths = sampling.get("length_nats") or [0.0] * LENGTHS
    sampling["interval_nats"] = [np.round(row + nats[:STEPS], 4).tolist() for row in rows]
    sampling["length_nats"] = np.round(lengths + nats[STEPS:], 4).tolist()
    return replace(model, card=replace(model.card, sampling=sampling))


def answer_sampling(model: Checkpoint) -> SamplingParams:
    """Temperature, nucleus, and leanings to steps and lengths of a model's answers."""
    sampling = model.card.sampling
    return SamplingParams(
        sampling.get("temperature", 1.0),
        sampling.get("top_p", 1.0),
        interval_nats=tuple(map(tuple, sampling.get("interval_nats", ()))),
        length_nats=tuple(sampling.get("length_nats", ())),
    )


def add_leanings(logits: Array, codec: Codec, reader: TokenReader, params: SamplingParams) -> Array:
    """Logits with the leanings of `params`, and without the end of the tune.

    They stay as they are without leanings, and in a codec of several tokens a key.
    """
    is_leaning = params.interval_nats or params.length_nats
    if not is_leaning or codec.choice_count != codec.outputs:
        return logits
    return bias_logits(logits, codec, reader, params)


def score_answers(model: Checkpoint, duets: Sequence[LearnedDuet]) -> Vector:
    """Bits a note of each answer as the model would draw it, leanings included.

    Parameters
    ----------
    model : Checkpoint
    duets : sequence of LearnedDuet
        Their weights have no part in it.

    Returns
    -------
    ndarray of float64
        Shape (duets,).
    """
    codec = model.codec
    params = replace(answer_sampling(model), temperature=1.0)
    bits_per_note = np.zeros(len(duets))
    for index, duet in enumerate(duets):
        encoded = encode_duet(codec, duet)
        state = model.network.initial_state(1)
        logits, _ = model.network.forward(encoded.features[:, None].astype(np.int32), state)
        reader = codec.new_reader()
        bits = 0.0
        for place, token in enumerate(encoded.tokens.tolist()):
            if place >= encoded.heard:
                valid = reader.mask()
                valid[codec.end_token] = False  # the piece ends an answer, not the network
                masked = np.where(valid, logits[place, 0], -np.inf).astype(np.float32)
                leaning = add_leanings(masked, codec, reader, params)
                best = leaning.max()
                total = best + np.log(np.exp(leaning - best).sum())
                bits += float(total - leaning[token]) / np.log(2)
            reader.advance(token)
        bits_per_note[index] = bits / max(1, encoded.notes)
    return bits_per_note
