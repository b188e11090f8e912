"""Notes, meters and tunes: the form of music in all packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

LOWEST_PITCH = 21  # MIDI number of the lowest key of an 88-key piano (A0)
HIGHEST_PITCH = 108  # MIDI number of the highest key of an 88-key piano (C8)
BEAT_EPSILON = 1e-6  # largest distance of two equal onsets, beats
TICKS_PER_BEAT = 12
"""Ticks of the grid in a quarter note; 12 represent sixteenths and triplets exactly."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Parameters
    ----------
    pitch : int
        MIDI number, 0..127.
    onset, duration : float
        Beats (quarter notes) from the start of the tune; the duration is above 0.
    velocity : int
        MIDI velocity, 1..127.
    part : int
        Number of the part that plays it, from 0.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    pitch: int
    onset: float
    duration: float
    velocity: int = 80
    part: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.pitch <= 127:
            raise ValueError(f"pitch must be in 0..127, not {self.pitch}")
        if not 1 <= self.velocity <= 127:
            raise ValueError(f"velocity must be in 1..127, not {self.velocity}")
        if not self.duration > 0:
            raise ValueError(f"duration must be above 0 beats, not {self.duration}")

    @property
    def end(self) -> float:
        """End of the note, beats."""
        return self.onset + self.duration

    def transposed(self, semitones: int) -> Note:
        """The note `semitones` higher."""
        return replace(self, pitch=self.pitch + semitones)


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature.

    Parameters
    ----------
    beats : int
        Units in a bar, 1..255.
    unit : int
        Note value of a unit: 4 for a quarter note; a power of two up to 64.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    beats: int = 4
    unit: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.beats <= 255:
            raise ValueError(f"a meter has 1..255 beats, not {self.beats}")
        if self.unit not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"a meter's unit is a power of two up to 64, not {self.unit}")

    @classmethod
    def parse(cls, text: str) -> Meter:
        """The meter of a text such as 6/8.

        Raises
        ------
        ValueError
            If the text is not a meter.
        """
        beats, _, unit = text.partition("/")
        if not (beats.isdecimal() and unit.isdecimal()):
            raise ValueError(f"a meter is written as 6/8, not {text!r}")
        return cls(int(beats), int(unit))

    @property
    def bar_beats(self) -> float:
        """Length of a bar, beats (quarter notes)."""
        return 4.0 * self.beats / self.unit

    @property
    def is_compound(self) -> bool:
        """Whether a beat is three units, as in 6/8, 9/8 and 12/8."""
        return self.unit >= 8 and self.beats % 3 == 0

    @property
    def felt_beat(self) -> float:
        """Length of a beat as it is felt, quarter notes: a unit, or three in a compound meter."""
        return (3 if self.is_compound else 1) * 4.0 / self.unit

    def is_on_beat(self, onset: float) -> bool:
        """Whether an onset, in quarter notes from a bar line, is on a beat.

        Where a beat is longer than a quarter note and not compound, as in 2/2, so are its quarters.
        """
        beat = self.felt_beat if self.is_compound else min(1.0, self.felt_beat)
        return is_multiple(onset, beat)

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, slots=True)
class Tune:
    """Notes in order of onset, then pitch, with meter, tempo and name.

    Parameters
    ----------
    notes : iterable of Note
        Sorted on construction.
    meter : Meter
        Bars are counted from beat 0; an upbeat is late in bar 0.
    tempo : float
        Quarter notes a minute.
    name : str
    """

    notes: tuple[Note, ...] = field(default=())
    meter: Meter = Meter()
    tempo: float = 120.0
    name: str = ""

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.notes, key=lambda note: (note.onset, note.pitch)))
        object.__setattr__(self, "notes", ordered)

    @property
    def end(self) -> float:
        """End of the last note, beats; 0 for an empty tune."""
        return max((note.end for note in self.notes), default=0.0)

    def transposed(self, semitones: int) -> Tune:
        """The tune `semitones` higher."""
        return replace(self, notes=tuple(note.transposed(semitones) for note in self.notes))


def is_multiple(beats: float, of: float) -> bool:
    """Whether a place is a whole multiple of a length, both in beats.

    Parameters
    ----------
    beats, of : float

    Returns
    -------
    bool
    """
    return abs(beats / of - round(beats / of)) < BEAT_EPSILON / of


def fold_pitch(pitch: int) -> int:
    """Move a pitch by octaves onto the 88 keys.

    Parameters
    ----------
    pitch : int
        MIDI number.

    Returns
    -------
    int
    """
    while pitch < LOWEST_PITCH:
        pitch += 12
    while pitch > HIGHEST_PITCH:
        pitch -= 12
    return pitch


def quantise_tune(tune: Tune) -> Tune:
    """Quantise a tune to the grid of `TICKS_PER_BEAT`; idempotent.

    Onsets and ends are rounded, and no note is shorter than a tick. Pitches are folded onto the 88
    keys. Unisons are merged into the longest, and a key struck again ends the earlier note. A tune
    with negative onsets is moved by whole bars.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    Tune
    """
    return replace(tune, notes=tuple(_resolve_overlaps(_quantised(tune))))


def lift_to_start(tune: Tune) -> Tune:
    """A tune whose notes begin at beat 0 or later, moved by whole bars.

    A note less than half a tick before the beat counts as on it, and is not moved.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    Tune
    """
    first = min((note.onset for note in tune.notes), default=0.0)
    bars = 0
    while first + bars * tune.meter.bar_beats < -0.5 / TICKS_PER_BEAT:
        bars += 1
    if not bars:
        return tune
    lift = bars * tune.meter.bar_beats
    return replace(tune, notes=tuple(replace(n, onset=n.onset + lift) for n in tune.notes))


def _quantised(tune: Tune) -> list[tuple[int, int, int, int]]:
    """Onset in ticks, pitch, end in ticks and velocity of each note, in order."""
    rows = []
    for note in lift_to_start(tune).notes:
        onset = max(0, round(note.onset * TICKS_PER_BEAT))
        end = max(onset + 1, round(note.end * TICKS_PER_BEAT))
        rows.append((onset, fold_pitch(note.pitch), end, note.velocity))
    return sorted(rows)


def _resolve_overlaps(rows: Iterable[tuple[int, int, int, int]]) -> Iterable[Note]:
    """Merge unisons, and end notes where their key is struck again."""
    sounding: dict[int, tuple[int, int, int]] = {}  # pitch -> onset, end, velocity
    done: list[tuple[int, int, int, int]] = []
    for onset, pitch, end, velocity in rows:
        if pitch in sounding:
            start, stop, loudness = sounding[pitch]
            if start == onset:
                sounding[pitch] = (start, max(stop, end), max(loudness, velocity))
                continue
            done.append((start, pitch, min(stop, onset), loudness))
        sounding[pitch] = (onset, end, velocity)
    done += [(start, pitch, stop, loud) for pitch, (start, stop, loud) in sounding.items()]
    for start, pitch, stop, loudness in sorted(done):
        yield Note(pitch, start / TICKS_PER_BEAT, (stop - start) / TICKS_PER_BEAT, loudness)
