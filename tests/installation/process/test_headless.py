from __future__ import annotations

import json
from dataclasses import replace

import pytest

from installation.config import (
    Config,
    LogSettings,
    RecordingSettings,
    SoundSettings,
    StyleSettings,
)
from installation.process.headless import run_headless
from installation.process.process_lifetime import StopFlag
from installation.session.options import PlayOptions


@pytest.fixture
def options(model, tmp_path) -> PlayOptions:
    config = Config(
        style=StyleSettings(model=str(model)),
        sound=SoundSettings(enabled=False),
        recording=RecordingSettings(enabled=False),
        log=LogSettings(status=str(tmp_path / "status.json")),
    )
    return PlayOptions(config, seed=1, seconds=0.5)


def test_a_run_writes_its_status_and_a_screenshot(options, tmp_path) -> None:
    path = tmp_path / "stage.png"
    assert run_headless(replace(options, screenshot=path), StopFlag()) is None
    assert path.read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "status.json").read_text())["performer"]["state"] == "well"


def test_a_stop_that_is_already_requested_ends_the_run(options) -> None:
    stop = StopFlag()
    stop.set()
    assert run_headless(replace(options, seconds=None), stop) is None
