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

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Meter, Tune, quantise_tune
from rnn.codecs.bar_echoes import (
    ECHO_DELAYS_BARS,
    ECHO_ROWS,
    KEY_COUNT,
    KNOWN_METERS,
    MAX_TOKEN_TICKS,
    beats_to_ticks,
    known_meter,
)
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT, Codec, TokenReader
from rnn.codecs.input_rows import MELODY_WIDTH
from rnn.codecs.key_tree import KeyTree
from rnn.codecs.note_reader import (
    END_TOKEN,
    FIRST_DURATION_TOKEN,
    FIRST_METER_TOKEN,
    FIRST_PITCH_TOKEN,
    FIRST_SHIFT_TOKEN,
    HOLD_TOKEN,
    NOTE_INPUT_ROWS,
    TOGETHER_TOKEN,
    TOKEN_COUNT,
    NoteReader,
    NoteReaderState,
)

CHORD_LENGTH_BEATS = 1.0
"""What a key is taken to last when others are struck with it, beats."""
KEY_TREE = KeyTree([(FIRST_PITCH_TOKEN + key,) for key in range(KEY_COUNT)])


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
        self.input_rows = NOTE_INPUT_ROWS
        self.outputs = TOKEN_COUNT
        self.inputs = self.input_rows.row_count
        self.width = MELODY_WIDTH + voices
        self.transposition_row = self.input_rows.transposition
        self.key_choices = slice(FIRST_PITCH_TOKEN, FIRST_DURATION_TOKEN)
        self.end_token = END_TOKEN
        self.choice_count = TOKEN_COUNT
        self.key_tree = KEY_TREE
        self._maps_by_semitones: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}

    def settings(self) -> Mapping[str, int]:
        return {"voices": self.voices}

    def new_reader(self) -> NoteReader:
        return NoteReader(self.voices)

    def meter_tokens(self, meter: Meter) -> NDArray[np.int32]:
        return np.array([FIRST_METER_TOKEN + KNOWN_METERS.index(known_meter(meter))], np.int32)

    def fit_tune(self, tune: Tune) -> Tune:
        return quantise_tune(tune)

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        tokens = self.meter_tokens(tune.meter).tolist()
        onset = length = 0
        for note in self.fit_tune(tune).notes:
            start, lasts = beats_to_ticks(note.onset), beats_to_ticks(note.duration)
            tokens += _onset_tokens(start - onset, length, len(tokens) == 1)
            tokens += [
                FIRST_PITCH_TOKEN + note.pitch - LOWEST_PITCH,
                *_length_tokens(FIRST_DURATION_TOKEN, lasts),
            ]
            onset, length = start, lasts
        return np.array([*tokens, END_TOKEN], np.int32)

    def quantise_timing(self, length: float, until: float) -> tuple[float, float]:
        return (CHORD_LENGTH_BEATS if until < 0.5 / TICKS_PER_BEAT else length), until

    def spell_onset(self, reader: TokenReader, pitch: int, onset: float) -> NDArray[np.int32]:
        if not isinstance(reader, NoteReader) or reader.expected_kind is not NoteReaderState.EVENT:
            raise ValueError("a note can be struck only when the one before has its length")
        gap = beats_to_ticks(onset) - reader.onset_ticks
        if gap < 0:
            raise ValueError(f"beat {onset} is before the onset of the last note")
        tokens = _onset_tokens(gap, reader.cursor - reader.onset_ticks, not reader.has_notes)
        tokens.append(FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH)
        trial = reader.copy()
        for token in tokens:
            trial.push(token)
        return np.array(tokens, np.int32)

    def spell_length(self, reader: TokenReader, beats: float) -> NDArray[np.int32]:
        return np.array(
            _length_tokens(FIRST_DURATION_TOKEN, max(1, beats_to_ticks(beats))), np.int32
        )

    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if semitones not in self._maps_by_semitones:
            self._maps_by_semitones[semitones] = self.transposition_maps(semitones)
        rows, others = self._maps_by_semitones[semitones]
        return others[tokens], rows[features]

    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        pitched = (tokens >= FIRST_PITCH_TOKEN) & (tokens < FIRST_DURATION_TOKEN)
        return np.where(pitched, (tokens - FIRST_PITCH_TOKEN + LOWEST_PITCH) % 12, -1)

    def transposition_maps(self, semitones: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where each input row and each token goes when the music is moved by `semitones`.

        Returns
        -------
        rows : ndarray of int32, shape (inputs,)
            The shift row says the new shift.
        tokens : ndarray of int32, shape (outputs,)
        """
        rows = np.arange(self.inputs, dtype=np.int32)
        tokens = np.arange(self.outputs, dtype=np.int32)
        starts = [
            NOTE_INPUT_ROWS.token + FIRST_PITCH_TOKEN,
            NOTE_INPUT_ROWS.last_pitch,
            NOTE_INPUT_ROWS.voice,
        ]
        starts += [
            NOTE_INPUT_ROWS.echo + place * ECHO_ROWS for place in range(len(ECHO_DELAYS_BARS))
        ]
        moved = np.clip(np.arange(KEY_COUNT) + semitones, 0, KEY_COUNT - 1)
        for start in starts:
            rows[start : start + KEY_COUNT] = start + moved
        tokens[FIRST_PITCH_TOKEN:FIRST_DURATION_TOKEN] = FIRST_PITCH_TOKEN + moved
        rows[
            NOTE_INPUT_ROWS.transposition : NOTE_INPUT_ROWS.transposition + TRANSPOSITION_COUNT
        ] = NOTE_INPUT_ROWS.transposition + semitones - MIN_TRANSPOSE_SEMITONES
        return rows, tokens


def _length_tokens(kind: int, ticks: int) -> list[int]:
    """HOLDs, then a SHIFT or DURATION, that make so many ticks."""
    holds = (ticks - 1) // MAX_TOKEN_TICKS
    return [HOLD_TOKEN] * holds + [kind + ticks - holds * MAX_TOKEN_TICKS - 1]


def _onset_tokens(gap: int, length: int, first: bool) -> list[int]:
    """How to say that a note starts `gap` ticks after an onset whose note lasts `length`."""
    if gap == length:
        return []
    if gap == 0 and not first:
        return [TOGETHER_TOKEN]
    return _length_tokens(FIRST_SHIFT_TOKEN, gap)
