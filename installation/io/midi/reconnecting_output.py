"""Sockets: outputs by name that stay where they are while what is plugged in comes and goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from mido import Message

from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.outputs import TimedOutput

_log = logging.getLogger(__name__)


class ReconnectingOutput(TimedOutput):
    """An output into which another is plugged, or none: then notes go nowhere.

    Parameters
    ----------
    name : str
        What was asked for; the port plugged in may be called otherwise.
    echo : Echo, optional
        Told of everything that is sent.
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
        """Name of the port that is plugged in, if one is."""
        inner = self._port
        return None if inner is None else inner.name

    def connect(self, port: TimedOutput) -> None:
        """Send to a port from now on; it is silenced first, for it may hold old notes."""
        with self._lock:
            self._port = port
            self.silence()
            self._active_notes.clear()

    def disconnect(self) -> None:
        """The port is gone: let go of it, waiting no longer than closing may take."""
        with self._lock:
            inner, self._port = self._port, None
        if inner is not None:
            inner.close()

    def _deliver(self, message: Message) -> None:
        inner = self._port
        if inner is not None:
            self._echo_detector.record_sent(message, self._now())
            inner.send(message)

    def _close(self) -> None:
        self.disconnect()
