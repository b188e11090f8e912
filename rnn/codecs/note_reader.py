"""The reader of note tokens: position in the tune, sounding notes, and valid next tokens."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.bar_echoes import KNOWN_METERS, MAX_TOKEN_TICKS, add_held_beats, bar_ticks
from rnn.codecs.codec import TokenReader
from rnn.codecs.input_rows import MELODY_WIDTH, row_sources
from rnn.codecs.match_echo import MatchEcho
from rnn.codecs.note_tokens import (
    END_TOKEN,
    FIRST_DURATION_TOKEN,
    FIRST_METER_TOKEN,
    FIRST_PITCH_TOKEN,
    FIRST_SHIFT_TOKEN,
    HOLD_TOKEN,
    MATCH_LENGTH_ROW,
    MATCH_TOKEN_ROW,
    MATCH_WIDTH,
    NOTE_INPUT_ROWS,
    TOGETHER_TOKEN,
    TOKEN_COUNT,
)

MAX_RECENT_NOTES = 15  # notes kept beside the last one, to know the voices


class NoteReaderState(Enum):
    """Kind of the next token."""

    METER = auto()
    EVENT = auto()  # the first token of a note, or the end
    SHIFT = auto()  # after a HOLD that lengthens a gap
    PITCH = auto()
    PART = auto()  # this and the next two: of notes with details only
    VELOCITY = auto()
    TIMING = auto()
    DURATION = auto()
    END_TIMING = auto()  # of notes with details only
    NOTHING = auto()  # the tune has ended


METER, EVENT, SHIFT, PITCH, _, _, _, DURATION, _, NOTHING = NoteReaderState


def _valid_tokens() -> dict[NoteReaderState, NDArray[np.bool_]]:
    """Tokens of each kind."""
    masks = {kind: np.zeros(TOKEN_COUNT, bool) for kind in NoteReaderState}
    masks[METER][FIRST_METER_TOKEN:TOGETHER_TOKEN] = True
    masks[EVENT][[END_TOKEN, TOGETHER_TOKEN, HOLD_TOKEN]] = True
    masks[EVENT][FIRST_SHIFT_TOKEN:FIRST_DURATION_TOKEN] = True
    masks[SHIFT][HOLD_TOKEN:FIRST_PITCH_TOKEN] = True
    masks[PITCH][FIRST_PITCH_TOKEN:FIRST_DURATION_TOKEN] = True
    masks[DURATION][HOLD_TOKEN] = True
    masks[DURATION][FIRST_DURATION_TOKEN:] = True
    for mask in masks.values():
        mask.flags.writeable = False
    return masks


def _token_beats() -> NDArray[np.float32]:
    """Length of each token, beats."""
    beats = np.zeros(TOKEN_COUNT, np.float32)
    lengths = np.arange(1, MAX_TOKEN_TICKS + 1, dtype=np.float32) / TICKS_PER_BEAT
    beats[FIRST_SHIFT_TOKEN:FIRST_PITCH_TOKEN] = beats[FIRST_DURATION_TOKEN:] = lengths
    beats[HOLD_TOKEN] = 1.5 * MAX_TOKEN_TICKS / TICKS_PER_BEAT  # an estimate: more will follow
    beats.flags.writeable = False
    return beats


_VALID_TOKENS = _valid_tokens()
_TOKEN_BEATS = _token_beats()


class NoteReader(TokenReader):
    """A position in a stream of note tokens. Times are in ticks from the start of the tune.

    Parameters
    ----------
    voices : int
        Rows of the input for sounding notes.
    match_echo : bool
        Whether the input has rows for a match echo.
    """

    def __init__(self, voices: int = 0, match_echo: bool = False) -> None:
        super().__init__(TOKEN_COUNT)
        self._voices = voices
        self._match = MatchEcho() if match_echo else None
        self.expected_kind = METER
        self.onset = 0  # of the last or current note
        self._length = 0  # of the last complete note
        self._in_chord = False  # after TOGETHER
        self.recent_notes: tuple[tuple[int, int, int], ...] = ()
        """Pitch, onset and end of the last notes; kept for polyphony only."""
        self._sounding: list[tuple[int, int, int]] = []  # pitch, end, note; never changed in place

    @property
    def awaits_length(self) -> bool:
        return self.expected_kind is DURATION

    @property
    def awaits_key(self) -> bool:
        return self.expected_kind in (EVENT, PITCH)

    @property
    def cursor(self) -> int:
        return self.onset + self._length if self.expected_kind is EVENT else self.onset

    def mask(self) -> NDArray[np.bool_]:
        mask = _VALID_TOKENS[self.expected_kind].copy()
        if self.expected_kind is EVENT:
            self._mask_event(mask)
        elif self.expected_kind is SHIFT:
            self._mask_redundant_gap(mask)
        elif self.expected_kind is PITCH:
            self._mask_pitches(mask, self.onset, self.pitch if self._in_chord else 0)
        return mask

    def _mask_event(self, mask: NDArray[np.bool_]) -> None:
        """Exclude END and TOGETHER before the first note, and keys that cannot be struck."""
        if not self.pitch:
            mask[END_TOKEN] = mask[TOGETHER_TOKEN] = False
            return
        self._mask_redundant_gap(mask)
        self._mask_pitches(mask, self.onset + self._length, 0)
        chord = np.ones(TOKEN_COUNT, bool)
        self._mask_pitches(chord, self.onset, self.pitch)
        mask[TOGETHER_TOKEN] = chord[FIRST_PITCH_TOKEN:FIRST_DURATION_TOKEN].any()

    def _mask_redundant_gap(self, mask: NDArray[np.bool_]) -> None:
        """Exclude the gap to the end of the last note: that onset needs no gap token."""
        left = self._length - self._held
        if 1 <= left <= MAX_TOKEN_TICKS:
            mask[FIRST_SHIFT_TOKEN + left - 1] = False

    def _mask_pitches(self, mask: NDArray[np.bool_], onset: int, above: int) -> None:
        """Exclude the keys that sound at an onset, and those up to the pitch `above`."""
        for pitch, end, _ in self._sounding:
            if end > onset:
                mask[FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH] = False
        if above:
            mask[FIRST_PITCH_TOKEN : FIRST_PITCH_TOKEN + above - LOWEST_PITCH + 1] = False

    def token_beats(self) -> NDArray[np.float32]:
        return add_held_beats(_TOKEN_BEATS, self._held)

    def copy(self) -> NoteReader:
        other = super().copy()
        if self._match is not None:
            other._match = self._match.copy()
        return other

    def advance(self, token: int) -> Note | None:
        if self._match is not None:
            self._match.add_token(token, self._note_of(token))
        self._token = token
        if token >= FIRST_DURATION_TOKEN:
            return self._finish_note(self._held + token - FIRST_DURATION_TOKEN + 1)
        if token >= FIRST_PITCH_TOKEN:
            self._begin_note(token - FIRST_PITCH_TOKEN + LOWEST_PITCH)
        elif token >= FIRST_SHIFT_TOKEN:
            self.onset += self._held + token - FIRST_SHIFT_TOKEN + 1
            self._held = 0
            self.expected_kind = PITCH
        elif token == HOLD_TOKEN:
            self._held += MAX_TOKEN_TICKS
            if self.expected_kind is EVENT:
                self.expected_kind = SHIFT
        elif token == TOGETHER_TOKEN:
            self._in_chord = True
            self.expected_kind = PITCH
        elif token == END_TOKEN:
            self.expected_kind = NOTHING
        else:
            self.meter = KNOWN_METERS[token - FIRST_METER_TOKEN]
            self.bar = bar_ticks(self.meter)
            self.expected_kind = EVENT
        return None

    def _begin_note(self, pitch: int) -> None:
        if self.expected_kind is EVENT:
            self.onset += self._length
        self.pitch, self._in_chord = pitch, False
        self._held = 0
        self._count += 1
        self.expected_kind = DURATION

    def _finish_note(self, length: int) -> Note | None:
        self._length, self._held = length, 0
        self.expected_kind = EVENT
        sounding = [row for row in self._sounding if row[1] > self.onset]
        self._sounding = [*sounding, (self.pitch, self.onset + length, self._count - 1)]
        if self._voices:
            latest = (self.pitch, self.onset, self.onset + length)
            self.recent_notes = (*self.recent_notes[-MAX_RECENT_NOTES:], latest)
        self._echoes.add_note(self.onset, self.pitch, length, self._count - 1)
        return Note(self.pitch, self.onset / TICKS_PER_BEAT, length / TICKS_PER_BEAT)

    @property
    def held_ticks(self) -> int:
        """Ticks of the length or gap read so far."""
        return self._held

    def voices(self) -> tuple[list[int], list[tuple[int, bool]]]:
        at = self.cursor
        before = [pitch for pitch, onset, end in self.recent_notes if onset < at <= end]
        now = [(pitch, onset == at) for pitch, onset, end in self.recent_notes if onset <= at < end]
        return sorted(before), sorted(now)

    def features(self) -> NDArray[np.int32]:
        return np.array(self._active_rows(), np.int32)

    def _active_rows(self) -> list[int]:
        cursor, bar = self.cursor, self.bar
        echoes = self._echoes.echo_rows(cursor, bar, self.expected_kind is DURATION)
        rows = NOTE_INPUT_ROWS.active_rows(
            self._token, cursor, bar, self.meter, self.pitch, echoes, self._voices
        )
        for place, (pitch, _, _) in enumerate(self._sounding_at(cursor)):
            rows[MELODY_WIDTH + place] = NOTE_INPUT_ROWS.voice + pitch - LOWEST_PITCH
        if self._match is None:
            return rows
        token = TOKEN_COUNT if self._match.token < 0 else self._match.token
        rows += (MATCH_TOKEN_ROW + token, MATCH_LENGTH_ROW + self._match.length_class)
        return rows

    def _note_of(self, token: int) -> int:
        """Index of the note that a token read here belongs to; -1 for none."""
        if token == END_TOKEN or FIRST_METER_TOKEN <= token < TOGETHER_TOKEN:
            return -1
        return self.note_index

    def row_sources(self) -> NDArray[np.int32]:
        last = self._count - 1  # -1 before the first
        # a gap token belongs to the next note
        token = self._count if self.expected_kind in (SHIFT, PITCH) else last
        cursor = self.cursor
        echoes = self._echoes.echo_notes(cursor, self.bar)
        sources = row_sources(token, last, echoes, self._voices)
        for place, (_, _, note) in enumerate(self._sounding_at(cursor)):
            sources[MELODY_WIDTH + place] = note
        if self._match is None:
            return sources
        return np.append(sources, np.full(MATCH_WIDTH, self._match.note, np.int32))

    def _sounding_at(self, cursor: int) -> list[tuple[int, int, int]]:
        """The last notes that sound at a time, at most one a voice."""
        if not self._voices:
            return []
        return [row for row in self._sounding if row[1] > cursor][-self._voices :]
