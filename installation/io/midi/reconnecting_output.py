"""An output that outlives the port it is connected to."""

from __future__ import annotations

import time
from collections.abc import Callable

from mido import Message

from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.outputs import TimedOutput


class ReconnectingOutput(TimedOutput):
    """An output connected to another, or to none; then its messages are lost.

    Parameters
    ----------
    name : str
        The requested name; the connected port may have another.
    echo : EchoDetector, optional
        Told of every message that is sent.
    now : callable
        The monotonic clock, ns.
    """

    def __init__(
        self,
        name: str,
        echo: EchoDetector | None = None,
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._echo_detector, self._now = echo or EchoDetector(), now
        self._port: TimedOutput | None = None
        super().__init__(name)

    @property
    def connected_port(self) -> str | None:
        """Name of the connected port; None without one."""
        port = self._port
        return None if port is None else port.name

    def connect(self, port: TimedOutput) -> None:
        """Send to a port from now on; it is silenced first, as it may hold old notes."""
        with self._lock:
            self._port = port
            self.silence()
            self._active_notes.clear()

    def disconnect(self) -> None:
        """Close the connected port, in bounded time."""
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            port.close()

    def _deliver(self, message: Message) -> None:
        port = self._port
        if port is not None:
            self._echo_detector.record_sent(message, self._now())
            port.send(message)

    def _close(self) -> None:
        self.disconnect()
