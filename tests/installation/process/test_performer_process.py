from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from installation.config import Config, RecordingSettings, SoundSettings, StyleSettings
from installation.io.control.control_messages import ControlError, ControlMessage, ControlRefusal
from installation.io.drop_counter import DropCounter
from installation.process.control_pipe import ControlPipe, UnrecoverableFailure, WorkFinished
from installation.process.launcher import create_cue_ring
from installation.process.performer_process import handle_message, run_performer
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


def test_the_supervisor_is_told_why_a_control_of_the_staff_is_refused() -> None:
    def refuse(control: ControlMessage) -> None:
        raise ControlError("one style plays alone")

    controls = SimpleNamespace(apply_of_staff=refuse, drop_counter=DropCounter("controls"))
    control, sent = ControlMessage("style", ("jazz",), 1), []
    handle_message(control, SimpleNamespace(controls=controls), None, sent.append)
    assert sent == [ControlRefusal(control, "one style plays alone")]


def test_a_refusal_of_the_supervisor_goes_to_the_program_that_asked() -> None:
    refusal, answered = ControlRefusal(ControlMessage("set", ("jazz",), 1), "no set jazz"), []
    session = SimpleNamespace(refuse_control=answered.append)
    handle_message(refusal, session, None, print)
    assert answered == [refusal]
