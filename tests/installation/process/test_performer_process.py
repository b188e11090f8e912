from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from installation.config import Config, RecordingSettings, SoundSettings, StyleSettings
from installation.process.control_pipe import ControlPipe, UnrecoverableFailure, WorkFinished
from installation.process.launcher import create_cue_ring
from installation.process.performer_process import run_performer
from installation.process.shared_ring import make_ring_reader
from installation.session.options import PlayOptions
from messages.cues import ModelChange


@pytest.fixture
def ring():
    ring = create_cue_ring()
    yield ring
    ring.close()


def perform(model, ring) -> list[object]:
    """Play for a moment; returns the messages to the supervisor."""
    supervisor_end, child_end = Pipe()
    config = Config(
        style=StyleSettings(model=str(model)),
        sound=SoundSettings(enabled=False),
        recording=RecordingSettings(enabled=False),
    )
    control_pipe = ControlPipe(child_end, SimpleNamespace(ending=False))
    run_performer(control_pipe, PlayOptions(config, seed=1, seconds=0.5), ring.name, 0)
    messages = []
    while supervisor_end.poll():
        messages.append(supervisor_end.recv())
    return messages


def test_the_stage_is_told_the_model_and_the_supervisor_the_end(model, ring) -> None:
    assert perform(model, ring)[-1] == WorkFinished()
    assert make_ring_reader(ring)()[0] == ModelChange()


def test_a_missing_model_is_reported_as_unrecoverable(tmp_path, ring) -> None:
    (failure,) = perform(tmp_path / "none.safetensors", ring)
    assert isinstance(failure, UnrecoverableFailure)
    assert "none.safetensors" in failure.reason
