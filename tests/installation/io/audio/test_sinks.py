from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.audio.sinks import NullAudioSink, match_device
from messages.clock import SECOND
from tests.hang_guard import HANG_GUARD_S

SAMPLE_RATE_HZ = 48_000


class FakeClock:
    def __init__(self):
        self.time = 10**12

    def __call__(self):
        return self.time


def attached():
    clock, asked = FakeClock(), []

    def render(frames):
        asked.append(frames)
        return np.zeros((frames, 2), np.float32)

    sink = NullAudioSink(SAMPLE_RATE_HZ, now=clock)
    sink.attach(render)
    return sink, clock, asked


@given(st.lists(st.integers(0, SECOND // 5), max_size=30))
def test_exactly_the_due_frames_are_requested(waits):
    sink, clock, asked = attached()
    for wait in waits:
        clock.time += wait
        sink.render_due_frames()
        assert sum(asked) == (clock.time - 10**12) * SAMPLE_RATE_HZ // SECOND


def test_a_stall_is_caught_up_in_pieces():
    sink, clock, asked = attached()
    clock.time += SECOND
    sink.render_due_frames()
    assert sum(asked) == SAMPLE_RATE_HZ
    assert max(asked) <= NullAudioSink.MAX_FRAMES_PER_CALL


def test_frame_0_is_when_it_was_attached():
    sink, clock, _ = attached()
    assert sink.sample_clock.time_of(0) == clock.time


def test_its_thread_requests_frames_until_stopped():
    called = threading.Event()

    def render(frames):
        called.set()
        return np.zeros((frames, 2), np.float32)

    sink = NullAudioSink(SAMPLE_RATE_HZ)
    sink.start(render)
    assert called.wait(HANG_GUARD_S)
    sink.stop()
    assert not any(thread.name == "paced audio" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("wanted", "index"), [("usb", 2), ("USB Audio", 2), ("hdmi", 0), ("HDMI 2", 1), ("none", None)]
)
def test_a_device_is_found_by_its_name_or_a_part_of_it(wanted: str, index: int | None) -> None:
    assert match_device(wanted, ["HDMI 2, 3", "hdmi 2", "USB Audio"]) == index
