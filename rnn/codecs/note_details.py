"""Details of notes: the part that plays a note, its velocity, and its timing within a tick.

A codec with details has more tokens, after those of plain notes. Which of them a note takes is
decided for a corpus by what its files hold (`details_of`), and written in the model file. The
tokens and the input rows are the same for all, so that a network can go on with other details.

Timing is in twelfths of a tick, 144 to a quarter note: 3.5 ms at 120 quarter notes a minute. A
corpus whose onsets lie on coarser places (32nds lie on halves of a tick) uses these alone. Where
onsets are free, ends are too. The sustain pedal is in the ends: a note lasts while it is heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import pstdev

from midi_data.notes import TICKS_PER_BEAT, Note, Tune, fold_pitch, lift_to_start
from rnn.codecs.bar_echoes import KEY_COUNT, beats_to_ticks
from rnn.codecs.note_tokens import MATCH_ROWS_END, TOKEN_COUNT

MAX_PARTS = 8  # parts with a token of their own; further ones join the last
VELOCITY_CLASSES = 32  # classes of four MIDI velocities
UNITS_PER_TICK = 12  # units of timing in a tick; a note on the grid lies in the middle
UNITS_PER_BEAT = UNITS_PER_TICK * TICKS_PER_BEAT
ON_TICK = UNITS_PER_TICK // 2  # place of a note on the grid
STYLES = 8  # styles a network can be told; 0 is for any
MIN_VELOCITY_DEVIATION = 3.0  # standard deviation from which a corpus has velocities
MIN_PART_SHARE = 0.5  # share of tunes with several parts from which a corpus has parts
MAX_MOVED_SHARE = 0.01  # share of onsets that a grid may move by more than `MAX_MOVE_S`
MAX_MOVE_S = 0.005  # seconds

FIRST_PART_TOKEN = TOKEN_COUNT
FIRST_VELOCITY_TOKEN = FIRST_PART_TOKEN + MAX_PARTS
FIRST_TIMING_TOKEN = FIRST_VELOCITY_TOKEN + VELOCITY_CLASSES
DETAILED_TOKEN_COUNT = FIRST_TIMING_TOKEN + UNITS_PER_TICK

DETAIL_COLUMNS = 5  # active rows beside one a part: next kind, style, part, velocity, timing
DETAIL_WIDTH = DETAIL_COLUMNS + MAX_PARTS


class DetailRows:
    """First input row of each kind of detail; where a kind has a row for none, it is the last."""

    TOKEN = MATCH_ROWS_END
    KIND = TOKEN + DETAILED_TOKEN_COUNT - TOKEN_COUNT  # of the next token: a detail's, or none
    STYLE = KIND + 4
    PART = STYLE + STYLES  # of the last or current note
    VELOCITY = PART + MAX_PARTS + 1  # of the last note
    TIMING = VELOCITY + VELOCITY_CLASSES + 1  # of the last note
    PART_PITCH = TIMING + UNITS_PER_TICK + 1  # of each part: its last pitch
    END = PART_PITCH + MAX_PARTS * (KEY_COUNT + 1)


@dataclass(frozen=True, slots=True)
class NoteDetails:
    """The details a codec writes of each note.

    Parameters
    ----------
    parts : int
        Parts that are told apart, 1..8; with one, notes have no token of a part.
    velocities : bool
        Whether notes have velocities.
    timing : int
        Places of an onset in a tick, a divisor of 12; with one, notes are on the grid.
    ends : bool
        Whether the ends of notes have such places too. It needs `timing`.
    style : int
        Number of the style the network is told, 0..7; 0 is for any.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    parts: int = 1
    velocities: bool = False
    timing: int = 1
    style: int = 0
    ends: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.parts <= MAX_PARTS:
            raise ValueError(f"parts must be in 1..{MAX_PARTS}, not {self.parts}")
        if self.timing < 1 or UNITS_PER_TICK % self.timing:
            raise ValueError(f"timing must be a divisor of {UNITS_PER_TICK}, not {self.timing}")
        if self.ends and self.timing == 1:
            raise ValueError("ends have a place in the tick only where onsets have one")
        if not 0 <= self.style < STYLES:
            raise ValueError(f"style must be in 0..{STYLES - 1}, not {self.style}")

    def __str__(self) -> str:
        """What is written, in words; empty for nothing."""
        told = [f"its part (of {self.parts})"] * (self.parts > 1)
        told += ["its velocity"] * self.velocities
        if self.timing == UNITS_PER_TICK:
            told.append("its timing off the grid" + ", start and end" * self.ends)
        elif self.timing > 1:
            told.append(f"its place in {self.timing * TICKS_PER_BEAT}ths of a beat")
        return " and ".join([", ".join(told[:-1]), told[-1]] if told[1:] else told)

    def part_of(self, note: Note) -> int:
        """The part a note is written in."""
        return min(note.part, self.parts - 1)

    def tokens_of(self, note: Note) -> list[int]:
        """The tokens of the details of a fitted note."""
        tokens = []
        if self.parts > 1:
            tokens.append(FIRST_PART_TOKEN + note.part)
        if self.velocities:
            tokens.append(FIRST_VELOCITY_TOKEN + velocity_class(note.velocity))
        if self.timing > 1:
            tokens.append(FIRST_TIMING_TOKEN + self.place_onset(note.onset)[1])
        return tokens

    def place_onset(self, beats: float) -> tuple[int, int]:
        """The tick of an onset, and its place in the tick in units: 6 is on the tick."""
        return max(self._place(beats), (0, ON_TICK))

    def place_end(self, beats: float, tick: int) -> tuple[int, int]:
        """The tick and place of the end of a note that begins in `tick`."""
        if not self.ends:
            return max(tick + 1, beats_to_ticks(beats)), ON_TICK
        return max(self._place(beats), (tick + 1, ON_TICK % (UNITS_PER_TICK // self.timing)))

    def _place(self, beats: float) -> tuple[int, int]:
        unit = UNITS_PER_TICK // self.timing
        at = round(beats * TICKS_PER_BEAT * self.timing) * unit + ON_TICK
        return divmod(at, UNITS_PER_TICK)

    def fit_tune(self, tune: Tune) -> Tune:
        """The tune as it can be written; idempotent.

        Unisons of a part are merged into the longest and loudest, and a key struck again by its
        part ends the earlier note.
        """
        rows = []
        for note in lift_to_start(tune).notes:
            tick, place = self.place_onset(note.onset)
            end = self.place_end(note.end, tick)
            velocity = class_velocity(velocity_class(note.velocity))
            key = fold_pitch(note.pitch), self.part_of(note)
            rows.append([tick, key, place, end, velocity if self.velocities else note.velocity])
        sounding: dict[tuple[int, int], list] = {}
        kept = []
        for row in sorted(rows):
            tick, key, place, end, velocity = row
            last = sounding.get(key)
            if last is not None and last[0] == tick:
                last[3], last[4] = max(last[3], end), max(last[4], velocity)
                continue
            if last is not None:
                on_tick = max(last[0] + 1, tick - (place < ON_TICK)), ON_TICK
                last[3] = min(last[3], (tick, place) if self.ends else on_tick)
                if last[3][0] == tick:
                    row[2] = max(place, last[3][1])
            sounding[key] = row
            kept.append(row)
        notes = (
            timed_note(tick, place, pitch, end, velocity, part)
            for tick, (pitch, part), place, end, velocity in kept
        )
        return replace(tune, notes=tuple(notes))

    def order_notes(self, tune: Tune) -> list[Note]:
        """Notes of a fitted tune as they are written: by tick, pitch and part."""
        return sorted(
            tune.notes, key=lambda note: (self.place_onset(note.onset)[0], note.pitch, note.part)
        )


def timed_note(
    tick: int, place: int, pitch: int, end: tuple[int, int], velocity: int, part: int
) -> Note:
    """A note from a place in a tick to another one."""
    onset = tick / TICKS_PER_BEAT + (place - ON_TICK) / UNITS_PER_BEAT
    until = end[0] / TICKS_PER_BEAT + (end[1] - ON_TICK) / UNITS_PER_BEAT
    return Note(pitch, onset, until - onset, velocity, part)


def velocity_class(velocity: int) -> int:
    """Class of a MIDI velocity, 0..31."""
    return velocity // 4


def class_velocity(index: int) -> int:
    """MIDI velocity of a class: its middle."""
    return 4 * index + 2


def details_of(tunes: Sequence[Tune]) -> NoteDetails | None:
    """What notes of some tunes hold beside pitch and length on the grid.

    Parameters
    ----------
    tunes : sequence of Tune
        At least one has notes.

    Returns
    -------
    NoteDetails or None
        None for nothing.
    """
    velocities = [note.velocity for tune in tunes for note in tune.notes]
    counts = [len({note.part for note in tune.notes}) for tune in tunes if tune.notes]
    several = sum(count > 1 for count in counts) > MIN_PART_SHARE * len(counts)
    highest = max(note.part for tune in tunes for note in tune.notes)
    timing = _coarsest_timing(tunes)
    details = NoteDetails(
        parts=min(MAX_PARTS, highest + 1) if several else 1,
        velocities=pstdev(velocities) >= MIN_VELOCITY_DEVIATION,
        timing=timing,
        ends=timing == UNITS_PER_TICK,
    )
    return None if details == NoteDetails() else details


def _coarsest_timing(tunes: Sequence[Tune]) -> int:
    """Fewest places in a tick that keep nearly all onsets where they are."""
    timings = (1, 2, UNITS_PER_TICK)
    moved = dict.fromkeys(timings, 0)
    for tune in tunes:
        for note in tune.notes:
            for timing in timings:
                places = note.onset * TICKS_PER_BEAT * timing
                seconds = abs(places - round(places)) / TICKS_PER_BEAT / timing * 60 / tune.tempo
                moved[timing] += seconds > MAX_MOVE_S
    limit = MAX_MOVED_SHARE * sum(len(tune.notes) for tune in tunes)
    return next((timing for timing in timings if moved[timing] <= limit), UNITS_PER_TICK)
