from __future__ import annotations

import pytest
from mido import Message

from installation.io.midi.latency_compensation import LatencyCompensatedOutput
from installation.io.midi.outputs import DummyOutput, SentMessage

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)


def test_a_message_with_a_due_time_is_sent_earlier():
    inner = DummyOutput(lead=60)
    output = LatencyCompensatedOutput(inner, 40)
    output.send_at(ON, 1000)
    assert (output.lead_time_ns, inner.sent) == (100, [SentMessage(ON, 960)])


def test_a_message_without_a_due_time_is_sent_at_once():
    inner = DummyOutput()
    LatencyCompensatedOutput(inner, 40).send(ON)
    assert inner.sent == [SentMessage(ON, None)]


def test_messages_heard_after_the_withdrawal_are_withdrawn():
    inner = DummyOutput()
    output = LatencyCompensatedOutput(inner, 40)
    output.send_at(ON, 1000)
    output.send_at(OFF, 1100)
    output.send_at(ON, 1200)
    output.withdraw_pending(1000)
    assert inner.sent == [SentMessage(ON, 960), SentMessage(OFF, 1060)]


def test_a_negative_latency_is_refused():
    with pytest.raises(ValueError, match="-5 ns"):
        LatencyCompensatedOutput(DummyOutput(), -5)
