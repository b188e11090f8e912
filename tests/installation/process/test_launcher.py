from __future__ import annotations

import multiprocessing

import pytest

from installation.config import Config, RecordingSettings, SoundSettings, StyleSettings
from installation.process.launcher import open_status_file, run_with_stage
from installation.process.process_lifetime import StopFlag
from installation.process.workers import SpawnedChildren
from installation.session.options import PlayOptions


@pytest.fixture
def children(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    children = SpawnedChildren.spawn()
    yield children
    children.close()


def play(children: SpawnedChildren, model) -> str | None:
    config = Config(
        style=StyleSettings(model=str(model)),
        sound=SoundSettings(enabled=False),
        recording=RecordingSettings(enabled=False),
    )
    return run_with_stage(PlayOptions(config, seed=1, seconds=0.5), StopFlag(), children)


def test_the_piece_ends_after_its_duration_and_leaves_no_process(children, model) -> None:
    assert play(children, model) is None
    children.close()
    assert not multiprocessing.active_children()


def test_the_reason_of_a_failure_is_returned(children, tmp_path) -> None:
    assert "none.safetensors" in play(children, tmp_path / "none.safetensors")


def test_without_a_name_there_is_no_status_file() -> None:
    assert open_status_file(PlayOptions(Config(), seed=1), 0) is None
