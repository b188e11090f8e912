from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from installation.io.control.control_messages import ControlMessage, ControlRefusal
from installation.process import stage_process
from installation.process.control_pipe import ControlPipe, Heartbeat
from installation.process.stage_process import apply_control, await_display
from messages.clock import SECOND, MonotonicClock
from visuals.scene_cache import UnknownSceneError


class NoScreenError(Exception):
    """Stands in for the error of a missing display."""


@pytest.fixture
def ends(monkeypatch):
    monkeypatch.setattr(stage_process, "INITIAL_RETRY_DELAY_NS", SECOND // 50)
    monkeypatch.setattr(stage_process, "HEARTBEAT_INTERVAL_NS", SECOND // 100)
    supervisor_end, child_end = Pipe()
    return supervisor_end, ControlPipe(child_end, SimpleNamespace(ending=False))


def test_a_display_that_comes_back_is_found(ends) -> None:
    attempts = []

    def require_display() -> None:
        attempts.append(0)
        if len(attempts) < 3:
            raise NoScreenError("gone")

    assert await_display(require_display, NoScreenError, ends[1], MonotonicClock())
    assert len(attempts) == 3


def test_heartbeats_sent_meanwhile_say_that_the_stage_is_not_ready(ends) -> None:
    failures = iter((True, True, False))

    def require_display() -> None:
        if next(failures):
            raise NoScreenError("gone")

    await_display(require_display, NoScreenError, ends[1], MonotonicClock())
    assert ends[0].poll()
    heartbeat = ends[0].recv()
    assert isinstance(heartbeat, Heartbeat)
    assert not heartbeat.ready


def test_the_wait_ends_with_the_piece(ends) -> None:
    def require_display() -> None:
        ends[1].stop.set()
        raise NoScreenError("gone")

    assert not await_display(require_display, NoScreenError, ends[1], MonotonicClock())


def test_another_error_is_raised(ends) -> None:
    def require_display() -> None:
        raise ValueError("no such scene")

    with pytest.raises(ValueError, match="scene"):
        await_display(require_display, NoScreenError, ends[1], MonotonicClock())


def test_the_supervisor_is_told_why_a_scene_is_refused() -> None:
    def refuse(name: str) -> None:
        raise UnknownSceneError(f"no scene {name}")

    stage = SimpleNamespace(view=SimpleNamespace(choose_scene=refuse))
    control, sent = ControlMessage("scene", ("nowhere",), 1), []
    apply_control(stage, control, sent.append)
    assert sent == [ControlRefusal(control, "no scene nowhere")]
