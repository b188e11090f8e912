"""Tune sampler: many tunes of a network at once, as it writes them without an instrument."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune
from rnn.codecs.codec import Codec
from rnn.evolution.learned_leanings import add_leanings, answer_sampling
from rnn.generation.sampling import sample_token
from rnn.model.checkpoint import Checkpoint
from rnn.model.sampling_params import SamplingParams

UNBIASED_SAMPLING = SamplingParams(temperature=1.0, top_p=1.0)
"""Tokens as often as a network finds them probable."""
MAX_SAMPLED_TOKENS = 400  # of a tune
MAX_ANSWER_TOKENS = 120  # of a continuation, beyond the phrase


def sample_tunes(checkpoint: Checkpoint, count: int, generator: np.random.Generator) -> list[Tune]:
    """Tunes that a network writes from their beginning to their end, in the style's meters.

    They are drawn from all it finds possible, so that a network that learns them stays as it is.

    Parameters
    ----------
    checkpoint : Checkpoint
    count : int
    generator : numpy.random.Generator

    Returns
    -------
    list of Tune
        Those with notes. A tune that has not ended after `MAX_SAMPLED_TOKENS` is cut there.
    """
    card, codec = checkpoint.card, _codec(checkpoint)
    meters = list(card.meters) or [card.meter]
    shares = np.array([card.meters.get(meter, 1) for meter in meters], np.float64)
    drawn = generator.choice(len(meters), count, p=shares / shares.sum())
    prompts = [codec.meter_tokens(Meter.parse(meters[index])).tolist() for index in drawn]
    tokens = _continue(checkpoint, prompts, MAX_SAMPLED_TOKENS, generator, UNBIASED_SAMPLING)
    tunes = (codec.decode(np.array(each, np.int32)) for each in tokens)
    return [tune for tune in tunes if tune.notes]


def continue_phrases(
    checkpoint: Checkpoint,
    phrases: Sequence[Tune],
    generator: np.random.Generator,
    until: Sequence[float] | None = None,
) -> list[list[Note]]:
    """Notes with which a network continues phrases, by its leanings to steps and lengths alone.

    Parameters
    ----------
    checkpoint : Checkpoint
    phrases : sequence of Tune
        Each with notes.
    generator : numpy.random.Generator
    until : sequence of float, optional
        For each phrase the beat after which nothing more is written. These answers are to be
        learned, and so drawn from all that the network finds possible, as `sample_tunes` does.

    Returns
    -------
    list of list of Note
        Of each phrase, the notes after it.
    """
    codec = _codec(checkpoint)
    prompts = [codec.encode(codec.fit_tune(phrase)).tolist()[:-1] for phrase in phrases]
    params = answer_sampling(checkpoint) if until is None else UNBIASED_SAMPLING
    longest = MAX_ANSWER_TOKENS
    tokens = _continue(checkpoint, prompts, longest, generator, params, until, may_end=False)
    counts = [len(codec.decode(np.array(prompt, np.int32)).notes) for prompt in prompts]
    return [
        list(codec.decode(np.array(each, np.int32)).notes[count:])
        for each, count in zip(tokens, counts, strict=True)
    ]


def melody_steps(notes: Sequence[Note]) -> list[tuple[int, float]]:
    """Interval and time from each note to the next.

    Parameters
    ----------
    notes : sequence of Note
        In order.

    Returns
    -------
    list of (int, float)
        Semitones and beats.
    """
    return [(b.pitch - a.pitch, round(b.onset - a.onset, 4)) for a, b in pairwise(notes)]


def _codec(checkpoint: Checkpoint) -> Codec:
    if not isinstance(checkpoint.codec, Codec):
        raise ValueError(f"a network of {checkpoint.codec.kind} writes no melody")
    return checkpoint.codec


def _continue(
    checkpoint: Checkpoint,
    prompts: Sequence[list[int]],
    longest: int,
    generator: np.random.Generator,
    params: SamplingParams,
    until: Sequence[float] | None = None,
    may_end: bool = True,
) -> list[list[int]]:
    """Continue token sequences side by side, by at most `longest` tokens each."""
    codec, network = _codec(checkpoint), checkpoint.network
    readers = [codec.new_reader() for _ in prompts]
    rows = [list(prompt) for prompt in prompts]
    state = network.initial_state(len(rows))
    last_ticks = [TICKS_PER_BEAT * beat for beat in until or [math.inf] * len(rows)]
    for step in range(max(map(len, rows), default=0) + longest):
        going = [
            not reader.ended and reader.cursor <= last and step < len(prompt) + longest
            for reader, last, prompt in zip(readers, last_ticks, prompts, strict=True)
        ]
        if not any(going):
            break
        features = np.stack([reader.features() for reader in readers])
        logits = network.step(features, state)
        for lane, reader in enumerate(readers):
            if not going[lane]:
                continue
            if step == len(rows[lane]):
                valid = reader.mask()
                if not may_end and valid.sum() > 1:
                    valid[codec.end_token] = False
                masked = np.where(valid, logits[lane], -np.inf)
                leaning = add_leanings(masked, codec, reader, params)
                token = sample_token(leaning, generator, params.temperature, params.top_p)
                rows[lane].append(token)
            reader.advance(rows[lane][step])
    return rows
