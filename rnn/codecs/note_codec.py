"""The note codec: polyphonic music as a stream of pitches, lengths and gaps.

A tune is a meter token, then its notes in order of onset and pitch, then END. A note is

    [TOGETHER | HOLD* SHIFT(k)]  PITCH(p)  HOLD* DURATION(k)

Without a prefix it starts where the last note stopped, so a melody costs two tokens a note.
TOGETHER starts it with the last note, SHIFT(k) k ticks after the last note's onset; each HOLD adds
48 ticks to the SHIFT or DURATION that follows. Each tune on the grid has exactly one spelling: a
SHIFT that would land where the last note stopped is not valid, notes struck together ascend, and a
key that sounds is not struck again. So the probabilities of the valid tokens, renormalised, are
exact probabilities of music.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Meter, Tune, on_grid
from rnn.codecs.bar_echoes import ECHO_ROWS, ECHOES, KEYS, METERS, SPAN, known_meter, ticks_of
from rnn.codecs.codec import LOWEST_SHIFT, SHIFTS, Codec, Reader
from rnn.codecs.input_rows import WIDTH
from rnn.codecs.key_tree import KeyTree
from rnn.codecs.note_reader import (
    DURATION,
    END,
    HOLD,
    METER,
    OUTPUTS,
    PITCH,
    ROWS,
    SHIFT,
    TOGETHER,
    Await,
    NoteReader,
)

CHORD_LENGTH = 1.0
"""What a key is taken to last when others are struck with it, beats."""
KEY_TREE = KeyTree([(PITCH + key,) for key in range(KEYS)])


class NoteCodec(Codec):
    """Notes as tokens.

    Parameters
    ----------
    voices : int
        How many sounding notes the network is shown; 0 for a melody.

    Notes
    -----
    Beside the last token the network is shown where in the bar and in the phrase the next note
    would start, the meter, the shift, the last pitch, and what began 1, 2, 4 and 8 bars before:
    all of it known from the tokens so far.
    """

    kind: ClassVar[str] = "notes"

    def __init__(self, voices: int = 0) -> None:
        if not 0 <= voices <= 12:
            raise ValueError(f"voices must be in 0..12, not {voices}")
        self.voices = voices
        self.rows = ROWS
        self.outputs = OUTPUTS
        self.inputs = self.rows.end
        self.width = WIDTH + voices
        self.shift_row = self.rows.shift
        self.keys = slice(PITCH, DURATION)
        self.end_token = END
        self.choices = OUTPUTS
        self.tree = KEY_TREE
        self._maps: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}

    def settings(self) -> Mapping[str, int]:
        return {"voices": self.voices}

    def reader(self) -> NoteReader:
        return NoteReader(self.voices)

    def opening(self, meter: Meter) -> NDArray[np.int32]:
        return np.array([METER + METERS.index(known_meter(meter))], np.int32)

    def fitted(self, tune: Tune) -> Tune:
        return on_grid(tune)

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        tokens = self.opening(tune.meter).tolist()
        onset = length = 0
        for note in self.fitted(tune).notes:
            start, lasts = ticks_of(note.onset), ticks_of(note.duration)
            tokens += _spelling(start - onset, length, len(tokens) == 1)
            tokens += [PITCH + note.pitch - LOWEST_PITCH, *_held(DURATION, lasts)]
            onset, length = start, lasts
        return np.array([*tokens, END], np.int32)

    def heard(self, length: float, until: float) -> tuple[float, float]:
        return (CHORD_LENGTH if until < 0.5 / TICKS_PER_BEAT else length), until

    def spell_onset(self, reader: Reader, pitch: int, onset: float) -> NDArray[np.int32]:
        if not isinstance(reader, NoteReader) or reader.awaits is not Await.EVENT:
            raise ValueError("a note can be struck only when the one before has its length")
        gap = ticks_of(onset) - reader.onset
        if gap < 0:
            raise ValueError(f"beat {onset} is before the onset of the last note")
        tokens = _spelling(gap, reader.cursor - reader.onset, not reader.struck)
        tokens.append(PITCH + pitch - LOWEST_PITCH)
        trial = reader.copy()
        for token in tokens:
            trial.push(token)
        return np.array(tokens, np.int32)

    def spell_length(self, reader: Reader, beats: float) -> NDArray[np.int32]:
        return np.array(_held(DURATION, max(1, ticks_of(beats))), np.int32)

    def moved(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if semitones not in self._maps:
            self._maps[semitones] = self.transposed(semitones)
        rows, others = self._maps[semitones]
        return others[tokens], rows[features]

    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        pitched = (tokens >= PITCH) & (tokens < DURATION)
        return np.where(pitched, (tokens - PITCH + LOWEST_PITCH) % 12, -1)

    def transposed(self, semitones: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where each input row and each token goes when the music is moved by `semitones`.

        Returns
        -------
        rows : ndarray of int32, shape (inputs,)
            The shift row says the new shift.
        tokens : ndarray of int32, shape (outputs,)
        """
        rows = np.arange(self.inputs, dtype=np.int32)
        tokens = np.arange(self.outputs, dtype=np.int32)
        starts = [ROWS.token + PITCH, ROWS.last, ROWS.voice]
        starts += [ROWS.echo + place * ECHO_ROWS for place in range(len(ECHOES))]
        moved = np.clip(np.arange(KEYS) + semitones, 0, KEYS - 1)
        for start in starts:
            rows[start : start + KEYS] = start + moved
        tokens[PITCH:DURATION] = PITCH + moved
        rows[ROWS.shift : ROWS.shift + SHIFTS] = ROWS.shift + semitones - LOWEST_SHIFT
        return rows, tokens


def _held(kind: int, ticks: int) -> list[int]:
    """HOLDs, then a SHIFT or DURATION, that make so many ticks."""
    holds = (ticks - 1) // SPAN
    return [HOLD] * holds + [kind + ticks - holds * SPAN - 1]


def _spelling(gap: int, length: int, first: bool) -> list[int]:
    """How to say that a note starts `gap` ticks after an onset whose note lasts `length`."""
    if gap == length:
        return []
    if gap == 0 and not first:
        return [TOGETHER]
    return _held(SHIFT, gap)
