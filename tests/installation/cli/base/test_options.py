from __future__ import annotations

import pytest


@pytest.mark.parametrize("command", ["play", "film", "simulate", "check", "calibrate"])
def test_settings_that_cannot_be_read_are_named(run, tmp_path, command):
    extra = ["-o", tmp_path / "a.mp4"] if command == "film" else []
    done = run(command, "--config", tmp_path / "nowhere.toml", *extra)
    assert done.exit_code in (1, 2)
    assert "nowhere.toml: cannot be read" in " ".join(done.output.split())
