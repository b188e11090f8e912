from __future__ import annotations

import io
import sys
import time

from installation.cli.operation import calibrate
from installation.cli.operation.calibrate import TapRecorder
from installation.session.calibration import CalibrationError, LatencyEstimate
from tests.hang_guard import wait_until


def test_each_line_is_a_tap_and_is_returned_once(monkeypatch):
    before = time.monotonic_ns()
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n\n"))
    taps, recorder = [], TapRecorder()

    def are_three_taps() -> bool:
        taps.extend(recorder.pop_taps())
        return len(taps) == 3

    wait_until(are_three_taps)
    assert before <= taps[0] <= taps[2]
    assert recorder.pop_taps() == []


def test_the_estimate_is_told_as_a_setting(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(calibrate, "measure_latency", lambda *_: LatencyEstimate(32.4, 8.0))
    done = run("calibrate")
    assert done.exit_code == 0
    assert "your taps differ by 8 ms" in done.output and "latency_ms = 32" in done.output


def test_too_few_taps_are_one_line(run, monkeypatch, tmp_path):
    def fail(*_):
        raise CalibrationError("too few taps")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(calibrate, "measure_latency", fail)
    done = run("calibrate")
    assert done.exit_code == 2
    assert done.output == "hidden-state: too few taps\n"
