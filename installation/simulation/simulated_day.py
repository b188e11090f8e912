"""A simulated day: twelve hours of visitors and faults, played in minutes.

Performer, network, band, scheduler and recorder are the real ones. The clock is virtual; the port,
the disk and the visitors are simulated.
"""

from __future__ import annotations

import errno
import gc
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

from installation.config import Config, LiveSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.ops.metrics import open_descriptor_count, resident_memory_bytes, thread_count
from installation.session.file_writer import RecordingWriter
from installation.session.live_session import resolve_live_settings
from installation.session.model_loading import create_band
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
from midi_data.midi_songs import MeterChange, TempoChange
from midi_data.notes import Meter
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint

RESTART_DELAY_NS = 2 * SECOND
"""Time after which a killed performer plays again, ns (see docs/reliability.md)."""
ANSWER_TIMEOUT_NS = 20 * SECOND  # longest time from a visit to a note that counts as its answer, ns
FIRST_DAY_DATE = datetime(2030, 6, 3)
MAX_AUDITIONS = 1  # candidates of a tune: a dozen would take most of a simulated day
MEMORY_WARM_UP_S = 600.0  # time after opening from which memory should not grow, seconds


class NonExplainingImproviser(Improviser):
    """The network without its explanations, which only a stage would show."""

    def explain_last_note(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _ScheduledAction:
    """An action at `at`, seconds of the day."""

    at: float
    run: Callable[[int], None]


class SimulatedDay:
    """One day, from opening to closing.

    Parameters
    ----------
    config : Config
    checkpoint : Checkpoint
        The model that plays.
    day : DayScript
    number : int
        Number of the day, from 1.
    seed : int
    folder : Path
        Folder for the recordings of visits.
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
        """Play the day; `progress` gets the hours that have passed."""
        self._record_opening()
        for action in sorted(self._scheduled_actions(), key=lambda action: action.at):
            at = self._clock_time_ns(action.at)
            self._advance_to(at)
            action.run(at)
            self._count_hanging_notes()
            progress((action.at - OPENING_TIME_S) / 3600)
        self._advance_to(self._clock_time_ns(CLOSING_TIME_S))
        self._count_hanging_notes()
        self._performer.close(self.clock.now())
        self._complete_report()
        self._record_closing()
        progress((CLOSING_TIME_S - OPENING_TIME_S) / 3600)
        return self.report

    def _scheduled_actions(self) -> list[_ScheduledAction]:
        actions = [_ScheduledAction(OPENING_TIME_S + MEMORY_WARM_UP_S, self._record_warm_memory)]
        for fault in self._script.faults:
            actions.append(_ScheduledAction(fault.at, partial(self._cause_fault, fault)))
        for note in (note for visit in self._script.visits for note in visit.notes):
            press = partial(self._press_key, note.pitch, note.velocity)
            actions.append(_ScheduledAction(note.at, press))
            actions.append(_ScheduledAction(note.end, partial(self._release_key, note.pitch)))
        return actions

    def _advance_to(self, at: int) -> None:
        run_virtual(self._performer, self._scheduler, self.clock, at)

    def _record_opening(self) -> None:
        report = self.report
        report.memory_open = _memory_after_gc()
        report.descriptors_open, report.threads_open = open_descriptor_count(), thread_count()

    def _record_closing(self) -> None:
        report = self.report
        report.memory_end = _memory_after_gc()
        report.descriptors_end, report.threads_end = open_descriptor_count(), thread_count()

    def _record_warm_memory(self, at: int) -> None:
        self.report.memory_start = _memory_after_gc()

    def _press_key(self, pitch: int, velocity: int, at: int) -> None:
        self._keys_down.add(pitch)
        self._key_input.press(pitch, velocity, max(at, self.clock.now()))

    def _release_key(self, pitch: int, at: int) -> None:
        self._keys_down.discard(pitch)
        self._key_input.release(pitch, max(at, self.clock.now()))

    def _cause_fault(self, fault: ScheduledFault, at: int) -> None:
        match fault.kind:
            case FaultKind.STALL:
                self.report.stalls += 1
                self.clock.wait_until(at + round(fault.stall_s * SECOND), Event())
            case FaultKind.UNPLUG:
                self.report.pulled += 1
                self.port.unplugged = True
            case FaultKind.REPLUG:
                self.port.replug()
            case FaultKind.KILL_PERFORMER:
                self._kill_performer(at)
            case FaultKind.DISK_FULL | FaultKind.DISK_FREED:
                self._disk_full = fault.kind is FaultKind.DISK_FULL

    def _kill_performer(self, at: int) -> None:
        """End the performer at once, silence the port as the supervisor does, and start another."""
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
            self._live_settings,
            seed,
            self.clock.now(),
            band=create_band(self._config.live, seed),
        )

    @property
    def _live_settings(self) -> LiveSettings:
        settings = resolve_live_settings(self._config, self._checkpoint)
        auditions = min(settings.auditions, MAX_AUDITIONS)
        return settings.model_copy(update={"auditions": auditions})

    def _wall_clock(self) -> datetime:
        return FIRST_DAY_DATE + timedelta(microseconds=self.clock.now() // 1000)

    def _write_file(
        self,
        path: Path,
        parts: Sequence[MidiPart],
        tempo: float,
        meter: Meter,
        title: str,
        changes: Sequence[TempoChange | MeterChange],
    ) -> None:
        if self._disk_full:
            self.report.lost_writes += 1
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_parts(path, parts, tempo, meter, title, changes)

    def _on_network_note(self, at: int, heard: bool) -> None:
        """Count the last visit before a note of an answer as answered.

        The visitor hears the answer only if the port is plugged in.
        """
        number = bisect_left(self._visit_starts, at) - 1
        if self._cue_sink.turn is not Turn.ANSWER or number < 0:
            return
        if at < self._clock_time_ns(self._script.visits[number].end) + ANSWER_TIMEOUT_NS:
            self._answered_visits.add(number)
            if heard:
                self._heard_visits.add(number)

    def _count_hanging_notes(self) -> None:
        """Count the notes that sound at the far end though nobody plays them."""
        if self.port.unplugged:
            return
        sounding = {source: self.port.count_sounding(source) for source in NoteSource}
        visitor = sounding.pop(NoteSource.VISITOR) - len(self._keys_down)
        composed = sum(sounding.values()) - self._scheduler.sounding_count
        self.report.hanging = max(self.report.hanging, max(0, composed) + max(0, visitor))

    def _add_performer_counts(self) -> None:
        report, lateness = self.report, self._scheduler.measure_lateness()
        report.pushed += self._performer.postponements
        report.left_out += self._scheduler.skipped_notes
        report.lateness_p99 = max(report.lateness_p99, lateness.p99)
        report.lateness_worst = max(report.lateness_worst, lateness.worst)

    def _complete_report(self) -> None:
        report = self.report
        self._add_performer_counts()
        report.visits = len(self._script.visits)
        report.answered = len(self._answered_visits)
        report.unheard = len(self._answered_visits - self._heard_visits)
        report.phrases = sum(visit.phrase_count for visit in self._script.visits)
        report.visitor_notes = self.port.note_on_counts[NoteSource.VISITOR]
        report.network_notes = self.port.note_on_counts[NoteSource.NETWORK]
        left = sum(self.port.count_sounding(source) for source in NoteSource)
        report.hanging = max(report.hanging, left)
        report.longest_note = self.port.longest_note_ns / SECOND
        day = self._wall_clock().strftime("%Y-%m-%d")
        report.recordings = len(list((self._folder / day).glob("*.mid")))

    def _clock_time_ns(self, seconds: float) -> int:
        return self._midnight + round(seconds * SECOND)


def _memory_after_gc() -> int:
    gc.collect()
    return resident_memory_bytes()
