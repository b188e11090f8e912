from __future__ import annotations

import json
import logging

import pytest
from typer.testing import CliRunner

from installation.cli.main import create_app
from installation.cli.operation.simulate import SimulationError, check_outcome
from installation.simulation.day_report import DayReport
from installation.simulation.taste_exhibit import TasteDay, TasteExhibit, TasteReport
from installation.visits.database import VisitDatabaseError
from rnn.evolution.generation import GenerationError


@pytest.fixture
def simulate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)  # put back after
    monkeypatch.setattr("installation.simulation.taste_exhibit.CALIBRATION_DUETS", 4)
    (tmp_path / "config.toml").write_text("[live]\nattract = false\n")
    (tmp_path / "day.txt").write_text("10:05:00 60 62 64 65\n11:00:00 !kill\n11:00:05 67 65 64\n")

    def run(*arguments: str):
        return CliRunner().invoke(create_app([]), ["simulate", "--processes", "1", *arguments])

    return run


def test_days_are_told_as_json(simulate, tmp_path):
    done = simulate("--visitors", "day.txt", "--keep", "kept", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    (day,) = told["days"]
    assert (day["visits"], day["answered"], day["killed"], day["hanging"]) == (2, 2, 1, 0)
    assert day["memory_end"] > 0 and abs(told["memory_growth"]) < 0.5
    assert day["descriptors_end"] > 0 and day["threads_end"] > 0
    assert told["seconds"] > 0
    assert len(list((tmp_path / "kept").rglob("*.mid"))) == 2


def test_a_script_that_makes_no_sense_is_one_line(simulate, tmp_path):
    (tmp_path / "day.txt").write_text("25:99 what\n")
    done = simulate("--visitors", "day.txt")
    assert done.exit_code == 2
    assert "day.txt, line 1:" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (DayReport(1, visits=3, answered=2), "1 visits were not answered"),
        (DayReport(1, hanging=2), "2 notes were left sounding"),
    ],
)
def test_what_must_not_be_is_an_error(account, words):
    with pytest.raises(SimulationError, match=words):
        check_outcome([account])


@pytest.mark.parametrize(
    ("corpus", "diversity", "status", "words"),
    [
        (0.03, 0.95, 0, ""),
        (0.031, 1.0, 2, "lost 0.031 bits a note of its corpus (at most 0.03)"),
        (0.0, 0.949, 2, "kept 0.949 of their diversity (at least 0.95)"),
    ],
)
@pytest.mark.parametrize("form", [["--json"], []])
def test_a_style_that_learned_too_much_ends_the_command(
    simulate, monkeypatch, corpus, diversity, status, words, form
):
    report = TasteReport((TasteDay(1, 0, 300, 0.5),), corpus, diversity, 0.0, ())
    monkeypatch.setattr(TasteExhibit, "run", lambda *_: report)
    done = simulate("--visitors", "taste", *form)
    assert done.exit_code == status and words in " ".join(done.stderr.split())
    assert "diversity" in done.stdout  # it is told either way


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def test_with_trolls_alone_nothing_is_liked_which_is_told(simulate, monkeypatch):
    report = TasteReport((TasteDay(1, 0, 0, None),), 0.0, 1.0, 0.0, ())
    monkeypatch.setattr(TasteExhibit, "run", lambda self, days, show, first: report)
    trolls = ("--visitors", "taste", "--trolls", "1", "--troll-kind", "melody")
    told = json.loads(simulate(*trolls, "--json").stdout, parse_constant=refuse_constant)
    assert told["rise"] is None and told["learner"]["days"][0]["liked"] is None
    done = simulate(*trolls)
    assert done.exit_code == 0 and "no visitor who listens came; corpus" in done.stdout


def test_unknown_trolls_are_one_line(simulate):
    done = simulate("--visitors", "taste", "--trolls", "1", "--troll-kind", "bots")
    assert done.exit_code == 2
    assert "no trolls of kind 'bots'; there are votes, melody, keys" in " ".join(
        done.stderr.split()
    )


def test_days_of_taste_in_a_folder_that_is_not_empty_are_one_line(simulate, tmp_path):
    (tmp_path / "kept" / "learner").mkdir(parents=True)
    done = simulate("--visitors", "taste", "--keep", "kept")
    assert done.exit_code == 2
    assert done.stderr == (
        "hidden-state: kept is not empty: days of taste need a folder of their own\n"
    )


@pytest.mark.parametrize(
    "error",
    [VisitDatabaseError("no disk"), GenerationError("no disk"), OSError("no disk")],
)
def test_a_disk_that_fails_ends_days_of_taste_in_one_line(simulate, monkeypatch, error):
    def run(*_) -> TasteReport:
        raise error

    monkeypatch.setattr(TasteExhibit, "run", run)
    done = simulate("--visitors", "taste")
    assert (done.exit_code, done.stderr) == (2, "hidden-state: no disk\n")
