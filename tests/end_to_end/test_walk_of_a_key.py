"""The walk of a key: from the event of the window to the note-on, by how many functions of ours."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import FrameType

import mido
import pygame
import pytest

from installation.engine.key_input import KeyInput
from installation.io.midi.outputs import DummyOutput
from installation.process.gesture_channel import (
    GestureChannel,
    GestureReceiver,
    GestureSender,
    create_gesture_ring,
)
from installation.session.controls.control_mapping import ControlMapper
from installation.session.controls.window_gestures import WindowGestures
from messages.clock import MonotonicClock
from tests.hang_guard import HANG_GUARD_S
from visuals.input.stage_input import StageInput
from visuals.timeline import Timeline

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / name for name in ("installation", "visuals", "messages")]
ARCHITECTURE_PAGE = ROOT / "docs" / "architecture.md"
MAX_FUNCTIONS = 14


class Output(DummyOutput):
    """An output that says when it was sent a message."""

    def __init__(self) -> None:
        self.has_sent = threading.Event()
        super().__init__()

    def send(self, message: mido.Message) -> None:
        self.has_sent.set()
        super().send(message)


class Target:
    """A stage without a scene."""

    scene, timeline, in_lesson, is_touring = None, Timeline(), False, False


class Piano:
    """A piano on the screen that is nowhere."""

    def pitch_at(self, x: float, y: float) -> None:
        return None


class Trace:
    """Names of the functions of ours that are called until an output sends."""

    def __init__(self, output: Output) -> None:
        self.names: list[str] = []
        self._output = output

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or self._output.has_sent.is_set():
            return
        path = Path(frame.f_code.co_filename)
        starts_thread = path.stem == "thread_priority"  # before any key
        if not starts_thread and any(path.is_relative_to(package) for package in PACKAGES):
            self.names.append(frame.f_code.co_qualname)


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.display.set_mode((64, 64))
    pygame.event.clear()
    yield
    pygame.display.quit()


def test_a_key_sounds_after_few_functions_and_each_is_documented(window) -> None:
    output = Output()
    mapper = ControlMapper(("irish",), layers=2, units=8)
    gestures = WindowGestures(
        KeyInput([output]), mapper, lambda control: None, lambda path, at: None, time.monotonic_ns
    )
    ring = create_gesture_ring()
    channel = GestureChannel.over(ring)
    sender = GestureSender(channel, lambda request: None)
    stage_input = StageInput(Target(), Piano(), sender.send, MonotonicClock().now)
    receiver = GestureReceiver(channel, gestures, time.monotonic_ns)
    trace = Trace(output)
    threading.setprofile(trace)
    try:
        receiver.start()
        pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_A, mod=0, key=0))
        sys.setprofile(trace)
        stage_input.poll()
        sys.setprofile(None)
        assert output.has_sent.wait(HANG_GUARD_S)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        receiver.close()
        sender.close()
        ring.close()
    assert output.sent[0].message == mido.Message("note_on", note=60, velocity=90, channel=0)
    assert 5 < len(trace.names) <= MAX_FUNCTIONS, trace.names
    page = ARCHITECTURE_PAGE.read_text()
    walk = page[page.index("## The walk of a key") : page.index("## Time")]
    assert all(f"`{name}`" in walk for name in trace.names), trace.names
