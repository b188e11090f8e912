from __future__ import annotations

import pytest

from installation.io.midi import output_silencer
from installation.io.midi.output_silencer import OutputSilencer
from tests.installation.io.midi.test_hotplug import Machine


def silencer_of(machine: Machine, *names: str, wait=lambda seconds: None) -> OutputSilencer:
    silencer = OutputSilencer(names, machine.load, wait)
    silencer.open()
    return silencer


def silenced(machine: Machine, name: str) -> set[int]:
    """Channels of an output that received all-notes-off."""
    return {message.channel for message in machine.port(name).sent if message.is_cc(123)}


def test_every_channel_of_every_existing_output_is_silenced() -> None:
    machine = Machine(outputs=["synth 20:0", "organ 24:0"])
    silencer = silencer_of(machine, "gone", "synth", "organ")
    silencer.silence()
    silencer.close()
    assert silenced(machine, "synth 20:0") == silenced(machine, "organ 24:0") == set(range(16))


def test_nothing_is_sent_until_it_is_asked_for_as_another_process_plays() -> None:
    machine = Machine(["keys 28:0"], ["synth 20:0"])
    silencer_of(machine, "synth").close()
    assert [(port.name, port.sent, port.closed) for port in machine.opened] == [
        ("synth 20:0", [], True)
    ]


def test_outputs_are_opened_once() -> None:
    machine = Machine(outputs=["synth 20:0"])
    silencer = silencer_of(machine, "synth")
    for _ in range(2):
        silencer.silence()
    silencer.close()
    assert len(machine.opened) == 1


def test_an_output_that_loses_messages_for_a_moment_is_silenced_again() -> None:
    machine = Machine(outputs=["synth 20:0"])
    silencer = silencer_of(machine, "synth", wait=lambda seconds: machine.opened[0].sent.clear())
    silencer.silence()
    silencer.close()
    assert silenced(machine, "synth 20:0") == set(range(16))


def test_where_one_process_holds_an_output_it_is_opened_only_to_be_silenced(monkeypatch) -> None:
    monkeypatch.setattr(output_silencer, "OUTPUTS_ARE_SHARED", False)
    machine = Machine(outputs=["synth 20:0"])
    silencer = silencer_of(machine, "synth")
    assert machine.opened == []
    silencer.silence()
    assert silenced(machine, "synth 20:0") == set(range(16))
    assert machine.opened[0].closed
    silencer.close()


@pytest.mark.parametrize("is_there", [False, True])
def test_a_machine_without_midi_is_waited_for(is_there) -> None:
    machine = Machine(outputs=["synth 20:0"])
    machine.there = is_there
    silencer = silencer_of(machine, "synth")
    silencer.silence()
    silencer.close()
    assert (len(machine.opened), silencer.midi_lost) == (int(is_there), False)
