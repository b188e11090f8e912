from __future__ import annotations

import pytest

from installation.session import preflight
from installation.session.preflight import PreflightResult


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


def test_an_exhibit_that_does_not_run_ends_with_1(run, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f'[log]\nstatus = "{(tmp_path / "status.json").as_posix()}"\n')
    done = run("check", "--exhibit", "--config", path)
    assert done.exit_code == 1 and done.output.startswith("unwell")
