from __future__ import annotations

import pytest
from mido import Message

from installation.io.midi.latency_compensation import LatencyCompensatedOutput
from installation.io.midi.outputs import DummyOutput, SentMessage

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)


def test_what_is_due_goes_out_before():
    inner = DummyOutput(lead=60)
    output = LatencyCompensatedOutput(inner, 40)
    output.send_at(ON, 1000)
    assert (output.lead_time_ns, inner.sent) == (100, [SentMessage(ON, 960)])


def test_a_visitors_key_goes_out_at_once():
    inner = DummyOutput()
    LatencyCompensatedOutput(inner, 40).send(ON)
    assert inner.sent == [SentMessage(ON, None)]


def test_what_is_withdrawn_is_what_would_be_heard_later():
    inner = DummyOutput()
    output = LatencyCompensatedOutput(inner, 40)
    output.send_at(ON, 1000)
    output.send_at(OFF, 1100)
    output.send_at(ON, 1200)
    output.withdraw_pending(1000)
    assert inner.sent == [SentMessage(ON, 960), SentMessage(OFF, 1060)]


def test_nothing_is_heard_before_it_plays():
    with pytest.raises(ValueError, match="-5 ns"):
        LatencyCompensatedOutput(DummyOutput(), -5)
