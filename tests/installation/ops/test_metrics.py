from __future__ import annotations

import multiprocessing
import os
import signal
import sys

import psutil
import pytest

from installation.ops.metrics import (
    FrameRateMeter,
    processor_waits,
    resident_memory_bytes,
)
from messages.clock import SECOND
from tests.installation.process.conftest import wait_until


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_a_process_that_wants_to_run_waits_and_one_that_is_stopped_does_not() -> None:
    spawn, (first, *_) = multiprocessing.get_context("spawn"), os.sched_getaffinity(0)
    rivals = [spawn.Process(target=spin, daemon=True) for _ in range(2)]
    for each in rivals:
        each.start()
        os.sched_setaffinity(each.pid, {first})
    pid = rivals[0].pid
    wait_until(lambda: sum(processor_waits(pid).values()) > SECOND // 10)
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    stopped, other = processor_waits(pid), psutil.Process(rivals[1].pid)
    used_s = other.cpu_times().user
    wait_until(lambda: other.cpu_times().user > used_s + 0.05)
    assert processor_waits(pid) == stopped
    for each in rivals:
        each.kill()
        each.join()
    assert processor_waits(pid) == {}
