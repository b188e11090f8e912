"""Voice: how a lesson is heard. Walks say what is to sound, in beats; a voice has it played.

The lesson's keys light by the very times that were sent, so eye and ear agree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from messages.gestures import Attend, Demonstrate, Gesture, Hush, Tone
from midi_data.notes import Note
from visuals.timeline import SECOND
from visuals.window.frame_clock import StageClock

SOON = SECOND // 20
"""From asking for a note to hearing it, ns: time to reach the performer, so that none is late."""
LOUDEST = 70
"""Lessons are quiet: no tone has a higher velocity."""
MOST = 256
"""Tones a lesson asks for at once, at the most."""
FURTHEST = 60 * SECOND
"""No tone is asked for further ahead, ns."""
LONGEST = 8 * SECOND
"""No tone sounds longer, ns."""


@dataclass(frozen=True, slots=True)
class Song:
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
    beat: float = 0.5
    velocity: int = 56

    def tones(self, start: int) -> tuple[Tone, ...]:
        """Its notes in time, beat 0 at `start` (ns); what is out of bounds is left out."""
        beat = self.beat * SECOND
        tones = (
            Tone(
                note.pitch,
                min(self.velocity, LOUDEST),
                start + round(note.onset * beat),
                min(LONGEST, max(1, round(note.duration * beat))),
            )
            for note in self.notes
            if 0 <= note.onset * beat < FURTHEST - SECOND
        )
        return tuple(tones)[:MOST]


class Voice(ABC):
    """What a lesson sounds with.

    A lesson that is closed is silent: singing does nothing then.

    Attributes
    ----------
    is_open : bool
        Whether a lesson is open.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._tones: tuple[Tone, ...] = ()

    def open(self) -> None:
        """A lesson is opened: other music makes room."""
        if not self.is_open:
            self.is_open = True
            self._attend(True)

    def close(self) -> None:
        """The lesson is closed: nothing of it sounds on, and other music comes back."""
        if self.is_open:
            self.hush()
            self.is_open = False
            self._attend(False)

    def sing(self, tones: Iterable[Tone]) -> None:
        """Let these be heard, in place of what was to come; what sounds already, rings out."""
        if self.is_open:
            self._tones = tuple(tones)
            self._demonstrate(self._tones)

    def hush(self) -> None:
        """End all that sounds and forget what was to come."""
        if self._tones:
            self._tones = ()
            self._hush()

    def sounding(self, time: int) -> frozenset[int]:
        """Pitches (MIDI numbers) that sound at a time, ns."""
        return frozenset(
            tone.pitch for tone in self._tones if tone.at <= time < tone.at + tone.duration
        )

    def is_singing(self, time: int) -> bool:
        """Whether something sounds at `time` (ns) or will later."""
        return any(time < tone.at + tone.duration for tone in self._tones)

    @abstractmethod
    def _attend(self, open: bool) -> None:
        """Tell whoever plays that a lesson is open, or closed."""

    @abstractmethod
    def _demonstrate(self, tones: tuple[Tone, ...]) -> None:
        """Have these played in place of what was to come."""

    @abstractmethod
    def _hush(self) -> None:
        """Have all ended."""


class SinkVoice(Voice):
    """Sends what is to sound on its way to the performer.

    Parameters
    ----------
    sink : callable
        Takes gestures; must not block.
    clock : StageClock
    """

    def __init__(self, sink: Callable[[Gesture], None], clock: StageClock) -> None:
        super().__init__()
        self._sink, self._clock = sink, clock

    def _attend(self, open: bool) -> None:
        self._sink(Attend(open, self._clock.now()))

    def _demonstrate(self, tones: tuple[Tone, ...]) -> None:
        self._sink(Demonstrate(tones, self._clock.now()))

    def _hush(self) -> None:
        self._sink(Hush(self._clock.now()))


class DummyVoice(Voice):
    """Remembers what it was told, for tests and pictures.

    Attributes
    ----------
    told : list
        ``True`` or ``False`` for a lesson opened or closed, tones, or ``"hush"``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bool | str | tuple[Tone, ...]] = []

    def _attend(self, open: bool) -> None:
        self.told.append(open)

    def _demonstrate(self, tones: tuple[Tone, ...]) -> None:
        self.told.append(tones)

    def _hush(self) -> None:
        self.told.append("hush")
