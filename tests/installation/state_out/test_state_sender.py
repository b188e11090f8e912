from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest

from installation.config import parse_config
from installation.io.midi.outputs import DummyOutput, ReconnectingOutput
from installation.state_out.state_outputs import DummyStateOutput
from installation.state_out.state_sender import (
    SEND_INTERVAL_NS,
    StateMapping,
    StateSender,
    check_sources,
    create_state_sender,
)
from installation.state_out.state_sources import StateSource, StateSourceError
from messages.clock import SECOND, MonotonicClock, VirtualClock
from tests.hang_guard import HANG_GUARD_S


def mapping(text: str, low=0.0, high=1.0, smoothing_s=0.0) -> StateMapping:
    return StateMapping(StateSource.parse(text), DummyStateOutput(), low, high, smoothing_s)


def test_a_value_is_scaled_to_its_range_and_clipped():
    scaled = mapping("surprise", low=2.0, high=0.0)
    for value in (3.0, 2.0, 0.5, -1.0):
        scaled.send(value, SEND_INTERVAL_NS)
    assert scaled.output.sent == [0.0, 0.0, 0.75, 1.0]


def test_a_smoothed_value_goes_most_of_the_way_in_its_time():
    smooth = mapping("network", smoothing_s=0.1)
    smooth.send(0.0, 0)
    for _ in range(6):
        smooth.send(1.0, SEND_INTERVAL_NS)
    steps = smooth.output.sent
    assert steps == sorted(steps) and steps[-1] == pytest.approx(0.632, abs=0.001)


def test_what_a_moment_holds_is_sent(cue, axis):
    values = [mapping("network"), mapping("unit 1 1"), mapping("beat")]
    sender = StateSender(values, axis, VirtualClock())
    sender.send_message(cue(0, 1.0, velocity=127, level=0.25))
    sender.pump(SECOND // 4)
    sender.pump(SECOND)
    assert [one.output.sent for one in values] == [[0.0, 1.0], [0.0, 0.25], [0.5, 0.0]]


def test_without_settings_there_is_no_sender(axis):
    assert create_state_sender([], {}, axis, VirtualClock()) is None


def test_a_unit_that_the_network_does_not_have_is_refused():
    settings = parse_config('[[out]]\nfrom = "unit 3 1"\nmidi = "Synth"\n').out
    with pytest.raises(StateSourceError):
        check_sources(settings, layers=2, units=512)


def test_the_settings_decide_what_goes_where(cue, axis):
    """Its own thread sends a unit by OSC, a voice as a controller and another by Art-Net."""
    osc, lights = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    with osc, lights:
        for listener in (osc, lights):
            listener.bind(("127.0.0.1", 0))
            listener.settimeout(HANG_GUARD_S)
        settings = parse_config(
            f"""
            [[out]]
            from = "unit 1 2"
            osc = "127.0.0.1:{osc.getsockname()[1]}/unit"
            range = [0.0, 1.0]
            [[out]]
            from = "network"
            midi = "Synth"
            channel = 2
            cc = 20
            smooth = 0.0
            [[out]]
            from = "network"
            artnet = "127.0.0.1:{lights.getsockname()[1]}"
            dmx = 3
            smooth = 0.0
            """
        ).out
        port, clock = DummyOutput(), MonotonicClock()
        synth = ReconnectingOutput("Synth")
        synth.connect(port)
        sender = create_state_sender(settings, {"Synth": synth}, axis, clock)
        sender.send_message(cue(0, clock.now() / SECOND, duration=60.0, level=0.5))
        sender.start()
        try:
            assert osc.recv(2048).startswith(b"/unit\0")
            while lights.recv(2048)[20] != 255:
                pass
        finally:
            sender.close()
    values = [one.message.value for one in port.sent if one.message.is_cc(20)]
    assert values[-1] == 127
    assert {one.message.channel for one in port.sent if one.message.is_cc(20)} == {1}


@contextmanager
def listener() -> Iterator[tuple[socket.socket, int]]:
    """A socket of this machine, and its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.setblocking(False)
        yield heard, heard.getsockname()[1]


def packets(heard: socket.socket) -> list[bytes]:
    """All that has arrived at a socket."""
    found = []
    while True:
        try:
            found.append(heard.recv(2048))
        except BlockingIOError:
            return found


def send_for(sender: StateSender, clock: VirtualClock, seconds: float) -> None:
    """Send at the sender's own rate for some seconds of the clock."""
    due, end = clock.now(), clock.now() + round(seconds * SECOND) - SEND_INTERVAL_NS // 2
    while due < end:
        due = sender.tick(due)
        clock.wait_until(due, Event())


def test_values_that_change_arrive_sixty_times_a_second_in_order(axis):
    pytest.importorskip("sacn")
    clock = VirtualClock()
    with listener() as (lights, artnet), listener() as (lamp, sacn), listener() as (osc, port):
        text = (
            f'[[out]]\nfrom = "beat"\nartnet = "127.0.0.1:{artnet}"\ndmx = 1\nfine = true\n'
            f'[[out]]\nfrom = "beat"\nosc = "127.0.0.1:{port}/beat"\n'
            f'[[out]]\nfrom = "beat"\nsacn = "127.0.0.1:{sacn}"\nuniverse = 1\nfine = true\n'
        )
        sender = create_state_sender(parse_config(text).out, {}, axis, clock)
        counts, sequences = [], []
        for _ in range(5):  # as few at once as a listener's buffer holds
            send_for(sender, clock, 1.0)
            told = packets(lights)
            sequences += [packet[12] for packet in told]
            counts.append((len(told), len(packets(lamp)), len(packets(osc))))
        sender.close()
    assert counts == [(60, 60, 60)] * 5
    assert sequences == [number % 255 + 1 for number in range(300)]


def test_values_that_stay_are_sent_again_by_the_protocols_of_lights_alone(axis):
    clock = VirtualClock()
    with listener() as (lights, artnet), listener() as (osc, port):
        text = (
            f'[[out]]\nfrom = "energy"\nartnet = "127.0.0.1:{artnet}"\ndmx = 1\n'
            f'[[out]]\nfrom = "energy"\nosc = "127.0.0.1:{port}/energy"\n'
        )
        sender = create_state_sender(parse_config(text).out, {}, axis, clock)
        send_for(sender, clock, 8.0)
        sender.close()
        assert 8 <= len(packets(lights)) <= 11  # every 0.8 to 1 s
        assert len(packets(osc)) == 1


def test_a_stall_is_followed_by_no_burst(axis):
    clock = VirtualClock()
    with listener() as (osc, port):
        text = f'[[out]]\nfrom = "beat"\nosc = "127.0.0.1:{port}/beat"\n'
        sender = create_state_sender(parse_config(text).out, {}, axis, clock)
        due = sender.tick(0)
        clock.sleep(3 * SECOND + SECOND // 4)
        due = sender.tick(due)
        assert due == clock.now()
        assert sender.tick(due) == due + SEND_INTERVAL_NS
        sender.close()
        assert len(packets(osc)) == 2  # the third is the same moment
