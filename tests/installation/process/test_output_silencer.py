from __future__ import annotations

import os

import pytest

from installation.io.midi import outputs as outputs_module
from installation.io.midi.backend import PortError
from installation.io.midi.outputs import DummyOutput
from installation.process.output_silencer import OutputSilencer


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
