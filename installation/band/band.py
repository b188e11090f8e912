"""The band: it composes drums and bass a beat at a time, on the beat grid of the music.

It plays sections: an answer, a tune of attract mode, a farewell, each with meter, energy and key. A
section begins on a bar line. Between an answer and the next one it can go on, thinned out.
All depends on the seed and the sections, never on when a thread woke.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from installation.band.bassist import Bassist
from messages.clock import MILLISECOND
from messages.cues import NoteSource
from messages.timed_note import TimedNote
from messages.withdrawal import is_withdrawn
from midi_data.beat_grid import BeatGrid
from midi_data.drums import PART_PITCHES, PARTS_BY_PITCH, DrumPart
from midi_data.key_detection import MusicalKey
from midi_data.notes import Meter, Note
from rnn.generation.drummer import ALL_PARTS, DrumImproviser, DrumSampling

BandMode = Literal["off", "soft", "full"]

LOOK_AHEAD_BEATS, LOOK_AHEAD_NS = 1.25, 300 * MILLISECOND
"""Time before a beat at which it is composed: their sum."""
MIN_DRUM_TEMPO_BPM, MAX_DRUM_TEMPO_BPM = 60.0, 180.0
"""Tempi a drummer feels: a slower or faster beat is halved or doubled until it fits."""
HIT_NS = 60 * MILLISECOND  # length of a hit, ns
FILL_BARS = 4  # bars of a drummer's phrase: its last half bar is a fill
END_TOLERANCE_BEATS = 0.1  # a melody's last note may lie so much off its beat
MAX_MISSED_BEATS = 16  # longest rest after which the drummer goes on with what it would have played
ACCOMPANIMENT_BARS = 2  # bars for which the band goes on after a visitor's key
ANSWER_LIFT = 0.15  # energy of an answer above that of its phrase
THIN_PARTS = frozenset({DrumPart.KICK, DrumPart.CLOSED_HAT, DrumPart.PEDAL_HAT, DrumPart.RIDE})
CALM_PARTS = ALL_PARTS - {
    DrumPart.LOW_TOM, DrumPart.MID_TOM, DrumPart.HIGH_TOM, DrumPart.CRASH, DrumPart.OPEN_HAT
}  # fmt: skip
CALM_ENERGY = 0.3  # energy below which toms, crash and open hat rest
AUTO_GENRE, LIVELY_GENRE, CALM_GENRE = "auto", "rock", "soul"
GHOST_VELOCITY = 48  # velocity below which hits are left out at energy 0; falls to 0 at energy 1
THIN_LOUDNESS = 0.6  # loudness of the thinned band
NO_HALF_BAR = (0.0, 0.0)


class BandLevel(Enum):
    """How much the band plays."""

    REST = auto()
    THIN = auto()  # kick and hats, softly
    PLAY = auto()


@dataclass(frozen=True, slots=True)
class BandSection:
    """A stretch of music to accompany.

    Parameters
    ----------
    meter : Meter
    energy : float
        0..1: density and loudness.
    key : MusicalKey or None
        Key of the bass; None to hear it from the melody.
    length : float or None
        Beats from the melody's first note to the last one as it is planned; None if it is not.
    """

    meter: Meter = Meter()
    energy: float = 0.4
    key: MusicalKey | None = None
    length: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BandNote:
    """A note of the band, and where it comes from.

    Parameters
    ----------
    note : TimedNote
    cells : ndarray of float32, shape (parts, cells)
    heard_serials : tuple of int
        Both as in `messages.cues.BandCue`.
    """

    note: TimedNote
    cells: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    heard_serials: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _ComposedBeat:
    """A composed beat that has not begun: it may be withdrawn."""

    due: int
    beat: int  # of the section
    drummer: object  # snapshot before it


class Band:
    """Drums and bass; silent without a drummer.

    Parameters
    ----------
    drummer : DrumImproviser or None
    mode : {"off", "soft", "full"}
        Soft plays with the network alone, full with the visitor, too.
    seed : int
    genre : str
        One of `midi_data.drums.GENRES`, which the drummer is told; "auto" goes by the energy.
    """

    def __init__(
        self,
        drummer: DrumImproviser | None = None,
        mode: BandMode = "off",
        seed: int = 0,
        genre: str = AUTO_GENRE,
    ) -> None:
        self._drummer = None if mode == "off" else drummer
        self._accompanies, self._seed, self._genre = mode == "full", seed, genre
        self._bassist = Bassist()
        self._section = BandSection()
        self._grid: BeatGrid | None = None  # of the section; None before one began
        self._level = BandLevel.REST
        self._serial = 0  # of the section
        self._start = 0.0  # beat of the grid at which the section began
        self._beat = 0  # the next beat to compose, from the start
        self._half_bar = NO_HALF_BAR  # whose chord the bass plays
        self._planned_end: float | None = None  # beat of the melody's last note, from the start
        self._rests_at: int | None = None  # from then on it rests, ns
        self._pending: deque[_ComposedBeat] = deque()
        self._pace = 1.0  # beats of the drummer in one of the grid

    @property
    def compose_at(self) -> int | None:
        """When to compose the next beat, ns; None while the band rests."""
        if self._level is BandLevel.REST:
            return None
        look_ahead = round(LOOK_AHEAD_BEATS * self._grid.beat_ns) + LOOK_AHEAD_NS
        return self._time_of(self._beat) - look_ahead

    def begin_section(self, section: BandSection, grid: BeatGrid, at: int) -> None:
        """Begin a section on the first bar line of a grid from its melody's begin (ns) on."""
        if self._drummer is None:
            return
        self._section, self._grid, self._rests_at = section, grid, None
        bar = section.meter.bar_beats
        begin = grid.beat_at_time(at)
        self._start = math.ceil(begin / bar - 1e-3) * bar
        length = section.length
        self._planned_end = None if length is None else begin + length - self._start
        self._beat, self._level, self._serial = 0, BandLevel.PLAY, self._serial + 1
        self._generator = np.random.default_rng([self._seed, NoteSource.DRUMS, self._serial])
        self._half_bar = NO_HALF_BAR
        self._pending.clear()
        self._begin_drummer()

    def hear(self, note: TimedNote, next_shares: NDArray[np.float32], serial: int) -> None:
        """Hear a note of the network, its shares of the next key, shape (88,), and its serial."""
        self._bassist.hear(note, next_shares, serial)

    def accompany(self, at: int) -> None:
        """Go on, thinned out, with a visitor who pressed a key at the time `at`, ns."""
        if self._drummer is None or self._grid is None or not self._accompanies:
            return
        self._rests_at = at + round(
            ACCOMPANIMENT_BARS * self._section.meter.bar_beats * self._grid.beat_ns
        )
        if self._level is BandLevel.REST:
            self._skip_to(at)
        self._level = BandLevel.THIN

    def end_section(self, at: int) -> None:
        """Play a last hit at the time `at` (ns) of the melody's last note, and rest."""
        if self._level is BandLevel.PLAY:
            self._rests_at = at

    def rest(self, at: int) -> None:
        """Rest: what is due after the time `at` (ns) was withdrawn."""
        self._level, self._half_bar = BandLevel.REST, NO_HALF_BAR
        while self._pending and is_withdrawn(self._pending[-1].due, at):
            undone = self._pending.pop()
            self._beat = undone.beat
            self._drummer.restore(undone.drummer)

    def resume(self, ends_at: int | None) -> None:
        """Play on after a stall, until the melody's last note (ns) if it is known."""
        if self._drummer is not None and self._grid is not None:
            self._level, self._rests_at = BandLevel.PLAY, ends_at

    def forget(self) -> None:
        """Forget the section: another visitor begins."""
        self._grid, self._level = None, BandLevel.REST
        self._pending.clear()
        self._bassist.forget()

    def compose_beat(self, grid: BeatGrid | None, at: int) -> list[BandNote]:
        """The notes of the next beat.

        Parameters
        ----------
        grid : BeatGrid or None
            Grid of the music now; None keeps the last one.
        at : int
            Current time, ns: beats that have begun are left out.

        Returns
        -------
        list of BandNote
            On the channels of drums and bass; those in the past or after the end are left out.
        """
        self._grid = grid or self._grid
        self._skip_to(at)
        begin, end = self._time_of(self._beat), self._time_of(self._beat + 1)
        if self._rests_at is not None and begin >= self._rests_at - HIT_NS:
            thin, self._level = self._level is BandLevel.THIN, BandLevel.REST
            last_hit = [] if thin else self._last_hit(self._rests_at)
            return [each for each in last_hit if each.note.due > at]
        while self._pending and not is_withdrawn(self._pending[0].due, at):
            self._pending.popleft()
        self._pending.append(_ComposedBeat(begin, self._beat, self._drummer.snapshot()))
        self._beat += 1
        hits = self._drummer.compose_beats(
            self._beat * self._pace, self._generator, self._sampling()
        )
        drums = [
            BandNote(hit, cells)
            for played, cells in zip(hits, self._drummer.hit_cells, strict=True)
            if (hit := self._timed_hit(played)) is not None
        ]
        kicks = [hit.note for hit in drums if hit.note.pitch == PART_PITCHES[DrumPart.KICK]]
        bass: list[BandNote] = []
        if self._level is BandLevel.PLAY:
            bass = self._play_bass(kicks, begin, round(0.9 * (end - begin)))
        until = math.inf if self._rests_at is None else self._rests_at - HIT_NS
        return [each for each in (*drums, *bass) if at < each.note.due < until]

    def _sampling(self) -> DrumSampling:
        """How the beat before `_beat` is sampled."""
        if self._level is BandLevel.THIN:
            return DrumSampling(parts=THIN_PARTS)
        fill = self._is_fill(self._beat - 1)
        calm = self._section.energy < CALM_ENERGY
        return DrumSampling(parts=CALM_PARTS if calm and not fill else ALL_PARTS, fill=fill)

    def _is_fill(self, beat: int) -> bool:
        """Whether a beat is in the last half bar of a drummer's phrase or before a melody's end."""
        meter = self._section.meter
        bars = beat // meter.bar_beats
        if bars % FILL_BARS == FILL_BARS - 1 and half_bar(meter, beat)[0] > bars * meter.bar_beats:
            return True
        last = self._planned_end
        if self._rests_at is not None:
            last = self._grid.beat_at_time(self._rests_at) - self._start
        return last is not None and last - meter.bar_beats / 2 <= beat < last - END_TOLERANCE_BEATS

    def _timed_hit(self, hit: Note) -> TimedNote | None:
        """A hit at its time, as loud as the energy is; None for one that is too soft for it."""
        energy = self._section.energy
        part = PARTS_BY_PITCH[hit.pitch]
        loudness = 0.55 + 0.5 * energy
        if self._level is BandLevel.THIN:
            loudness *= THIN_LOUDNESS
        elif hit.velocity < GHOST_VELOCITY * (1 - energy) and part is not DrumPart.KICK:
            return None
        due = self._time_of(swung(hit.onset / self._pace, self._grid.swing))
        velocity = max(1, min(127, round(hit.velocity * loudness)))
        return TimedNote(hit.pitch, velocity, due, due + HIT_NS, NoteSource.DRUMS)

    def _play_bass(self, kicks: list[TimedNote], begin: int, length: int) -> list[BandNote]:
        """The bass on the kicks of the beat before `_beat`, in the chord of each one's half bar."""
        bass: list[BandNote] = []
        by_half: dict[tuple[float, float], list[TimedNote]] = {}
        for place, kick in self._on_eighths(kicks, begin).items():
            half = half_bar(self._section.meter, self._beat - 1 + place / 2)
            by_half.setdefault(half, []).append(kick)
        for half, its_kicks in by_half.items():
            if half != self._half_bar:
                self._half_bar = half
                times = (self._time_of(beat) for beat in half)
                self._bassist.begin_half_bar(self._section.key, *times)
            reasons = self._bassist.reasons
            notes = self._bassist.play(its_kicks, length)
            bass += [BandNote(note, heard_serials=reasons) for note in notes]
        return bass

    def _on_eighths(self, kicks: list[TimedNote], begin: int) -> dict[int, TimedNote]:
        """The first kick near each eighth of a beat that begins at `begin` (ns), by its number."""
        eighth = self._grid.beat_ns / 2
        found: dict[int, TimedNote] = {}
        for kick in sorted(kicks, key=lambda kick: kick.due):
            place = (kick.due - begin) / eighth
            if abs(place - round(place)) <= 0.25 or self._grid.swing > 0.5:
                found.setdefault(round(place), kick)
        return found

    def _last_hit(self, due: int) -> list[BandNote]:
        """Kick, crash, and the root of the chord of the melody's last note, which is due then."""
        velocity = round(60 + 50 * self._section.energy)
        parts = (DrumPart.KICK, DrumPart.CRASH)
        hits = [
            TimedNote(PART_PITCHES[part], velocity, due, due + HIT_NS, NoteSource.DRUMS)
            for part in parts
        ]
        self._bassist.begin_half_bar(self._section.key, due, due + 1)
        bass = self._bassist.play(hits[:1], round(1.5 * self._grid.beat_ns))
        reasons = self._bassist.reasons
        return [*map(BandNote, hits), *(BandNote(note, heard_serials=reasons) for note in bass)]

    def _begin_drummer(self) -> None:
        section, tempo = self._section, 60e9 / self._grid.beat_ns
        self._pace, meter = drum_pace(tempo, section.meter)
        genre = self._genre
        if genre == AUTO_GENRE:
            genre = LIVELY_GENRE if section.energy > CALM_ENERGY else CALM_GENRE
        self._drummer.begin(meter, genre, tempo * self._pace)

    def _skip_to(self, at: int) -> None:
        """Leave out the beats that have begun by the time `at`, ns.

        After a long rest the drummer begins anew on the next bar line: to compose all that was
        missed would take too long.
        """
        passed = self._grid.beat_at_time(at) - self._start
        if passed > self._beat + MAX_MISSED_BEATS:
            bar = self._section.meter.bar_beats
            moved = math.ceil(passed / bar) * bar
            self._start, self._beat = self._start + moved, 0
            self._planned_end = None if self._planned_end is None else self._planned_end - moved
            self._pending.clear()
            self._begin_drummer()
        elif passed > self._beat:
            self._beat = math.ceil(passed)
            self._pending.clear()
            self._drummer.compose_beats(self._beat * self._pace, self._generator, self._sampling())

    def _time_of(self, beat: float) -> int:
        return self._grid.time_at_beat(self._start + beat)


def drum_pace(tempo: float, meter: Meter) -> tuple[float, Meter]:
    """Beats of a drummer in one of the music, and the meter a drummer is told.

    Parameters
    ----------
    tempo : float
        Of the music, beats a minute.
    meter : Meter

    Returns
    -------
    pace : float
        A power of two: the drummer's tempo is within `MIN_DRUM_TEMPO_BPM` and
        `MAX_DRUM_TEMPO_BPM`. A meter of odd eighths, such as 5/8, is told as quarters: twice that.
    meter : Meter
    """
    pace = 1.0
    if meter.unit == 8 and meter.beats % 3:
        pace, meter = 2.0, replace(meter, unit=4)
    while tempo * pace < MIN_DRUM_TEMPO_BPM:
        pace *= 2
    while tempo * pace > MAX_DRUM_TEMPO_BPM:
        pace /= 2
    return pace, meter


def half_bar(meter: Meter, beat: float) -> tuple[float, float]:
    """The half of a bar in which a beat lies.

    Parameters
    ----------
    meter : Meter
        Its bars begin at beat 0.
    beat : float

    Returns
    -------
    begin, end : float
        Beats. The first half is the longer one of an odd meter, in units of the meter: 2 of the 3
        beats of 3/4, 3 of the 5 eighths of 5/8, 2 of the 3 groups of 9/8.
    """
    group = 3 if meter.unit >= 8 and meter.beats % 3 == 0 else 1
    bar = beat // meter.bar_beats * meter.bar_beats
    middle = bar + math.ceil(meter.beats / group / 2) * group * 4 / meter.unit
    return (bar, middle) if beat < middle else (middle, bar + meter.bar_beats)


def swung(beat: float, swing: float) -> float:
    """A straight beat moved so that its second eighth comes at the share `swing` of it.

    Parameters
    ----------
    beat : float
    swing : float
        0.5 keeps all beats.

    Returns
    -------
    float
    """
    whole = math.floor(beat)
    place = beat - whole
    if place < 0.5:
        return whole + 2 * swing * place
    return whole + swing + 2 * (1 - swing) * (place - 0.5)
