"""Phrases: the music of a visitor between two pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from installation.config import LiveSettings
from messages.clock import SECOND
from messages.timed_note import OpenNotes, TimedNote
from midi_data.beat_tracking import TempoTracker, fit_beat, quantise_ends, quantise_onsets
from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import Meter, Note, Tune

DEFAULT_METER = Meter()
"""Meter of a visitor, which is not known: four quarter notes, the most common one."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as music: beat 0 of the tune is its first note, at `origin_ns`.

    `centre` and `spread` are mean and standard deviation of the pitches, `velocity` is the mean.
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
        """Beats: whole beats up to a bar, else whole bars."""
        if self.tune.end <= DEFAULT_METER.bar_beats:
            return float(max(1.0, np.ceil(self.tune.end - 0.25)))
        return float(
            DEFAULT_METER.bar_beats * np.ceil(self.tune.end / DEFAULT_METER.bar_beats - 0.25)
        )

    def last_bars(self, count: int) -> Phrase:
        """The last whole bars with no more than `count` notes, but one bar at least."""
        notes = self.tune.notes
        if len(notes) <= count:
            return self
        bars = int(np.ceil(notes[-count].onset / DEFAULT_METER.bar_beats))
        bars = min(bars, int(notes[-1].onset // DEFAULT_METER.bar_beats))
        start = bars * DEFAULT_METER.bar_beats
        kept = tuple(replace(n, onset=n.onset - start) for n in notes if n.onset >= start)
        origin = self.origin_ns + round(start * self.beat_ns)
        return replace(self, tune=replace(self.tune, notes=kept), origin_ns=origin)


def build_phrase(notes: Sequence[TimedNote], beat: int) -> Phrase:
    """Quantise notes to a phrase with beats of about `beat` ns.

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not notes:
        raise ValueError("a phrase needs at least one note")
    ordered = sorted(notes, key=lambda note: (note.due, note.pitch))
    times = np.array([note.due for note in ordered])
    onsets = quantise_onsets((times - times[0]) / beat)
    origin, beat = fit_beat(times, onsets, beat)
    ends = quantise_ends(onsets, (np.array([note.end for note in ordered]) - origin) / beat)
    music = [
        Note(note.pitch, float(onset), float(end - onset), note.velocity)
        for note, onset, end in zip(ordered, onsets, ends, strict=True)
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


class PhraseListener:
    """Collects a visitor's notes until the phrase is over, and updates the tempo with each key."""

    def __init__(self, tempo: TempoTracker, settings: LiveSettings) -> None:
        self._tempo = tempo
        self._min_pause_ns = round(settings.pause * SECOND)
        self._pause_beats = settings.pause_beats
        self._hold_limit_ns = round(settings.hold_limit * SECOND)
        self._open_notes: OpenNotes[int] = OpenNotes()
        self._notes: list[TimedNote] = []
        self._last_press = 0
        self._last_release = 0

    def __len__(self) -> int:
        return len(self._open_notes) + len(self._notes)

    def press(self, pitch: int, velocity: int, at: int) -> None:
        """Add a key press at the time `at`, ns."""
        self.release(pitch, at)
        if not self:
            self._tempo.begin_phrase()
        self._tempo.add_onset(at)
        self._open_notes.start(pitch, pitch, velocity, at)
        self._last_press = at

    def release(self, pitch: int, at: int) -> None:
        """End a note at the time `at` (ns); a key that is not down is ignored."""
        note = self._open_notes.end(pitch, at)
        if note is not None:
            self._notes.append(note)
            self._last_release = at

    @property
    def over_at(self) -> int | None:
        """When the phrase ends if no key follows, ns; None without notes."""
        if not self:
            return None
        pause = max(self._min_pause_ns, round(self._pause_beats * self._tempo.beat_ns))
        if len(self._open_notes):
            return self._last_press + max(pause, self._hold_limit_ns)
        return max(self._last_press + pause, self._last_release + self._min_pause_ns // 2)

    def finish_phrase(self, at: int) -> Phrase:
        """Return the phrase that ends at the time `at` (ns), and begin a new one."""
        notes = self._notes + self._open_notes.end_all(at)
        self._notes = []
        return build_phrase(notes, self._tempo.beat_ns)
