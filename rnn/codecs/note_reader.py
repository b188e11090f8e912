"""The reader of note tokens: where in the tune, what sounds, and what may come next."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.bar_echoes import KEYS, METERS, SPAN, Echoes, bar_ticks, with_held
from rnn.codecs.codec import Reader
from rnn.codecs.input_rows import WIDTH, InputRows, sources

END = 0
METER = 1
TOGETHER = METER + len(METERS)
HOLD = TOGETHER + 1
SHIFT = HOLD + 1  # SHIFT + k - 1 is a shift of k ticks
PITCH = SHIFT + SPAN  # PITCH + p - LOWEST_PITCH
DURATION = PITCH + KEYS  # DURATION + k - 1
OUTPUTS = DURATION + SPAN
ROWS = InputRows(OUTPUTS, voices=True)


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


def _token_beats() -> NDArray[np.float32]:
    beats = np.zeros(OUTPUTS, np.float32)
    spans = np.arange(1, SPAN + 1, dtype=np.float32) / TICKS_PER_BEAT
    beats[SHIFT:PITCH] = beats[DURATION:] = spans
    beats[HOLD] = 1.5 * SPAN / TICKS_PER_BEAT  # more than any one token, how much is yet to be said
    beats.flags.writeable = False
    return beats


_VALID = _valid_tokens()
_TOKEN_BEATS = _token_beats()


class NoteReader(Reader):
    """A place in a stream of note tokens. Times are in ticks from the start of the tune.

    Parameters
    ----------
    voices : int
        How many sounding notes are shown.
    """

    def __init__(self, voices: int = 0) -> None:
        self._voices = voices
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

    def advance(self, token: int) -> Note | None:
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
        cursor = self.cursor
        echoes = self._echoes.rows(cursor, self._bar, self._await is Await.DURATION)
        voices = self._voices
        active = ROWS.active(
            self._token, cursor, self._bar, self.meter, self._pitch, echoes, voices
        )
        for place, (pitch, _, _) in enumerate(self._sound_on(cursor)):
            active[WIDTH + place] = ROWS.voice + pitch - LOWEST_PITCH
        return active

    @property
    def note(self) -> int:
        return self._count - 1 if self._await is Await.DURATION else self._count

    def sources(self) -> NDArray[np.int32]:
        token = -1
        if self._await in (Await.SHIFT, Await.PITCH):
            token = self._count  # the last token is a gap: the next note's
        elif self._count:
            token = self._count - 1
        cursor = self.cursor
        last = self._count - 1  # -1 before the first
        speaks = sources(token, last, self._echoes.notes(cursor, self._bar), self._voices)
        for place, (_, _, note) in enumerate(self._sound_on(cursor)):
            speaks[WIDTH + place] = note
        return speaks

    def _sound_on(self, cursor: int) -> list[tuple[int, int, int]]:
        """The last notes that still sound, as many as are shown."""
        if not self._voices:
            return []
        return [row for row in self._sounding if row[1] > cursor][-self._voices :]
