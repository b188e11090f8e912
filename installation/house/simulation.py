"""A simulated exhibit: days of visitors and faults played in minutes.

The performer, the conversation, the network, the scheduler and the recorder are the real ones; only
the clock is virtual, and the port, the disk and the visitors are made up.
"""

from __future__ import annotations

import errno
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import mido

from installation.config import Config
from installation.gear.outputs import TimedOutput
from installation.house.performance import live_settings
from installation.house.recorder import MidiRecorder
from installation.house.visitors import CLOSING, OPENING, Day, Fault, Mishap, Visit
from installation.house.vitals import memory_in_use
from installation.house.writing import DirectWriter
from installation.live.clock import SECOND, VirtualClock
from installation.live.performer import Performer
from installation.live.run import rehearse
from installation.live.scheduler import Scheduler
from installation.live.sinks import CueSink
from installation.live.visitor import Visitor
from midi_data.midi_files import Part, write_parts
from midi_data.notes import Meter
from rnn.checkpoint import Checkpoint
from rnn.improviser import Improviser
from visuals.cues import Message, Source, Turn, TurnChange
from visuals.packing import pack

RESTART = 2 * SECOND
"""A performer that was killed plays again after so long, ns (see docs/reliability.md)."""
PATIENCE = 20 * SECOND
"""A visit counts as answered if a note of an answer sounds no later than this after it, ns."""
NEXT_SEED = 1_000_003
"""A performer started again plays by a seed so much higher."""
DAY_ONE = datetime(2030, 6, 3)
WARM_AFTER = 1800.0
"""Seconds after opening at which memory is first looked at: what is made once is made by then."""


class Terse(Improviser):
    """The network as it plays, without saying why: that is for the stage, which is not there."""

    def explain(self) -> None:
        return None


class SimulatedPort(TimedOutput):
    """A port that can be pulled, and knows what sounds at its far end and for how long.

    Attributes
    ----------
    notes : dict of Source to int
        Note-ons that arrived.
    longest : int
        The longest a note sounded, ns.
    pulled : bool
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.notes = dict.fromkeys(Source, 0)
        self.longest = 0
        self.pulled = False
        self.answered_at: Callable[[int], None] = lambda at: None
        self._clock = clock
        self._on: dict[tuple[int, int], int] = {}
        super().__init__("simulated")

    @property
    def hanging(self) -> int:
        """How many notes sound."""
        return len(self._on)

    def plug(self) -> None:
        """Plug it in again: what hung meanwhile is silenced."""
        self.pulled = False
        self.silence()

    def _deliver(self, message: mido.Message) -> None:
        if self.pulled:
            raise OSError(errno.ENODEV, "unplugged")
        now = self._clock.now()
        if message.type == "note_on":
            self._on[message.channel, message.note] = now
            self.notes[Source(message.channel)] += 1
            if message.channel == Source.NETWORK:
                self.answered_at(now)
        elif message.type == "note_off":
            self._end((message.channel, message.note), now)
        elif message.is_cc(123):
            for key in [key for key in self._on if key[0] == message.channel]:
                self._end(key, now)

    def _end(self, key: tuple[int, int], now: int) -> None:
        self.longest = max(self.longest, now - self._on.pop(key, now))


class _Wire(CueSink):
    """Packs cues as for the stage, and remembers whose turn it is."""

    def __init__(self) -> None:
        self.turn = Turn.ATTRACT
        self.cues = 0

    def put(self, message: Message) -> None:
        pack(message)
        self.cues += 1
        if isinstance(message, TurnChange):
            self.turn = message.turn


@dataclass(slots=True)
class Account:
    """What came of a day.

    Parameters
    ----------
    day : int
        1 is the first.
    visits, answered, phrases : int
        Visits, those that were answered, and phrases played.
    visitor_notes, network_notes : int
        That sounded.
    recordings, lost_writes : int
        Files of visits, and writes the disk would not take.
    pulled, killed, stalls, pushed, left_out : int
        Faults; how often music was put off for one; notes never played for one.
    hanging : int
        Notes left sounding as the day closed.
    longest_note : float
        Seconds.
    lateness_p99, lateness_worst : float
        Of note-ons on the virtual clock, ms.
    memory_start, memory_end : int
        Bytes, half an hour after opening and at closing.
    """

    day: int
    visits: int = 0
    answered: int = 0
    phrases: int = 0
    visitor_notes: int = 0
    network_notes: int = 0
    recordings: int = 0
    lost_writes: int = 0
    pulled: int = 0
    killed: int = 0
    stalls: int = 0
    pushed: int = 0
    left_out: int = 0
    hanging: int = 0
    longest_note: float = 0.0
    lateness_p99: float = 0.0
    lateness_worst: float = 0.0
    memory_start: int = 0
    memory_end: int = 0


@dataclass(frozen=True, slots=True)
class _Deed:
    """Something to be done at `at`, seconds of the day."""

    at: float
    act: Callable[[int], None]


class SimulatedDay:
    """One day, from opening to closing.

    Parameters
    ----------
    config : Config
    checkpoint : Checkpoint
        The network that plays.
    day : Day
        What happens.
    number : int
        1 is the first.
    seed : int
    folder : Path
        For the recordings of visits.
    """

    def __init__(
        self,
        config: Config,
        checkpoint: Checkpoint,
        day: Day,
        number: int,
        seed: int,
        folder: Path,
    ) -> None:
        self.account = Account(number)
        self._config, self._checkpoint = config, checkpoint
        self._day, self._folder, self._seed = day, folder, seed
        self._midnight = (number - 1) * 24 * 3600 * SECOND
        self.clock = VirtualClock(self._time(OPENING))
        self.port = SimulatedPort(self.clock)
        self.port.answered_at = self._note_of_network
        self._full = False
        self._answers: list[int] = []
        self._build()

    def run(self, progress: Callable[[float], None] = lambda hours: None) -> Account:
        """Play it; `progress` is told how many hours have passed."""
        for deed in sorted(self._deeds(), key=lambda deed: deed.at):
            at = self._time(deed.at)
            self._play_to(at)
            deed.act(at)
            progress((deed.at - OPENING) / 3600)
        self._play_to(self._time(CLOSING))
        self._performer.close(self.clock.now())
        self._add_up()
        self.account.memory_end = _memory_now()
        progress((CLOSING - OPENING) / 3600)
        return self.account

    def _deeds(self) -> list[_Deed]:
        deeds = [_Deed(OPENING + WARM_AFTER, self._look_at_memory)]
        deeds += [_Deed(mishap.at, self._fault(mishap)) for mishap in self._day.mishaps]
        for visit in self._day.visits:
            for strike in visit.strikes:
                deeds.append(_Deed(strike.at, self._down(strike.pitch, strike.velocity)))
                deeds.append(_Deed(strike.end, self._up(strike.pitch)))
        return deeds

    def _play_to(self, at: int) -> None:
        rehearse(self._performer, self._scheduler, self.clock, at)

    def _look_at_memory(self, at: int) -> None:
        self.account.memory_start = _memory_now()

    # What visitors do

    def _down(self, pitch: int, velocity: int) -> Callable[[int], None]:
        return lambda at: self._visitor.press(pitch, velocity, max(at, self.clock.now()))

    def _up(self, pitch: int) -> Callable[[int], None]:
        return lambda at: self._visitor.release(pitch, max(at, self.clock.now()))

    # What goes wrong

    def _fault(self, mishap: Mishap) -> Callable[[int], None]:
        def act(at: int) -> None:
            match mishap.fault:
                case Fault.STALL:
                    self.account.stalls += 1
                    self.clock.wait_until(at + round(mishap.seconds * SECOND), Event())
                case Fault.PULL:
                    self.account.pulled += 1
                    self.port.pulled = True
                case Fault.PLUG:
                    self.port.plug()
                case Fault.KILL:
                    self._kill(at)
                case Fault.FULL | Fault.FREE:
                    self._full = mishap.fault is Fault.FULL

        return act

    def _kill(self, at: int) -> None:
        """The performer is gone as it stands; the supervisor silences the port and starts anew."""
        self.account.killed += 1
        self._count_performer()
        if not self.port.pulled:
            self.port.silence()
        self.clock.wait_until(at + RESTART, Event())
        self._build()

    def _build(self) -> None:
        seed = self._seed + self.account.killed * NEXT_SEED
        composer = Terse(self._checkpoint)
        self._visitor = Visitor([self.port])
        self._scheduler = Scheduler([self.port])
        self._cues = _Wire()
        self._recorder = MidiRecorder(
            self._folder, None, self.clock.now(), self._today, DirectWriter(self._write)
        )
        self._performer = Performer(
            composer,
            self._visitor,
            self._scheduler,
            self._recorder,
            self._cues,
            live_settings(self._config, self._checkpoint),
            seed,
            self.clock.now(),
        )

    def _today(self) -> datetime:
        return DAY_ONE + timedelta(microseconds=self.clock.now() // 1000)

    def _write(
        self, path: Path, parts: Sequence[Part], tempo: float, meter: Meter, title: str
    ) -> None:
        if self._full:
            self.account.lost_writes += 1
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_parts(path, parts, tempo, meter, title)

    # What came of it

    def _note_of_network(self, at: int) -> None:
        if self._cues.turn is Turn.ANSWER:
            self._answers.append(at)

    def _is_answered(self, visit: Visit) -> bool:
        start, end = self._time(visit.start), self._time(visit.end) + PATIENCE
        return any(start < at < end for at in self._answers)

    def _count_performer(self) -> None:
        account, lateness = self.account, self._scheduler.lateness()
        account.pushed += self._performer.pushed
        account.left_out += self._scheduler.skipped
        account.lateness_p99 = max(account.lateness_p99, lateness.p99)
        account.lateness_worst = max(account.lateness_worst, lateness.worst)

    def _add_up(self) -> None:
        account = self.account
        self._count_performer()
        account.visits = len(self._day.visits)
        account.answered = sum(self._is_answered(visit) for visit in self._day.visits)
        account.phrases = sum(visit.phrases for visit in self._day.visits)
        account.visitor_notes = self.port.notes[Source.VISITOR]
        account.network_notes = self.port.notes[Source.NETWORK]
        account.hanging = self.port.hanging
        account.longest_note = self.port.longest / SECOND
        day = self._today().strftime("%Y-%m-%d")
        account.recordings = len(list((self._folder / day).glob("*.mid")))

    def _time(self, seconds: float) -> int:
        return self._midnight + round(seconds * SECOND)


def _memory_now() -> int:
    gc.collect()
    return memory_in_use()
