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
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.ops.metrics import resident_memory_bytes
from installation.session.file_writer import RecordingWriter
from installation.session.live_session import resolve_live_settings
from installation.session.options import restart_seed
from installation.session.recorder import MidiRecorder
from installation.simulation.day_report import DayReport
from installation.simulation.day_script import (
    CLOSING_TIME_S,
    OPENING_TIME_S,
    DayScript,
    FaultKind,
    ScheduledFault,
)
from installation.simulation.fakes import PackingCueSink, SimulatedOutput
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteSource, Turn
from midi_data.midi_files import MidiPart, write_parts
from midi_data.notes import Meter
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint

RESTART_DELAY_NS = 2 * SECOND
"""A performer that was killed plays again after so long, ns (see docs/reliability.md)."""
ANSWER_TIMEOUT_NS = 20 * SECOND
"""A visit counts as answered if a note of an answer sounds no later than this after it, ns."""
FIRST_DAY_DATE = datetime(2030, 6, 3)
MEMORY_WARM_UP_S = 600.0
"""Seconds after opening from which memory should not grow: what is made once is made by then."""


class NonExplainingImproviser(Improviser):
    """The network as it plays, without saying why: that is for the stage, which is not there."""

    def explain_last_note(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _ScheduledAction:
    """Something to be done at `at`, seconds of the day."""

    at: float
    run: Callable[[int], None]


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
        day: DayScript,
        number: int,
        seed: int,
        folder: Path,
    ) -> None:
        self.report = DayReport(number)
        self._config, self._checkpoint = config, checkpoint
        self._script, self._folder, self._seed = day, folder, seed
        self._midnight = (number - 1) * 24 * 3600 * SECOND
        self.clock = VirtualClock(self._clock_time_ns(OPENING_TIME_S))
        self.port = SimulatedOutput(self.clock)
        self.port.on_network_note = self._on_network_note
        self._disk_full = False
        self._keys_down: set[int] = set()
        self._visit_starts = [self._clock_time_ns(visit.start) for visit in day.visits]
        self._answered_visits: set[int] = set()
        self._heard_visits: set[int] = set()
        self._create_performer()

    def run(self, progress: Callable[[float], None] = lambda hours: None) -> DayReport:
        """Play it; `progress` is told how many hours have passed."""
        self.report.memory_open = _memory_after_gc()
        for deed in sorted(self._scheduled_actions(), key=lambda deed: deed.at):
            at = self._clock_time_ns(deed.at)
            self._advance_to(at)
            deed.run(at)
            self._count_hanging_notes()
            progress((deed.at - OPENING_TIME_S) / 3600)
        self._advance_to(self._clock_time_ns(CLOSING_TIME_S))
        self._count_hanging_notes()
        self._performer.close(self.clock.now())
        self._complete_report()
        self.report.memory_end = _memory_after_gc()
        progress((CLOSING_TIME_S - OPENING_TIME_S) / 3600)
        return self.report

    def _scheduled_actions(self) -> list[_ScheduledAction]:
        deeds = [_ScheduledAction(OPENING_TIME_S + MEMORY_WARM_UP_S, self._record_warm_memory)]
        deeds += [
            _ScheduledAction(mishap.at, self._fault_action(mishap))
            for mishap in self._script.faults
        ]
        for visit in self._script.visits:
            for strike in visit.notes:
                deeds.append(
                    _ScheduledAction(
                        strike.at, self._key_down_action(strike.pitch, strike.velocity)
                    )
                )
                deeds.append(_ScheduledAction(strike.end, self._key_up_action(strike.pitch)))
        return deeds

    def _advance_to(self, at: int) -> None:
        run_virtual(self._performer, self._scheduler, self.clock, at)

    def _record_warm_memory(self, at: int) -> None:
        self.report.memory_start = _memory_after_gc()

    # What visitors do

    def _key_down_action(self, pitch: int, velocity: int) -> Callable[[int], None]:
        def act(at: int) -> None:
            self._keys_down.add(pitch)
            self._key_input.press(pitch, velocity, max(at, self.clock.now()))

        return act

    def _key_up_action(self, pitch: int) -> Callable[[int], None]:
        def act(at: int) -> None:
            self._keys_down.discard(pitch)
            self._key_input.release(pitch, max(at, self.clock.now()))

        return act

    # What goes wrong

    def _fault_action(self, mishap: ScheduledFault) -> Callable[[int], None]:
        def act(at: int) -> None:
            match mishap.kind:
                case FaultKind.STALL:
                    self.report.stalls += 1
                    self.clock.wait_until(at + round(mishap.stall_s * SECOND), Event())
                case FaultKind.UNPLUG:
                    self.report.pulled += 1
                    self.port.unplugged = True
                case FaultKind.REPLUG:
                    self.port.replug()
                case FaultKind.KILL_PERFORMER:
                    self._kill_performer(at)
                case FaultKind.DISK_FULL | FaultKind.DISK_FREED:
                    self._disk_full = mishap.kind is FaultKind.DISK_FULL

        return act

    def _kill_performer(self, at: int) -> None:
        """The performer is gone as it stands; the supervisor silences the port and starts anew."""
        self.report.killed += 1
        self._add_performer_counts()
        if not self.port.unplugged:
            self.port.silence()
        self.clock.wait_until(at + RESTART_DELAY_NS, Event())
        self._create_performer()

    def _create_performer(self) -> None:
        seed = restart_seed(self._seed, self.report.killed)
        composer = NonExplainingImproviser(self._checkpoint)
        self._key_input = KeyInput([self.port])
        self._scheduler = Scheduler([self.port])
        self._cue_sink = PackingCueSink()
        self._recorder = MidiRecorder(
            self._folder,
            None,
            self.clock.now(),
            self._wall_clock,
            RecordingWriter(self._write_file),
        )
        self._performer = Performer(
            composer,
            self._key_input,
            self._scheduler,
            [self._recorder, self._cue_sink],
            resolve_live_settings(self._config, self._checkpoint),
            seed,
            self.clock.now(),
        )

    def _wall_clock(self) -> datetime:
        return FIRST_DAY_DATE + timedelta(microseconds=self.clock.now() // 1000)

    def _write_file(
        self, path: Path, parts: Sequence[MidiPart], tempo: float, meter: Meter, title: str
    ) -> None:
        if self._disk_full:
            self.report.lost_writes += 1
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_parts(path, parts, tempo, meter, title)

    # What came of it

    def _on_network_note(self, at: int, heard: bool) -> None:
        """Whoever came last before an answer is answered, if they are still there or just left.

        Whether they could hear it is another matter: the port may be pulled.
        """
        number = bisect_left(self._visit_starts, at) - 1
        if self._cue_sink.turn is not Turn.ANSWER or number < 0:
            return
        if at < self._clock_time_ns(self._script.visits[number].end) + ANSWER_TIMEOUT_NS:
            self._answered_visits.add(number)
            if heard:
                self._heard_visits.add(number)

    def _count_hanging_notes(self) -> None:
        """Whether more sounds at the far end than is being played; what is pulled out is silent."""
        if self.port.unplugged:
            return
        network = self.port.count_sounding(NoteSource.NETWORK) - self._scheduler.sounding_count
        visitor = self.port.count_sounding(NoteSource.VISITOR) - len(self._keys_down)
        self.report.hanging = max(self.report.hanging, max(0, network) + max(0, visitor))

    def _add_performer_counts(self) -> None:
        account, lateness = self.report, self._scheduler.measure_lateness()
        account.pushed += self._performer.postponements
        account.left_out += self._scheduler.skipped_notes
        account.lateness_p99 = max(account.lateness_p99, lateness.p99)
        account.lateness_worst = max(account.lateness_worst, lateness.worst)

    def _complete_report(self) -> None:
        account = self.report
        self._add_performer_counts()
        account.visits = len(self._script.visits)
        account.answered = len(self._answered_visits)
        account.unheard = len(self._answered_visits - self._heard_visits)
        account.phrases = sum(visit.phrase_count for visit in self._script.visits)
        account.visitor_notes = self.port.note_on_counts[NoteSource.VISITOR]
        account.network_notes = self.port.note_on_counts[NoteSource.NETWORK]
        left = sum(self.port.count_sounding(source) for source in NoteSource)
        account.hanging = max(account.hanging, left)
        account.longest_note = self.port.longest_note_ns / SECOND
        day = self._wall_clock().strftime("%Y-%m-%d")
        account.recordings = len(list((self._folder / day).glob("*.mid")))

    def _clock_time_ns(self, seconds: float) -> int:
        return self._midnight + round(seconds * SECOND)


def _memory_after_gc() -> int:
    gc.collect()
    return resident_memory_bytes()
