"""The reader of note tokens: where in the tune, what sounds, and what may come next."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.bar_echoes import (
    KEY_COUNT,
    KNOWN_METERS,
    MAX_TOKEN_TICKS,
    BarEchoes,
    add_held_beats,
    bar_ticks,
)
from rnn.codecs.codec import TokenReader
from rnn.codecs.input_rows import MELODY_WIDTH, InputRows, row_sources

END_TOKEN = 0
FIRST_METER_TOKEN = 1
TOGETHER_TOKEN = FIRST_METER_TOKEN + len(KNOWN_METERS)
HOLD_TOKEN = TOGETHER_TOKEN + 1
FIRST_SHIFT_TOKEN = HOLD_TOKEN + 1  # FIRST_SHIFT_TOKEN + k - 1 is a shift of k ticks
FIRST_PITCH_TOKEN = FIRST_SHIFT_TOKEN + MAX_TOKEN_TICKS  # FIRST_PITCH_TOKEN + p - LOWEST_PITCH
FIRST_DURATION_TOKEN = FIRST_PITCH_TOKEN + KEY_COUNT  # FIRST_DURATION_TOKEN + k - 1
TOKEN_COUNT = FIRST_DURATION_TOKEN + MAX_TOKEN_TICKS
NOTE_INPUT_ROWS = InputRows(TOKEN_COUNT, voices=True)


class NoteReaderState(Enum):
    """What kind of token a reader waits for."""

    METER = auto()
    EVENT = auto()  # what comes after a finished note
    SHIFT = auto()  # after a HOLD_TOKEN that lengthens a gap
    PITCH = auto()
    DURATION = auto()
    NOTHING = auto()


def _valid_tokens() -> dict[NoteReaderState, NDArray[np.bool_]]:
    masks = {kind: np.zeros(TOKEN_COUNT, bool) for kind in NoteReaderState}
    masks[NoteReaderState.METER][FIRST_METER_TOKEN:TOGETHER_TOKEN] = True
    masks[NoteReaderState.EVENT][[END_TOKEN, TOGETHER_TOKEN, HOLD_TOKEN]] = True
    masks[NoteReaderState.EVENT][FIRST_SHIFT_TOKEN:FIRST_DURATION_TOKEN] = True
    masks[NoteReaderState.SHIFT][HOLD_TOKEN:FIRST_PITCH_TOKEN] = True
    masks[NoteReaderState.PITCH][FIRST_PITCH_TOKEN:FIRST_DURATION_TOKEN] = True
    masks[NoteReaderState.DURATION][HOLD_TOKEN] = True
    masks[NoteReaderState.DURATION][FIRST_DURATION_TOKEN:] = True
    for mask in masks.values():
        mask.flags.writeable = False
    return masks


def _token_beats() -> NDArray[np.float32]:
    beats = np.zeros(TOKEN_COUNT, np.float32)
    spans = np.arange(1, MAX_TOKEN_TICKS + 1, dtype=np.float32) / TICKS_PER_BEAT
    beats[FIRST_SHIFT_TOKEN:FIRST_PITCH_TOKEN] = beats[FIRST_DURATION_TOKEN:] = spans
    beats[HOLD_TOKEN] = (
        1.5 * MAX_TOKEN_TICKS / TICKS_PER_BEAT
    )  # more than any one token, how much is yet to be said
    beats.flags.writeable = False
    return beats


_VALID = _valid_tokens()
_TOKEN_BEATS = _token_beats()


class NoteReader(TokenReader):
    """A place in a stream of note tokens. Times are in ticks from the start of the tune.

    Parameters
    ----------
    voices : int
        How many sounding notes are shown.
    """

    def __init__(self, voices: int = 0) -> None:
        self._voices = voices
        self._reader_state = NoteReaderState.METER
        self._token = TOKEN_COUNT  # START
        self.meter = KNOWN_METERS[0]
        self._bar = bar_ticks(self.meter)
        self._onset = 0  # of the last note, or of the one being spelled
        self._pitch = 0  # 0 before the first
        self._length = 0  # of the last note; while one is spelled, ticks held so far
        self._held = 0  # ticks gathered by HOLD_TOKEN
        self._in_chord = False
        self._count = 0  # notes struck
        self._echoes = BarEchoes()  # of the top pitch of each chord
        self._sounding: list[tuple[int, int, int]] = []  # pitch, end, note

    @property
    def ended(self) -> bool:
        return self._reader_state is NoteReaderState.NOTHING

    @property
    def awaits_length(self) -> bool:
        return self._reader_state is NoteReaderState.DURATION

    @property
    def awaits_key(self) -> bool:
        return self._reader_state in (NoteReaderState.EVENT, NoteReaderState.PITCH)

    @property
    def onset_ticks(self) -> int:
        """Onset of the last note, ticks."""
        return self._onset

    @property
    def has_notes(self) -> bool:
        """Whether any note has been struck yet."""
        return bool(self._pitch)

    @property
    def cursor(self) -> int:
        """Where the next note starts if nothing more is said, ticks."""
        return (
            self._onset + self._length
            if self._reader_state is NoteReaderState.EVENT
            else self._onset
        )

    @property
    def expected_kind(self) -> NoteReaderState:
        return self._reader_state

    def copy(self) -> NoteReader:
        other = object.__new__(NoteReader)
        other.__dict__.update(self.__dict__)
        other._echoes = self._echoes.copy()
        other._sounding = self._sounding.copy()
        return other

    def mask(self) -> NDArray[np.bool_]:
        mask = _VALID[self._reader_state].copy()
        if self._reader_state is NoteReaderState.EVENT:
            self._mask_event(mask)
        elif self._reader_state is NoteReaderState.SHIFT:
            self._mask_redundant_gap(mask)
        elif self._reader_state is NoteReaderState.PITCH:
            self._mask_pitches(mask, self._onset, self._pitch if self._in_chord else 0)
        return mask

    def _mask_event(self, mask: NDArray[np.bool_]) -> None:
        if not self._pitch:
            mask[END_TOKEN] = mask[TOGETHER_TOKEN] = False
            return
        self._mask_redundant_gap(mask)
        self._mask_pitches(mask, self._onset + self._length, 0)
        above = np.ones(TOKEN_COUNT, bool)
        self._mask_pitches(above, self._onset, self._pitch)
        mask[TOGETHER_TOKEN] = above[FIRST_PITCH_TOKEN:FIRST_DURATION_TOKEN].any()

    def _mask_redundant_gap(self, mask: NDArray[np.bool_]) -> None:
        """A gap must not end where the last note stops: that has a shorter spelling."""
        left = self._length - self._held
        if 1 <= left <= MAX_TOKEN_TICKS:
            mask[FIRST_SHIFT_TOKEN + left - 1] = False

    def _mask_pitches(self, mask: NDArray[np.bool_], onset: int, above: int) -> None:
        for pitch, end, _ in self._sounding:
            if end > onset:
                mask[FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH] = False
        if above:
            mask[FIRST_PITCH_TOKEN : FIRST_PITCH_TOKEN + above - LOWEST_PITCH + 1] = False

    def token_beats(self) -> NDArray[np.float32]:
        return add_held_beats(_TOKEN_BEATS, self._held)

    def advance(self, token: int) -> Note | None:
        self._token = token
        if token >= FIRST_DURATION_TOKEN:
            return self._finish_note(self._held + token - FIRST_DURATION_TOKEN + 1)
        if token >= FIRST_PITCH_TOKEN:
            self._begin_note(token - FIRST_PITCH_TOKEN + LOWEST_PITCH)
        elif token >= FIRST_SHIFT_TOKEN:
            self._set_onset(self._onset + self._held + token - FIRST_SHIFT_TOKEN + 1)
        elif token == HOLD_TOKEN:
            self._held += MAX_TOKEN_TICKS
            if self._reader_state is NoteReaderState.EVENT:
                self._reader_state = NoteReaderState.SHIFT
        elif token == TOGETHER_TOKEN:
            self._in_chord = True
            self._reader_state = NoteReaderState.PITCH
        elif token == END_TOKEN:
            self._reader_state = NoteReaderState.NOTHING
        else:
            self.meter = KNOWN_METERS[token - FIRST_METER_TOKEN]
            self._bar = bar_ticks(self.meter)
            self._reader_state = NoteReaderState.EVENT
        return None

    def _set_onset(self, onset: int) -> None:
        self._onset, self._held = onset, 0
        self._reader_state = NoteReaderState.PITCH

    def _begin_note(self, pitch: int) -> None:
        if self._reader_state is NoteReaderState.EVENT:
            self._onset += self._length
        self._pitch, self._in_chord = pitch, False
        self._held = 0
        self._count += 1
        self._reader_state = NoteReaderState.DURATION

    def _finish_note(self, length: int) -> Note:
        self._length, self._held = length, 0
        self._reader_state = NoteReaderState.EVENT
        end = self._onset + length
        self._sounding = [row for row in self._sounding if row[1] > self._onset]
        self._sounding.append((self._pitch, end, self._count - 1))
        self._echoes.add_note(self._onset, self._pitch, length, self._count - 1)
        return Note(self._pitch, self._onset / TICKS_PER_BEAT, length / TICKS_PER_BEAT)

    def features(self) -> NDArray[np.int32]:
        cursor = self.cursor
        echoes = self._echoes.echo_rows(
            cursor, self._bar, self._reader_state is NoteReaderState.DURATION
        )
        voices = self._voices
        active = NOTE_INPUT_ROWS.active_rows(
            self._token, cursor, self._bar, self.meter, self._pitch, echoes, voices
        )
        for place, (pitch, _, _) in enumerate(self._sounding_at(cursor)):
            active[MELODY_WIDTH + place] = NOTE_INPUT_ROWS.voice + pitch - LOWEST_PITCH
        return active

    @property
    def note_index(self) -> int:
        return self._count - 1 if self._reader_state is NoteReaderState.DURATION else self._count

    def row_sources(self) -> NDArray[np.int32]:
        token = -1
        if self._reader_state in (NoteReaderState.SHIFT, NoteReaderState.PITCH):
            token = self._count  # the last token is a gap: the next note's
        elif self._count:
            token = self._count - 1
        cursor = self.cursor
        last = self._count - 1  # -1 before the first
        speaks = row_sources(token, last, self._echoes.echo_notes(cursor, self._bar), self._voices)
        for place, (_, _, note) in enumerate(self._sounding_at(cursor)):
            speaks[MELODY_WIDTH + place] = note
        return speaks

    def _sounding_at(self, cursor: int) -> list[tuple[int, int, int]]:
        """The last notes that still sound, as many as are shown."""
        if not self._voices:
            return []
        return [row for row in self._sounding if row[1] > cursor][-self._voices :]
