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
from enum import Enum, auto
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Meter, Note, Tune, on_grid
from rnn.codecs.bars import (
    BARS,
    ECHO_ROWS,
    ECHOES,
    KEYS,
    METERS,
    PHASES,
    SPAN,
    Echoes,
    bar_ticks,
    known_meter,
    with_held,
)
from rnn.codecs.base import LOWEST_SHIFT, SHIFTS, Codec, Reader
from rnn.codecs.key_tree import KeyTree

END = 0
METER = 1
TOGETHER = METER + len(METERS)
HOLD = TOGETHER + 1
SHIFT = HOLD + 1  # SHIFT + k - 1 is a shift of k ticks
PITCH = SHIFT + SPAN  # PITCH + p - LOWEST_PITCH
DURATION = PITCH + KEYS  # DURATION + k - 1
OUTPUTS = DURATION + SPAN


CHORD_LENGTH = 1.0
"""What a key is taken to last when others are struck with it, beats."""


class Await(Enum):
    """What kind of token a reader waits for."""

    METER = auto()
    EVENT = auto()  # what comes after a finished note
    SHIFT = auto()  # after a HOLD that lengthens a gap
    PITCH = auto()
    DURATION = auto()
    NOTHING = auto()


def _valid_tokens() -> dict[Await, NDArray[np.bool_]]:
    masks = {kind: np.zeros(OUTPUTS, bool) for kind in Await}
    masks[Await.METER][METER:TOGETHER] = True
    masks[Await.EVENT][[END, TOGETHER, HOLD]] = True
    masks[Await.EVENT][SHIFT:DURATION] = True
    masks[Await.SHIFT][HOLD:PITCH] = True
    masks[Await.PITCH][PITCH:DURATION] = True
    masks[Await.DURATION][HOLD] = True
    masks[Await.DURATION][DURATION:] = True
    for mask in masks.values():
        mask.flags.writeable = False
    return masks


_VALID = _valid_tokens()


class NoteReader(Reader):
    """A place in a stream of note tokens. Times are in ticks from the start of the tune."""

    def __init__(self, codec: NoteCodec) -> None:
        self._codec = codec
        self._await = Await.METER
        self._token = OUTPUTS  # START
        self.meter = METERS[0]
        self._bar = bar_ticks(self.meter)
        self._onset = 0  # of the last note, or of the one being spelled
        self._pitch = 0  # 0 before the first
        self._length = 0  # of the last note; while one is spelled, ticks held so far
        self._held = 0  # ticks gathered by HOLD
        self._together = False
        self._count = 0  # notes struck
        self._echoes = Echoes()  # of the top pitch of each chord
        self._sounding: list[tuple[int, int, int]] = []  # pitch, end, note

    @property
    def ended(self) -> bool:
        return self._await is Await.NOTHING

    @property
    def awaits_length(self) -> bool:
        return self._await is Await.DURATION

    @property
    def awaits_key(self) -> bool:
        return self._await in (Await.EVENT, Await.PITCH)

    @property
    def onset(self) -> int:
        """Onset of the last note, ticks."""
        return self._onset

    @property
    def struck(self) -> bool:
        """Whether any note has been struck yet."""
        return bool(self._pitch)

    @property
    def cursor(self) -> int:
        """Where the next note starts if nothing more is said, ticks."""
        return self._onset + self._length if self._await is Await.EVENT else self._onset

    @property
    def awaits(self) -> Await:
        """The kind of token that comes next."""
        return self._await

    def copy(self) -> NoteReader:
        other = object.__new__(NoteReader)
        other.__dict__.update(self.__dict__)
        other._echoes = self._echoes.copy()
        other._sounding = self._sounding.copy()
        return other

    def mask(self) -> NDArray[np.bool_]:
        mask = _VALID[self._await].copy()
        if self._await is Await.EVENT:
            self._mask_event(mask)
        elif self._await is Await.SHIFT:
            self._mask_landing(mask)
        elif self._await is Await.PITCH:
            self._mask_pitches(mask, self._onset, self._pitch if self._together else 0)
        return mask

    def _mask_event(self, mask: NDArray[np.bool_]) -> None:
        if not self._pitch:
            mask[END] = mask[TOGETHER] = False
            return
        self._mask_landing(mask)
        self._mask_pitches(mask, self._onset + self._length, 0)
        above = np.ones(OUTPUTS, bool)
        self._mask_pitches(above, self._onset, self._pitch)
        mask[TOGETHER] = above[PITCH:DURATION].any()

    def _mask_landing(self, mask: NDArray[np.bool_]) -> None:
        """A gap must not end where the last note stops: that has a shorter spelling."""
        left = self._length - self._held
        if 1 <= left <= SPAN:
            mask[SHIFT + left - 1] = False

    def _mask_pitches(self, mask: NDArray[np.bool_], onset: int, above: int) -> None:
        for pitch, end, _ in self._sounding:
            if end > onset:
                mask[PITCH + pitch - LOWEST_PITCH] = False
        if above:
            mask[PITCH : PITCH + above - LOWEST_PITCH + 1] = False

    def beats(self) -> NDArray[np.float32]:
        return with_held(_TOKEN_BEATS, self._held)

    def push(self, token: int) -> Note | None:
        if not 0 <= token < OUTPUTS or not self.mask()[token]:
            raise ValueError(f"token {token} may not come here: a reader waits for {self._await}")
        return self.advance(token)

    def advance(self, token: int) -> Note | None:
        """`push` for a token known to be valid."""
        self._token = token
        if token >= DURATION:
            return self._finish(self._held + token - DURATION + 1)
        if token >= PITCH:
            self._strike(token - PITCH + LOWEST_PITCH)
        elif token >= SHIFT:
            self._move(self._onset + self._held + token - SHIFT + 1)
        elif token == HOLD:
            self._held += SPAN
            if self._await is Await.EVENT:
                self._await = Await.SHIFT
        elif token == TOGETHER:
            self._together = True
            self._await = Await.PITCH
        elif token == END:
            self._await = Await.NOTHING
        else:
            self.meter = METERS[token - METER]
            self._bar = bar_ticks(self.meter)
            self._await = Await.EVENT
        return None

    def _move(self, onset: int) -> None:
        self._onset, self._held = onset, 0
        self._await = Await.PITCH

    def _strike(self, pitch: int) -> None:
        if self._await is Await.EVENT:
            self._onset += self._length
        self._pitch, self._together = pitch, False
        self._held = 0
        self._count += 1
        self._await = Await.DURATION

    def _finish(self, length: int) -> Note:
        self._length, self._held = length, 0
        self._await = Await.EVENT
        end = self._onset + length
        self._sounding = [row for row in self._sounding if row[1] > self._onset]
        self._sounding.append((self._pitch, end, self._count - 1))
        self._echoes.add(self._onset, self._pitch, length, self._count - 1)
        return Note(self._pitch, self._onset / TICKS_PER_BEAT, length / TICKS_PER_BEAT)

    def features(self) -> NDArray[np.int32]:
        rows = self._codec.rows
        cursor = self.cursor
        active = np.empty(self._codec.width, np.int32)
        active[0] = rows.token + self._token
        active[1] = rows.phase + min(cursor % self._bar, PHASES - 1)
        active[2] = rows.bar + cursor // self._bar % BARS
        active[3] = rows.meter + METERS.index(self.meter)
        active[4] = rows.shift - LOWEST_SHIFT
        active[5] = rows.last + (self._pitch - LOWEST_PITCH if self._pitch else KEYS)
        echoes = self._echoes.rows(cursor, self._bar, self._await is Await.DURATION)
        active[6 : 6 + len(ECHOES)] = echoes
        active[6 : 6 + len(ECHOES)] += rows.echo
        voices = self._codec.voices
        if voices:
            active[-voices:] = rows.voice + KEYS
            for place, (pitch, _, _) in enumerate(self._voices(cursor)):
                active[self._codec.width - voices + place] = rows.voice + pitch - LOWEST_PITCH
        return active

    @property
    def note(self) -> int:
        return self._count - 1 if self._await is Await.DURATION else self._count

    def sources(self) -> NDArray[np.int32]:
        active = np.full(self._codec.width, -1, np.int32)
        if self._await in (Await.SHIFT, Await.PITCH):
            active[0] = self._count  # the last token is a gap: the next note's
        elif self._count:
            active[0] = self._count - 1
        active[5] = self._count - 1  # -1 before the first
        cursor = self.cursor
        active[6 : 6 + len(ECHOES)] = self._echoes.notes(cursor, self._bar)
        for place, (_, _, note) in enumerate(self._voices(cursor)):
            active[self._codec.width - self._codec.voices + place] = note
        return active

    def _voices(self, cursor: int) -> list[tuple[int, int, int]]:
        """The last notes that still sound, as many as are shown."""
        voices = self._codec.voices
        return [row for row in self._sounding if row[1] > cursor][-voices:] if voices else []


class InputRows:
    """Where each kind of input begins in the input matrix."""

    def __init__(self) -> None:
        self.token = 0
        self.phase = self.token + OUTPUTS + 1
        self.bar = self.phase + PHASES
        self.meter = self.bar + BARS
        self.shift = self.meter + len(METERS)
        self.last = self.shift + SHIFTS
        self.echo = self.last + KEYS + 1
        self.voice = self.echo + len(ECHOES) * ECHO_ROWS
        self.end = self.voice + KEYS + 1


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
        self.rows = InputRows()
        self.outputs = OUTPUTS
        self.inputs = self.rows.end
        self.width = 6 + len(ECHOES) + voices
        self.shift_row = self.rows.shift
        self.pitch_tokens = self.keys = slice(PITCH, DURATION)
        self.end_token = END
        self.choices = OUTPUTS
        self.tree = _KEY_TREE
        self._maps: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}

    def settings(self) -> Mapping[str, int]:
        return {"voices": self.voices}

    def reader(self) -> NoteReader:
        return NoteReader(self)

    def opening(self, meter: Meter) -> NDArray[np.int32]:
        return np.array([METER + METERS.index(known_meter(meter))], np.int32)

    def fitted(self, tune: Tune) -> Tune:
        return on_grid(tune)

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        tokens = self.opening(tune.meter).tolist()
        onset = length = 0
        for note in self.fitted(tune).notes:
            start, lasts = _ticks(note.onset), _ticks(note.duration)
            tokens += _spelling(start - onset, length, len(tokens) == 1)
            tokens += [PITCH + note.pitch - LOWEST_PITCH, *_held(DURATION, lasts)]
            onset, length = start, lasts
        return np.array([*tokens, END], np.int32)

    def decode(self, tokens: NDArray[np.int32]) -> Tune:
        reader = self.reader()
        notes = [note for token in tokens if (note := reader.push(int(token))) is not None]
        return Tune(tuple(notes), reader.meter)

    def heard(self, length: float, until: float) -> tuple[float, float]:
        return (CHORD_LENGTH if until < 0.5 / TICKS_PER_BEAT else length), until

    def spell_onset(self, reader: Reader, pitch: int, onset: float) -> NDArray[np.int32]:
        if not isinstance(reader, NoteReader) or reader.awaits is not Await.EVENT:
            raise ValueError("a note can be struck only when the one before has its length")
        gap = _ticks(onset) - reader.onset
        if gap < 0:
            raise ValueError(f"beat {onset} is before the onset of the last note")
        tokens = _spelling(gap, reader.cursor - reader.onset, not reader.struck)
        tokens.append(PITCH + pitch - LOWEST_PITCH)
        trial = reader.copy()
        for token in tokens:
            trial.push(token)
        return np.array(tokens, np.int32)

    def spell_length(self, reader: Reader, beats: float) -> NDArray[np.int32]:
        return np.array(_held(DURATION, max(1, _ticks(beats))), np.int32)

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
        here = self.rows
        starts = [here.token + PITCH, here.last, here.voice]
        starts += [here.echo + place * ECHO_ROWS for place in range(len(ECHOES))]
        moved = np.clip(np.arange(KEYS) + semitones, 0, KEYS - 1)
        for start in starts:
            rows[start : start + KEYS] = start + moved
        tokens[PITCH:DURATION] = PITCH + moved
        rows[here.shift : here.shift + SHIFTS] = here.shift + semitones - LOWEST_SHIFT
        return rows, tokens


def _token_beats() -> NDArray[np.float32]:
    beats = np.zeros(OUTPUTS, np.float32)
    spans = np.arange(1, SPAN + 1, dtype=np.float32) / TICKS_PER_BEAT
    beats[SHIFT:PITCH] = beats[DURATION:] = spans
    beats[HOLD] = 1.5 * SPAN / TICKS_PER_BEAT  # more than any one token, how much is yet to be said
    beats.flags.writeable = False
    return beats


_TOKEN_BEATS = _token_beats()
_KEY_TREE = KeyTree([(PITCH + key,) for key in range(KEYS)])


def _ticks(beats: float) -> int:
    return round(beats * TICKS_PER_BEAT)


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
