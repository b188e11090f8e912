"""The command as it is typed, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installation.kiosk.instance_lock import LOCK_PATH, InstanceLock


def hidden_state(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from installation.cli.main import main; main()"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | environment,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--style", "klezmer"], "no style named 'klezmer'"),
        (["--model", "nowhere.safetensors"], "nowhere.safetensors"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--config", "wrong.toml"], "wrong.toml, line 2: unknown key live.tempi; did you mean"),
        (["--record", "no/such/folder/a.mid"], "there is no folder"),
    ],
)
@pytest.mark.parametrize("window", [["--headless"], []])
def test_what_cannot_be_played_is_one_line_and_status_2(
    tmp_path, arguments: list[str], words: str, window: list[str]
) -> None:
    (tmp_path / "wrong.toml").write_text("[live]\ntempi = 3\n")
    done = hidden_state(tmp_path, "play", *window, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.toml"]


def test_style_and_model_exclude_each_other(tmp_path) -> None:
    done = hidden_state(tmp_path, "play", "--style", "irish", "--model", "x")
    assert done.returncode == 2
    assert "not both" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows takes its temporary folder from elsewhere")
def test_a_second_exhibit_is_told_who_has_the_machine(tmp_path) -> None:
    lock = InstanceLock(tmp_path / LOCK_PATH.name)
    done = hidden_state(tmp_path, "play", "--headless", "--kiosk", TMPDIR=str(tmp_path))
    lock.release()
    assert done.returncode == 2
    assert f"the exhibit runs already: process {os.getpid()}" in done.stderr
