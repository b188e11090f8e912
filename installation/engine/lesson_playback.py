"""Demonstrations: what a lesson at the window plays, on the same ports as everything else.

A window is not trusted with the music: what it asks for is bounded in number, time and loudness,
and ends with the lesson.
"""

from __future__ import annotations

from installation.engine.scheduler import Scheduler
from installation.engine.timed_note import TimedNote
from messages.clock import SECOND
from messages.gestures import LessonPlayRequest, LessonTone
from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH

MAX_TONES = 256
"""Tones at once; more are refused."""
MAX_TONE_OFFSET_NS = 60 * SECOND
"""Tones due later than this from now are refused, ns."""
MAX_TONE_DURATION_NS = 10 * SECOND
"""Tones that last longer are refused, ns."""
MAX_TONE_VELOCITY = 80
"""No tone is played with a higher velocity."""


class LessonPlayback:
    """Plays what a lesson asks for while one is open.

    Parameters
    ----------
    scheduler : Scheduler
        Where its tones go; whoever opens a demonstration has nothing else of theirs on it.

    Attributes
    ----------
    is_open : bool
        Whether there is a lesson.
    refused_tones : int
        Tones asked for that were out of bounds, or asked for without a lesson.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.is_open = False
        self.refused_tones = 0
        self._scheduler = scheduler

    def open(self) -> None:
        """A lesson begins."""
        self.is_open = True

    def close(self, at: int) -> None:
        """The lesson is over, and nothing of it sounds after `at`, ns."""
        self.stop_tones(at)
        self.is_open = False

    def play_tones(self, asked: LessonPlayRequest, now: int) -> None:
        """Play these in place of what was to come.

        What should have begun before `now` (ns) begins now, and all the others as much later.
        """
        tones = [
            tone for tone in asked.tones[:MAX_TONES] if self.is_open and _is_in_bounds(tone, now)
        ]
        self.refused_tones += len(asked.tones) - len(tones)
        if not self.is_open:
            return
        self._scheduler.withdraw_pending(now)
        late = max(0, now - min((tone.at for tone in tones), default=now))
        for tone in tones:
            due = tone.at + late
            velocity = min(tone.velocity, MAX_TONE_VELOCITY)
            self._scheduler.schedule_note(TimedNote(tone.pitch, velocity, due, due + tone.duration))

    def stop_tones(self, at: int) -> None:
        """End what it plays, and forget what was to come, at `at`, ns."""
        if self.is_open:
            self._scheduler.stop_notes(at)


def _is_in_bounds(tone: LessonTone, now: int) -> bool:
    return (
        LOWEST_PITCH <= tone.pitch <= HIGHEST_PITCH
        and 1 <= tone.velocity <= 127
        and -MAX_TONE_OFFSET_NS <= tone.at - now <= MAX_TONE_OFFSET_NS
        and 1 <= tone.duration <= MAX_TONE_DURATION_NS
    )
