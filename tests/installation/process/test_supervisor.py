"""Tests with real processes; each waits for a state, never for a time."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from threading import Thread
from types import SimpleNamespace

import pytest

from installation.io.control.control_messages import ControlMessage, ControlRefusal
from installation.ops.exhibit_status import ProcessHealth
from installation.process import managed_process
from installation.process.control_pipe import HealthReport, StageLost, StageOpened
from installation.process.managed_process import ManagedProcess, ProcessRole
from installation.process.process_lifetime import StopFlag
from installation.process.spawned_process import SpawnedProcess
from installation.process.supervisor import Supervisor
from messages.clock import SECOND, MonotonicClock, VirtualClock
from messages.crowd import AudienceCodes, CrowdChange, CrowdLights, CrowdSteering
from tests.hang_guard import wait_until
from tests.installation.process.conftest import RecordingWorker, is_running

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def role(folder, name: str, vital: bool = False, **options) -> ProcessRole:
    return ProcessRole(name, RecordingWorker(folder, name, **options), vital)


def silencer_role(folder) -> ProcessRole:
    worker = RecordingWorker(folder, "silencer")
    return ProcessRole("silencer", worker, vital=False, is_watcher=True)


def silence_count(folder) -> int:
    told = folder / "silencer.silenced"
    return len(told.read_text()) if told.exists() else 0


def test_all_children_finish_when_a_stop_is_requested(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True), role(tmp_path, "two"))
    pids = [house.pid("one"), house.pid("two")]
    house.end()
    assert not any(is_running(pid) for pid in pids)
    assert (tmp_path / "one.finished").exists() and (tmp_path / "two.finished").exists()


@posix_only
def test_a_killed_performer_is_restarted_and_its_notes_are_ended(tmp_path, supervise) -> None:
    house = supervise(
        role(tmp_path, "one", vital=True),
        role(tmp_path, "two"),
        silencer=silencer_role(tmp_path),
    )
    other = house.pid("two")
    os.kill(house.pid("one"), signal.SIGKILL)
    assert house.pid("one", 1) != 0
    wait_until(lambda: silence_count(tmp_path) == 1)
    assert is_running(other)


@posix_only
def test_a_performer_that_dies_before_the_silencer_starts_starts_it(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True))
    silencer = ManagedProcess(silencer_role(tmp_path), MonotonicClock())
    silencer.restart_at += 3600 * SECOND
    supervisor = Supervisor(
        house.supervisor.children, MonotonicClock(), StopFlag(), silencer=silencer
    )
    supervisor.request_silence()
    wait_until(lambda: silence_count(tmp_path) == 1)
    silencer.kill()


@posix_only
def test_a_silencer_that_hangs_is_replaced_and_holds_up_nobody(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True), silencer=silencer_role(tmp_path))
    first = house.pid("silencer")
    wait_until(lambda: house.silencer.metrics is not None)
    os.kill(first, signal.SIGSTOP)
    os.kill(house.pid("one"), signal.SIGKILL)
    assert house.pid("one", 1) != 0
    assert house.pid("silencer", 1) != first
    house.end()
    assert not is_running(first)


def import_nothing() -> None:
    """Stands in for the imports of a role."""


@posix_only
def test_a_spare_takes_over_and_ends_with_the_others(tmp_path, supervise, monkeypatch) -> None:
    monkeypatch.setattr(managed_process, "SPARE_MIN_UPTIME_NS", 0)
    work = RecordingWorker(tmp_path, "one")
    house = supervise(ProcessRole("one", work, vital=True, preload=import_nothing))
    (child,) = house.supervisor.children
    wait_until(lambda: child.spare is not None)
    spare = child.spare.process.pid
    os.kill(house.pid("one"), signal.SIGKILL)
    assert house.pid("one", 1) == spare
    wait_until(lambda: child.spare is not None)
    next_spare = child.spare.process.pid
    house.end()
    assert not is_running(spare) and not is_running(next_spare)


def test_a_dead_spare_is_replaced_by_a_new_process(tmp_path, supervise, monkeypatch) -> None:
    monkeypatch.setattr(managed_process, "SPARE_MIN_UPTIME_NS", 0)
    house = supervise(role(tmp_path, "one", vital=True))
    (child,) = house.supervisor.children
    wait_until(lambda: child.spare is not None)
    child.spare.process.kill()
    wait_until(lambda: not child.spare.process.is_alive())
    house.pid("one")
    child.process.kill()
    assert house.pid("one", 1) != 0


@pytest.mark.parametrize("is_spare", [False, True])
def test_a_process_that_cannot_be_started_is_tried_again(
    tmp_path, supervise, monkeypatch, is_spare
) -> None:
    spawn, refused = SpawnedProcess.spawn, []

    def spawn_at_second_attempt(name, preload, gestures, spare=False) -> SpawnedProcess:
        if spare == is_spare and not refused:
            refused.append(name)
            raise BlockingIOError(11, "no more processes")
        return spawn(name, preload, gestures, spare)

    monkeypatch.setattr(SpawnedProcess, "spawn", spawn_at_second_attempt)
    monkeypatch.setattr(managed_process, "SPARE_MIN_UPTIME_NS", 0)
    house = supervise(role(tmp_path, "one", vital=True))
    assert house.pid("one") != 0
    (child,) = house.supervisor.children
    wait_until(lambda: child.spare is not None)
    assert refused == ["one"]
    assert house.supervisor.failed_starts.counts.total() == 1


def test_the_piece_ends_when_its_vital_child_finishes(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True, finishes=True), role(tmp_path, "two"))
    wait_until(lambda: not house.thread.is_alive())
    assert house.supervisor.failure is None


def test_the_failure_of_a_vital_child_ends_the_piece_with_its_reason(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True, failure="no port"))
    wait_until(lambda: not house.thread.is_alive())
    assert house.supervisor.failure == "no port"


def test_the_piece_goes_on_without_another_child_that_fails(tmp_path, supervise) -> None:
    house = supervise(
        role(tmp_path, "one", vital=True), role(tmp_path, "two", failure="no display")
    )
    house.pid("one")
    wait_until(lambda: house.supervisor.children[1].retired)
    assert not house.stop.is_set()
    house.end()
    assert not (tmp_path / "two-1.pid").exists()


def test_a_request_to_quit_from_the_window_ends_the_piece(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True), role(tmp_path, "two", quits=True))
    wait_until(lambda: not house.thread.is_alive())
    assert house.stop.is_set()


def test_the_first_child_is_told_that_a_stage_opened(tmp_path) -> None:
    clock = MonotonicClock()
    children = [ManagedProcess(role(tmp_path, name), clock) for name in ("one", "two")]
    supervisor = Supervisor(children, clock, StopFlag())
    sent: list[object] = []
    children[0].send = sent.append
    supervisor.handle_message(children[1], StageOpened(5))
    assert sent == [StageOpened(5)]
    assert not supervisor.stop.is_set()


@posix_only
def test_a_frozen_child_is_replaced_and_the_other_goes_on(tmp_path, supervise) -> None:
    work = RecordingWorker(tmp_path, "two")
    house = supervise(
        role(tmp_path, "one", vital=True),
        ProcessRole("two", work, vital=False, silence_timeout_ns=SECOND // 2),
    )
    one, two = house.pid("one"), house.pid("two")
    wait_until(lambda: house.supervisor.children[1].metrics is not None)
    os.kill(two, signal.SIGSTOP)
    assert house.pid("two", 1) != two
    assert not is_running(two) and is_running(one)


def test_an_exception_in_a_child_is_one_line_and_the_child_restarts(
    tmp_path, supervise, capfd
) -> None:
    house = supervise(role(tmp_path, "one", vital=True), role(tmp_path, "two", raises=True))
    house.pid("two", 1)
    house.end()
    printed = capfd.readouterr().err
    assert "Traceback" not in printed
    assert "the stage failed: ZeroDivisionError: no light (conftest.py:" in printed


@posix_only
def test_a_performer_that_ignores_the_stop_is_killed_and_its_notes_are_ended(
    tmp_path, supervise
) -> None:
    house = supervise(
        role(tmp_path, "one", vital=True, ignores_stop=True), silencer=silencer_role(tmp_path)
    )
    pids = [house.pid("one"), house.pid("silencer")]
    house.end()
    assert not any(is_running(pid) for pid in pids)
    assert silence_count(tmp_path) == 1
    assert (tmp_path / "silencer.finished").exists()


@posix_only
def test_a_performer_that_ends_by_itself_needs_no_silencing(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True), silencer=silencer_role(tmp_path))
    house.pid("one"), house.pid("silencer")
    house.end()
    assert silence_count(tmp_path) == 0


@posix_only
def test_the_next_process_goes_on_from_the_state_of_the_last(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True, counts=True))
    counted = tmp_path / "one.count"
    wait_until(lambda: counted.exists() and counted.read_text() == "1")
    os.kill(house.pid("one"), signal.SIGKILL)
    wait_until(lambda: counted.read_text() == "2")


def quiet_supervisor(tmp_path, *names: str) -> tuple[Supervisor, dict[str, list[object]]]:
    """A supervisor whose children were never started, and what each is sent."""
    clock = MonotonicClock()
    children = [ManagedProcess(role(tmp_path, name), clock) for name in names]
    sent: dict[str, list[object]] = {}
    for child in children:
        sent[child.role.name] = []
        child.send = sent[child.role.name].append
    return Supervisor(children, clock, StopFlag()), sent


def test_a_control_of_the_staff_reaches_every_child(tmp_path) -> None:
    supervisor, sent = quiet_supervisor(tmp_path, "performer", "stage", "web")
    control = ControlMessage("volume", (0.5,), 1)
    supervisor.handle_message(supervisor.children[2], control)
    assert all(messages == [control] for messages in sent.values())


@pytest.mark.parametrize(
    "message", [AudienceCodes(), CrowdChange(1, CrowdSteering(), CrowdLights())]
)
def test_what_the_audience_wants_reaches_music_and_picture(tmp_path, message) -> None:
    supervisor, sent = quiet_supervisor(tmp_path, "performer", "stage", "web")
    web = supervisor.children[2]
    web.role = replace(web.role, is_watcher=True)
    supervisor.handle_message(web, message)
    assert sent == {"performer": [message], "stage": [message], "web": []}


def test_a_restarted_child_is_told_what_lasts(tmp_path, supervise) -> None:
    house = supervise(role(tmp_path, "one", vital=True))
    house.pid("one")
    (child,) = house.supervisor.children
    sent: list[object] = []
    child.send = sent.append
    volume = ControlMessage("volume", (0.5,), 1)
    for control in (ControlMessage("scene", ("why",), 1), volume):
        house.supervisor.handle_message(child, control)
    sent.clear()
    child.process.kill()
    wait_until(lambda: volume in sent)
    assert ControlMessage("scene", ("why",), 1) not in sent


@posix_only
@pytest.mark.parametrize(("watches", "is_told"), [(False, True), (True, False)])
def test_the_music_is_told_of_a_stage_s_death_and_of_no_watcher_s(
    tmp_path, supervise, watches, is_told
) -> None:
    other = replace(role(tmp_path, "two"), is_watcher=watches)
    house = supervise(role(tmp_path, "one", vital=True), other)
    sent: list[object] = []
    house.supervisor.children[0].send = sent.append
    os.kill(house.pid("two"), signal.SIGKILL)
    house.pid("two", 1)  # started after all was told
    assert any(isinstance(message, StageLost) for message in sent) == is_told


@posix_only
@pytest.mark.parametrize("name", ["stage", "all"])
def test_the_staff_restarts_a_child(tmp_path, supervise, name) -> None:
    house = supervise(role(tmp_path, "stage", vital=True))
    first = house.pid("stage")
    house.supervisor.handle_message(
        house.supervisor.children[0], ControlMessage("restart", (name,), 1)
    )
    assert house.pid("stage", 1) != first


def test_who_wants_it_is_told_the_health_of_all(tmp_path) -> None:
    supervisor, sent = quiet_supervisor(tmp_path, "performer", "web")
    web = supervisor.children[1]
    web.role = replace(web.role, is_watcher=True)
    thread = Thread(target=supervisor.run)
    for child in supervisor.children:
        child.start = lambda: None
    thread.start()
    wait_until(lambda: any(isinstance(message, HealthReport) for message in sent["web"]))
    supervisor.stop.set()
    thread.join()
    report = next(message for message in sent["web"] if isinstance(message, HealthReport))
    assert report.processes.keys() == {"performer", "web"}
    assert not any(isinstance(message, HealthReport) for message in sent["performer"])


class FailingObserver:
    """An observer that can start no thread."""

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        raise RuntimeError("can't start new thread")

    def close(self) -> None:
        raise RuntimeError("can't start new thread")


class CountingObserver:
    """An observer that counts what it is told."""

    def __init__(self) -> None:
        self.update_count = self.close_count = 0

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        self.update_count += 1

    def close(self) -> None:
        self.close_count += 1


def test_an_observer_that_fails_ends_neither_the_piece_nor_its_end(tmp_path, supervise) -> None:
    counting = CountingObserver()
    house = supervise(role(tmp_path, "one", vital=True), observers=[FailingObserver(), counting])
    pid = house.pid("one")
    wait_until(lambda: counting.update_count > 1)
    house.end()
    assert not is_running(pid)
    assert counting.close_count == 1
    assert house.supervisor.failed_reports.counts.total() > 2


def test_a_set_gives_music_and_picture_other_work_and_forgets_the_old_style(tmp_path) -> None:
    supervisor, _ = quiet_supervisor(tmp_path, "performer", "stage", "web")
    works = {"performer": RecordingWorker(tmp_path, "new music"), "stage": len}
    supervisor = Supervisor(
        supervisor.children, supervisor.clock, supervisor.stop, work_of_set=lambda name: works
    )
    performer, stage, web = supervisor.children
    stage.kept_state = b"scene"
    supervisor.handle_message(web, ControlMessage("style", ("fife",), 1))
    supervisor.handle_message(web, ControlMessage("set", ("sonar",), 1))
    assert performer.role.target is works["performer"] and stage.role.target is len
    assert stage.kept_state == b"" and web.role.target not in works.values()
    assert not supervisor.lasting_controls


@pytest.mark.parametrize(
    ("control", "value"), [("set", "sonar"), ("restart", "all"), ("restart", "stage")]
)
def test_what_the_staff_asks_for_again_and_again_is_never_delayed(tmp_path, control, value) -> None:
    clock = VirtualClock()
    child, killed = ManagedProcess(role(tmp_path, "stage"), clock), []
    supervisor = Supervisor([child], clock, StopFlag(), work_of_set=lambda name: {"stage": len})
    for _ in range(4):
        clock.sleep(6 * SECOND)
        child.started_at = clock.now() - SECOND
        child.process = SimpleNamespace(kill=lambda: killed.append(1))
        supervisor.handle_message(child, ControlMessage(control, (value,), clock.now()))
        child.schedule_restart()
        assert child.restart_at == clock.now()
    assert len(killed) == 4


def test_a_set_that_cannot_be_played_changes_nothing(tmp_path, caplog) -> None:
    def refuse(name: str):
        raise ValueError(f"no set {name}")

    before, _ = quiet_supervisor(tmp_path, "performer")
    target = before.children[0].role.target
    supervisor = Supervisor(before.children, before.clock, before.stop, work_of_set=refuse)
    supervisor.handle_message(supervisor.children[0], ControlMessage("set", ("jazz",), 1))
    assert supervisor.children[0].role.target is target
    assert "no set jazz" in caplog.text


def test_a_flood_of_sets_is_left_out(tmp_path, caplog) -> None:
    chosen: list[str] = []

    def choose(name: str):
        chosen.append(name)
        return {}

    before, _ = quiet_supervisor(tmp_path, "performer")
    supervisor = Supervisor(before.children, before.clock, before.stop, work_of_set=choose)
    for name in ("chapel", "sonar", "chapel"):
        supervisor.handle_message(supervisor.children[0], ControlMessage("set", (name,), 1))
    assert chosen == ["chapel"]
    for _ in range(1000):
        supervisor.handle_message(supervisor.children[0], ControlMessage("set", ("sonar",), 1))
    assert len(caplog.records) == 1


@pytest.mark.parametrize("asking", [0, 1])
def test_who_asked_for_a_set_in_vain_is_told_why(tmp_path, asking) -> None:
    def choose(name: str):
        if name != "sonar":
            raise ValueError(f"no set {name}")
        return {}

    before, sent = quiet_supervisor(tmp_path, "performer", "web")
    clock = VirtualClock()
    supervisor = Supervisor(before.children, clock, before.stop, work_of_set=choose)
    reasons = []
    for name in ("jazz", "sonar", "chapel"):
        clock.sleep(SECOND)
        control = ControlMessage("set", (name,), clock.now())
        supervisor.handle_message(supervisor.children[asking], control)
        told = sent[("performer", "web")[asking]]
        reasons.append([each.reason for each in told if each.control == control])
    assert reasons == [["no set jazz"], [], ["another set was chosen less than 5 s ago"]]
    assert sent[("web", "performer")[asking]] == []


def test_the_page_of_the_staff_is_told_what_a_child_refuses(tmp_path) -> None:
    supervisor, sent = quiet_supervisor(tmp_path, "performer", "stage", "web")
    web = supervisor.children[2]
    web.role = replace(web.role, is_watcher=True)
    refusal = ControlRefusal(ControlMessage("style", ("jazz",), 1), "no style 'jazz'")
    supervisor.handle_message(supervisor.children[0], refusal)
    assert sent == {"performer": [], "stage": [], "web": [refusal]}


def test_a_flood_of_sets_that_cannot_be_played_reads_no_file_for_each(tmp_path, caplog) -> None:
    tried: list[str] = []

    def refuse(name: str):
        tried.append(name)
        raise ValueError(f"no set {name}")

    before, _ = quiet_supervisor(tmp_path, "performer")
    clock = VirtualClock()
    supervisor = Supervisor(before.children, clock, before.stop, work_of_set=refuse)
    for _ in range(1000):
        supervisor.handle_message(supervisor.children[0], ControlMessage("set", ("jazz",), 1))
        clock.sleep(SECOND // 1000)
    assert len(tried) <= 5 and len(caplog.records) == 1
