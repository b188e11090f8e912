from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys

import psutil
import pytest

from installation.ops.metrics import (
    FrameRateMeter,
    is_stopped,
    processor_waits,
    resident_memory_bytes,
)
from messages.clock import SECOND
from tests.hang_guard import wait_until

COUNTING = """
import sys
from threading import Event, Thread
from installation.ops.metrics import open_descriptor_count, thread_count

before, end = (open_descriptor_count(), thread_count()), Event()
thread = Thread(target=end.wait)
with open(sys.argv[1], "w"):
    thread.start()
    during = open_descriptor_count(), thread_count()
end.set()
thread.join()
while thread_count() > before[1]:  # the system's own thread ends a little later
    pass
print(*before, *during, open_descriptor_count(), thread_count())
"""
"""What a process counts before, while and after it has a file open and a second thread."""


def test_an_open_file_and_a_running_thread_are_counted(tmp_path):
    command = [sys.executable, "-c", COUNTING, str(tmp_path / "open")]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    files, threads, *later = map(int, printed.split())
    assert later == [files + 1, threads + 1, files, threads]


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_process_is_stopped_from_its_signal_until_it_goes_on_or_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert not is_stopped(process.pid)
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(process.pid))
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: not is_stopped(process.pid))
        process.kill()
    assert not is_stopped(process.pid)
