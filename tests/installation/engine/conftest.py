"""A performer on a virtual clock, with dummies around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from installation.band.band import Band
from installation.config import LiveSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.phrases.phrase import GhostSource
from installation.engine.publisher import DummySubscriber
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.io.control.tempo_source import TempoSource
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, VirtualClock
from messages.cues import CueWithdrawal, NoteCue, NoteRelease, NoteSource
from messages.timed_note import TimedNote
from messages.withdrawal import is_cue_withdrawn
from tests.dummy_composer import DummyComposer


@dataclass
class Rehearsal:
    """Plays a script; times in seconds."""

    settings: LiveSettings = field(default_factory=lambda: LiveSettings(tempo=100, attract=False))
    seed: int = 1
    lead: int = 0
    tempo_source: TempoSource | None = None
    band: Band | None = None
    ghosts: GhostSource | None = None
    composer: DummyComposer = field(default_factory=DummyComposer)

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.port = DummyOutput(lead=self.lead)
        self.visitor = KeyInput([self.port])
        self.scheduler = Scheduler([self.port])
        self.subscriber = DummySubscriber()
        self.performer = Performer(
            self.composer,
            self.visitor,
            self.scheduler,
            [self.subscriber],
            self.settings,
            self.seed,
            self.clock.now(),
            self.tempo_source,
            self.band,
            self.ghosts,
        )

    @property
    def messages(self) -> list:
        """Messages to the stage, in order."""
        return self.subscriber.messages

    def until(self, seconds: float) -> None:
        run_virtual(self.performer, self.scheduler, self.clock, round(seconds * SECOND))

    def press(self, at: float, pitch: int, velocity: int = 80) -> None:
        self.until(at)
        self.visitor.press(pitch, velocity, round(at * SECOND))

    def release(self, at: float, pitch: int) -> None:
        self.until(at)
        self.visitor.release(pitch, round(at * SECOND))

    def play(self, start: float, pitches: list[int], gap: float = 0.5, velocity: int = 80) -> float:
        """Notes one after another; returns when the last was released."""
        for index, pitch in enumerate(pitches):
            at = start + index * gap
            self.press(at, pitch, velocity)
            self.release(at + 0.8 * gap, pitch)
        return start + (len(pitches) - 0.2) * gap

    def close(self, seconds: float) -> None:
        self.until(seconds)
        self.performer.close(round(seconds * SECOND))

    def notes(self, source: NoteSource) -> list[TimedNote]:
        """The notes that the stage knows, also those to come; a held key is left out."""
        cues: dict[int, TimedNote] = {}
        serials: dict[int, NoteCue] = {}
        for message in self.messages:
            match message:
                case NoteCue():
                    serials[message.serial] = message
                    end = message.due + max(1, message.duration)
                    cues[message.serial] = TimedNote(
                        message.pitch, message.velocity, message.due, end, message.source
                    )
                case NoteRelease(serial, at):
                    cues[serial] = replace(cues[serial], end=max(at, cues[serial].end))
                case CueWithdrawal():
                    for serial, cue in serials.items():
                        if is_cue_withdrawn(cue, message):
                            cues.pop(serial, None)
        found = [note for note in cues.values() if note.source is source]
        return sorted(found, key=lambda note: (note.due, note.pitch))


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal()


@pytest.fixture(scope="session")
def rehearsals() -> type[Rehearsal]:
    return Rehearsal
