"""A wall clock that is moved for one program."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from stepped_clock import SteppedClock

SHOW_TIMES = """
import sys, time
from datetime import datetime
for _ in sys.stdin:
    print(time.time(), datetime.now().timestamp(), time.monotonic())
"""


@pytest.fixture
def clock(tmp_path):
    return SteppedClock(tmp_path)


def test_a_program_shows_the_moved_time_and_its_monotonic_clock_stays(clock):
    if not clock.is_available:
        pytest.skip("needs a C compiler")
    with subprocess.Popen(
        [sys.executable, "-u", "-c", SHOW_TIMES],
        env=os.environ | clock.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as program:
        for offset_s in (0, -3_600, 86_400):
            clock.step(offset_s)
            program.stdin.write("\n")
            wall, utc, monotonic = map(float, program.stdout.readline().split())
            assert wall == pytest.approx(time.time() + offset_s, abs=60)
            assert utc == pytest.approx(time.time() + offset_s, abs=60)
            assert monotonic == pytest.approx(time.monotonic(), abs=60)
        program.stdin.close()


def test_now_is_ahead_by_the_offset(clock):
    clock.step(86_400)
    assert clock.now() == pytest.approx(time.time() + 86_400, abs=60)


def test_a_time_long_after_a_step_has_one_reading(clock):
    clock.step(60)
    at = time.time() + 1_000
    assert clock.readings(at, 4.0) == [at + 60]


def test_a_time_near_a_step_has_a_reading_before_and_one_after(clock):
    clock.step(60)
    at = time.time()
    assert clock.readings(at, 30.0) == [at, at + 60]


def test_a_time_before_all_steps_is_the_system_time(clock):
    clock.step(60)
    at = time.time() - 1_000
    assert clock.readings(at, 4.0) == [at]
