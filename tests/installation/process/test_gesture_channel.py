from __future__ import annotations

import multiprocessing
import time

import pytest

from installation.process.gesture_channel import (
    GESTURE_SLOTS,
    GestureChannel,
    GestureReceiver,
    GestureSender,
    create_gesture_ring,
)
from installation.process.shared_ring import SharedRing
from messages.gestures import (
    Gesture,
    HeldUnit,
    HeldUnitsChange,
    KeyEvent,
    LessonPlayRequest,
    LessonTone,
    ModelRequest,
    QuitRequest,
)
from messages.wire_format import pack
from tests.hang_guard import HANG_GUARD_S, wait_until


class Session:
    """Keeps what it is given; a released window is an entry `"released"`."""

    def __init__(self) -> None:
        self.received: list[object] = []

    def handle_gesture(self, gesture: Gesture) -> None:
        self.received.append(gesture)

    def release_window_input(self, at: int) -> None:
        self.received.append("released")


@pytest.fixture
def channel():
    ring = create_gesture_ring()
    yield GestureChannel.over(ring)
    ring.close()


@pytest.fixture
def sender(channel):
    made = GestureSender(channel, lambda request: None)
    yield made
    made.close()


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def receiver(channel, session):
    made = GestureReceiver(channel, session, time.monotonic_ns)
    made.start()
    yield made
    made.close()


def test_gestures_arrive_in_order(receiver, sender, session) -> None:
    gestures = [KeyEvent(pitch, down, pitch) for pitch in range(50) for down in (True, False)]
    for gesture in gestures:
        sender.send(gesture)
    wait_until(lambda: len(session.received) == len(gestures))
    assert session.received == gestures


def test_a_request_to_quit_goes_another_way(channel) -> None:
    quits: list[QuitRequest] = []
    sender = GestureSender(channel, quits.append)
    sender.send(QuitRequest(3))
    sender.close()
    assert quits == [QuitRequest(3)]
    assert not channel.semaphore.acquire(block=False)


@pytest.mark.parametrize(
    "gesture",
    [
        LessonPlayRequest(tuple(LessonTone(108, 70, 2**60 + k, 2**60) for k in range(256)), 2**60),
        HeldUnitsChange(tuple(HeldUnit(1, 500 + k, 2.5) for k in range(64)), 2**60),
        ModelRequest("/" + "a" * 4095, 2**60),
    ],
    ids=lambda gesture: type(gesture).__name__,
)
def test_the_longest_gestures_fit(receiver, sender, session, gesture) -> None:
    sender.send(gesture)
    wait_until(lambda: session.received == [gesture])


def test_a_gesture_that_does_not_fit_is_left_out(sender, channel, caplog) -> None:
    sender.send(ModelRequest("a" * 20_000, 1))
    assert "left out a gesture" in caplog.text
    assert not channel.semaphore.acquire(block=False)


def test_keys_of_a_stage_that_died_are_released_after_its_last_ones(
    receiver, channel, session
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_play_and_die, args=(channel,))
    process.start()
    process.join(HANG_GUARD_S)
    receiver.release_window_input(9)
    assert session.received == [KeyEvent(60, True, 1), KeyEvent(62, True, 2), "released"]


def _play_and_die(channel: GestureChannel) -> None:
    sender = GestureSender(channel, lambda request: None)
    sender.send(KeyEvent(60, True, 1))
    sender.close()
    ring = SharedRing.attach(channel.ring_name)
    ring.write(pack(KeyEvent(62, True, 2)))  # killed before it rang
    ring.close()


def test_a_new_receiver_leaves_out_the_gestures_of_before(channel, sender, session) -> None:
    sender.send(KeyEvent(60, True, 1))
    receiver = GestureReceiver(channel, session, time.monotonic_ns)
    receiver.start()
    sender.send(KeyEvent(60, False, 2))
    wait_until(lambda: bool(session.received))
    receiver.close()
    assert session.received == [KeyEvent(60, False, 2)]


def test_the_first_receiver_plays_the_gestures_of_before(channel, sender, session) -> None:
    sender.send(KeyEvent(60, True, 1))
    receiver = GestureReceiver(channel, session, time.monotonic_ns, is_first=True)
    receiver.start()
    wait_until(lambda: bool(session.received))
    receiver.close()
    assert session.received == [KeyEvent(60, True, 1)]


def test_lost_gestures_release_the_window_and_are_counted(channel, sender, session, caplog) -> None:
    receiver = GestureReceiver(channel, session, time.monotonic_ns)
    for number in range(GESTURE_SLOTS + 10):
        sender.send(KeyEvent(60, True, number))
    receiver.start()
    wait_until(lambda: len(session.received) > GESTURE_SLOTS)
    receiver.close()
    assert session.received[0] == "released"
    assert session.received[1] == KeyEvent(60, True, 10)
    assert "a full ring" in caplog.text


def test_bytes_that_are_no_gesture_do_not_end_the_thread(
    receiver, channel, sender, session, caplog
) -> None:
    ring = SharedRing.attach(channel.ring_name)
    ring.write(b"?")
    ring.close()
    sender.close()
    sender = GestureSender(channel, lambda request: None)
    sender.send(KeyEvent(60, True, 1))
    wait_until(lambda: session.received == [KeyEvent(60, True, 1)])
    sender.close()
    assert "left out a gesture" in caplog.text
