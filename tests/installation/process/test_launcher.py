from __future__ import annotations

import multiprocessing
import os
import socket
from threading import Thread
from types import SimpleNamespace

import pytest

from installation.config import (
    Config,
    KioskSettings,
    MidiSettings,
    RecordingSettings,
    SoundSettings,
    StyleSettings,
)
from installation.kiosk.house_rules import HouseRules
from installation.ops.house_state import HouseState
from installation.process.launcher import (
    managed_silencer,
    open_observers,
    open_status_file,
    run_with_stage,
)
from installation.process.process_lifetime import StopFlag
from installation.process.workers import SilencerWorker, SpawnedChildren
from installation.session.options import PlayOptions
from messages.clock import MonotonicClock
from tests.hang_guard import HANG_GUARD_S


@pytest.fixture
def children(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    children = SpawnedChildren.spawn()
    yield children
    children.close()


def play(
    children: SpawnedChildren, model, stop: StopFlag | None = None, seconds: float | None = 0.5
) -> str | None:
    config = Config(
        style=StyleSettings(model=str(model)),
        sound=SoundSettings(enabled=False),
        recording=RecordingSettings(enabled=False),
    )
    return run_with_stage(PlayOptions(config, 1, seconds), stop or StopFlag(), children)


def test_the_piece_ends_after_its_duration_and_leaves_no_process(children, model) -> None:
    assert play(children, model) is None
    children.close()
    assert not multiprocessing.active_children()


def test_the_reason_of_a_failure_is_returned(children, tmp_path) -> None:
    assert "none.safetensors" in play(children, tmp_path / "none.safetensors")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")
def test_the_service_manager_hears_of_start_life_and_end(
    children, model, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    stop, heard = StopFlag(), []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(HANG_GUARD_S)
        piece = Thread(target=play, args=(children, model, stop, None))
        piece.start()
        while "WATCHDOG=1" not in heard:
            heard.append(manager.recv(1000).decode())
        stop.set()
        while heard[-1] != "STOPPING=1":
            heard.append(manager.recv(1000).decode())
        piece.join(HANG_GUARD_S)
    assert [one for one in heard if not one.startswith("STATUS=")][:2] == ["READY=1", "WATCHDOG=1"]


def test_the_status_file_of_a_service_lies_in_its_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    status = open_status_file(PlayOptions(Config(), seed=1), 0)
    status.update(1, {})
    status.close()
    assert (tmp_path / "status.json").exists()


class Child:
    """A child process that keeps what it is sent."""

    def __init__(self, is_watcher: bool) -> None:
        self.role, self.sent = SimpleNamespace(is_watcher=is_watcher), []

    def send(self, message: object) -> None:
        self.sent.append(message)

    tell = send


def test_the_keeper_of_the_hours_tells_rules_to_the_piece_and_the_state_to_the_page(
    tmp_path,
) -> None:
    kiosk = KioskSettings(enabled=True, hours_file=str(tmp_path / "hours.txt"))
    stage, web = Child(is_watcher=False), Child(is_watcher=True)
    options = PlayOptions(Config(kiosk=kiosk), seed=1)
    for observer in open_observers(options, 0, StopFlag(), [stage, web]):
        observer.update(0, {})
        observer.close()
    assert (stage.sent, web.sent) == ([HouseRules()], [HouseState()])


def test_without_a_name_there_is_no_status_file() -> None:
    assert open_status_file(PlayOptions(Config(), seed=1), 0) is None


def test_without_a_midi_output_there_is_nothing_to_silence() -> None:
    assert managed_silencer(MidiSettings()) is None


def test_the_silencer_knows_the_outputs_of_all_voices_and_starts_after_the_others() -> None:
    midi = MidiSettings(output=["synth"], parts={"bass": "modular"})
    silencer = managed_silencer(midi)
    assert silencer.role.target == SilencerWorker(("synth", "modular"))
    assert silencer.restart_at > MonotonicClock().now()
