from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_package_runs_as_the_command_does():
    command = [sys.executable, "-m", "installation", "sing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "hidden-state" in done.stderr
    assert "No such command 'sing'" in done.stderr
