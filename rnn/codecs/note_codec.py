"""The note codec: polyphonic music as a stream of pitches, lengths and gaps.

A tune is a meter token, its notes in order of onset and pitch, and END. A note is

    [TOGETHER | HOLD* SHIFT(k)]  PITCH(p)  HOLD* DURATION(k)

Without a prefix it begins where the last note ended, so a melody takes two tokens a note. TOGETHER
begins it with the last note, SHIFT(k) k ticks after the last note's onset. Each HOLD adds 48 ticks
to the SHIFT or DURATION that follows.

Each tune on the grid has exactly one spelling: a SHIFT to the end of the last note is invalid,
notes of a chord ascend, and a sounding key is not struck again. So the probabilities of the valid
tokens, renormalised, are exact probabilities of tunes.
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
from rnn.codecs.codec import (
    MIN_TRANSPOSE_SEMITONES,
    TRANSPOSITION_COUNT,
    Codec,
    KeyTree,
    TokenReader,
)
from rnn.codecs.input_rows import MELODY_WIDTH
from rnn.codecs.note_reader import (
    END_TOKEN,
    FIRST_DURATION_TOKEN,
    FIRST_METER_TOKEN,
    FIRST_PITCH_TOKEN,
    FIRST_SHIFT_TOKEN,
    HOLD_TOKEN,
    MATCH_ROWS_END,
    MATCH_TOKEN_ROW,
    MATCH_WIDTH,
    NOTE_INPUT_ROWS,
    TOGETHER_TOKEN,
    TOKEN_COUNT,
    NoteReader,
    NoteReaderState,
)

CHORD_LENGTH_BEATS = 1.0  # assumed length of a key struck with another, beats
MAX_VOICES = 12  # most input rows for sounding notes
KEY_TREE = KeyTree([(FIRST_PITCH_TOKEN + key,) for key in range(KEY_COUNT)])


class NoteCodec(Codec):
    """Notes as tokens.

    Parameters
    ----------
    voices : int
        Sounding notes in the network's input; 0 for a melody.
    match_echo : bool
        Whether the input tells what followed the longest earlier match (`rnn.codecs.match_echo`).

    Raises
    ------
    ValueError
        If there are more than 12 voices.
    """

    kind: ClassVar[str] = "notes"

    def __init__(self, voices: int = 0, match_echo: bool = False) -> None:
        if not 0 <= voices <= MAX_VOICES:
            raise ValueError(f"voices must be in 0..{MAX_VOICES}, not {voices}")
        self.voices, self.match_echo = voices, bool(match_echo)
        self.input_rows = NOTE_INPUT_ROWS
        self.outputs = TOKEN_COUNT
        self.inputs = MATCH_ROWS_END if match_echo else self.input_rows.row_count
        self.width = MELODY_WIDTH + voices + (MATCH_WIDTH if match_echo else 0)
        self.transposition_row = self.input_rows.transposition
        self.key_choices = slice(FIRST_PITCH_TOKEN, FIRST_DURATION_TOKEN)
        self.end_token = END_TOKEN
        self.choice_count = TOKEN_COUNT
        self.key_tree = KEY_TREE
        self._maps_by_semitones: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}

    def settings(self) -> Mapping[str, int]:
        settings = {"voices": self.voices}
        return settings | {"match_echo": True} if self.match_echo else settings

    def new_reader(self) -> NoteReader:
        return NoteReader(self.voices, self.match_echo)

    def meter_tokens(self, meter: Meter) -> NDArray[np.int32]:
        return np.array([FIRST_METER_TOKEN + KNOWN_METERS.index(known_meter(meter))], np.int32)

    def fit_tune(self, tune: Tune) -> Tune:
        return quantise_tune(tune)

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        tokens = self.meter_tokens(tune.meter).tolist()
        last_onset = last_length = 0
        for note in self.fit_tune(tune).notes:
            onset, length = beats_to_ticks(note.onset), beats_to_ticks(note.duration)
            tokens += _onset_tokens(onset - last_onset, last_length, len(tokens) == 1)
            tokens.append(FIRST_PITCH_TOKEN + note.pitch - LOWEST_PITCH)
            tokens += _length_tokens(FIRST_DURATION_TOKEN, length)
            last_onset, last_length = onset, length
        return np.array([*tokens, END_TOKEN], np.int32)

    def quantise_timing(self, length: float, until: float) -> tuple[float, float]:
        return (CHORD_LENGTH_BEATS if until < 0.5 / TICKS_PER_BEAT else length), until

    def spell_onset(self, reader: TokenReader, pitch: int, onset: float) -> NDArray[np.int32]:
        if not isinstance(reader, NoteReader) or reader.expected_kind is not NoteReaderState.EVENT:
            raise ValueError("a note can be struck only when the one before has its length")
        gap = beats_to_ticks(onset) - reader.onset
        if gap < 0:
            raise ValueError(f"beat {onset} is before the onset of the last note")
        tokens = _onset_tokens(gap, reader.cursor - reader.onset, not reader.pitch)
        tokens.append(FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH)
        trial = reader.copy()
        for token in tokens:
            trial.push(token)
        return np.array(tokens, np.int32)

    def spell_length(self, reader: TokenReader, beats: float) -> NDArray[np.int32]:
        ticks = max(1, beats_to_ticks(beats))
        return np.array(_length_tokens(FIRST_DURATION_TOKEN, ticks), np.int32)

    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if semitones not in self._maps_by_semitones:
            self._maps_by_semitones[semitones] = self._transposition_maps(semitones)
        row_map, token_map = self._maps_by_semitones[semitones]
        return token_map[tokens], row_map[features]

    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        pitched = (tokens >= FIRST_PITCH_TOKEN) & (tokens < FIRST_DURATION_TOKEN)
        return np.where(pitched, (tokens - FIRST_PITCH_TOKEN + LOWEST_PITCH) % 12, -1)

    def _transposition_maps(self, semitones: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Transposed input row of each row, (inputs,), and token of each token, (outputs,)."""
        rows = np.arange(self.inputs, dtype=np.int32)
        tokens = np.arange(self.outputs, dtype=np.int32)
        layout = self.input_rows
        starts = [layout.token + FIRST_PITCH_TOKEN, layout.last_pitch, layout.voice]
        starts += [layout.echo + place * ECHO_ROWS for place in range(len(ECHO_DELAYS_BARS))]
        if self.match_echo:
            starts.append(MATCH_TOKEN_ROW + FIRST_PITCH_TOKEN)
        keys = np.clip(np.arange(KEY_COUNT) + semitones, 0, KEY_COUNT - 1)
        for start in starts:
            rows[start : start + KEY_COUNT] = start + keys
        tokens[FIRST_PITCH_TOKEN:FIRST_DURATION_TOKEN] = FIRST_PITCH_TOKEN + keys
        first = layout.transposition
        rows[first : first + TRANSPOSITION_COUNT] = first + semitones - MIN_TRANSPOSE_SEMITONES
        return rows, tokens


def _length_tokens(first_token: int, ticks: int) -> list[int]:
    """HOLDs and a SHIFT or DURATION (counted from `first_token`) of a length in ticks."""
    holds = (ticks - 1) // MAX_TOKEN_TICKS
    return [HOLD_TOKEN] * holds + [first_token + ticks - holds * MAX_TOKEN_TICKS - 1]


def _onset_tokens(gap: int, last_length: int, first: bool) -> list[int]:
    """Tokens of an onset `gap` ticks after the last onset, whose note has a length in ticks."""
    if gap == last_length:
        return []
    if gap == 0 and not first:
        return [TOGETHER_TOKEN]
    return _length_tokens(FIRST_SHIFT_TOKEN, gap)
