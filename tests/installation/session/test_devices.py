from __future__ import annotations

import pytest

from installation.config import MidiSettings
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.outputs import DummyOutput
from installation.session.devices import check_ports, compensate_latency


def test_latency_sends_notes_with_a_due_time_earlier() -> None:
    ports = [DummyOutput(lead=5)]
    assert compensate_latency(ports, 0) == ports
    assert compensate_latency(ports, 10)[0].lead_time_ns == 15


def test_a_missing_port_is_an_error_unless_it_is_waited_for() -> None:
    with pytest.raises((PortError, MidiUnavailable)):
        check_ports(MidiSettings(output=["no such port"]))
    check_ports(MidiSettings(output=["no such port"], wait=True))
