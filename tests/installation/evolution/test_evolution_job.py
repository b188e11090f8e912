from __future__ import annotations

import json
import logging
import math
import os
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from installation.config import Config, EvolutionSchedule, StyleSettings
from installation.evolution.evolution_job import (
    CHECK_INTERVAL_NS,
    EvolutionJob,
    default_command,
    read_progress,
)
from installation.ops.exhibit_status import ProcessHealth
from installation.ops.metrics import ProcessMetrics, Setting
from installation.ops.wall_clock import DummyWallClock
from messages.training import TrainingStatus
from tests.hang_guard import HANG_GUARD_S, wait_until
from tests.installation.process.conftest import is_running

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
ACCEPTED = 'print(\'{"event": "generation", "number": 1, "accepted": 1}\')'


def create_job(
    wall_clock: DummyWallClock, command: list[str], tell=lambda status: None, **settings
) -> EvolutionJob:
    """A job whose settings name the set as their style."""
    schedule = EvolutionSchedule(enabled=True, **settings)
    return EvolutionJob(
        lambda name: Config(style=StyleSettings(name=name or "plain"), evolution=schedule),
        wall_clock,
        command,
        tell,
    )


class Piece:
    """A job, the time it sees, and what it tells."""

    def __init__(self, script: str, **settings) -> None:
        self.wall_clock = DummyWallClock(NOON)
        self.now = 0
        self.told: list[TrainingStatus] = []
        command = [sys.executable, "-c", script]
        self.job = create_job(self.wall_clock, command, self.told.append, **settings)

    def check(self, visits: int = 0) -> None:
        self.now += CHECK_INTERVAL_NS
        metrics = ProcessMetrics(0, visits=visits)
        self.job.update(self.now, {"performer": ProcessHealth("well", metrics=metrics)})

    def finish(self, visits: int = 0) -> None:
        self.job.wait(HANG_GUARD_S)
        while self.job.is_running:
            time.sleep(0.01)  # without a pause, hours of checks pass before the process is gone
            self.check(visits)


def test_a_training_begins_at_its_minute_once_a_day():
    piece = Piece(ACCEPTED, at="12:01")
    piece.check()
    assert not piece.job.is_running
    piece.wall_clock.advance(timedelta(minutes=1))
    piece.check()
    assert piece.job.is_running
    piece.finish()
    assert piece.job.progress == {"event": "generation", "number": 1, "accepted": 1}
    piece.check()
    assert not piece.job.is_running
    piece.wall_clock.advance(timedelta(days=1))
    piece.check()
    assert piece.job.is_running
    piece.finish()


def test_a_training_begins_after_so_many_visits_whatever_performer_counts():
    piece = Piece(ACCEPTED, at="", visits=10)
    for visits, runs in ((9, False), (10, True), (19, False), (3, False), (10, True)):
        piece.check(visits)
        assert piece.job.is_running is runs, visits
        if runs:
            piece.finish(visits)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit('hidden-state: no duets')", "no duets"),
        ("raise SystemExit(3)", "status 3"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9 (Killed)"),
        ("print('[' * 9000); raise SystemExit(2)", "[[["),
    ],
)
def test_a_training_that_fails_is_said_once(script, said, caplog):
    piece = Piece(script, at="12:00")
    with caplog.at_level(logging.WARNING):
        piece.check()
        piece.finish()
        for _ in range(3):
            piece.check()
    assert len(caplog.records) == 1
    assert said in caplog.text and "plays on" in caplog.text


def test_a_command_that_is_not_there_is_said(caplog):
    job = create_job(DummyWallClock(NOON), ["/no/such/trainer"], at="12:00")
    with caplog.at_level(logging.WARNING):
        job.update(CHECK_INTERVAL_NS, {})
    assert not job.is_running and "no training" in caplog.text


def test_a_late_training_is_ended(caplog, monkeypatch):
    monkeypatch.setattr("installation.evolution.evolution_job.MAX_DURATION_NS", 0)
    piece = Piece("import time; time.sleep(60)", at="12:00")
    with caplog.at_level(logging.WARNING):
        piece.check()
        piece.check()
    assert not piece.job.is_running and "too long" in caplog.text


def test_the_end_of_the_piece_ends_a_training():
    piece = Piece("import time; time.sleep(60)", at="12:00")
    piece.check()
    piece.job.close()
    assert not piece.job.is_running


CHILD = """
import json, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(json.dumps({"pid": other.pid}), flush=True)
time.sleep(600)
"""
SLEEP = "time.sleep(600)\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of processes")
def test_what_a_training_has_started_ends_with_it_even_if_it_does_not_answer(monkeypatch):
    monkeypatch.setattr("installation.evolution.evolution_job.END_TIMEOUT_S", 0.1)
    piece = Piece(CHILD, at="12:00")
    piece.check()
    wait_until(lambda: "pid" in piece.job.progress)
    piece.job.close()
    wait_until(lambda: not is_running(piece.job.progress["pid"]))


def test_the_training_of_this_machine_stands_back():
    assert default_command()[-4:] == ["evolve", "run", "--json", "--from-piece"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of processes")
def test_what_a_killed_training_has_started_ends_too():
    piece = Piece(f"{CHILD.removesuffix(SLEEP)}import os; os.kill(os.getpid(), 9)", at="12:00")
    piece.check()
    wait_until(lambda: "pid" in piece.job.progress)
    wait_until(lambda: piece.check() or not piece.job.is_running)
    wait_until(lambda: not is_running(piece.job.progress["pid"]))


def test_what_is_printed_after_the_outcome_does_not_hide_it():
    piece = Piece(f"{ACCEPTED}; print('a library says goodbye')", at="12:00")
    piece.check()
    piece.finish()
    piece.check()
    assert piece.told[-1].outcome == "generation 1 plays"


def test_a_training_that_says_nothing_is_not_taken_for_the_one_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = "import os; done = os.path.exists('done'); open('done', 'w'); "
    piece = Piece(f"{first}done or {ACCEPTED}", at="", visits=1)
    for visits in (1, 2):
        piece.check(visits)
        piece.finish()
    piece.check()
    assert "status 0" in piece.told[-1].outcome


@pytest.mark.parametrize(("chosen", "style"), [("", "plain"), ("evening", "evening")])
def test_a_training_gets_the_settings_of_the_piece_and_of_its_set(chosen, style):
    echo = "import json; print(json.dumps({'style': json.loads(input())['style']['name']}))"
    piece = Piece(echo, at="12:00")
    settings = {"set": Setting(chosen, (chosen,))} if chosen else {}
    metrics = ProcessMetrics(0, settings=settings)
    piece.job.update(CHECK_INTERVAL_NS, {"performer": ProcessHealth("well", metrics=metrics)})
    piece.finish()
    assert piece.job.progress == {"style": style}


def test_the_set_is_known_while_a_performer_starts_again():
    piece = Piece("import json; print(json.dumps(json.loads(input())['style']))", at="12:01")
    metrics = ProcessMetrics(0, settings={"set": Setting("evening", ("evening",))})
    piece.job.update(CHECK_INTERVAL_NS, {"performer": ProcessHealth("well", metrics=metrics)})
    piece.wall_clock.advance(timedelta(minutes=1))
    piece.job.update(2 * CHECK_INTERVAL_NS, {"performer": ProcessHealth("starting")})
    piece.job.wait(HANG_GUARD_S)
    assert piece.job.progress["name"] == "evening"
    piece.job.close()


LINE = {
    "event": "training",
    "step": 40,
    "loss": 2.5,
    "learning_rate": 5e-4,
    "gradient_norms": [0.5, 0.25],
    "rank_notes_per_second": [900, 800],
}


def test_a_training_is_told_of_while_it_runs_and_how_it_ended():
    end = {"event": "generation", "number": 3, "accepted": 0, "reasons": ["too far"]}
    lines = (f"print({json.dumps(line)!r})" for line in (LINE, end))
    piece = Piece("\n".join(lines), at="12:00")
    piece.check()
    piece.job.update(piece.now, {})
    assert piece.told[-1].is_running
    piece.finish()
    piece.check()
    last = piece.told[-1]
    assert (last.step, last.loss, last.learning_rate) == (40, 2.5, 5e-4)
    assert (last.gradient_norms, last.rank_notes_per_second) == ((0.5, 0.25), (900.0, 800.0))
    assert not last.is_running and last.outcome == "generation 3 is set aside: too far"


@pytest.mark.parametrize("wrong", ["x", math.nan, None, [], 10**400, -1e300])
def test_what_cannot_be_drawn_of_a_line_counts_as_nothing(wrong):
    line = LINE | {"loss": wrong, "gradient_norms": [wrong, -1, 0.25], "rank_notes_per_second": 3}
    status = read_progress(TrainingStatus(is_running=True), line)
    assert (status.step, status.loss, status.gradient_norms) == (40, 0.0, (0.0, 0.0, 0.25))
    assert status.rank_notes_per_second == ()


def test_a_message_is_no_progress():
    status = TrainingStatus(step=4)
    assert read_progress(status, {"event": "message", "step": 5}) is status
