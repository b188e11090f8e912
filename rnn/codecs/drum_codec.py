"""The drum codec: the hits of a drummer with their loudness and micro-timing.

A tune is four condition tokens (meter, genre, beat or fill, tempo), its hits, and END. Hits are in
order of their cell, a sixteenth, then of their part of the kit, then of time. A hit is

    [HOLD* SHIFT(k)]  PART(p)  VELOCITY(v)  MICRO(m)

SHIFT(k) leads to the k-th cell after the last one, and each HOLD before it adds 16 cells. A hit
without SHIFT is in the same cell as the last one. MICRO is the place of a hit within its cell, in
36ths of the cell, so triplets and swing can be written, too.

Each tune with onsets at these places has exactly one spelling, so that the probabilities of the
valid tokens, renormalised, are exact probabilities of performances.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.drums import GENRES, HIT_BEATS, PART_PITCHES, PARTS_BY_PITCH, is_fill, tune_genre
from midi_data.notes import Note, Tune
from rnn.codecs.bar_echoes import KNOWN_METERS, known_meter
from rnn.codecs.codec import SequenceCodec
from rnn.codecs.drum_reader import (
    END_TOKEN,
    FIRST_FILL_TOKEN,
    FIRST_GENRE_TOKEN,
    FIRST_METER_TOKEN,
    FIRST_MICRO_TOKEN,
    FIRST_PART_TOKEN,
    FIRST_SHIFT_TOKEN,
    FIRST_TEMPO_TOKEN,
    FIRST_VELOCITY_TOKEN,
    HOLD_TOKEN,
    MAX_SHIFT_CELLS,
    MICRO_STEPS,
    ON_GRID_STEP,
    ROW_COUNT,
    STEPS_PER_BEAT,
    TOKEN_COUNT,
    WIDTH,
    DrumReader,
    class_velocity,
    tempo_class,
    velocity_class,
)


class DrumCodec(SequenceCodec):
    """Drum tunes as tokens."""

    kind: ClassVar[str] = "drums"
    is_pitched: ClassVar[bool] = False

    def __init__(self) -> None:
        self.outputs, self.inputs, self.width = TOKEN_COUNT, ROW_COUNT, WIDTH
        self.end_token = END_TOKEN

    def new_reader(self) -> DrumReader:
        return DrumReader()

    def fit_tune(self, tune: Tune) -> Tune:
        loudest: dict[tuple[int, int], int] = {}  # steps and part -> class of velocity
        for hit in tune.notes:
            if hit.pitch in PARTS_BY_PITCH:
                key = round(hit.onset * STEPS_PER_BEAT), PARTS_BY_PITCH[hit.pitch]
                loudest[key] = max(loudest.get(key, 0), velocity_class(hit.velocity))
        hits = (
            Note(PART_PITCHES[part], steps / STEPS_PER_BEAT, HIT_BEATS, class_velocity(velocity))
            for (steps, part), velocity in loudest.items()
            if steps >= -ON_GRID_STEP
        )
        return replace(tune, notes=tuple(hits))

    def condition_tokens(self, tune: Tune, fill: bool | None = None) -> list[int]:
        """The tokens before the hits, from the meter, name and tempo of a tune."""
        fill = is_fill(tune.name) if fill is None else fill
        return [
            FIRST_METER_TOKEN + KNOWN_METERS.index(known_meter(tune.meter)),
            FIRST_GENRE_TOKEN + GENRES.index(tune_genre(tune.name)),
            FIRST_FILL_TOKEN + fill,
            FIRST_TEMPO_TOKEN + tempo_class(tune.tempo),
        ]

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        rows = []
        for hit in self.fit_tune(tune).notes:
            cell, micro = divmod(round(hit.onset * STEPS_PER_BEAT) + ON_GRID_STEP, MICRO_STEPS)
            rows.append((cell, PARTS_BY_PITCH[hit.pitch], micro, velocity_class(hit.velocity)))
        tokens, now = self.condition_tokens(tune), -1
        for cell, part, micro, velocity in sorted(rows):
            if cell > now:
                held, rest = divmod(cell - now - 1, MAX_SHIFT_CELLS)
                tokens += [HOLD_TOKEN] * held + [FIRST_SHIFT_TOKEN + rest]
                now = cell
            tokens.append(FIRST_PART_TOKEN + part)
            tokens += [FIRST_VELOCITY_TOKEN + velocity, FIRST_MICRO_TOKEN + micro]
        return np.array([*tokens, END_TOKEN], np.int32)

    def decode(self, tokens: NDArray[np.int32]) -> Tune:
        """The tune of some tokens, without name and tempo; ValueError if a token is not valid."""
        reader = self.new_reader()
        hits = [hit for token in tokens.tolist() if (hit := reader.push(token)) is not None]
        return Tune(tuple(hits), reader.meter)

    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if semitones:
            raise ValueError("drums have no key to transpose to")
        return tokens, features.astype(np.int32)

    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """Part of the kit each token determines, -1 for none; shape (n,)."""
        is_part = (tokens >= FIRST_PART_TOKEN) & (tokens < FIRST_VELOCITY_TOKEN)
        return np.where(is_part, tokens - FIRST_PART_TOKEN, -1).astype(np.int32)
