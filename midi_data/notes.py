"""Notes and tunes: the one shape music has everywhere in the project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

LOWEST_PITCH = 21
"""MIDI number of the lowest key of an 88-key piano (A0)."""
HIGHEST_PITCH = 108
"""MIDI number of the highest key of an 88-key piano (C8)."""
TICKS_PER_BEAT = 12
"""The grid: twelfths of a quarter note hold sixteenths and triplets alike."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Parameters
    ----------
    pitch : int
        MIDI number, 0..127.
    onset, duration : float
        In beats (quarter notes) from the start of the tune; duration > 0.
    velocity : int
        MIDI velocity, 1..127.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    pitch: int
    onset: float
    duration: float
    velocity: int = 80

    def __post_init__(self) -> None:
        if not 0 <= self.pitch <= 127:
            raise ValueError(f"pitch must be in 0..127, not {self.pitch}")
        if not 1 <= self.velocity <= 127:
            raise ValueError(f"velocity must be in 1..127, not {self.velocity}")
        if not self.duration > 0:
            raise ValueError(f"duration must be above 0 beats, not {self.duration}")

    @property
    def end(self) -> float:
        """Where the note stops, in beats."""
        return self.onset + self.duration

    def transposed(self, semitones: int) -> Note:
        """The same note, `semitones` higher."""
        return replace(self, pitch=self.pitch + semitones)


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature: `beats` notes of one `unit`-th to the bar."""

    beats: int = 4
    unit: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.beats <= 255:
            raise ValueError(f"a meter has 1..255 beats, not {self.beats}")
        if self.unit not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"a meter's unit is a power of two up to 64, not {self.unit}")

    @classmethod
    def parse(cls, text: str) -> Meter:
        """A meter as it is written, 6/8.

        Raises
        ------
        ValueError
            If there is none in the text.
        """
        beats, _, unit = text.partition("/")
        if not (beats.isdecimal() and unit.isdecimal()):
            raise ValueError(f"a meter is written as 6/8, not {text!r}")
        return cls(int(beats), int(unit))

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter-note beats."""
        return 4.0 * self.beats / self.unit

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, slots=True)
class Tune:
    """Notes in order of onset, then pitch, with what a score says above them.

    Parameters
    ----------
    notes : iterable of Note
        Sorted on construction.
    meter : Meter
        Bars are counted from beat 0; an upbeat starts late in bar 0.
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
        """Where the last note stops, in beats; 0 for an empty tune."""
        return max((note.end for note in self.notes), default=0.0)

    def transposed(self, semitones: int) -> Tune:
        """The same tune, `semitones` higher."""
        return replace(self, notes=tuple(note.transposed(semitones) for note in self.notes))


def fold_pitch(pitch: int) -> int:
    """Bring a MIDI number onto the 88 keys, by octaves."""
    while pitch < LOWEST_PITCH:
        pitch += 12
    while pitch > HIGHEST_PITCH:
        pitch -= 12
    return pitch


def quantise_tune(tune: Tune) -> Tune:
    """The tune as the grid can hold it.

    Onsets and ends are rounded to `TICKS_PER_BEAT`, no note is shorter than a tick, pitches are
    folded onto 88 keys, unisons merged (the longest stays) and a key struck again while it sounds
    ends the earlier note. Negative onsets are moved to 0 by whole bars. A second pass changes
    nothing.
    """
    return replace(tune, notes=tuple(_resolve_overlaps(_quantised(tune))))


def _quantised(tune: Tune) -> list[tuple[int, int, int, int]]:
    first = min((note.onset for note in tune.notes), default=0.0)
    bars = 0
    while first + bars * tune.meter.bar_beats < -0.5 / TICKS_PER_BEAT:
        bars += 1
    lift = bars * tune.meter.bar_beats
    rows = []
    for note in tune.notes:
        onset = max(0, round((note.onset + lift) * TICKS_PER_BEAT))
        end = max(onset + 1, round((note.end + lift) * TICKS_PER_BEAT))
        rows.append((onset, fold_pitch(note.pitch), end, note.velocity))
    return sorted(rows)


def _resolve_overlaps(rows: Iterable[tuple[int, int, int, int]]) -> Iterable[Note]:
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
