from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from installation.config import Config, EvolutionSchedule, StyleSettings, WebSettings
from installation.evolution.piece_pipe import AUTOGROUP, pack_settings
from tests.hang_guard import HANG_GUARD_S, wait_until
from tests.installation.process.conftest import is_running

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of processes")
TRAINER = """
import subprocess, sys
from pathlib import Path
from installation.evolution.piece_pipe import follow_piece
config = follow_piece()
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path(sys.argv[1]).write_text(f"{config.style.name} {other.pid}")
other.wait()
"""


def start_trainer(told: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", TRAINER, str(told)]
    trainer = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    trainer.stdin.write(pack_settings(Config(style=StyleSettings(name="mine"))))
    trainer.stdin.flush()
    return trainer


def supervise(folder: Path) -> None:
    trainer = start_trainer(folder / "told")
    (folder / "pid").write_text(str(trainer.pid))
    trainer.wait()


@posix_only
def test_a_training_and_what_it_started_end_with_a_killed_supervisor(tmp_path):
    supervisor = multiprocessing.get_context("spawn").Process(target=supervise, args=(tmp_path,))
    supervisor.start()
    told = tmp_path / "told"
    wait_until(lambda: told.exists() and told.read_text())
    style, other = told.read_text().split()
    trainer = int((tmp_path / "pid").read_text())
    assert style == "mine" and is_running(trainer) and is_running(int(other))
    supervisor.kill()
    supervisor.join()
    wait_until(lambda: not (is_running(trainer) or is_running(int(other))))


def priority_while_it_trains(start_new_session: bool) -> str:
    """What the system tells of the session of a training, while the piece lives."""
    script = (
        "from installation.evolution.piece_pipe import AUTOGROUP, follow_piece; "
        "follow_piece(); print(AUTOGROUP.read_text())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=start_new_session,
        text=True,
    ) as training:
        training.stdin.write(pack_settings(Config()).decode())
        training.stdin.flush()  # and left open: its end would end the training
        told = training.stdout.read()
        assert training.wait(HANG_GUARD_S) == 0
    return told.strip()


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="a kernel that does not weigh sessions")
def test_the_session_of_a_training_has_the_lowest_priority():
    assert priority_while_it_trains(start_new_session=True).endswith("nice 19")


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="a kernel that does not weigh sessions")
def test_a_session_that_is_not_the_training_s_own_keeps_its_priority():
    before = AUTOGROUP.read_text().strip()
    assert priority_while_it_trains(start_new_session=False) == before


def test_without_settings_there_is_no_training():
    script = "from installation.evolution.piece_pipe import follow_piece; follow_piece()"
    done = subprocess.run(
        [sys.executable, "-c", script], input=b"", capture_output=True, timeout=HANG_GUARD_S
    )
    assert b"no settings came from the piece" in done.stderr


def test_no_secret_is_passed_on():
    config = Config(
        evolution=EvolutionSchedule(at="04:00"), web=WebSettings(wifi_password="secret")
    )
    packed = pack_settings(config)
    assert b"secret" not in packed and b"04:00" in packed
