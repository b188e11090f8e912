"""OSC: controls in and notes out as datagrams, by Open Sound Control 1.0.

Source: Wright, "The Open Sound Control 1.0 Specification" (2002).
"""

from __future__ import annotations

import logging
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from threading import Thread

from installation.io.control.control_messages import (
    ControlError,
    ControlMessage,
    ControlValue,
    validate_control,
)
from installation.io.drop_counter import DropCounter

LOOPBACK_HOST = "127.0.0.1"
MAX_DATAGRAM_BYTES = 65536
"""Bytes of a datagram, at most."""
RECEIVE_TIMEOUT_S = 0.2
"""Seconds between two looks at whether to stop."""
MAX_MESSAGES_PER_DATAGRAM = 64
"""Messages of one datagram that are heeded."""

ControlCallback = Callable[[ControlMessage], None]

_log = logging.getLogger(__name__)


class OscUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """OSC cannot be had here; the message says what would bring it."""


def _is_not_from_pythonosc(record: logging.LogRecord) -> bool:
    """Whether a line for the root logger is not python-osc's, which has one for each odd byte."""
    return "pythonosc" not in record.pathname


class ControlInput:
    """Checks what it is told and passes on what is sound; the rest is dropped and counted.

    Parameters
    ----------
    sink : callable
        Gets each `ControlMessage`, on the thread it came on; may raise `ControlError` too.
    name : str
    now : callable
        The monotonic clock, ns.
    """

    def __init__(
        self,
        sink: ControlCallback,
        name: str = "dummy",
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.name = name
        self.drop_counter = DropCounter(name, now)
        self._sink, self._now = sink, now

    def on_message(self, address: str, values: Sequence[object]) -> None:
        """A message comes in now, such as ("/temperature", [0.8])."""
        try:
            self._sink(validate_control(address.removeprefix("/"), values, self._now()))
        except ControlError as error:
            _log.debug("%s: %s", self.name, error)
            self.drop_counter.record_drop("messages that ask for what there is not")

    def on_datagram(self, data: bytes) -> None:
        """A datagram comes in now."""
        for address, values in self._decoded(data):
            self.on_message(address, values)

    def close(self) -> None:
        """Hear nothing any more."""

    def _decoded(self, data: bytes) -> Iterable[tuple[str, Sequence[object]]]:
        from pythonosc.osc_packet import OscPacket, ParseError

        try:
            timed = OscPacket(data).messages
        # a datagram may be made to nest, overflow or break off anywhere in the decoder
        except (ParseError, ValueError, IndexError, OverflowError, RecursionError, TypeError):
            self.drop_counter.record_drop("datagrams that are no OSC")
            return []
        return [
            (one.message.address, one.message.params) for one in timed[:MAX_MESSAGES_PER_DATAGRAM]
        ]


class OscInput(ControlInput):
    """Listens at a UDP port.

    Parameters
    ----------
    sink : callable
    port : int
        0 for any that is free.
    host : str

    Attributes
    ----------
    port : int

    Raises
    ------
    OscUnavailable
        If python-osc is not installed, or the port is taken.
    """

    def __init__(self, sink: ControlCallback, port: int, host: str = LOOPBACK_HOST) -> None:
        check_osc()
        logging.getLogger().addFilter(_is_not_from_pythonosc)
        super().__init__(sink, f"OSC at {host}:{port}")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise OscUnavailable(f"no OSC at {host}:{port}: {error.strerror}") from error
        self._socket.settimeout(RECEIVE_TIMEOUT_S)
        self.port = self._socket.getsockname()[1]
        self._closed = False
        self._thread = Thread(target=self._listen, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear nothing any more."""
        self._closed = True
        self._thread.join(2 * RECEIVE_TIMEOUT_S)
        self._socket.close()

    def _listen(self) -> None:
        while not self._closed:
            try:
                data = self._socket.recv(MAX_DATAGRAM_BYTES)
            except TimeoutError:
                continue
            except OSError as error:  # such as a receiver of ours that is gone (Windows)
                _log.debug("%s: %s", self.name, error)
                continue
            self.on_datagram(data)


class ControlOutput(ABC):
    """Tells others what happens."""

    @abstractmethod
    def send(self, address: str, values: Sequence[ControlValue]) -> None:
        """Send a message on its way; never waits, and nobody need listen."""

    @abstractmethod
    def close(self) -> None:
        """Send nothing any more."""


class DummyControlOutput(ControlOutput):
    """Remembers what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[ControlValue, ...]]] = []

    def send(self, address: str, values: Sequence[ControlValue]) -> None:
        self.sent.append((address, tuple(values)))

    def close(self) -> None:
        """Nothing to let go of."""


class OscOutput(ControlOutput):
    """Sends to UDP ports.

    Parameters
    ----------
    receivers : sequence of (str, int)
        Host and port of each.

    Raises
    ------
    OscUnavailable
        If python-osc is not installed.
    """

    def __init__(self, receivers: Sequence[tuple[str, int]]) -> None:
        check_osc()
        self._receivers = tuple(receivers)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.drop_counter = DropCounter("OSC out")

    def send(self, address: str, values: Sequence[ControlValue]) -> None:
        from pythonosc.osc_message_builder import OscMessageBuilder

        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value)
        data = builder.build().dgram
        for receiver in self._receivers:
            try:
                self._socket.sendto(data, receiver)
            except OSError:
                self.drop_counter.record_drop("messages nobody takes")

    def close(self) -> None:
        self._socket.close()


def check_osc() -> None:
    """Find out early that OSC cannot be had.

    Raises
    ------
    OscUnavailable
    """
    try:
        import pythonosc  # noqa: F401 - whether it is there is the question
    except ImportError as error:
        raise OscUnavailable('no OSC: pip install "hidden-state[osc]" brings it') from error
