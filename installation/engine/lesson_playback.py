"""Lesson playback: the tones of a lesson at the window, on the performer's ports.

Requests of a window are bounded in number, time and loudness, and end with the lesson.
"""

from __future__ import annotations

from installation.engine.scheduler import Scheduler
from installation.io.drop_counter import DropCounter
from messages.clock import SECOND
from messages.gestures import LessonPlayRequest, LessonTone
from messages.timed_note import TimedNote
from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH

MAX_TONES = 256  # largest number of tones in a request
MAX_TONE_OFFSET_NS = 60 * SECOND  # largest distance of a tone from now, ns
MAX_TONE_DURATION_NS = 10 * SECOND  # longest tone, ns
MAX_TONE_VELOCITY = 80  # largest MIDI velocity of a tone; a louder one is reduced


class LessonPlayback:
    """Plays the tones of a lesson while one is open, and counts those it refuses.

    The caller must have withdrawn its own notes from the scheduler when it opens a lesson.

    Attributes
    ----------
    refused_tones : DropCounter
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.is_open = False
        self.refused_tones = DropCounter("lesson")
        self._scheduler = scheduler

    def open(self) -> None:
        """Begin a lesson."""
        self.is_open = True

    def close(self, at: int) -> None:
        """End the lesson, and its tones at the time `at`, ns."""
        self.stop_tones(at)
        self.is_open = False

    def play_tones(self, request: LessonPlayRequest, now: int) -> None:
        """Play tones in place of those to come; sounding ones ring out.

        If the first tone is late at the time `now` (ns), all tones are delayed by as much.
        """
        tones = [
            tone for tone in request.tones[:MAX_TONES] if self.is_open and _is_in_bounds(tone, now)
        ]
        reason = "tones out of bounds" if self.is_open else "tones without a lesson"
        for _ in range(len(request.tones) - len(tones)):
            self.refused_tones.record_drop(reason)
        if not self.is_open:
            return
        self._scheduler.withdraw_pending(now)
        late = max(0, now - min((tone.at for tone in tones), default=now))
        for tone in tones:
            due = tone.at + late
            velocity = min(tone.velocity, MAX_TONE_VELOCITY)
            self._scheduler.schedule_note(TimedNote(tone.pitch, velocity, due, due + tone.duration))

    def stop_tones(self, at: int) -> None:
        """End the sounding tones at the time `at` (ns), and withdraw those to come."""
        if self.is_open:
            self._scheduler.stop_notes(at)


def _is_in_bounds(tone: LessonTone, now: int) -> bool:
    return (
        LOWEST_PITCH <= tone.pitch <= HIGHEST_PITCH
        and 1 <= tone.velocity <= 127
        and -MAX_TONE_OFFSET_NS <= tone.at - now <= MAX_TONE_OFFSET_NS
        and 1 <= tone.duration <= MAX_TONE_DURATION_NS
    )
