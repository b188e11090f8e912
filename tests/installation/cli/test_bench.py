from __future__ import annotations

import pytest
from typer.testing import CliRunner

from installation.cli import bench


def test_a_missing_rival_is_named(monkeypatch):
    monkeypatch.setattr(bench, "COMPARED_PACKAGES", ("numpy", "no_such_rival"))
    result = CliRunner().invoke(bench.app, ["network"])
    assert result.exit_code == 2
    assert "without no_such_rival: pip install 'hidden-state[bench]'" in result.stderr


def test_a_benchmark_that_is_not_there_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "BENCHMARKS_FOLDER", tmp_path)
    result = CliRunner().invoke(bench.app, ["kills"])
    assert result.exit_code == 2
    assert "no kills benchmark here" in result.stderr


def test_a_benchmark_is_given_its_arguments_and_its_failure_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "BENCHMARKS_FOLDER", tmp_path)
    (tmp_path / "kills.py").write_text(
        "import sys\nassert sys.argv[3:] == ['--json']\nsys.exit(int(sys.argv[2]) - 1)\n"
    )
    assert CliRunner().invoke(bench.app, ["kills", "--rounds", "1", "--json"]).exit_code == 0
    result = CliRunner().invoke(bench.app, ["kills", "--rounds", "4", "--json"])
    assert result.exit_code == 2
    assert "failed with status 3" in result.stderr


@pytest.mark.parametrize(
    ("asked", "program", "given"),
    [
        (["--window"], "window", ["--style", "irish"]),
        (["--memory", "500"], "stage_memory", ["--frames", 500, "--style", "irish"]),
        (
            ["--quality", "light"],
            "stage",
            ["--frames", 1200, "--quality", "light", "--style", "irish"],
        ),
    ],
)
def test_the_stage_is_measured_in_several_ways(monkeypatch, asked, program, given):
    ran = []
    monkeypatch.setattr(bench, "run_benchmark", lambda *call: ran.append(call))
    assert CliRunner().invoke(bench.app, ["stage", *asked]).exit_code == 0
    assert ran == [(program, False, *given)]


def test_the_options_of_keys_reach_its_benchmark(monkeypatch, tmp_path):
    runs: list = []
    monkeypatch.setattr(bench, "run_benchmark", lambda *call: runs.append(call))
    options = ["keys", "--keys", "5", "--busy", "--source", str(tmp_path), "--json"]
    assert CliRunner().invoke(bench.app, options).exit_code == 0
    assert runs == [("keys", True, "--keys", 5, "--busy", "--source", tmp_path)]
