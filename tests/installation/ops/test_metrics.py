from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time

import pytest

from installation.ops.metrics import (
    FrameRateMeter,
    cpu_seconds,
    has_runnable_thread,
    resident_memory_bytes,
)
from messages.clock import SECOND

TIMEOUT_S = 30.0


def test_the_frame_rate_is_the_mean_over_the_last_frames() -> None:
    rate = FrameRateMeter()
    assert rate.frames_per_second == 0.0
    for frame in range(10):
        rate.record_frame(frame * SECOND // 50)
    assert rate.frames_per_second == pytest.approx(50)


def test_this_process_uses_memory() -> None:
    assert resident_memory_bytes() > 1_000_000


def spin() -> None:
    while True:
        pass


def wait_until(condition) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_a_process_that_spins_differs_from_one_that_is_stopped() -> None:
    process = multiprocessing.get_context("spawn").Process(target=spin, daemon=True)
    process.start()
    wait_until(lambda: has_runnable_thread(process.pid) and cpu_seconds(process.pid) > 0.2)
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: not has_runnable_thread(process.pid))
    process.kill()
    process.join()
    assert cpu_seconds(process.pid) is None
    assert not has_runnable_thread(process.pid)
