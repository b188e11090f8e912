from __future__ import annotations

import multiprocessing
import os

import pytest

from installation.config import Config, RecordingSettings, SoundSettings, StyleSettings
from installation.io.midi import outputs as outputs_module
from installation.io.midi.backend import PortError
from installation.io.midi.outputs import DummyOutput
from installation.process.launcher import OutputSilencer, open_status_file, run_with_stage
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


@pytest.fixture
def opened(monkeypatch) -> list[DummyOutput]:
    """The opened outputs; only the name `synth` exists."""
    outputs: list[DummyOutput] = []

    def open_output(name: str) -> DummyOutput:
        if name != "synth":
            raise PortError(f"no MIDI output named {name!r}")
        outputs.append(DummyOutput(name))
        return outputs[-1]

    monkeypatch.setattr(outputs_module, "open_output", open_output)
    return outputs


def silenced(port: DummyOutput) -> set[int]:
    """Channels that received all-notes-off."""
    return {sent.message.channel for sent in port.sent if sent.message.is_cc(123)}


def test_every_channel_of_every_existing_output_is_silenced(opened, caplog) -> None:
    OutputSilencer(["gone", "synth"])()
    assert silenced(opened[0]) == set(range(16))
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.skipif(os.name == "nt", reason="an output belongs to one process on Windows")
def test_outputs_are_opened_in_advance_and_once(opened) -> None:
    silencer = OutputSilencer(["synth"])
    silencer.open_outputs()
    for _ in range(2):
        silencer()
    assert len(opened) == 1
    assert silenced(opened[0]) == set(range(16))
