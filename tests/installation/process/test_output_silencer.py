from __future__ import annotations

import os

import pytest

from installation.io.midi.backend import PortError
from installation.io.midi.outputs import DummyOutput
from installation.process import output_silencer
from installation.process.output_silencer import OutputSilencer


@pytest.fixture
def opened(monkeypatch) -> list[DummyOutput]:
    """The outputs that were opened; there is one called synth."""
    outputs: list[DummyOutput] = []

    def open_output(name: str) -> DummyOutput:
        if name != "synth":
            raise PortError(f"no MIDI output named {name!r}")
        outputs.append(DummyOutput(name))
        return outputs[-1]

    monkeypatch.setattr(output_silencer, "open_output", open_output)
    return outputs


def silenced(port: DummyOutput) -> set[int]:
    """Channels that were told to end all notes."""
    return {sent.message.channel for sent in port.sent if sent.message.is_cc(123)}


def test_every_channel_of_every_output_that_is_there_is_silenced(opened, caplog) -> None:
    OutputSilencer(["gone", "synth"])()
    assert silenced(opened[0]) == set(range(16))
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.skipif(os.name == "nt", reason="an output belongs to one process on Windows")
def test_outputs_are_opened_beforehand_and_once(opened) -> None:
    quieten = OutputSilencer(["synth"])
    quieten.open_outputs()
    for _ in range(2):
        quieten()
    assert len(opened) == 1
    assert silenced(opened[0]) == set(range(16))
