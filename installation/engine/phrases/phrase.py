"""Phrases: the music of a visitor between two pauses."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from installation.config import LiveSettings
from installation.io.control.tempo_source import QUANTUM_BEATS
from messages.clock import MILLISECOND, SECOND
from messages.timed_note import OpenNotes, TimedNote
from midi_data.beat_tracking import TempoTracker, merge_chords, quantise_ends
from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import Meter, Note, Tune
from midi_data.rhythm.rhythm_inference import Rhythm, infer_rhythm

DEFAULT_METER = Meter()
"""Meter before a visitor's is known: four quarter notes, the most common one."""
MAX_PHRASE_ONSETS = 256  # number of onsets of a phrase that are kept, the latest ones
MAX_PHRASE_NOTES = 2048  # number of notes of a phrase that are kept, the latest ones
SOFT_VELOCITY, LOUD_VELOCITY = 35, 110  # MIDI velocities of energy 0 and of energy 1
BUSY_NOTES_PER_BEAT = 3.0  # notes a beat of a phrase of energy 1
MIN_LAST_NOTE_BEATS = 0.5  # shortest last note before an answer, beats
MIN_CADENCE_BEATS = 1.4  # shortest last note of a phrase that is over with the bar, beats
EPSILON = 1e-6  # distance below which two beats count as equal, beats
WHOLE_BARS = 4
"""Number of bars after which a phrase is expected to end; doubled once a phrase went on."""
CONSIDERATION_STEPS, RECENT_STEPS = 1.3, 8
MIN_CONSIDERATION_NS, MAX_CONSIDERATION_NS = 200 * MILLISECOND, 400 * MILLISECOND
"""Time after a key at which the phrase is considered, as a multiple of the longest recent step, and
its bounds (ns). While keys go on in the same rhythm, the next one comes before that work."""
MIN_REACTION_NS = 300 * MILLISECOND
"""Shortest time from a decision to its first note, ns: meanwhile the network replays the phrase."""
DECISION_NS = MIN_REACTION_NS + 60 * MILLISECOND
"""Time before an expected bar line at which a phrase counts as over, ns: the line may be early."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """A phrase of a past visitor.

    Parameters
    ----------
    notes : tuple of Note
        In beats from a bar line on.
    began : datetime
        When it was played.
    """

    notes: tuple[Note, ...]
    began: datetime


class GhostSource:
    """Finds the ghost that answers a phrase; the base finds none."""

    def find(self, phrase: Phrase) -> Ghost | None:
        """The ghost for a phrase, if there is one.

        Parameters
        ----------
        phrase : Phrase

        Returns
        -------
        Ghost or None
        """
        return None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as music: beat 0 of the tune is a bar line at `origin_ns`.

    Parameters
    ----------
    tune : Tune
        The first note is in the first bar.
    origin_ns, beat_ns : int
    key : MusicalKey
    centre, spread : float
        Mean and standard deviation of the pitches.
    velocity : int
        The mean.
    swing, confidence : float
        Of the rhythm.
    """

    tune: Tune
    origin_ns: int
    beat_ns: int
    key: MusicalKey
    centre: float
    spread: float
    velocity: int
    swing: float = 0.5
    confidence: float = 0.0

    @property
    def bar_beats(self) -> float:
        """Length of a bar, beats."""
        return self.tune.meter.bar_beats

    @property
    def velocity_spread(self) -> float:
        """Standard deviation of the velocities; 0 for a keyboard that does not measure them."""
        return float(np.std([note.velocity for note in self.tune.notes]))

    @property
    def length(self) -> float:
        """Length, beats: whole beats up to a bar, else whole bars."""
        beats = self.tune.end - self.tune.notes[0].onset
        if beats <= self.bar_beats:
            return float(max(1.0, np.ceil(beats - 0.25)))
        return float(self.bar_beats * np.ceil(beats / self.bar_beats - 0.25))

    @property
    def energy(self) -> float:
        """0..1: loudness and notes a beat, in equal parts."""
        loudness = (self.velocity - SOFT_VELOCITY) / (LOUD_VELOCITY - SOFT_VELOCITY)
        density = len(self.tune.notes) / max(1.0, self.length) / BUSY_NOTES_PER_BEAT
        return float((np.clip(loudness, 0, 1) + np.clip(density, 0, 1)) / 2)

    @property
    def upbeat(self) -> float:
        """Beats from the first note to the first bar line, up to half a bar; else 0."""
        upbeat = -self.tune.notes[0].onset % self.bar_beats
        return upbeat if upbeat <= self.bar_beats / 2 else 0.0

    @property
    def entry(self) -> float:
        """Beat at which an answer enters: a bar line, or as long before it as the upbeat is."""
        return self._entry_after(MIN_LAST_NOTE_BEATS)

    def entry_after_bars(self, count: int) -> float | None:
        """Beat of an answer if the phrase ends with a long note after `count` bars or a multiple.

        None if it does not.
        """
        entry = self._entry_after(MIN_CADENCE_BEATS)
        bars = round((entry + self.upbeat) / self.bar_beats) - (self.upbeat > 0)
        return entry if bars and bars % count == 0 else None

    def _entry_after(self, pause: float) -> float:
        """First possible beat of an answer, at least `pause` beats after the last onset."""
        earliest = self.tune.notes[-1].onset + pause + self.upbeat - EPSILON
        return float(np.ceil(earliest / self.bar_beats) * self.bar_beats - self.upbeat)

    def with_bar_line_at(self, time: int) -> Phrase:
        """The phrase with a bar line on its beat nearest to a time, ns; its notes stay in time.

        A phrase stays as it is in bars of which no whole number makes up those of other devices.
        """
        if QUANTUM_BEATS % self.bar_beats:
            return self
        lift = -round((time - self.origin_ns) / self.beat_ns) % self.bar_beats
        if self.tune.notes[0].onset + lift >= self.bar_beats:
            lift -= self.bar_beats
        notes = tuple(replace(note, onset=note.onset + lift) for note in self.tune.notes)
        origin = self.origin_ns - round(lift * self.beat_ns)
        return replace(self, tune=replace(self.tune, notes=notes), origin_ns=origin)

    def last_bars(self, count: int) -> Phrase:
        """The last whole bars, at least one, that have no more than `count` notes together."""
        notes = self.tune.notes
        if len(notes) <= count:
            return self
        bars = int(np.ceil(notes[-count].onset / self.bar_beats))
        bars = min(bars, int(notes[-1].onset // self.bar_beats))
        start = bars * self.bar_beats
        kept = tuple(replace(n, onset=n.onset - start) for n in notes if n.onset >= start)
        origin = self.origin_ns + round(start * self.beat_ns)
        return replace(self, tune=replace(self.tune, notes=kept), origin_ns=origin)

    def tune_until(self, entry: float) -> Tune:
        """The tune with all notes ended by the beat `entry`, at which an answer enters."""
        notes = (replace(n, duration=min(n.duration, entry - n.onset)) for n in self.tune.notes)
        return replace(self.tune, notes=tuple(notes))


def build_phrase(notes: Sequence[TimedNote], beat: int, expected: Rhythm | None = None) -> Phrase:
    """Write notes as a phrase with beats of about `beat` ns.

    `expected` is the rhythm of the phrase before. Notes before the last `MAX_PHRASE_ONSETS` onsets
    are left out.

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not notes:
        raise ValueError("a phrase needs at least one note")
    ordered = sorted(notes, key=lambda note: (note.due, note.pitch))
    times, places = np.unique(merge_chords([note.due for note in ordered]), return_inverse=True)
    first = max(0, len(times) - MAX_PHRASE_ONSETS)
    ordered = [note for note, place in zip(ordered, places, strict=True) if place >= first]
    times, places = times[first:], places[places >= first] - first
    velocities = np.zeros(len(times))
    np.maximum.at(velocities, places, [note.velocity for note in ordered])
    rhythm = infer_rhythm(
        (times - times[0]) / SECOND,
        velocities,
        (ordered[-1].end - ordered[-1].due) / SECOND,
        beat=beat / SECOND,
        expected=expected,
    )
    beat = round(rhythm.beat_s * SECOND)
    music = _written_notes(ordered, rhythm.onsets[places], beat)
    pitches = [note.pitch for note in ordered]
    return Phrase(
        tune=Tune(tuple(music), rhythm.meter, tempo=60 * SECOND / beat),
        origin_ns=int(times[0]) + round(rhythm.origin_s * SECOND),
        beat_ns=beat,
        key=find_key(music),
        centre=float(np.mean(pitches)),
        spread=float(np.std(pitches)),
        velocity=round(float(np.mean([note.velocity for note in ordered]))),
        swing=rhythm.swing,
        confidence=rhythm.confidence,
    )


def _written_notes(
    played: Sequence[TimedNote], onsets: NDArray[np.float64], beat: int
) -> list[Note]:
    """Notes as written at some onsets (beats); `beat` is in ns."""
    lengths = np.array([note.end - note.due for note in played]) / beat
    ends = quantise_ends(onsets, onsets + lengths)
    return [
        Note(note.pitch, float(onset), float(end - onset), note.velocity)
        for note, onset, end in zip(played, onsets, ends, strict=True)
    ]


class PhraseListener:
    """Collects a visitor's notes until the phrase is over, and updates the tempo with each key.

    Parameters
    ----------
    tempo : TempoTracker
        Follows the keys.
    settings : LiveSettings
        With the pauses that end a phrase.

    Attributes
    ----------
    heard : Phrase or None
        The phrase as it was considered last, once it has a rhythm.
    """

    def __init__(self, tempo: TempoTracker, settings: LiveSettings) -> None:
        self._tempo = tempo
        self._min_pause_ns = round(settings.pause * SECOND)
        self._pause_beats = settings.pause_beats
        self._hold_limit_ns = round(settings.hold_limit * SECOND)
        self._open_notes: OpenNotes[int] = OpenNotes()
        self._notes: list[TimedNote] = []
        self._finished_notes: list[TimedNote] = []
        self._last_press = self._last_release = self._consider_at = 0
        self._steps: deque[int] = deque(maxlen=RECENT_STEPS)  # between keys, ns
        self._pause_ns: int | None = None  # None until the last key is considered
        self._entry_at: int | None = None  # of the answer, if the phrase is over with the bar
        self._whole_bars = WHOLE_BARS
        self.heard: Phrase | None = None

    def __len__(self) -> int:
        return len(self._open_notes) + len(self._notes)

    def begin_visit(self) -> None:
        """Forget the visitor before: habits, and a phrase that was not finished."""
        self._whole_bars = WHOLE_BARS
        self._open_notes, self._notes, self._finished_notes = OpenNotes(), [], []
        self._pause_ns = self._entry_at = None

    def press(self, pitch: int, velocity: int, at: int) -> None:
        """Add a key press at the time `at`, ns."""
        self.release(pitch, at)
        if not self:
            self._tempo.begin_phrase()
        self._tempo.add_onset(at, velocity)
        self._open_notes.start(pitch, pitch, velocity, at)
        self._steps.append(at - self._last_press)
        wait = round(CONSIDERATION_STEPS * max(self._steps))
        self._consider_at = at + min(MAX_CONSIDERATION_NS, max(MIN_CONSIDERATION_NS, wait))
        self._last_press, self._pause_ns = at, None

    def release(self, pitch: int, at: int) -> None:
        """End a note at the time `at` (ns); a key that is not down is ignored."""
        note = self._open_notes.end(pitch, at)
        if note is not None:
            self._notes.append(note)
            del self._notes[:-MAX_PHRASE_NOTES]
            self._last_release = at

    def resume_phrase(self) -> None:
        """Continue the phrase finished last: the visitor did not wait for its answer."""
        if self._entry_at is not None:
            self._whole_bars = 2 * WHOLE_BARS
        self._notes = self._finished_notes + self._notes
        self._finished_notes = []

    @property
    def over_at(self) -> int | None:
        """When to call `consider`, ns; None without notes."""
        if not self:
            return None
        if self._pause_ns is None:
            return self._consider_at
        return self._silent_at if self._entry_at is None else self._entry_at - DECISION_NS

    def consider(self, at: int) -> bool:
        """Whether the phrase is over at the time `at`, ns: after a pause, or before a bar line."""
        if self._pause_ns is None:
            self._pause_ns = max(self._min_pause_ns, round(self._pause_beats * self._tempo.beat_ns))
            self._entry_at = self._expected_entry()
        if self._entry_at is not None and self._entry_at - DECISION_NS >= self._silent_at:
            self._entry_at = None
        return at >= self.over_at

    @property
    def _silent_at(self) -> int:
        """When the silence will have lasted long enough, ns."""
        if len(self._open_notes):
            return self._last_press + max(self._pause_ns, self._hold_limit_ns)
        released_at = self._last_release + self._min_pause_ns // 2
        return max(self._last_press + self._pause_ns, released_at)

    def _expected_entry(self) -> int | None:
        """When an answer enters, ns, if the phrase is over with the bar."""
        self.heard = None
        if self._tempo.rhythm is None:
            return None
        notes = self._notes + self._open_notes.so_far(self._last_press + self._pause_ns)
        phrase = self._build_phrase(notes)
        self.heard = phrase
        entry = phrase.entry_after_bars(self._whole_bars)
        if entry is None:
            return None
        return phrase.origin_ns + round(entry * phrase.beat_ns)

    def finish_phrase(self, at: int) -> Phrase:
        """Return the phrase that ends at the time `at` (ns), and begin a new one.

        Keys that are down are expected to be held until the answer enters.
        """
        notes = self._notes + self._open_notes.end_all(
            at if self._entry_at is None else self._entry_at
        )
        self._notes, self._finished_notes = [], notes
        if notes:
            last = max(notes, key=lambda note: (note.due, note.pitch))
            self._tempo.end_phrase(last.end - last.due)
        return self._build_phrase(notes)

    def _build_phrase(self, notes: Sequence[TimedNote]) -> Phrase:
        """A phrase of some notes, its bars those of the device that leads the tempo, if any."""
        phrase = build_phrase(notes, self._tempo.beat_ns, self._tempo.expected_rhythm)
        bar_line = self._tempo.bar_line_after(self._last_press)
        return phrase if bar_line is None else phrase.with_bar_line_at(bar_line)
