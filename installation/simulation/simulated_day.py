"""A simulated exhibit: days of visitors and faults played in minutes.

The performer, the conversation, the network, the scheduler and the recorder are the real ones; only
the clock is virtual, and the port, the disk and the visitors are made up.
"""

from __future__ import annotations

import errno
import gc
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from installation.config import Config
from installation.engine.key_input import Visitor
from installation.engine.performer import Performer
from installation.engine.run import rehearse
from installation.engine.scheduler import Scheduler
from installation.ops.metrics import memory_in_use
from installation.session.file_writer import DirectWriter
from installation.session.live_session import live_settings
from installation.session.recorder import MidiRecorder
from installation.simulation.day_report import Account
from installation.simulation.day_script import CLOSING, OPENING, Day, Fault, Mishap
from installation.simulation.fakes import PackedCues, SimulatedPort
from messages.clock import SECOND, VirtualClock
from messages.cues import Source, Turn
from midi_data.midi_files import Part, write_parts
from midi_data.notes import Meter
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint

RESTART = 2 * SECOND
"""A performer that was killed plays again after so long, ns (see docs/reliability.md)."""
PATIENCE = 20 * SECOND
"""A visit counts as answered if a note of an answer sounds no later than this after it, ns."""
NEXT_SEED = 1_000_003
"""A performer started again plays by a seed so much higher."""
DAY_ONE = datetime(2030, 6, 3)
WARM_AFTER = 600.0
"""Seconds after opening from which memory should not grow: what is made once is made by then."""


class Terse(Improviser):
    """The network as it plays, without saying why: that is for the stage, which is not there."""

    def explain(self) -> None:
        return None


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
        self.port.played = self._note_of_network
        self._full = False
        self._held: set[int] = set()
        self._starts = [self._time(visit.start) for visit in day.visits]
        self._answered: set[int] = set()
        self._heard: set[int] = set()
        self._build()

    def run(self, progress: Callable[[float], None] = lambda hours: None) -> Account:
        """Play it; `progress` is told how many hours have passed."""
        self.account.memory_open = _memory_now()
        for deed in sorted(self._deeds(), key=lambda deed: deed.at):
            at = self._time(deed.at)
            self._play_to(at)
            deed.act(at)
            self._look_for_hanging()
            progress((deed.at - OPENING) / 3600)
        self._play_to(self._time(CLOSING))
        self._look_for_hanging()
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
        def act(at: int) -> None:
            self._held.add(pitch)
            self._visitor.press(pitch, velocity, max(at, self.clock.now()))

        return act

    def _up(self, pitch: int) -> Callable[[int], None]:
        def act(at: int) -> None:
            self._held.discard(pitch)
            self._visitor.release(pitch, max(at, self.clock.now()))

        return act

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
        self._cues = PackedCues()
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

    def _note_of_network(self, at: int, heard: bool) -> None:
        """Whoever came last before an answer is answered, if they are still there or just left.

        Whether they could hear it is another matter: the port may be pulled.
        """
        number = bisect_left(self._starts, at) - 1
        if self._cues.turn is not Turn.ANSWER or number < 0:
            return
        if at < self._time(self._day.visits[number].end) + PATIENCE:
            self._answered.add(number)
            if heard:
                self._heard.add(number)

    def _look_for_hanging(self) -> None:
        """Whether more sounds at the far end than is being played; what is pulled out is silent."""
        if self.port.pulled:
            return
        network = self.port.sounding(Source.NETWORK) - self._scheduler.sounding
        visitor = self.port.sounding(Source.VISITOR) - len(self._held)
        self.account.hanging = max(self.account.hanging, max(0, network) + max(0, visitor))

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
        account.answered = len(self._answered)
        account.unheard = len(self._answered - self._heard)
        account.phrases = sum(visit.phrases for visit in self._day.visits)
        account.visitor_notes = self.port.notes[Source.VISITOR]
        account.network_notes = self.port.notes[Source.NETWORK]
        left = sum(self.port.sounding(source) for source in Source)
        account.hanging = max(account.hanging, left)
        account.longest_note = self.port.longest / SECOND
        day = self._today().strftime("%Y-%m-%d")
        account.recordings = len(list((self._folder / day).glob("*.mid")))

    def _time(self, seconds: float) -> int:
        return self._midnight + round(seconds * SECOND)


def _memory_now() -> int:
    gc.collect()
    return memory_in_use()
