"""The note codec: polyphonic music as a stream of pitches, lengths and gaps.

A tune is a meter token, its notes in order of onset and pitch, and END. A note is

    [TOGETHER | HOLD* SHIFT(k)]  PITCH(p)  HOLD* DURATION(k)

Details, where the corpus has them, follow the pitch and the length (`rnn.codecs.note_details`).

A note without a prefix begins where the last note ended, so a melody takes two tokens a note. With
TOGETHER it begins with the last note, with SHIFT(k) k ticks after the last note's onset. Each HOLD
adds 48 ticks to the SHIFT or DURATION that follows.

Each tune on the grid has exactly one spelling: a SHIFT to the end of the last note is invalid,
notes of a chord ascend, and a sounding key is not struck again. So the probabilities of the valid
tokens, renormalised, are exact probabilities of tunes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Meter, Note, Tune, quantise_tune
from rnn.codecs.bar_echoes import (
    ECHO_DELAYS_BARS,
    ECHO_ROWS,
    KEY_COUNT,
    KNOWN_METERS,
    MAX_TOKEN_TICKS,
    known_meter,
)
from rnn.codecs.codec import (
    MIN_TRANSPOSE_SEMITONES,
    TRANSPOSITION_COUNT,
    Codec,
    KeyTree,
    TokenReader,
)
from rnn.codecs.detailed_note_reader import DetailedNoteReader
from rnn.codecs.input_rows import MELODY_WIDTH
from rnn.codecs.note_details import (
    DETAIL_WIDTH,
    DETAILED_TOKEN_COUNT,
    FIRST_PART_TOKEN,
    FIRST_TIMING_TOKEN,
    FIRST_VELOCITY_TOKEN,
    MAX_PARTS,
    DetailRows,
    NoteDetails,
    velocity_class,
)
from rnn.codecs.note_reader import NoteReader, NoteReaderState
from rnn.codecs.note_tokens import (
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
)

CHORD_LENGTH_BEATS = 1.0  # assumed length of a key struck with another, beats
MAX_VOICES = 12  # most input rows for sounding notes
DETAILED_VOICES = 4  # least number of those rows with details
KEY_TREE = KeyTree([(FIRST_PITCH_TOKEN + key,) for key in range(KEY_COUNT)])


class NoteCodec(Codec):
    """Notes as tokens.

    Parameters
    ----------
    voices : int
        Sounding notes in the network's input; 0 for a melody.
    match_echo : bool
        Whether the input tells what followed the longest earlier match (`rnn.codecs.match_echo`).
    details : NoteDetails, mapping of its fields, or None
        Properties of a note that are written beside pitch and length. They imply a match echo.

    Raises
    ------
    ValueError
        If there are more than 12 voices, or a detail is out of its range.
    """

    kind: ClassVar[str] = "notes"

    def __init__(
        self,
        voices: int = 0,
        match_echo: bool = False,
        details: NoteDetails | Mapping[str, Any] | None = None,
    ) -> None:
        if not 0 <= voices <= MAX_VOICES:
            raise ValueError(f"voices must be in 0..{MAX_VOICES}, not {voices}")
        details = NoteDetails(**details) if isinstance(details, Mapping) else details
        self.details = details
        self.voices, self.match_echo = voices, bool(match_echo) or details is not None
        self.input_rows = NOTE_INPUT_ROWS
        self.outputs = TOKEN_COUNT
        self.inputs = MATCH_ROWS_END if self.match_echo else self.input_rows.row_count
        self._voice_rows = voices
        self.width = MELODY_WIDTH + voices + (MATCH_WIDTH if self.match_echo else 0)
        if details is not None:  # all details have one width: a network can learn others later
            self.outputs, self.inputs = DETAILED_TOKEN_COUNT, DetailRows.END
            self._voice_rows = max(voices, DETAILED_VOICES)
            self.width = MELODY_WIDTH + self._voice_rows + MATCH_WIDTH + DETAIL_WIDTH
            self.writes_velocities, self.writes_timing = details.velocities, details.timing > 1
        self._placing = details or NoteDetails()
        self.transposition_row = self.input_rows.transposition
        self.key_choices = slice(FIRST_PITCH_TOKEN, FIRST_DURATION_TOKEN)
        self.end_token = END_TOKEN
        self.choice_count = self.outputs
        self.key_tree = KEY_TREE
        self._maps_by_semitones: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}

    def settings(self) -> Mapping[str, Any]:
        settings: dict[str, Any] = {"voices": self.voices}
        if self.match_echo:
            settings["match_echo"] = True
        if self.details is not None:
            settings["details"] = written = asdict(self.details)
            if not self.details.ends:  # older model files do not state it
                del written["ends"]
        return settings

    @property
    def spelling(self) -> tuple:
        written = self._placing
        return (*super().spelling, written.parts, written.velocities, written.timing, written.ends)

    def without_details(self) -> NoteCodec:
        """The codec of the same plain tokens without details; itself if it has none."""
        return self if self.details is None else NoteCodec(self.voices, match_echo=True)

    def new_reader(self) -> NoteReader:
        if self.details is not None:
            return DetailedNoteReader(self._voice_rows, self.details)
        return NoteReader(self.voices, self.match_echo)

    def meter_tokens(self, meter: Meter) -> NDArray[np.int32]:
        return np.array([FIRST_METER_TOKEN + KNOWN_METERS.index(known_meter(meter))], np.int32)

    def fit_tune(self, tune: Tune) -> Tune:
        return quantise_tune(tune) if self.details is None else self.details.fit_tune(tune)

    def order_notes(self, tune: Tune) -> Sequence[Note]:
        return tune.notes if self.details is None else self.details.order_notes(tune)

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        tokens = self.meter_tokens(tune.meter).tolist()
        last_onset = last_length = 0
        for note in self.order_notes(self.fit_tune(tune)):
            onset, _ = self._placing.place_onset(note.onset)
            end, place = self._placing.place_end(note.end, onset)
            length = end - onset
            tokens += _onset_tokens(onset - last_onset, last_length, len(tokens) == 1)
            tokens.append(FIRST_PITCH_TOKEN + note.pitch - LOWEST_PITCH)
            tokens += self._placing.tokens_of(note)
            tokens += self._end_tokens(length, place)
            last_onset, last_length = onset, length
        return np.array([*tokens, END_TOKEN], np.int32)

    def quantise_timing(self, length: float, until: float) -> tuple[float, float]:
        return (CHORD_LENGTH_BEATS if until < 0.5 / TICKS_PER_BEAT else length), until

    def spell_onset(
        self,
        reader: TokenReader,
        pitch: int,
        onset: float,
        velocity: int = 80,
        part: int | None = None,
    ) -> NDArray[np.int32]:
        if not isinstance(reader, NoteReader) or reader.expected_kind is not NoteReaderState.EVENT:
            raise ValueError("a note can be struck only when the one before has its length")
        tick, place = self._placing.place_onset(onset)
        gap = tick - reader.onset
        if gap < 0:
            raise ValueError(f"beat {onset} is before the onset of the last note")
        tokens = _onset_tokens(gap, reader.cursor - reader.onset, not reader.pitch)
        tokens.append(FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH)
        trial = reader.copy()
        for token in tokens:
            trial.push(token)
        while isinstance(trial, DetailedNoteReader) and trial.awaits_detail:
            if part is None:
                part = trial.nearest_part(pitch)
            wanted = {
                NoteReaderState.PART: FIRST_PART_TOKEN + part,
                NoteReaderState.VELOCITY: FIRST_VELOCITY_TOKEN + velocity_class(velocity),
                NoteReaderState.TIMING: FIRST_TIMING_TOKEN + place,
            }[trial.expected_kind]
            valid = np.flatnonzero(trial.mask())
            tokens.append(int(valid[np.abs(valid - wanted).argmin()]))
            trial.push(tokens[-1])
        return np.array(tokens, np.int32)

    def spell_length(self, reader: TokenReader, beats: float) -> NDArray[np.int32]:
        end, place = self._placing.place_end(beats + reader.deviation, 0)  # from the onset's tick
        return np.array(self._end_tokens(end, place), np.int32)

    def _end_tokens(self, ticks: int, place: int) -> list[int]:
        """Tokens of a length, and of the place of the end in its tick."""
        tokens = _length_tokens(FIRST_DURATION_TOKEN, ticks)
        return [*tokens, FIRST_TIMING_TOKEN + place] if self._placing.ends else tokens

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
        if self.details is not None:
            first = DetailRows.PART_PITCH
            starts += [first + part * (KEY_COUNT + 1) for part in range(MAX_PARTS)]
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
