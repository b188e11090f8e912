"""Harmony: the tokens with which a network of four voices writes a given melody as the highest one.

The melody's notes have their onsets and lengths; the other voices are the network's. At each onset
of the melody its note is the last to be struck, above at least `LOWER_VOICES` others. Columns, one
for each note of the melody, are drawn several times over and chosen by their importance weight: the
probability of all that the melody forced (sampling importance resampling; Rubin 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.bar_echoes import MAX_TOKEN_TICKS
from rnn.codecs.note_reader import NoteReader, NoteReaderState
from rnn.codecs.note_tokens import (
    FIRST_DURATION_TOKEN,
    FIRST_PITCH_TOKEN,
    FIRST_SHIFT_TOKEN,
    HOLD_TOKEN,
    TOGETHER_TOKEN,
    TOKEN_COUNT,
)

LOWER_VOICES = 3  # notes that sound below a note of the melody
COLUMN_CANDIDATES = 6  # times each column is drawn
ROOM_SEMITONES = (1, 4, 8)
"""Least distance of a lower voice to the melody, by the number of voices still to be struck after
it: 0, 1 or 2. So there is room for each of them."""
LOWEST_MELODY_PITCH, HIGHEST_MELODY_PITCH = 60, 84
"""Bounds of the lowest and of the highest note of a melody, which moves by octaves."""

_KEYS = slice(FIRST_PITCH_TOKEN, FIRST_DURATION_TOKEN)
_SHIFTS = slice(FIRST_SHIFT_TOKEN, FIRST_PITCH_TOKEN)
_LENGTHS = slice(FIRST_DURATION_TOKEN, TOKEN_COUNT)


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """A note of a melody to be harmonised, in ticks."""

    onset: int
    pitch: int
    length: int


def melody_to_harmonise(notes: Sequence[Note], begin: float) -> tuple[MelodyNote, ...]:
    """The notes of a melody, moved to begin at a beat; empty if two of them begin together.

    The melody moves by octaves into its bounds. Each note ends when the next one begins.
    """
    ordered = sorted(notes, key=lambda note: note.onset)
    if not ordered or any(a.onset == b.onset for a, b in zip(ordered, ordered[1:], strict=False)):
        return ()
    lift = 0
    while min(note.pitch for note in ordered) + lift < LOWEST_MELODY_PITCH:
        lift += 12
    while max(note.pitch for note in ordered) + lift > min(HIGHEST_MELODY_PITCH, HIGHEST_PITCH):
        lift -= 12
    found: list[MelodyNote] = []
    ends = [note.onset for note in ordered[1:]] + [ordered[-1].end]
    for note, end in zip(ordered, ends, strict=True):
        onset = round((begin + note.onset - ordered[0].onset) * TICKS_PER_BEAT)
        until = round((begin + min(note.end, end) - ordered[0].onset) * TICKS_PER_BEAT)
        found.append(MelodyNote(onset, note.pitch + lift, max(1, until - onset)))
    return tuple(found)


def melody_mask(reader: NoteReader, melody: Sequence[MelodyNote]) -> NDArray[np.bool_] | None:
    """Valid tokens that lead to the melody, shape (outputs,); None where it asks for nothing."""
    mask = reader.mask()
    if reader.awaits_detail:
        return mask
    if reader.awaits_length:
        allowed = mask & _length_mask(reader, melody)
    else:
        place = next((k for k, note in enumerate(melody) if not _is_struck(reader, note)), None)
        if place is None:
            return None
        above = melody[place - 1].pitch if place else HIGHEST_PITCH + 1
        allowed = mask & _gap_mask(reader, melody[place], above)
        allowed[_KEYS] &= _allowed_pitches(reader, melody[place], above)
    return allowed if allowed.any() else None


def is_melody_note(note: Note, melody: Sequence[MelodyNote]) -> bool:
    """Whether a note is one of the melody's."""
    onset = round(note.onset * TICKS_PER_BEAT)
    return any((each.onset, each.pitch) == (onset, note.pitch) for each in melody)


def _is_struck(reader: NoteReader, note: MelodyNote) -> bool:
    return reader.onset > note.onset or (reader.onset, reader.pitch) == (note.onset, note.pitch)


def _gap_mask(reader: NoteReader, note: MelodyNote, above: int) -> NDArray[np.bool_]:
    """All keys, and gaps that do not pass the next note of the melody."""
    mask = np.zeros_like(reader.mask())
    mask[_KEYS] = True
    if reader.expected_kind is NoteReaderState.PITCH:
        return mask
    if reader.pitch and reader.onset == note.onset:
        mask[_KEYS] = False
        mask[TOGETHER_TOKEN] = True
        return mask
    start = reader.onset + reader.held_ticks
    onsets = start + np.arange(1, MAX_TOKEN_TICKS + 1)
    mask[_SHIFTS] = (onsets == note.onset) | (onsets < note.onset) & _has_room(reader, onsets)
    mask[HOLD_TOKEN] = start + MAX_TOKEN_TICKS < note.onset
    if reader.pitch < above:
        mask[TOGETHER_TOKEN] = _has_room(reader, np.array([reader.onset]))[0]
    return mask


def _has_room(reader: NoteReader, onsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether fewer notes than the voices sound at some times."""
    sounding = sum((onsets < end).astype(int) for _, _, end in reader.recent_notes)
    return np.broadcast_to(np.asarray(sounding) <= LOWER_VOICES, onsets.shape)


def _allowed_pitches(reader: NoteReader, note: MelodyNote, above: int) -> NDArray[np.bool_]:
    """Keys that may be struck now, shape (88,)."""
    pitches, at = np.arange(LOWEST_PITCH, HIGHEST_PITCH + 1), reader.cursor
    if at > note.onset:
        return np.zeros(len(pitches), bool)
    if at < note.onset:
        return (pitches < above) & _has_room(reader, np.array([at]))
    _, now = reader.voices()
    missing = LOWER_VOICES - sum(pitch < note.pitch for pitch, _ in now)
    if missing <= 0:
        return pitches == note.pitch
    lower = pitches <= note.pitch - ROOM_SEMITONES[missing - 1]
    return lower | (pitches == note.pitch) & (missing < LOWER_VOICES)


def _length_mask(reader: NoteReader, melody: Sequence[MelodyNote]) -> NDArray[np.bool_]:
    """The length of the melody's note, or lengths of a lower one that is out of its way."""
    mask = np.zeros_like(reader.mask())
    lengths = reader.held_ticks + np.arange(1, MAX_TOKEN_TICKS + 1)
    for note in melody:
        if (note.onset, note.pitch) == (reader.onset, reader.pitch):
            mask[_LENGTHS] = lengths == note.length
            mask[HOLD_TOKEN] = note.length > lengths[-1]
            return mask
    crossed = [n.onset - reader.onset for n in melody if n.pitch <= reader.pitch]
    longest = min((ticks for ticks in crossed if ticks > 0), default=len(melody) * 10_000)
    mask[_LENGTHS] = lengths <= longest
    mask[HOLD_TOKEN] = longest > lengths[-1]
    return mask
