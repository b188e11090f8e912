"""Input facts: the network's inputs at a token in words, and their contributions to its cells.

Each active row of the input matrix belongs to one fact, so the contributions of all facts add up to
the network's own input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT
from rnn.codecs.bar_echoes import ECHO_DELAYS_BARS, ECHO_ROWS, KEY_COUNT
from rnn.codecs.note_tokens import FIRST_DURATION_TOKEN, FIRST_PITCH_TOKEN
from rnn.model.arrays import Array
from rnn.teaching.tune_learner import TuneLearner


@dataclass(frozen=True, slots=True)
class InputFact:
    """One input: the active rows, and a pitch or a number (a place counts from 1) if it is one."""

    name: str
    rows: tuple[int, ...]
    pitch: int | None = None
    number: float | None = None


def input_facts_at(learner: TuneLearner, token: int) -> tuple[InputFact, ...]:
    """Inputs of the network before the token of that index."""
    offsets = learner.codec.input_rows
    # the order of the active rows: see `rnn.codecs.note_codec`
    token_row, phase, bar, meter, shift, last, *echoes = learner.encoded.features[token].tolist()
    previous = token_row - offsets.token
    length = None
    if previous >= FIRST_DURATION_TOKEN:
        length = (previous - FIRST_DURATION_TOKEN + 1) / TICKS_PER_BEAT
    return (
        InputFact("last", (last,), _pitch_of(last - offsets.last_pitch)),
        InputFact("length", (token_row,), number=length),
        InputFact("beat", (phase,), number=(phase - offsets.phase) / TICKS_PER_BEAT + 1),
        InputFact("bar", (bar,), number=float(bar - offsets.bar + 1)),
        *(
            InputFact(f"ago_{bars}", (row,), _pitch_of(row - offsets.echo - k * ECHO_ROWS))
            for k, (bars, row) in enumerate(zip(ECHO_DELAYS_BARS, echoes, strict=True))
        ),
        InputFact("always", (meter, shift)),
    )


def input_contributions(parameters: dict[str, Array], facts: tuple[InputFact, ...]) -> Array:
    """Contribution of each fact to the four gates of each cell, shape (facts, 4, H)."""
    embedded = np.stack([parameters["embedding"][list(fact.rows)].sum(axis=0) for fact in facts])
    return (embedded @ parameters["lstm0.input"]).reshape(len(facts), 4, -1)  # (facts, E) (E, 4H)


def readout_contributions(
    parameters: dict[str, Array], hidden: Array, pitches: tuple[int, ...]
) -> Array:
    """Contribution of each cell of the last layer to each pitch, shape (pitches, H)."""
    return parameters["readout.weight"][:, pitch_tokens(pitches)].T * hidden


def pitch_tokens(pitches: tuple[int, ...]) -> list[int]:
    """Token of each pitch (MIDI number)."""
    return [FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH for pitch in pitches]


def _pitch_of(key: int) -> int | None:
    """MIDI number of a key; None for the row that means no note."""
    return key + LOWEST_PITCH if key < KEY_COUNT else None
