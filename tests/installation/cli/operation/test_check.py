from __future__ import annotations

import pytest

from installation.ops.exhibit_status import ProcessHealth
from installation.ops.house_state import HouseState
from installation.ops.machine_status import DummyMachineProbe
from installation.ops.metrics import MidiStatus, ProcessMetrics, SoundStatus
from installation.ops.status_file import StatusFile
from installation.session import preflight
from installation.session.preflight import PreflightResult
from messages.clock import SECOND
from messages.stage_timing import PictureStatus


@pytest.mark.parametrize(("passed", "status"), [(True, 0), (False, 1)])
def test_only_vital_checks_decide(run, monkeypatch, tmp_path, passed, status):
    results = [
        PreflightResult("sound", False, "no card", "plug one in"),
        PreflightResult("model", passed, "irish", vital=True),
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(preflight, "run_preflight", lambda settings: results)
    done = run("check")
    assert done.exit_code == status
    assert "unfit  sound     no card" in done.output and "-> plug one in" in done.output
    assert done.output.endswith(
        f"It can{'' if passed else 'not'} be played{'' if passed else ' as it is'}.\n"
    )


def test_wrong_settings_are_unfit(run, tmp_path):
    (tmp_path / "wrong.toml").write_text("[live]\ntempi = 3\n")
    done = run("check", "--config", tmp_path / "wrong.toml")
    assert done.exit_code == 1
    assert "unknown key live.tempi" in " ".join(done.output.split())


@pytest.fixture
def exhibit_config(tmp_path):
    """Settings of a piece whose status file lies in a folder of the test."""
    path = tmp_path / "config.toml"
    path.write_text(f'[log]\nstatus = "{(tmp_path / "status.json").as_posix()}"\n')
    return path


def write_status(tmp_path, *, sound: SoundStatus, house: HouseState | None = None) -> None:
    """What a piece writes that has run for some minutes and has a picture."""
    heard = ProcessMetrics(1, sound=sound, midi=MidiStatus())
    seen = ProcessMetrics(1, picture=PictureStatus(900, 0.01, 0.08, 1.0, "x11, 640 by 480"))
    status = StatusFile(tmp_path / "status.json", 0, DummyMachineProbe())
    status.house = house or HouseState()
    processes = {"performer": heard, "stage": seen}
    health = {name: ProcessHealth("well", metrics=each) for name, each in processes.items()}
    status.update(300 * SECOND, health)
    status.close()


def test_an_exhibit_that_does_not_run_ends_with_1(run, exhibit_config):
    done = run("check", "--exhibit", "--config", exhibit_config)
    assert done.exit_code == 1 and done.output.startswith("unwell")


def test_an_exhibit_that_is_seen_and_heard_ends_with_0(run, tmp_path, exhibit_config):
    write_status(tmp_path, sound=SoundStatus("card"))
    done = run("check", "--exhibit", "--config", exhibit_config)
    assert (done.exit_code, done.output) == (0, "well: Visitors can see and hear it.\n")


def test_an_exhibit_that_is_silenced_ends_with_1_and_says_why(run, tmp_path, exhibit_config):
    write_status(tmp_path, sound=SoundStatus("card", volume=0.0))
    done = run("check", "--exhibit", "--config", exhibit_config)
    assert done.exit_code == 1
    assert done.output.startswith("unwell: The sound is turned down to nothing")


def test_an_exhibit_that_is_closed_ends_with_1(run, tmp_path, exhibit_config):
    write_status(tmp_path, sound=SoundStatus("card"), house=HouseState(is_closed=True))
    done = run("check", "--exhibit", "--config", exhibit_config)
    assert done.exit_code == 1 and done.output.startswith("closed: ")
