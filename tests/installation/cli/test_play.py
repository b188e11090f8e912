"""The command as it is typed, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def hidden_state(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from installation.cli.main import main; main()"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, text=True, timeout=60
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
