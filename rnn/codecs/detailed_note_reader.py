"""The reader of notes with details: part, velocity and timing follow the pitch of a note.

    [TOGETHER | HOLD* SHIFT(k)]  PITCH(p)  [PART(q)]  [VELOCITY(v)]  [TIMING(m)]  HOLD* DURATION(k)

Where ends have a timing, it is one more TIMING after the DURATION.

Each tune as its codec fits it has one spelling: notes of a tick ascend in pitch and then in part, a
part strikes no key that it holds, and a key struck again on the tick where its last note ends is
not struck before that end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, Note
from rnn.codecs.bar_echoes import KEY_COUNT
from rnn.codecs.note_details import (
    DETAIL_WIDTH,
    DETAILED_TOKEN_COUNT,
    FIRST_PART_TOKEN,
    FIRST_TIMING_TOKEN,
    FIRST_VELOCITY_TOKEN,
    MAX_PARTS,
    ON_TICK,
    UNITS_PER_BEAT,
    UNITS_PER_TICK,
    VELOCITY_CLASSES,
    DetailRows,
    NoteDetails,
    class_velocity,
    timed_note,
)
from rnn.codecs.note_reader import NoteReader, NoteReaderState
from rnn.codecs.note_tokens import FIRST_PITCH_TOKEN, TOKEN_COUNT

PART, VELOCITY, TIMING = NoteReaderState.PART, NoteReaderState.VELOCITY, NoteReaderState.TIMING
END_TIMING = NoteReaderState.END_TIMING
_KINDS = (PART, VELOCITY, TIMING)  # in the order in which a note has them before its length
_KIND_ROWS = {PART: 0, VELOCITY: 1, TIMING: 2, END_TIMING: 2}  # of all others: 3


class DetailedNoteReader(NoteReader):
    """A position in a stream of note tokens with details.

    Parameters
    ----------
    voices : int
        Rows of the input for sounding notes.
    details : NoteDetails
        What the notes have.
    """

    def __init__(self, voices: int, details: NoteDetails) -> None:
        super().__init__(voices, match_echo=True)
        self._details = details
        written = (details.parts > 1, details.velocities, details.timing > 1)
        kinds = [kind for kind, is_written in zip(_KINDS, written, strict=True) if is_written]
        self._next_kind = dict(zip([None, *kinds], [*kinds, NoteReaderState.DURATION], strict=True))
        self._part = 0  # of the current or last note
        self._least_part = 0  # the lowest one that may play the current note
        self._velocity = VELOCITY_CLASSES  # class of the current or last note; none at first
        self._place = UNITS_PER_TICK  # of the current or last note in its tick; none at first
        self._end = 0  # tick in which the current note ends
        self._held_keys: tuple[tuple[int, int, int, int], ...] = ()
        """Pitch, tick and place of the end, and part of the notes that end now or later."""
        self._part_notes: tuple[tuple[int, int], ...] = ((0, -1),) * MAX_PARTS
        """Last pitch (0 for none) and note of each part."""

    @property
    def awaits_detail(self) -> bool:
        return self.expected_kind in _KIND_ROWS

    @property
    def awaits_length(self) -> bool:
        return super().awaits_length or self.awaits_detail

    def mask(self) -> NDArray[np.bool_]:
        mask = np.zeros(DETAILED_TOKEN_COUNT, bool)
        if self.expected_kind is PART:
            free = self._free_parts(self.pitch, self.onset, self._least_part)
            mask[[FIRST_PART_TOKEN + part for part in free]] = True
        elif self.expected_kind is VELOCITY:
            mask[FIRST_VELOCITY_TOKEN:FIRST_TIMING_TOKEN] = True
        elif self.expected_kind in (TIMING, END_TIMING):
            unit = UNITS_PER_TICK // self._details.timing
            mask[FIRST_TIMING_TOKEN + ON_TICK % unit :: unit] = True
            if self.expected_kind is TIMING:
                mask[FIRST_TIMING_TOKEN : FIRST_TIMING_TOKEN + self._earliest_place()] = False
        else:
            mask[:TOKEN_COUNT] = super().mask()
        return mask

    def _earliest_place(self) -> int:
        """The first place of the current note in its tick."""
        key = self.pitch, self.onset, self._part
        ends = [place for pitch, end, place, part in self._held_keys if (pitch, end, part) == key]
        return max(ends, default=0 if self.onset else ON_TICK)

    def _mask_pitches(self, mask: NDArray[np.bool_], onset: int, above: int) -> None:
        """Exclude the keys that every part holds at an onset, and those below `above`.

        The key `above` itself is left to the parts after the one that struck it.
        """
        if above:
            mask[FIRST_PITCH_TOKEN : FIRST_PITCH_TOKEN + above - LOWEST_PITCH] = False
        held = {pitch for pitch, end, _, _ in self._held_keys if end > onset}
        for pitch in held | {above} - {0}:
            least = self._part + 1 if pitch == above else 0
            if not self._free_parts(pitch, onset, least):
                mask[FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH] = False

    def _free_parts(self, pitch: int, onset: int, least: int) -> list[int]:
        """Parts from `least` on that do not hold a key at an onset."""
        holding = {part for held, end, _, part in self._held_keys if held == pitch and end > onset}
        return [part for part in range(least, self._details.parts) if part not in holding]

    def nearest_part(self, pitch: int) -> int:
        """The part whose last pitch is nearest; the first one before all have played."""
        distances = [abs(last - pitch) if last else KEY_COUNT for last, _ in self._part_notes]
        return distances.index(min(distances[: self._details.parts]))

    def token_beats(self) -> NDArray[np.float32]:
        return np.pad(super().token_beats(), (0, DETAILED_TOKEN_COUNT - TOKEN_COUNT))

    def advance(self, token: int) -> Note | None:
        if token < TOKEN_COUNT:
            return super().advance(token)
        self._token = DetailRows.TOKEN + token - TOKEN_COUNT  # its row; of others it is the token
        if self.expected_kind is END_TIMING:
            return self._complete_note(token - FIRST_TIMING_TOKEN)
        if token >= FIRST_TIMING_TOKEN:
            self._place = token - FIRST_TIMING_TOKEN
            self.deviation = (self._place - ON_TICK) / UNITS_PER_BEAT
        elif token >= FIRST_VELOCITY_TOKEN:
            self._velocity = token - FIRST_VELOCITY_TOKEN
        else:
            self._part = token - FIRST_PART_TOKEN
        self.expected_kind = self._next_kind[self.expected_kind]
        return None

    def _begin_note(self, pitch: int) -> None:
        self._least_part = self._part + 1 if self._in_chord and pitch == self.pitch else 0
        super()._begin_note(pitch)
        self.expected_kind = self._next_kind[None]

    def _finish_note(self, length: int) -> Note | None:
        self._end = self.onset + length
        if not self._details.ends:
            return self._complete_note(ON_TICK)
        self.expected_kind = END_TIMING
        return None

    def _complete_note(self, end_place: int) -> Note:
        """The note that ends at a place in its last tick."""
        note, part = super()._finish_note(self._end - self.onset), self._part
        later = (row for row in self._held_keys if row[1] >= self.onset)
        self._held_keys = (*later, (self.pitch, self._end, end_place, part))
        notes = list(self._part_notes)
        notes[part] = self.pitch, self._count - 1
        self._part_notes = tuple(notes)
        place = self._place if self._details.timing > 1 else ON_TICK
        velocity = class_velocity(self._velocity) if self._details.velocities else note.velocity
        end = self._end, end_place
        return timed_note(self.onset, place, self.pitch, end, velocity, part)

    def _active_rows(self) -> list[int]:
        part = self._part if self._details.parts > 1 and self._count else MAX_PARTS
        rows = super()._active_rows()
        rows += (
            DetailRows.KIND + _KIND_ROWS.get(self.expected_kind, len(_KINDS)),
            DetailRows.STYLE + self._details.style,
            DetailRows.PART + part,
            DetailRows.VELOCITY + self._velocity,
            DetailRows.TIMING + self._place,
        )
        for index, (pitch, _) in enumerate(self._part_notes):
            key = pitch - LOWEST_PITCH if pitch else KEY_COUNT
            rows.append(DetailRows.PART_PITCH + index * (KEY_COUNT + 1) + key)
        return rows

    def row_sources(self) -> NDArray[np.int32]:
        last = self._count - 1
        sources = np.full(DETAIL_WIDTH, -1, np.int32)
        sources[2:5] = last
        sources[5:] = [note for _, note in self._part_notes]
        return np.append(super().row_sources(), sources)
