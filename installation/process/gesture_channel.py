"""Gesture channel: a visitor's gestures on their way from the stage straight to the performer.

A ring in shared memory carries them, and a semaphore wakes the performer. The
supervisor makes both, so they outlive a restart of either side. Neither side waits for the other.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.synchronize import Semaphore
from threading import Lock
from typing import Protocol

from installation.io.drop_counter import DropCounter
from installation.process.shared_ring import SharedRing, SharedRingError
from installation.thread_priority import create_realtime_thread
from messages.gestures import Gesture, ModelRequest, QuitRequest

GESTURE_BYTES = 13_312  # length of the longest packed gesture: a lesson that asks for 256 tones
GESTURE_SLOTS = 512
"""Gestures that the ring holds: more than all keys and fingers give in half a second."""
CLOSE_TIMEOUT_S = 1.0  # time to wait for a gesture that is being played, s

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GestureChannel:
    """Both ends of the channel; an argument of a process that is being started."""

    ring_name: str
    semaphore: Semaphore  # released after each gesture

    @classmethod
    def over(cls, ring: SharedRing) -> GestureChannel:
        """A channel over a ring that the caller closes in the end."""
        return cls(ring.name, multiprocessing.get_context("spawn").Semaphore(0))


def create_gesture_ring() -> SharedRing:
    """A ring for gestures."""
    return SharedRing.create(GESTURE_BYTES, GESTURE_SLOTS)


class GestureSender:
    """The stage's end; the request to end the whole piece is not for the performer."""

    def __init__(self, channel: GestureChannel, quit_sink: Callable[[QuitRequest], None]) -> None:
        from messages.wire_format import pack  # not at once: who spawns the processes needs none

        self._ring, self._pack = SharedRing.attach(channel.ring_name), pack
        self._semaphore, self._quit_sink = channel.semaphore, quit_sink

    def send(self, gesture: Gesture) -> None:
        """Send a gesture; never blocks."""
        if isinstance(gesture, QuitRequest):
            self._quit_sink(gesture)
            return
        try:
            self._ring.write(self._pack(gesture))
        except SharedRingError as error:
            log.warning("left out a gesture: %s", error)
        else:
            self._semaphore.release()

    def close(self) -> None:
        """Detach from the ring."""
        self._ring.close()


class GestureHandler(Protocol):
    """What the performer's end hands gestures to."""

    def handle_gesture(self, gesture: Gesture) -> None:
        """Play or apply a gesture."""

    def release_window_input(self, at: int) -> None:
        """Release all that is held at the window, at time `at` (ns)."""


class GestureReceiver:
    """The performer's end: a real-time thread, where permitted, that waits for the semaphore.

    The first receiver plays the gestures that were sent before it was made: the piano is seen
    before the performer is ready. A later one leaves them out: another performer had them.
    The handler is used by one thread at a time, but models load on a thread of their own.
    """

    def __init__(
        self,
        channel: GestureChannel,
        handler: GestureHandler,
        now: Callable[[], int],
        is_first: bool = False,
    ) -> None:
        from messages.wire_format import unpack

        self._ring, self._semaphore = SharedRing.attach(channel.ring_name), channel.semaphore
        self._unpack = unpack
        if not is_first:
            self._ring.read()
        self._dropped = self._ring.dropped
        self._handler, self._now = handler, now
        self._drop_counter = DropCounter("gestures", now)
        self._lock = Lock()
        self._is_closing = False
        self._model_loader = ThreadPoolExecutor(1, "model loader")
        self._thread = create_realtime_thread(self._run, "gestures")

    def start(self) -> None:
        """Begin to hand on gestures."""
        self._thread.start()

    def release_window_input(self, at: int) -> None:
        """Release all that a stage held, which is gone at time `at` (ns) and wrote its last."""
        with self._lock:
            self._drain()
            self._handler.release_window_input(at)

    def close(self) -> None:
        """Stop the thread and detach from the ring."""
        self._is_closing = True
        self._semaphore.release()
        self._thread.join(CLOSE_TIMEOUT_S)
        self._model_loader.shutdown(wait=False, cancel_futures=True)
        self._ring.close()

    def _run(self) -> None:
        while self._semaphore.acquire() and not self._is_closing:
            with self._lock:
                self._drain()

    def _drain(self) -> None:
        messages = self._ring.read()
        if self._ring.dropped != self._dropped:
            self._dropped = self._ring.dropped
            self._drop_counter.record_drop("a full ring")
            self._handler.release_window_input(self._now())  # a key-up may be among the lost
        for data in messages:
            try:
                gesture = self._unpack(data)
            except ValueError as error:  # it must not end the thread
                log.warning("left out a gesture: %s", error)
                continue
            if isinstance(gesture, ModelRequest):  # loading takes long, and keys must not wait
                self._model_loader.submit(self._handler.handle_gesture, gesture)
            else:
                self._handler.handle_gesture(gesture)
