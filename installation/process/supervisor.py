"""The supervisor: starts the child processes, restarts those that die or hang, and ends them all.

The first restart is immediate; while a child keeps dying early, each restart is delayed longer. A
child whose supervisor has ended ends by itself (see `process_lifetime`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from threading import Event
from typing import Protocol

from installation.io.control.control_messages import (
    LASTING_CONTROLS,
    ControlMessage,
    ControlRefusal,
)
from installation.io.drop_counter import DropCounter
from installation.ops.exhibit_status import ProcessHealth
from installation.process.control_pipe import (
    HEARTBEAT_INTERVAL_NS,
    POLL_INTERVAL_S,
    HealthReport,
    Heartbeat,
    PipeMessage,
    ProcessTarget,
    SilenceRequest,
    StageLost,
    StageOpened,
    StateToKeep,
    StopRequest,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.managed_process import ManagedProcess
from installation.process.process_lifetime import StopFlag
from messages.clock import SECOND, Clock
from messages.crowd import AudienceCodes, CrowdChange, DuetReplay
from messages.gestures import QuitRequest

SHUTDOWN_GRACE_S = 1.2  # seconds the children may use to end by themselves
SILENCER_GRACE_S = 0.5  # seconds the silencer may use after them

SPAWN_RETRY_INTERVAL_NS = SECOND
"""Time until another attempt to start a process that could not be started, ns."""
MIN_SET_INTERVAL_NS = 5 * SECOND  # shortest time between two choices of a set, ns
MIN_SET_TRIAL_INTERVAL_NS = SECOND // 4  # and between two readings of a set's file, ns

log = logging.getLogger(__name__)

WorkOfSet = Callable[[str], Mapping[str, ProcessTarget]]
"""Returns the work of each process that plays a set, by role; raises ValueError for no such set."""


class HealthObserver(Protocol):
    """Learns several times a second how the children are, as the status file does."""

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Learn the health at the time `now` (ns), by name of child."""

    def close(self) -> None:
        """Learn that the piece ends."""


class Supervisor:
    """Keeps its children at work until a vital one finishes or a stop is requested.

    The first child, the performer, is told when a stage opens or ends. A process that cannot be
    started, as memory or processes lack, is tried again.

    Parameters
    ----------
    children : iterable of ManagedProcess
    clock : Clock
    stop : StopFlag
        Set it to end.
    observers : sequence of HealthObserver
    work_of_set : callable, optional
    silencer : ManagedProcess, optional
        Told of each death of the performer; it ends last.
    """

    def __init__(
        self,
        children: Iterable[ManagedProcess],
        clock: Clock,
        stop: StopFlag,
        observers: Sequence[HealthObserver] = (),
        work_of_set: WorkOfSet | None = None,
        silencer: ManagedProcess | None = None,
    ) -> None:
        self.children, self.stop = list(children), stop
        self._silencer = silencer
        self._supervised = [*self.children, *([] if silencer is None else [silencer])]
        self._work_of_set = work_of_set
        self._set_chosen_at = self._set_tried_at = clock.now() - MIN_SET_INTERVAL_NS
        self._left_out = DropCounter("left out", clock.now)
        self._spare_due_at = clock.now()  # earliest start of another spare, after one failed
        self.failed_starts = DropCounter("supervisor", clock.now)
        self.failed_reports = DropCounter("supervisor", clock.now)
        self.failure: str | None = None  # reason why the piece could not be played
        self.clock, self._observers = clock, tuple(observers)
        self._started_at = self._reported_at = clock.now()
        self.lasting_controls: dict[str, ControlMessage] = {}

    def run(self) -> str | None:
        """Supervise until the end."""
        try:
            while not self.stop.is_set():
                for child in self._supervised:
                    self._check_child(child)
                self._poll_pipes()
                self._report_health(self.clock.now())
        finally:
            self._tell_observers(lambda observer: observer.close())
            self._shut_down()
        return self.failure

    def _tell_observers(self, tell: Callable[[HealthObserver], None]) -> None:
        """Tell each observer; the piece plays on, and ends, whatever fails beside it."""
        for observer in self._observers:
            try:
                tell(observer)
            except Exception as error:  # noqa: BLE001 - observers are many, and none is vital
                what = f"{type(observer).__name__}: {type(error).__name__}: {error}"
                self.failed_reports.record_drop("reports of the health", what)

    def _check_child(self, child: ManagedProcess) -> None:
        if child.retired:
            return
        if child.process is None:
            if self.clock.now() >= child.restart_at:
                self._start(child)
        elif not child.process.is_alive() or child.check_hung():
            self._handle_death(child)
        elif self.clock.now() >= self._spare_due_at:
            try:
                child.ensure_spare()
            except OSError as error:
                self._spare_due_at = self._retry_time(child, error)

    def _start(self, child: ManagedProcess) -> None:
        try:
            child.start()
        except OSError as error:
            child.restart_at = self._retry_time(child, error)
            return
        for control in self.lasting_controls.values():
            child.send(control)

    def _retry_time(self, child: ManagedProcess, error: OSError) -> int:
        """Report a process that could not be started; returns when to try again, ns."""
        self.failed_starts.record_drop("starts of processes", f"the {child.role.name}: {error}")
        return self.clock.now() + SPAWN_RETRY_INTERVAL_NS

    def _report_health(self, now: int) -> None:
        health = {child.role.name: child.health for child in self.children}
        watchers = {child.role.name for child in self.children if child.role.is_watcher}
        of_piece = {name: one for name, one in health.items() if name not in watchers}
        self._tell_observers(lambda observer: observer.update(now, of_piece))
        if now - self._reported_at >= HEARTBEAT_INTERVAL_NS:
            self._reported_at = now
            report = HealthReport(health, (now - self._started_at) / SECOND)
            for child in self.children:
                if child.role.is_watcher:
                    child.send(report)

    def _handle_death(self, child: ManagedProcess) -> None:
        code = child.process.exitcode
        what = "hangs" if code is None else f"ended with status {code}"
        child.schedule_restart()
        delay = max(0, child.restart_at - self.clock.now()) / SECOND
        when = f"starting it again in {delay:.1f} s" if delay else "starting it again"
        log.warning("the %s %s; %s", child.role.name, what, when)
        if child is self.children[0]:
            self.request_silence()
        elif not child.role.is_watcher:
            self.children[0].send(StageLost(self.clock.now()))

    def request_silence(self) -> None:
        """Have all notes ended that a performer left.

        That is done in a process of its own: in one whose JACK server has died, a MIDI library may
        never return, nor let another thread run.
        """
        if self._silencer is None:
            return
        if self._silencer.process is None:
            self._start(self._silencer)
        self._silencer.send(SilenceRequest())

    def _poll_pipes(self) -> None:
        by_pipe = {child.pipe: child for child in self._supervised if child.pipe is not None}
        if not by_pipe:
            due = self.clock.now() + round(POLL_INTERVAL_S * SECOND)
            self.clock.wait_until(due, Event())
            return
        for pipe in wait(list(by_pipe), POLL_INTERVAL_S):
            self._read_pipe(by_pipe[pipe], pipe)

    def _read_pipe(self, child: ManagedProcess, pipe: Connection) -> None:
        try:
            while child.pipe is not None and pipe.poll():
                self.handle_message(child, pipe.recv())
        except (EOFError, OSError):  # closed at the other end: the process is about to end
            if child.process is not None:
                child.process.join(POLL_INTERVAL_S)

    def handle_message(self, child: ManagedProcess, message: PipeMessage) -> None:
        """Act on a message from a child."""
        match message:
            case Heartbeat():
                child.record_heartbeat(message)
            case StateToKeep(state):
                child.kept_state = state
            case QuitRequest():
                self.stop.set(by_staff=True)
            case UnrecoverableFailure(reason):
                self._retire(child, reason)
            case WorkFinished():
                child.retired = True
                if child.role.vital:
                    self.stop.set()
            case StageOpened():
                self.children[0].send(message)
            case ControlMessage("restart", (name,)):
                self._restart(str(name))
            case CrowdChange() | AudienceCodes() | DuetReplay():
                for each in self.children:
                    if not each.role.is_watcher:
                        each.send(message)
            case ControlMessage("set", (name,)):
                try:
                    self._choose_set(str(name))
                except ValueError as error:
                    self._left_out.record_drop("sets", str(error))
                    child.send(ControlRefusal(message, str(error)))
            case ControlRefusal():
                for each in self.children:
                    if each.role.is_watcher:
                        each.send(message)
            case ControlMessage():
                if message.name in LASTING_CONTROLS:
                    self.lasting_controls[message.name] = message
                for each in self.children:
                    each.send(message)

    def _restart(self, name: str) -> None:
        """Replace the stage, the performer or both, as the staff asks."""
        names = ("stage", "performer") if name == "all" else (name,)
        for child in self.children:
            if child.role.name in names and child.process is not None:
                log.warning("the staff restarts the %s", child.role.name)
                child.end_on_request()  # the next check starts another

    def _choose_set(self, name: str) -> None:
        """Replace the processes by others that play a set; raises ValueError if it cannot be."""
        work = self._find_work(name)
        log.info("the set is %s", name)
        self._set_chosen_at = self.clock.now()
        self.lasting_controls.pop("style", None)  # it may not play in this set
        for child in self.children:
            if child.role.name in work:
                child.change_work(work[child.role.name])
                child.end_on_request()  # the next check starts another

    def _find_work(self, name: str) -> Mapping[str, ProcessTarget]:
        """The work of each process that plays a set; raises ValueError if it is not to be."""
        now = self.clock.now()
        if self._work_of_set is None:
            raise ValueError("a set needs the piece with its window")
        if now - self._set_chosen_at < MIN_SET_INTERVAL_NS:
            seconds = MIN_SET_INTERVAL_NS // SECOND
            raise ValueError(f"another set was chosen less than {seconds} s ago")
        if now - self._set_tried_at < MIN_SET_TRIAL_INTERVAL_NS:
            raise ValueError("too many sets at once; try again in a second")
        self._set_tried_at = now
        return self._work_of_set(name)

    def _retire(self, child: ManagedProcess, reason: str) -> None:
        child.retired = True
        if child.role.vital:
            self.failure = reason
            self.stop.set()
        else:
            log.warning("%s", reason)
            child.kill_spare()
            child.kill()

    def _shut_down(self) -> None:
        killed = _end_processes(self.children, self.clock, SHUTDOWN_GRACE_S)
        if self.children[0] in killed:
            self.request_silence()
        if self._silencer is not None:
            _end_processes([self._silencer], self.clock, SILENCER_GRACE_S)


def _end_processes(
    children: Sequence[ManagedProcess], clock: Clock, grace_s: float
) -> list[ManagedProcess]:
    """Ask processes to end, and kill those that have not ended after `grace_s`; returns them."""
    for child in children:
        child.send(StopRequest())
        child.kill_spare()
    deadline = clock.now() + round(grace_s * SECOND)
    for child in children:
        if child.process is not None:
            child.process.join(max(0.0, (deadline - clock.now()) / SECOND))
    return [child for child in children if child.kill()]
