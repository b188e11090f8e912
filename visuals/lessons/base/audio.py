"""Sound of the lessons: notes in beats become timed tones, sent to the performer as gestures.

The piano keys light up by the times that were sent, so picture and sound agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from messages.clock import SECOND, Clock, VirtualClock
from messages.gestures import (
    MAX_ONSET_DELAY_NS,
    MAX_TONE_DURATION_NS,
    MAX_TONES,
    Gesture,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    LessonTone,
)
from midi_data.notes import Note

LEAD_TIME_NS = SECOND // 20
"""Time from the request of a tone to its onset, long enough to reach the performer, ns."""
ANNOUNCEMENT_INTERVAL_NS = SECOND  # time between two announcements of an open lesson, ns
MAX_VELOCITY = 70  # highest MIDI velocity of a tone


@dataclass(frozen=True, slots=True)
class NotesRequest:
    """Notes that a walkthrough asks for; no notes mean silence."""

    notes: tuple[Note, ...]
    seconds_per_beat: float = 0.5
    velocity: int = 56

    def to_tones(self, start: int) -> tuple[LessonTone, ...]:
        """Tones within all limits, with beat 0 at `start`, ns; notes beyond them are left out."""
        beat = self.seconds_per_beat * SECOND
        tones = (
            LessonTone(
                note.pitch,
                min(self.velocity, MAX_VELOCITY),
                start + round(note.onset * beat),
                min(MAX_TONE_DURATION_NS, max(1, round(note.duration * beat))),
            )
            for note in self.notes
            if 0 <= note.onset * beat < MAX_ONSET_DELAY_NS - SECOND
        )
        return tuple(tones)[:MAX_TONES]


class GestureLessonAudio:
    """Sends the sound of the lessons to the performer; silent while no lesson is open.

    Parameters
    ----------
    sink : callable
        Takes a gesture; must not block.
    clock : Clock
        Source of the gestures' times.
    """

    def __init__(self, sink: Callable[[Gesture], None], clock: Clock) -> None:
        self._sink, self._clock = sink, clock
        self.is_open = False
        self._tones: tuple[LessonTone, ...] = ()
        self._announced_at = 0  # ns

    def open(self) -> None:
        """Announce an open lesson; other music pauses."""
        if not self.is_open:
            self.is_open = True
            self._announce()

    def keep_open(self) -> None:
        """Announce the open lesson now and then: a performer that began after it must know."""
        if self.is_open and self._clock.now() - self._announced_at >= ANNOUNCEMENT_INTERVAL_NS:
            self._announce()

    def _announce(self) -> None:
        self._announced_at = self._clock.now()
        self._sink(LessonOpenChange(True, self._announced_at))

    def close(self) -> None:
        """Stop all tones and announce the closed lesson; other music continues."""
        if self.is_open:
            self.stop()
            self.is_open = False
            self._sink(LessonOpenChange(False, self._clock.now()))

    def play_tones(self, tones: Iterable[LessonTone]) -> None:
        """Replace all pending tones; tones that sound already end at their own time."""
        if self.is_open:
            self._tones = tuple(tones)
            self._sink(LessonPlayRequest(self._tones, self._clock.now()))

    def stop(self) -> None:
        """End all tones at once and drop the pending ones."""
        if self._tones:
            self._tones = ()
            self._sink(LessonSilenceRequest(self._clock.now()))

    def pitches_sounding_at(self, time: int) -> frozenset[int]:
        """Pitches (MIDI numbers) that sound at a time, ns."""
        return frozenset(
            tone.pitch for tone in self._tones if tone.at <= time < tone.at + tone.duration
        )


class DummyLessonAudio(GestureLessonAudio):
    """Keeps its gestures in a list, for tests and pictures."""

    def __init__(self) -> None:
        self.gestures: list[Gesture] = []
        super().__init__(self.gestures.append, VirtualClock())
