"""Motifs: the few notes by which the lessons say things to the ear."""

from __future__ import annotations

import math
from collections.abc import Sequence

from midi_data.notes import Note

MINOR_SECOND, OCTAVE = 1, 12
_ROOT_PITCH = 60
_MAJOR, _MINOR = (0, 4, 7), (0, 3, 7)
_PENTATONIC = (0, 2, 4, 7, 9)
_DEGREES_PER_UNIT = 4.0
"""Tones from number 0 to about 1; further away they lie closer, by the inverse hyperbolic sine."""
_SLOW_GAP_S, _FAST_GAP_S = 0.62, 0.26
"""Seconds between two notes of a song that is not modern at all, and of one that is."""


def song_motif(facts: Sequence[float]) -> tuple[Note, ...]:
    """A song of a few notes, onsets in seconds, told by its facts (-1..1).

    Modern is quick, with its third note before the beat; sad is minor; a piano has its left hand.
    """
    modern, sad, piano = facts
    third = (_MINOR if sad > 0 else _MAJOR)[1]
    gap = _SLOW_GAP_S + (_FAST_GAP_S - _SLOW_GAP_S) * (modern + 1.0) / 2.0
    early = 0.5 if modern > 0 else 0.0
    places = (0.0, 1.0, 2.0 - early, 3.0, 4.0)
    pitches = (
        _ROOT_PITCH + 7,
        _ROOT_PITCH + 12 + third,
        _ROOT_PITCH + 12,
        _ROOT_PITCH + 7,
        _ROOT_PITCH + third,
    )
    notes = [
        Note(pitch, place * gap, 0.95 * gap) for pitch, place in zip(pitches, places, strict=True)
    ]
    if piano > 0:
        low = _ROOT_PITCH - 24
        left = ((0.0, low), (1.0, low + 7), (2.0, low + 12), (3.0, low + 7), (4.0, low))
        notes += [Note(pitch, place * gap, 0.95 * gap) for place, pitch in left]
    return tuple(sorted(notes, key=lambda note: (note.onset, note.pitch)))


def pitch_for_number(value: float) -> int:
    """The tone of a number (MIDI number): the larger, the higher; fives to the octave, 0 is C."""
    octave, degree = divmod(round(_DEGREES_PER_UNIT * math.asinh(value)), len(_PENTATONIC))
    return _ROOT_PITCH + 12 * octave + _PENTATONIC[degree]


def verdict_motif(liked: bool) -> tuple[Note, ...]:
    """Yes or no: two tones that rise, or fall; onsets in seconds."""
    first, second = (67, 72) if liked else (64, 57)
    return Note(first, 0.0, 0.22), Note(second, 0.24, 0.6)


def agreement_interval(root: int, agrees: bool, seconds: float) -> tuple[Note, Note]:
    """Two tones at once: a pure octave, or one so near to the other that they beat."""
    away = OCTAVE if agrees else MINOR_SECOND
    return Note(root, 0.0, seconds), Note(root + away, 0.0, seconds)
