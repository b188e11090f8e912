"""A spare process has imported what its work needs, and has opened nothing."""

from __future__ import annotations

import logging
import subprocess
import sys
from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from installation.io.midi import output_silencer
from installation.process import workers
from installation.process.control_pipe import (
    ControlPipe,
    Heartbeat,
    PipeMessage,
    SilenceRequest,
    StopRequest,
)
from installation.process.workers import SilencerWorker
from tests.hang_guard import HANG_GUARD_S

STAGE = """
from installation.process.workers import preload_stage_modules
preload_stage_modules()
import pygame, sys
assert {"visuals.scenes.waves.scene", "messages.wire_format"} <= sys.modules.keys()
assert not pygame.display.get_init() and not pygame.font.get_init()
"""
PERFORMER = """
from installation.process.workers import preload_performer_modules
import sys, threading
preload_performer_modules()
assert {"installation.engine.performer", "messages.wire_format"} <= sys.modules.keys()
assert "pygame" not in sys.modules
assert threading.active_count() == 1
"""


SUPERVISOR = """
import installation.process.workers, sys
assert not {"numpy", "msgspec", "pydantic"} & sys.modules.keys()
"""


class DummySilencer:
    """An output silencer that counts; its MIDI is lost after so many silences."""

    def __init__(self, silences_until_lost: float) -> None:
        self.calls: list[str] = []
        self._left = silences_until_lost

    @property
    def midi_lost(self) -> bool:
        return self.calls.count("silence") >= self._left

    def open(self) -> None:
        self.calls.append("open")

    def silence(self) -> None:
        self.calls.append("silence")

    def exit(self) -> None:
        self.calls.append("exit")


def work_of_silencer(monkeypatch, silencer: DummySilencer, *messages: PipeMessage) -> None:
    """Let the silencer's process work until it ends by itself, told these messages."""
    monkeypatch.setattr(output_silencer, "OutputSilencer", lambda names: silencer)
    monkeypatch.setattr(workers, "exit_at_once", silencer.exit)
    supervisor_end, child_end = Pipe()
    control_pipe = ControlPipe(child_end, SimpleNamespace(ending=False))
    for message in messages:
        supervisor_end.send(message)
    try:
        SilencerWorker(("synth",))(control_pipe, 0)
    finally:
        control_pipe.close()
        logging.getLogger("installation.io.midi").setLevel(logging.NOTSET)
    assert isinstance(supervisor_end.recv(), Heartbeat)


def test_the_silencer_does_what_it_was_asked_before_it_ends(monkeypatch) -> None:
    silencer = DummySilencer(silences_until_lost=2)
    work_of_silencer(monkeypatch, silencer, SilenceRequest(), StopRequest())
    assert silencer.calls == ["open", "silence", "exit"]


def test_the_silencer_ends_when_midi_is_lost_so_that_another_can_use_it(monkeypatch) -> None:
    silencer = DummySilencer(silences_until_lost=1)
    work_of_silencer(monkeypatch, silencer, SilenceRequest())
    assert silencer.calls == ["open", "silence", "exit"]


class FailingSilencer(DummySilencer):
    """An output silencer that cannot open."""

    def open(self) -> None:
        raise LookupError("no port")


def test_a_silencer_that_fails_is_one_line_of_the_log(monkeypatch, caplog) -> None:
    with pytest.raises(SystemExit):
        work_of_silencer(monkeypatch, FailingSilencer(silences_until_lost=1))
    assert "the silencer failed: LookupError: no port" in caplog.text


def test_a_silencer_that_opens_its_outputs_is_not_ready(monkeypatch) -> None:
    supervisor_end, child_end = Pipe()
    control_pipe = ControlPipe(child_end, SimpleNamespace(ending=False))
    monkeypatch.setattr(output_silencer, "OutputSilencer", lambda names: FailingSilencer(1))
    with pytest.raises(SystemExit):
        SilencerWorker(("synth",))(control_pipe, 0)
    control_pipe.close()
    logging.getLogger("installation.io.midi").setLevel(logging.NOTSET)
    assert not supervisor_end.recv().ready


@pytest.mark.parametrize("code", [STAGE, PERFORMER], ids=["stage", "performer"])
def test_a_preload_imports_and_opens_nothing(code: str) -> None:
    run(code)


def test_processes_are_spawned_before_slow_modules_are_imported() -> None:
    run(SUPERVISOR)


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG_GUARD_S
    )
    assert done.returncode == 0, done.stderr
