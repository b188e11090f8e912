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
    RecordingSettings,
    SoundSettings,
    StyleSettings,
)
from installation.io.midi import outputs as outputs_module
from installation.io.midi.backend import PortError
from installation.io.midi.outputs import DummyOutput
from installation.kiosk.house_rules import HouseRules
from installation.ops.house_state import HouseState
from installation.process.launcher import (
    OutputSilencer,
    open_observers,
    open_status_file,
    run_with_stage,
)
from installation.process.process_lifetime import StopFlag
from installation.process.workers import SpawnedChildren
from installation.session.options import PlayOptions

TIMEOUT_S = 60.0


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
        manager.settimeout(TIMEOUT_S)
        piece = Thread(target=play, args=(children, model, stop, None))
        piece.start()
        while "WATCHDOG=1" not in heard:
            heard.append(manager.recv(1000).decode())
        stop.set()
        while heard[-1] != "STOPPING=1":
            heard.append(manager.recv(1000).decode())
        piece.join(TIMEOUT_S)
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


@pytest.fixture
def opened(monkeypatch) -> list[DummyOutput]:
    """The opened outputs; only the name `synth` exists."""
    outputs: list[DummyOutput] = []

    def open_output(name: str) -> DummyOutput:
        if name != "synth":
            raise PortError(f"no MIDI output named {name!r}")
        outputs.append(DummyOutput(name))
        return outputs[-1]

    monkeypatch.setattr(outputs_module, "open_output", open_output)
    monkeypatch.setattr(outputs_module, "output_names", lambda: ["synth"])
    return outputs


def silenced(port: DummyOutput) -> set[int]:
    """Channels that received all-notes-off."""
    return {sent.message.channel for sent in port.sent if sent.message.is_cc(123)}


def test_every_channel_of_every_existing_output_is_silenced(opened, caplog) -> None:
    OutputSilencer(["gone", "synth"], lambda seconds: None)()
    assert silenced(opened[0]) == set(range(16))
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("error", [ValueError, RuntimeError, TypeError])
def test_an_output_that_goes_while_it_is_opened_leaves_the_others_silenced(
    opened, monkeypatch, error
) -> None:
    open_existing = outputs_module.open_output

    def open_output(name: str) -> DummyOutput:
        if name == "gone":
            raise error("no such port")
        return open_existing(name)

    monkeypatch.setattr(outputs_module, "open_output", open_output)
    OutputSilencer(["gone", "synth"], lambda seconds: None)()
    assert silenced(opened[0]) == set(range(16))


@pytest.mark.skipif(os.name == "nt", reason="an output belongs to one process on Windows")
def test_outputs_are_opened_in_advance_and_once(opened) -> None:
    silencer = OutputSilencer(["synth"], lambda seconds: None)
    silencer.open_outputs()
    for _ in range(2):
        silencer()
    assert len(opened) == 1
    assert silenced(opened[0]) == set(range(16))


@pytest.mark.skipif(os.name == "nt", reason="an output belongs to one process on Windows")
def test_an_output_that_loses_messages_for_a_moment_is_silenced_again(opened) -> None:
    silencer = OutputSilencer(["synth"], lambda seconds: opened[0].sent.clear())
    silencer()
    assert silenced(opened[0]) == set(range(16))


@pytest.mark.skipif(os.name == "nt", reason="an output belongs to one process on Windows")
def test_an_output_that_was_plugged_in_again_is_silenced(opened, monkeypatch) -> None:
    silencer = OutputSilencer(["synth"], lambda seconds: None)
    silencer.open_outputs()
    monkeypatch.setattr(outputs_module, "output_names", lambda: ["synth 28:0"])
    silencer()
    assert len(opened) == 2
    assert silenced(opened[1]) == set(range(16))
