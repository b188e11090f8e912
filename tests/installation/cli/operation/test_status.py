from __future__ import annotations

import json
from dataclasses import replace

import pytest

from installation.ops.exhibit_status import ProcessHealth
from installation.ops.machine_status import DummyMachineProbe
from installation.ops.metrics import MidiStatus, ProcessMetrics, SoundStatus
from installation.ops.status_file import StatusFile
from messages.clock import SECOND
from messages.lesson_answers import AnswerCounts
from messages.stage_timing import PictureStatus

HEARD = ProcessMetrics(1, sound=SoundStatus("ALSA audio", peak=0.25), midi=MidiStatus())
SEEN = ProcessMetrics(1, picture=PictureStatus(900, 0.01, 0.08, 1.0, "x11, 640 by 480"))
WELL = {
    "performer": ProcessHealth("well", metrics=HEARD),
    "stage": ProcessHealth("well", metrics=SEEN),
}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f'[log]\nstatus = "{(tmp_path / "status.json").as_posix()}"\n')
    return path


def write_status(tmp_path, health) -> None:
    status = StatusFile(tmp_path / "status.json", 0, DummyMachineProbe())
    status.update(SECOND, health)
    status.close()


def test_a_piece_that_is_well_ends_with_0_and_says_what_is_seen_and_heard(run, tmp_path, config):
    write_status(tmp_path, WELL)
    done = run("status", "--config", config)
    assert done.exit_code == 0
    assert "x11, 640 by 480; 900 frames" in done.output and "peak 0.25" in done.output


def test_a_piece_that_is_not_well_ends_with_1(run, tmp_path, config):
    write_status(tmp_path, {})
    done = run("status", "--config", config, "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["state"] != "well"


def test_a_piece_that_does_not_run_is_an_error(run, config):
    done = run("status", "--config", config)
    assert done.exit_code == 2
    assert "has not been started" in done.output


def test_settings_without_a_status_file_are_an_error(run, tmp_path):
    (tmp_path / "empty.toml").touch()
    assert "log.status" in run("status", "--config", tmp_path / "empty.toml").output


def test_the_answers_to_the_questions_of_the_lessons_are_shown(run, tmp_path, config):
    counts = {"neuron": AnswerCounts(9, 8, 2, 6, 4, 3)}
    seen = replace(SEEN, answers=counts)
    write_status(tmp_path, WELL | {"stage": ProcessHealth("well", metrics=seen)})
    assert "2 of 8 right before, 3 of 4 after" in run("status", "--config", config).output
    told = json.loads(run("status", "--config", config, "--json").output)
    assert told["stage"]["answers"]["neuron"]["after_right"] == 3
