from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from installation.process.control_pipe import (
    HEARTBEAT_INTERVAL_NS,
    ControlPipe,
    Heartbeat,
    StageOpened,
    StartWork,
    StopRequest,
)
from tests.hang_guard import HANG_GUARD_S, wait_until


@pytest.fixture
def ends():
    supervisor_end, child_end = Pipe()
    lifeline = SimpleNamespace(ending=False)
    control_pipe = ControlPipe(child_end, lifeline)
    yield supervisor_end, control_pipe, lifeline
    control_pipe.close()


def test_messages_are_passed_on_until_a_stop_request(ends) -> None:
    supervisor_end, control_pipe, _ = ends
    received = []
    control_pipe.open(received.append)
    supervisor_end.send(StageOpened(1))
    supervisor_end.send(StopRequest())
    assert control_pipe.stop.wait(HANG_GUARD_S)
    assert received == [StageOpened(1)]


def test_the_end_of_the_supervisor_requests_a_stop(ends) -> None:
    supervisor_end, control_pipe, _ = ends
    control_pipe.open(lambda message: None)
    supervisor_end.close()
    assert control_pipe.stop.wait(HANG_GUARD_S)


def test_the_lifeline_requests_a_stop(ends) -> None:
    _, control_pipe, lifeline = ends
    control_pipe.open(lambda message: None)
    lifeline.ending = True
    wait_until(control_pipe.stop.is_set)


def test_heartbeats_are_sent_at_intervals(ends) -> None:
    supervisor_end, control_pipe, _ = ends
    for now in (HEARTBEAT_INTERVAL_NS, HEARTBEAT_INTERVAL_NS + 1, 2 * HEARTBEAT_INTERVAL_NS):
        control_pipe.send_heartbeat(now, ready=False)
    sent = [supervisor_end.recv() for _ in range(2)]
    assert sent == [Heartbeat(n * HEARTBEAT_INTERVAL_NS, ready=False) for n in (1, 2)]
    assert not supervisor_end.poll()


def test_a_full_pipe_delays_nobody(ends) -> None:
    supervisor_end, control_pipe, _ = ends
    for number in range(1, 5000):  # more than the pipe holds
        control_pipe.send_heartbeat(number * HEARTBEAT_INTERVAL_NS)
    assert supervisor_end.poll()


def test_no_order_comes_from_a_supervisor_that_has_ended(ends) -> None:
    supervisor_end, control_pipe, _ = ends
    supervisor_end.send(StartWork(print, 2))
    assert control_pipe.receive_start() == StartWork(print, 2)
    supervisor_end.close()
    assert control_pipe.receive_start() is None
