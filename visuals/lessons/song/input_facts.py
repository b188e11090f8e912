"""Facts: what the small network is shown with each note, in words, and what its weights make of it.

Every row of the input matrix that is active at a step belongs to one fact, so that what the facts
give the cells adds up to what the network itself computes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT
from rnn.codecs.note_codec import (
    ECHO_DELAYS_BARS,
    ECHO_ROWS,
    FIRST_DURATION_TOKEN,
    FIRST_PITCH_TOKEN,
    KEY_COUNT,
)
from rnn.model.lstm import Array
from rnn.teaching.tune_learner import TuneLearner

(
    _TOKEN_COLUMN,
    _PHASE_COLUMN,
    _BAR_COLUMN,
    _METER_COLUMN,
    _SHIFT_COLUMN,
    _LAST_COLUMN,
    _ECHO_COLUMN,
) = range(7)
"""Where each kind of row is among the active ones; see `rnn.codecs.note_codec`."""


@dataclass(frozen=True, slots=True)
class InputFact:
    """One thing the network is shown.

    Parameters
    ----------
    name : str
        Key of its words.
    rows : tuple of int
        Rows of the input matrix that tell it.
    pitch : int or None
        MIDI number, if it is a note.
    number : float or None
        Counted as people do, from 1, if it is a place; in beats if it is a length.
    """

    name: str
    rows: tuple[int, ...]
    pitch: int | None = None
    number: float | None = None


def input_facts_at(apprentice: TuneLearner, token: int) -> tuple[InputFact, ...]:
    """What the network is shown before the token of that place."""
    codec = apprentice.codec
    active = apprentice.encoded.features[token].tolist()
    before = active[_TOKEN_COLUMN] - codec.input_rows.token
    last = active[_LAST_COLUMN] - codec.input_rows.last_pitch
    facts = [
        InputFact(
            "last", (active[_LAST_COLUMN],), last + LOWEST_PITCH if last < KEY_COUNT else None
        ),
        InputFact(
            "length", (active[_TOKEN_COLUMN],), number=_previous_length_beats(apprentice, before)
        ),
        InputFact(
            "beat",
            (active[_PHASE_COLUMN],),
            number=(active[_PHASE_COLUMN] - codec.input_rows.phase) / TICKS_PER_BEAT + 1,
        ),
        InputFact(
            "bar",
            (active[_BAR_COLUMN],),
            number=float(active[_BAR_COLUMN] - codec.input_rows.bar + 1),
        ),
    ]
    for place, bars in enumerate(ECHO_DELAYS_BARS):
        row = active[_ECHO_COLUMN + place]
        echo = row - codec.input_rows.echo - place * ECHO_ROWS
        facts.append(
            InputFact(f"ago_{bars}", (row,), echo + LOWEST_PITCH if echo < KEY_COUNT else None)
        )
    return (*facts, InputFact("always", (active[_METER_COLUMN], active[_SHIFT_COLUMN])))


def input_contributions(
    parameters: dict[str, Array], facts: tuple[InputFact, ...]
) -> NDArray[np.float32]:
    """What each fact gives each cell's four gates, shape (facts, 4, H)."""
    shown = np.stack([parameters["embedding"][list(fact.rows)].sum(axis=0) for fact in facts])
    whole = shown @ parameters["lstm0.input"]  # (facts, E) (E, 4H)
    return whole.reshape(len(facts), 4, -1)


def readout_contributions(
    parameters: dict[str, Array], hidden: Array, pitches: tuple[int, ...]
) -> Array:
    """What each cell of the last layer says for each pitch, shape (pitches, H)."""
    tokens = [FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH for pitch in pitches]
    return parameters["readout.weight"][:, tokens].T * hidden


def pitch_tokens(pitches: tuple[int, ...]) -> list[int]:
    """The token of each pitch (MIDI numbers)."""
    return [FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH for pitch in pitches]


def _previous_length_beats(apprentice: TuneLearner, token: int) -> float | None:
    """Beats of the note before, where its length was the last thing said."""
    return (
        (token - FIRST_DURATION_TOKEN + 1) / TICKS_PER_BEAT
        if token >= FIRST_DURATION_TOKEN
        else None
    )
