"""A spare process has imported what its work needs, and has opened nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

STAGE = """
from installation.process.workers import preload_stage_modules
preload_stage_modules()
import pygame, sys
assert {"visuals.scenes.waves.scene", "messages.wire_format"} <= sys.modules.keys()
assert not pygame.display.get_init() and not pygame.font.get_init()
"""
PERFORMER = """
from installation.process.workers import preload_performer_modules
import sys, threading
preload_performer_modules()
assert {"installation.engine.performer", "messages.wire_format"} <= sys.modules.keys()
assert "pygame" not in sys.modules
assert threading.active_count() == 1
"""


SUPERVISOR = """
import installation.process.workers, sys
assert not {"numpy", "msgspec", "pydantic"} & sys.modules.keys()
"""


@pytest.mark.parametrize("code", [STAGE, PERFORMER], ids=["stage", "performer"])
def test_a_preload_imports_and_opens_nothing(code: str) -> None:
    run(code)


def test_processes_are_spawned_before_slow_modules_are_imported() -> None:
    run(SUPERVISOR)


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
