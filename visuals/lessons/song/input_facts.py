"""Facts: what the small network is shown with each note, in words, and what its weights make of it.

Every row of the input matrix that is active at a step belongs to one fact, so that what the facts
give the cells adds up to what the network itself computes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT
from rnn.codecs.note_codec import DURATION, ECHO_ROWS, ECHOES, KEYS, PITCH
from rnn.model.lstm import Array
from rnn.teaching.tune_learner import Apprentice

_TOKEN, _PHASE, _BAR, _METER, _SHIFT, _LAST, _ECHO = range(7)
"""Where each kind of row is among the active ones; see `rnn.codecs.note_codec`."""


@dataclass(frozen=True, slots=True)
class Fact:
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


def facts_at(apprentice: Apprentice, token: int) -> tuple[Fact, ...]:
    """What the network is shown before the token of that place."""
    codec = apprentice.codec
    active = apprentice.encoded.features[token].tolist()
    before = active[_TOKEN] - codec.rows.token
    last = active[_LAST] - codec.rows.last
    facts = [
        Fact("last", (active[_LAST],), last + LOWEST_PITCH if last < KEYS else None),
        Fact("length", (active[_TOKEN],), number=_length(apprentice, before)),
        Fact(
            "beat",
            (active[_PHASE],),
            number=(active[_PHASE] - codec.rows.phase) / TICKS_PER_BEAT + 1,
        ),
        Fact("bar", (active[_BAR],), number=float(active[_BAR] - codec.rows.bar + 1)),
    ]
    for place, bars in enumerate(ECHOES):
        row = active[_ECHO + place]
        echo = row - codec.rows.echo - place * ECHO_ROWS
        facts.append(Fact(f"ago_{bars}", (row,), echo + LOWEST_PITCH if echo < KEYS else None))
    return (*facts, Fact("always", (active[_METER], active[_SHIFT])))


def given(parameters: dict[str, Array], facts: tuple[Fact, ...]) -> NDArray[np.float32]:
    """What each fact gives each cell's four gates, shape (facts, 4, H)."""
    shown = np.stack([parameters["embedding"][list(fact.rows)].sum(axis=0) for fact in facts])
    whole = shown @ parameters["lstm0.input"]  # (facts, E) (E, 4H)
    return whole.reshape(len(facts), 4, -1)


def said(parameters: dict[str, Array], hidden: Array, pitches: tuple[int, ...]) -> Array:
    """What each cell of the last layer says for each pitch, shape (pitches, H)."""
    tokens = [PITCH + pitch - LOWEST_PITCH for pitch in pitches]
    return parameters["readout.weight"][:, tokens].T * hidden


def pitch_tokens(pitches: tuple[int, ...]) -> list[int]:
    """The token of each pitch (MIDI numbers)."""
    return [PITCH + pitch - LOWEST_PITCH for pitch in pitches]


def _length(apprentice: Apprentice, token: int) -> float | None:
    """Beats of the note before, where its length was the last thing said."""
    return (token - DURATION + 1) / TICKS_PER_BEAT if token >= DURATION else None
