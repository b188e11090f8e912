from __future__ import annotations

import contextlib
import queue
import socket
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.control.control_messages import ControlError, ControlMessage, ControlRefusal
from installation.io.control.osc import (
    LOOPBACK_HOST,
    ControlInput,
    OscInput,
    OscOutput,
    OscUnavailable,
)
from tests.hang_guard import HANG_GUARD_S

OscMessage = pytest.importorskip("pythonosc.osc_message").OscMessage
builders = pytest.importorskip("pythonosc.osc_message_builder", reason="needs python-osc")


def datagram(address, *values):
    builder = builders.OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


def test_a_datagram_is_a_control():
    received = []
    ControlInput(received.append, now=lambda: 5).on_datagram(datagram("/density", 2.0))
    assert received == [ControlMessage("density", (2.0,), 5)]


def test_a_nan_and_an_unknown_control_are_dropped_and_counted():
    received = []
    controls = ControlInput(received.append)
    controls.on_datagram(datagram("/temperature", float("nan")))
    controls.on_datagram(datagram("/no/such", 1))
    assert (received, controls.drop_counter.counts.total()) == ([], 2)


@given(st.binary(max_size=200))
def test_garbage_is_dropped(data):
    received = []
    ControlInput(received.append).on_datagram(data)
    assert received == []


@given(st.data())
def test_a_damaged_datagram_is_valid_or_dropped(data):
    good = datagram("/poke", 1, 20, "hold", 0.5)
    place = data.draw(st.integers(0, len(good) - 1))
    received = []
    controls = ControlInput(received.append)
    controls.on_datagram(good[:place] + data.draw(st.binary(max_size=6)) + good[place + 1 :])
    assert len(received) + controls.drop_counter.counts.total() <= 1


def test_bundles_nested_without_end_are_dropped():
    inner = datagram("/density", 1.0)
    for _ in range(2000):
        inner = b"#bundle\0" + bytes(7) + b"\x01" + len(inner).to_bytes(4, "big") + inner
    controls = ControlInput(lambda control: None)
    controls.on_datagram(inner)
    assert controls.drop_counter.counts.total() == 1


def test_a_sent_message_is_received():
    received = queue.Queue()
    osc_input = OscInput(received.put, 0)
    osc_output = OscOutput([(LOOPBACK_HOST, osc_input.port)])
    osc_output.send("/blend", ("fife", 0.25))
    control = received.get(timeout=HANG_GUARD_S)
    osc_input.close()
    osc_output.close()
    assert (control.name, control.values) == ("blend", ("fife", 0.25))


def test_no_message_waits_for_the_lookup_of_a_name():
    by_name, by_address = queue.Queue(), queue.Queue()
    answered, lookups = threading.Event(), []

    def look_up(name):
        lookups.append((name, threading.current_thread()))
        answered.wait(HANG_GUARD_S)
        return LOOPBACK_HOST

    inputs = [OscInput(heard.put, 0) for heard in (by_name, by_address)]
    receivers = [("piano.local", inputs[0].port), (LOOPBACK_HOST, inputs[1].port)]
    osc_output = OscOutput(receivers, look_up)
    osc_output.send("/density", (1.0,))
    assert by_address.get(timeout=HANG_GUARD_S).values == (1.0,)
    answered.set()
    for _ in range(100):
        osc_output.send("/density", (2.0,))
        with contextlib.suppress(queue.Empty):
            assert by_name.get(timeout=0.05).values == (2.0,)
            break
    else:
        pytest.fail("what was looked up is not used")
    for each in (osc_output, *inputs):
        each.close()
    assert [name for name, _ in lookups] == ["piano.local"]
    assert lookups[0][1] is not threading.current_thread()


def test_the_server_survives_a_flood_of_garbage(caplog):
    received = queue.Queue()
    osc_input = OscInput(received.put, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for index in range(200):
            sender.sendto(bytes([index]) * index, (LOOPBACK_HOST, osc_input.port))
            sender.sendto(b"/density\0\0\0\0,@\0\0", (LOOPBACK_HOST, osc_input.port))
        for _ in range(100):  # the system itself drops what no one has taken in time
            sender.sendto(datagram("/temperature", 0.5), (LOOPBACK_HOST, osc_input.port))
            with contextlib.suppress(queue.Empty):
                assert received.get(timeout=0.05).name == "temperature"
                break
        else:
            pytest.fail("it does not listen any more")
    assert len(caplog.records) == 1
    osc_input.close()


def test_a_port_that_is_taken_is_named():
    osc_input = OscInput(lambda control: None, 0)
    with pytest.raises(OscUnavailable, match=f"127.0.0.1:{osc_input.port}"):
        OscInput(lambda control: None, osc_input.port)
    osc_input.close()


def test_a_port_that_is_waited_for_is_had_once_it_is_free():
    received = queue.Queue()
    holder = OscInput(lambda control: None, 0)
    osc_input = OscInput(received.put, holder.port, waits=True)
    holder.close()
    osc_output = OscOutput([(LOOPBACK_HOST, osc_input.port)])
    for _ in range(600):
        osc_output.send("/density", (1.0,))
        with contextlib.suppress(queue.Empty):
            assert received.get(timeout=0.05).values == (1.0,)
            break
    else:
        pytest.fail("it does not listen")
    osc_output.close()
    osc_input.close()


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pythonosc", None)
    with pytest.raises(OscUnavailable, match=r"hidden-state\[osc\]"):
        OscOutput([])


def test_a_refused_control_is_answered_with_the_reason():
    def refuse(control):
        raise ControlError("set must be one of none, chapel")

    osc_input = OscInput(refuse, 0)
    with contextlib.closing(osc_input), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(HANG_GUARD_S)
        for sent, reason in (
            (datagram("/set", "disco"), "set must be one of none, chapel"),
            (datagram("/play", 2), "on must be in 0..1"),
            (datagram("/no/such", 1), "no control 'no/such'"),
        ):
            asking.sendto(sent, (LOOPBACK_HOST, osc_input.port))
            answer = OscMessage(asking.recv(4096))
            assert answer.address == "/refused"
            assert sent.startswith(answer.params[0].encode())
            assert answer.params[1].startswith(reason)


def test_a_control_that_is_refused_later_is_answered_too_and_no_other_one():
    received, answers = [], []
    controls = ControlInput(received.append, now=iter(range(99)).__next__)
    for name in ("chapel", "jazz"):
        controls.on_message("/set", [name], lambda *answer: answers.append(answer))
    controls.refuse(ControlRefusal(received[1], "no set jazz"))
    controls.refuse(ControlRefusal(ControlMessage("set", ("x",), 5), "of a knob"))
    assert answers == [("/set", "no set jazz")]


def test_a_refusal_of_another_process_reaches_the_sender():
    received = queue.Queue()
    osc_input = OscInput(received.put, 0)
    with contextlib.closing(osc_input), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(HANG_GUARD_S)
        asking.sendto(datagram("/set", "sonar"), (LOOPBACK_HOST, osc_input.port))
        refusal = ControlRefusal(received.get(timeout=HANG_GUARD_S), "another set was chosen")
        osc_input.refuse(refusal)
        answer = OscMessage(asking.recv(4096))
    assert (answer.address, answer.params) == ("/refused", ["/set", "another set was chosen"])
