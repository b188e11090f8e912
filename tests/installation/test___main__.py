from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("word", "usage", "error"),
    [
        ("sing", "Usage: hidden-state [OPTIONS]", "No such command 'sing'"),
        ("answer", "Usage: hidden-state answer [OPTIONS]", "Missing argument"),
    ],
)
def test_the_package_runs_and_names_itself_as_the_command_does(word, usage, error):
    command = [sys.executable, "-m", "installation", word]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(usage)
    assert error in done.stderr
