"""Sockets: outputs by name that stay where they are while what is plugged in comes and goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from mido import Message

from installation.io.midi.input_filter import Echo
from installation.io.midi.outputs import TimedOutput

_log = logging.getLogger(__name__)


class Socket(TimedOutput):
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
        echo: Echo | None = None,
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._echo, self._now = echo or Echo(), now
        self._inner: TimedOutput | None = None
        super().__init__(name)

    @property
    def plugged(self) -> str | None:
        """Name of the port that is plugged in, if one is."""
        inner = self._inner
        return None if inner is None else inner.name

    def plug(self, port: TimedOutput) -> None:
        """Send to a port from now on; it is silenced first, for it may hold old notes."""
        with self._lock:
            self._inner = port
            self.silence()
            self._sounding.clear()

    def unplug(self) -> None:
        """The port is gone: let go of it, waiting no longer than closing may take."""
        with self._lock:
            inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()

    def _deliver(self, message: Message) -> None:
        inner = self._inner
        if inner is not None:
            self._echo.send(message, self._now())
            inner.send(message)

    def _close(self) -> None:
        self.unplug()
