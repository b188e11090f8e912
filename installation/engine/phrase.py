"""Phrases: what a visitor played, and when they have finished playing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from installation.engine.key_detection import MusicalKey, find_key
from installation.engine.tempo import TempoTracker
from installation.engine.timed_note import TimedNote
from messages.clock import SECOND
from messages.cues import NoteSource
from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune

DEFAULT_METER = Meter()
"""A visitor's bars are not known; four quarter notes is the commonest guess."""
GRID_DIVISIONS = ((2, 0.0), (4, 0.02), (3, 0.03))
"""Divisions of a beat to choose from, and the deviation (beats) a finer one must win by."""
MAX_TEMPO_DRIFT = 0.03
"""The beat fitted to a phrase differs no more than this from the tempo followed."""
END_SNAP_BEATS = 0.5
"""How far an end may be from the next onset and still be meant for it, beats."""
MAX_NOTE_BEATS = 8.0
"""No note counts for longer than this, beats."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was played, as music.

    Parameters
    ----------
    tune : Tune
        On the grid; beat 0 is the first note.
    origin : int
        When beat 0 was, ns.
    beat : int
        Length of a beat, ns.
    key : Key
    centre, spread : float
        Mean and standard deviation of the pitches, MIDI numbers.
    velocity : int
        Mean of the velocities.
    """

    tune: Tune
    origin_ns: int
    beat_ns: int
    key: MusicalKey
    centre: float
    spread: float
    velocity: int

    @property
    def length(self) -> float:
        """Beats, whole bars if it is longer than one, else whole beats."""
        if self.tune.end <= DEFAULT_METER.bar_beats:
            return float(max(1.0, np.ceil(self.tune.end - 0.25)))
        return float(
            DEFAULT_METER.bar_beats * np.ceil(self.tune.end / DEFAULT_METER.bar_beats - 0.25)
        )

    def last_bars(self, count: int) -> Phrase:
        """The last bars of it, with no more than `count` notes if a bar has no more."""
        notes = self.tune.notes
        if len(notes) <= count:
            return self
        bars = int(notes[-count].onset // DEFAULT_METER.bar_beats)
        bars += notes[-count].onset % DEFAULT_METER.bar_beats > 0
        bars = min(bars, int(notes[-1].onset // DEFAULT_METER.bar_beats))
        start = bars * DEFAULT_METER.bar_beats
        kept = tuple(replace(n, onset=n.onset - start) for n in notes if n.onset >= start)
        origin = self.origin_ns + round(start * self.beat_ns)
        return replace(self, tune=replace(self.tune, notes=kept), origin_ns=origin)


def build_phrase(notes: Sequence[TimedNote], beat: int) -> Phrase:
    """The phrase of some notes at a given length of the beat (ns).

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not notes:
        raise ValueError("a phrase needs at least one note")
    ordered = sorted(notes, key=lambda note: (note.due, note.pitch))
    dues = np.array([note.due for note in ordered])
    places = _quantise_onsets((dues - dues[0]) / beat)
    origin, beat = _fit_beats(dues, places, beat)
    ends = _quantise_ends(places, (np.array([note.end for note in ordered]) - origin) / beat)
    music = [
        Note(note.pitch, float(place), float(end - place), note.velocity)
        for note, place, end in zip(ordered, places, ends, strict=True)
    ]
    pitches = [note.pitch for note in ordered]
    return Phrase(
        tune=Tune(tuple(music), DEFAULT_METER, tempo=60 * SECOND / beat),
        origin_ns=origin,
        beat_ns=beat,
        key=find_key(music),
        centre=float(np.mean(pitches)),
        spread=float(np.std(pitches)),
        velocity=round(float(np.mean([note.velocity for note in ordered]))),
    )


def _quantise_onsets(onsets: np.ndarray) -> np.ndarray:
    """Onsets (beats) on the grid that misses them by the least, eighths before finer ones."""

    def miss(division: int, toll: float) -> float:
        return float(np.abs(onsets - np.round(onsets * division) / division).mean()) + toll

    division, _ = min(GRID_DIVISIONS, key=lambda grid: miss(*grid))
    return np.round(onsets * division) / division


def _quantise_ends(places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Ends (beats) as they would be written: a finger lifted early or late is no rest or chord.

    An end within `END_SNAP_BEATS` of the next onset is moved there, the last ones to the next whole
    beat; others go to the grid.
    """
    written = np.round(ends * TICKS_PER_BEAT) / TICKS_PER_BEAT
    for index, (place, end) in enumerate(zip(places, ends, strict=True)):
        later = places[places > place]
        following = later[0] if len(later) else max(place + 1.0, np.ceil(end - END_SNAP_BEATS))
        if abs(end - following) <= END_SNAP_BEATS or not len(later):
            written[index] = following
    shortest = 1 / max(division for division, _ in GRID_DIVISIONS)
    return np.clip(written, places + shortest, places + MAX_NOTE_BEATS)


def _fit_beats(dues: np.ndarray, places: np.ndarray, beat: int) -> tuple[int, int]:
    """Origin and beat (ns) that put the places nearest to when the notes were, least squares."""
    first = dues[0]
    if np.ptp(places) < 1.0:
        return round(float(np.mean(dues - first - places * beat))) + int(first), beat
    slope, intercept = np.polyfit(places, dues - first, 1)
    fitted = float(np.clip(slope, (1 - MAX_TEMPO_DRIFT) * beat, (1 + MAX_TEMPO_DRIFT) * beat))
    return round(intercept) + int(first), round(fitted)


@dataclass(frozen=True, slots=True)
class PhraseTimeouts:
    """How long to wait for a visitor's next note.

    Parameters
    ----------
    pause : int
        The shortest pause that ends a phrase, ns.
    beats : float
        The same in beats of the visitor's tempo; the longer counts.
    hold : int
        How long a held key may keep the phrase open, ns.
    """

    min_pause: int
    pause_beats: float
    hold_limit: int


class PhraseListener:
    """Gathers a visitor's notes until the phrase is over.

    Parameters
    ----------
    tempo : TempoTracker
    patience : Patience
    """

    def __init__(self, tempo: TempoTracker, patience: PhraseTimeouts) -> None:
        self.tempo = tempo
        self._timeouts = patience
        self._held: dict[int, TimedNote] = {}
        self._notes: list[TimedNote] = []
        self._last_press = 0
        self._last_release = 0

    def __len__(self) -> int:
        return len(self._held) + len(self._notes)

    def press(self, pitch: int, velocity: int, at: int) -> None:
        """A key went down."""
        self.release(pitch, at)
        if not self:
            self.tempo.begin_phrase()
        self.tempo.add_onset(at)
        self._held[pitch] = TimedNote(pitch, velocity, at, at + 1, NoteSource.VISITOR)
        self._last_press = at

    def release(self, pitch: int, at: int) -> None:
        """A key came up; one that was not down is ignored."""
        note = self._held.pop(pitch, None)
        if note is not None:
            self._notes.append(replace(note, end=max(at, note.due + 1)))
            self._last_release = at

    @property
    def over_at(self) -> int | None:
        """When the phrase will be over if nothing else happens, ns; None with nothing heard."""
        if not self:
            return None
        pause = max(
            self._timeouts.min_pause, round(self._timeouts.pause_beats * self.tempo.beat_ns)
        )
        if self._held:
            return self._last_press + max(pause, self._timeouts.hold_limit)
        return max(self._last_press + pause, self._last_release + self._timeouts.min_pause // 2)

    def finish_phrase(self, at: int) -> Phrase:
        """The phrase that is over at `at`; the next one begins with the next key.

        Raises
        ------
        ValueError
            If nothing was heard.
        """
        held = [replace(note, end=max(at, note.end)) for note in self._held.values()]
        phrase = build_phrase(self._notes + held, self.tempo.beat_ns)
        self._notes, self._held = [], {}
        return phrase
