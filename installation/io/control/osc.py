"""Open Sound Control 1.0 over UDP: controls in, notes out.

Source: Wright, "The Open Sound Control 1.0 Specification" (2002).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import partial
from ipaddress import IPv4Address
from socketserver import UDPServer
from threading import Event, Thread
from typing import Any

from installation.io.control.control_messages import (
    REMOTE_ARGUMENTS,
    ControlError,
    ControlMessage,
    ControlRefusal,
    ControlValue,
    validate_control,
)
from installation.io.drop_counter import DropCounter

LOOPBACK_HOST = "127.0.0.1"
MAX_DATAGRAM_BYTES = 65536  # size of the largest datagram, bytes
STOP_POLL_INTERVAL_S = 0.2  # time between two checks of the server for its end, seconds
CLOSE_TIMEOUT_S = 1.0  # longest wait for the server to stop, seconds
LOOKUP_INTERVAL_S = 10.0  # time between two lookups of the names of receivers, seconds
OPEN_INTERVAL_S = 1.0  # time between two attempts to have a port that is taken, seconds
MAX_ADDRESS_LENGTH = 64  # characters of an address that a refusal repeats
MAX_ANSWERABLE = 64  # controls that were passed on and can still be refused, the last ones
MAX_MESSAGES_PER_DATAGRAM = 64  # messages of one datagram that are used; the rest are ignored

ControlCallback = Callable[[ControlMessage], None]
"""Gets each control message, on the thread it arrived on; may raise `ControlError`."""

Refusal = Callable[[str, str], None]
"""Answers the sender of a control with its address and the reason why it is refused."""

_log = logging.getLogger(__name__)


class OscUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """OSC is not available; the message says how to get it."""


class ControlInput:
    """Validates and passes on controls; invalid ones are dropped and counted."""

    def __init__(
        self,
        sink: ControlCallback,
        name: str = "dummy",
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.name = name
        self.drop_counter = DropCounter(name, now)
        self._sink, self._now = sink, now
        # the last ones that can be answered
        self._passed_on: deque[tuple[ControlMessage, str, Refusal]] = deque(maxlen=MAX_ANSWERABLE)

    def on_message(
        self, address: str, values: Sequence[object], refuse: Refusal | None = None
    ) -> None:
        """Handle a message that arrives now, such as ("/temperature", [0.8])."""
        name = address.removeprefix("/")
        try:
            control = validate_control(name, values, self._now(), REMOTE_ARGUMENTS)
            if refuse is not None:
                self._passed_on.append((control, address, refuse))
            self._sink(control)
        except ControlError as error:
            _log.debug("%s: %s", self.name, error)
            self.drop_counter.record_drop("invalid controls")
            if refuse is not None:
                refuse(address, str(error))

    def refuse(self, refusal: ControlRefusal) -> None:
        """Answer the sender of a control that was passed on and then not carried out."""
        for control, address, refuse in tuple(self._passed_on):
            if control == refusal.control:
                refuse(address, refusal.reason)

    def on_datagram(self, data: bytes, refuse: Refusal | None = None) -> None:
        """Handle a datagram that arrives now; `refuse` answers its sender."""
        from pythonosc.osc_packet import OscPacket, ParseError

        try:
            timed = OscPacket(data).messages
        # a datagram can nest, overflow or break off anywhere in the decoder
        except (ParseError, ValueError, IndexError, OverflowError, RecursionError, TypeError):
            self.drop_counter.record_drop("datagrams that are no OSC")
            return
        for each in timed[:MAX_MESSAGES_PER_DATAGRAM]:
            self.on_message(each.message.address, each.message.params, refuse)

    def close(self) -> None:
        """Release the device; the base has none."""


class OscInput(ControlInput):
    """Controls from a UDP port, through python-osc's server.

    Parameters
    ----------
    sink : callable
        Gets each `ControlMessage`, on the server's thread.
    port : int
        0 for any free port.
    host : str
    waits : bool
        Whether a port that cannot be had now is tried again and again, instead of an error: what
        held it may be about to end.

    Attributes
    ----------
    port : int

    Raises
    ------
    OscUnavailable
        If python-osc is not installed, or the port is taken.
    """

    def __init__(
        self, sink: ControlCallback, port: int, host: str = LOOPBACK_HOST, waits: bool = False
    ) -> None:
        check_osc()
        logging.getLogger().addFilter(_is_not_from_pythonosc)
        super().__init__(sink, f"OSC at {host}:{port}")
        self._open_server = partial(_open_server, host, port, self.on_datagram)
        self._server: UDPServer | None = None
        self._stop = Event()
        try:
            self._server = self._open_server()
        except OSError as error:
            text = f"no OSC at {host}:{port}: {error.strerror}"
            if not waits:
                raise OscUnavailable(text) from error
            _log.warning("%s; it is tried again", text)
        self.port = port if self._server is None else self._server.server_address[1]
        self._thread = Thread(target=self._serve, name="osc", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._server is None:
            if self._stop.wait(OPEN_INTERVAL_S):
                return
            with contextlib.suppress(OSError):
                self._server = self._open_server()
                _log.info("%s: it listens", self.name)
        self._server.serve_forever(STOP_POLL_INTERVAL_S)

    def close(self) -> None:
        """Stop the server, in bounded time, and close its port."""
        self._stop.set()
        if self._server is None:
            self._thread.join(CLOSE_TIMEOUT_S)
        if self._server is not None:
            stopping = Thread(target=self._server.shutdown, name="close osc", daemon=True)
            stopping.start()
            stopping.join(CLOSE_TIMEOUT_S)
            self._server.server_close()


def _open_server(host: str, port: int, on_datagram: Callable[[bytes, Refusal], None]) -> UDPServer:
    """python-osc's server, which passes on whole datagrams instead of dispatching messages.

    python-osc's dispatcher waits for a bundle's time, and compiles each address as a pattern.
    """
    from pythonosc.dispatcher import Dispatcher
    from pythonosc.osc_server import BlockingOSCUDPServer

    class DatagramServer(BlockingOSCUDPServer):
        max_packet_size = MAX_DATAGRAM_BYTES

        def verify_request(self, request: tuple[bytes, object], client: object) -> bool:
            return True  # a datagram that is no OSC is counted as dropped

        def finish_request(self, request: tuple[bytes, socket.socket], client: object) -> None:
            data, answering = request
            on_datagram(data, partial(_send_refusal, answering, client))

    return DatagramServer((host, port), Dispatcher())


def _send_refusal(answering: socket.socket, client: Any, address: str, reason: str) -> None:
    """Send `/refused` with the address of a control and the reason; whether it arrives or not."""
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder("/refused")
    builder.add_arg(address[:MAX_ADDRESS_LENGTH])
    builder.add_arg(reason)
    with contextlib.suppress(OSError):
        answering.sendto(builder.build().dgram, client)


class ControlOutput(ABC):
    """Reports events to other programs."""

    @abstractmethod
    def send(self, address: str, values: Sequence[ControlValue]) -> None:
        """Send a message without waiting, received or not."""

    @abstractmethod
    def close(self) -> None:
        """Release the device."""


class DummyControlOutput(ControlOutput):
    """An output that keeps the sent messages, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[ControlValue, ...]]] = []

    def send(self, address: str, values: Sequence[ControlValue]) -> None:
        self.sent.append((address, tuple(values)))

    def close(self) -> None:
        """Nothing to release."""


class OscOutput(ControlOutput):
    """Sends each message to several UDP ports.

    A lookup of a name takes as long as its name server does not answer. So a thread looks them up,
    now and then, and messages go to the addresses found last.

    Parameters
    ----------
    receivers : sequence of (str, int)
        Host and port of each receiver.
    look_up : callable
        Returns the IPv4 address of a host; raises OSError if there is none.

    Raises
    ------
    OscUnavailable
        If python-osc is not installed.
    """

    def __init__(
        self,
        receivers: Sequence[tuple[str, int]],
        look_up: Callable[[str], str] = socket.gethostbyname,
    ) -> None:
        check_osc()
        self._receivers, self._look_up = tuple(receivers), look_up
        self._addresses = {host: host for host, _ in receivers if _is_address(host)}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.drop_counter = DropCounter("OSC out")
        self._stop = Event()
        if names := {host for host, _ in receivers} - self._addresses.keys():
            Thread(target=self._follow, args=(names,), name="osc names", daemon=True).start()

    def send(self, address: str, values: Sequence[ControlValue]) -> None:
        from pythonosc.osc_message_builder import OscMessageBuilder

        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value)
        data = builder.build().dgram
        for host, port in self._receivers:
            try:
                self._socket.sendto(data, (self._addresses[host], port))
            except (KeyError, OSError):
                self.drop_counter.record_drop("messages without a receiver")

    def close(self) -> None:
        self._stop.set()
        self._socket.close()

    def _follow(self, names: Collection[str]) -> None:
        """Look up the addresses of names until the end; one that is not found keeps its last."""
        while True:
            for name in names:
                with contextlib.suppress(OSError, UnicodeError):  # no such host, or no host name
                    self._addresses[name] = self._look_up(name)
            if self._stop.wait(LOOKUP_INTERVAL_S):
                return


def _is_address(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def check_osc() -> None:
    """Raise `OscUnavailable` if python-osc is not installed."""
    try:
        import pythonosc  # noqa: F401 - whether it exists is the question
    except ImportError as error:
        raise OscUnavailable('no OSC: pip install "hidden-state[osc]" brings it') from error


def _is_not_from_pythonosc(record: logging.LogRecord) -> bool:
    """Log filter: python-osc has a line for each odd byte, for the root logger."""
    return "pythonosc" not in record.pathname
