"""Motifs: short note patterns by which the lessons sound numbers, songs and verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from midi_data.notes import Note

MINOR_SECOND, OCTAVE = 1, 12  # intervals, semitones
_ROOT_PITCH = 60
_MAJOR_THIRD, _MINOR_THIRD = 4, 3
_PENTATONIC = (0, 2, 4, 7, 9)
_DEGREES_PER_UNIT = 4.0
"""Scale degrees from number 0 to about 1; the scale is the inverse hyperbolic sine."""
_SLOW_GAP_S, _FAST_GAP_S = 0.62, 0.26
"""Time between two notes of the least and of the most modern song, s."""


def song_motif(facts: Sequence[float]) -> tuple[Note, ...]:
    """Five notes of a song with these facts (0..1), onsets in seconds.

    A modern song is fast and its third note is early; a sad one is minor; a piano adds a bass line.
    """
    modern, sad, piano = facts
    third = _MINOR_THIRD if sad > 0.5 else _MAJOR_THIRD
    gap = _SLOW_GAP_S + (_FAST_GAP_S - _SLOW_GAP_S) * modern
    early = 0.5 if modern > 0.5 else 0.0
    melody = zip((0.0, 1.0, 2.0 - early, 3.0, 4.0), (7, 12 + third, 12, 7, third), strict=True)
    bass = zip((0.0, 1.0, 2.0, 3.0, 4.0), (-24, -17, -12, -17, -24), strict=True)
    notes = [
        Note(_ROOT_PITCH + semitones, place * gap, 0.95 * gap)
        for place, semitones in (*melody, *(bass if piano > 0.5 else ()))
    ]
    return tuple(sorted(notes, key=lambda note: (note.onset, note.pitch)))


def pitch_for_number(value: float) -> int:
    """Pitch (MIDI number) for a number: the larger, the higher, in a pentatonic scale; 0 is C."""
    octave, degree = divmod(round(_DEGREES_PER_UNIT * math.asinh(value)), len(_PENTATONIC))
    return _ROOT_PITCH + OCTAVE * octave + _PENTATONIC[degree]


def verdict_motif(liked: bool) -> tuple[Note, ...]:
    """Two notes that rise for yes and fall for no, onsets in seconds."""
    first, second = (67, 72) if liked else (64, 57)
    return Note(first, 0.0, 0.22), Note(second, 0.24, 0.6)


def agreement_interval(root: int, agrees: bool, seconds: float) -> tuple[Note, Note]:
    """Two notes at once: an octave if guess and answer agree, else a minor second."""
    interval = OCTAVE if agrees else MINOR_SECOND
    return Note(root, 0.0, seconds), Note(root + interval, 0.0, seconds)
