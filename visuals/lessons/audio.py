"""Voice: how a lesson is heard. Walks say what is to sound, in beats; a voice has it played.

The lesson's keys light by the very times that were sent, so eye and ear agree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from messages.clock import Clock
from messages.gestures import (
    Gesture,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    LessonTone,
)
from midi_data.notes import Note
from visuals.timeline import SECOND

LEAD_TIME_NS = SECOND // 20
"""From asking for a note to hearing it, ns: time to reach the performer, so that none is late."""
MAX_VELOCITY = 70
"""Lessons are quiet: no tone has a higher velocity."""
MAX_TONES = 256
"""Tones a lesson asks for at once, at the most."""
MAX_ONSET_DELAY_NS = 60 * SECOND
"""No tone is asked for further ahead, ns."""
MAX_TONE_DURATION_NS = 8 * SECOND
"""No tone sounds longer, ns."""


@dataclass(frozen=True, slots=True)
class NotesRequest:
    """What a walk wants to be heard.

    Parameters
    ----------
    notes : tuple of Note
        Onsets in beats from now; an empty song is silence.
    beat : float
        Seconds a beat lasts.
    velocity : int
        How loud, MIDI velocity, whatever the notes say.
    """

    notes: tuple[Note, ...]
    seconds_per_beat: float = 0.5
    velocity: int = 56

    def to_tones(self, start: int) -> tuple[LessonTone, ...]:
        """Its notes in time, beat 0 at `start` (ns); what is out of bounds is left out."""
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


class LessonAudio(ABC):
    """What a lesson sounds with.

    A lesson that is closed is silent: singing does nothing then.

    Attributes
    ----------
    is_open : bool
        Whether a lesson is open.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._tones: tuple[LessonTone, ...] = ()

    def open(self) -> None:
        """A lesson is opened: other music makes room."""
        if not self.is_open:
            self.is_open = True
            self._send_open(True)

    def close(self) -> None:
        """The lesson is closed: nothing of it sounds on, and other music comes back."""
        if self.is_open:
            self.stop()
            self.is_open = False
            self._send_open(False)

    def play_tones(self, tones: Iterable[LessonTone]) -> None:
        """Let these be heard, in place of what was to come; what sounds already, rings out."""
        if self.is_open:
            self._tones = tuple(tones)
            self._send_tones(self._tones)

    def stop(self) -> None:
        """End all that sounds and forget what was to come."""
        if self._tones:
            self._tones = ()
            self._send_stop()

    def pitches_sounding_at(self, time: int) -> frozenset[int]:
        """Pitches (MIDI numbers) that sound at a time, ns."""
        return frozenset(
            tone.pitch for tone in self._tones if tone.at <= time < tone.at + tone.duration
        )

    def is_sounding(self, time: int) -> bool:
        """Whether something sounds at `time` (ns) or will later."""
        return any(time < tone.at + tone.duration for tone in self._tones)

    @abstractmethod
    def _send_open(self, open: bool) -> None:
        """Tell whoever plays that a lesson is open, or closed."""

    @abstractmethod
    def _send_tones(self, tones: tuple[LessonTone, ...]) -> None:
        """Have these played in place of what was to come."""

    @abstractmethod
    def _send_stop(self) -> None:
        """Have all ended."""


class GestureLessonAudio(LessonAudio):
    """Sends what is to sound on its way to the performer.

    Parameters
    ----------
    sink : callable
        Takes gestures; must not block.
    clock : Clock
    """

    def __init__(self, sink: Callable[[Gesture], None], clock: Clock) -> None:
        super().__init__()
        self._sink, self._clock = sink, clock

    def _send_open(self, open: bool) -> None:
        self._sink(LessonOpenChange(open, self._clock.now()))

    def _send_tones(self, tones: tuple[LessonTone, ...]) -> None:
        self._sink(LessonPlayRequest(tones, self._clock.now()))

    def _send_stop(self) -> None:
        self._sink(LessonSilenceRequest(self._clock.now()))


class DummyLessonAudio(LessonAudio):
    """Remembers what it was told, for tests and pictures.

    Attributes
    ----------
    told : list
        ``True`` or ``False`` for a lesson opened or closed, tones, or ``"hush"``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[bool | str | tuple[LessonTone, ...]] = []

    def _send_open(self, open: bool) -> None:
        self.calls.append(open)

    def _send_tones(self, tones: tuple[LessonTone, ...]) -> None:
        self.calls.append(tones)

    def _send_stop(self) -> None:
        self.calls.append("hush")
