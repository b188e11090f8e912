"""State outputs: an OSC address, a MIDI controller, or a channel of a universe of lights.

Values are from 0 to 1. An output sends a value only if it differs from the last one as it is sent.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from uuid import uuid4

from mido import Message

from installation.io.control.osc import ControlOutput
from installation.io.drop_counter import DropCounter
from installation.io.midi.outputs import MAX_CONTROLLER_VALUE, ReconnectingOutput
from messages.clock import MILLISECOND

OSC_DIGITS = 4  # decimals of a value by OSC
MAX_FINE_VALUE = (1 << 14) - 1  # of a controller of 14 bits
FINE_CONTROL_OFFSET = 32  # from a controller to the one with its lower seven bits (MIDI 1.0)
DMX_CHANNELS, MAX_DMX_VALUE = 512, 255
ARTNET_PORT = 6454
ARTNET_HEADER = b"Art-Net\0" + bytes((0x00, 0x50, 0, 14))  # ArtDmx, protocol 14
REPEAT_NS = 800 * MILLISECOND
"""Time after which an unchanged universe is sent again, ns (Art-Net 4, E1.31: 800 to 1000 ms)."""
SACN_PORT, SACN_MULTICAST, SACN_SOURCE = 5568, "multicast", "Hidden State"
SACN_LAST_PACKETS = 3  # packets that announce the end of a stream (E1.31, 6.2.6)


class StateOutput(ABC):
    """Takes a value sixty times a second."""

    @abstractmethod
    def send(self, value: float) -> None:
        """Take a value, 0..1; never waits."""


class DummyStateOutput(StateOutput):
    """Keeps the values in `sent`, in order."""

    def __init__(self) -> None:
        self.sent: list[float] = []

    def send(self, value: float) -> None:
        self.sent.append(value)


class OscStateOutput(StateOutput):
    """Sends a number to an OSC address.

    Parameters
    ----------
    output : ControlOutput
    address : str
    """

    def __init__(self, output: ControlOutput, address: str) -> None:
        self._output, self._address = output, address
        self._last: float | None = None

    def send(self, value: float) -> None:
        rounded = round(value, OSC_DIGITS)
        if rounded != self._last:
            self._last = rounded
            self._output.send(self._address, (rounded,))


class ControllerOutput(StateOutput):
    """Sends a MIDI controller, of 7 or of 14 bits, and sends it again to each new port.

    Parameters
    ----------
    port : ReconnectingOutput
    channel : int
        From 0.
    control : int
    is_fine : bool
        Whether a second controller carries seven bits more.
    """

    def __init__(self, port: ReconnectingOutput, channel: int, control: int, is_fine: bool) -> None:
        self._port, self._channel = port, channel
        self._control, self._is_fine = control, is_fine
        self._last: tuple[int, int] | None = None  # connection of the port, and number

    def send(self, value: float) -> None:
        number = round(value * (MAX_FINE_VALUE if self._is_fine else MAX_CONTROLLER_VALUE))
        connection = self._port.connection_count
        if (connection, number) == self._last:
            return
        self._last = connection, number
        if self._is_fine:
            self._send(self._control, number >> 7)
            self._send(self._control + FINE_CONTROL_OFFSET, number & 0x7F)
        else:
            self._send(self._control, number)

    def _send(self, control: int, value: int) -> None:
        message = Message("control_change", channel=self._channel, control=control, value=value)
        self._port.send_unrouted(message)


class SacnUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """sACN is not available; the message says how to get it."""


class DmxUniverse(ABC):
    """The 512 channels of a universe, sent by UDP when they change, and again after a while.

    Parameters
    ----------
    receiver : (str, int)
        Address and port.
    """

    def __init__(self, receiver: tuple[str, int]) -> None:
        self.receiver = receiver
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._values, self._sent = bytearray(DMX_CHANNELS), b""
        self._sequence, self._sent_at = 0, 0
        self.drop_counter = DropCounter(f"lights at {receiver[0]}")

    @abstractmethod
    def _packet(self, values: bytes) -> bytes:
        """The packet with these values and `_sequence`."""

    def set_channel(self, channel: int, value: int) -> None:
        """Set a channel, 1..512, to 0..255."""
        self._values[channel - 1] = value

    def flush(self, now: int) -> None:
        """Send the universe if it has changed, or for a time (ns) has not been sent."""
        values = bytes(self._values)
        if values == self._sent and now - self._sent_at < REPEAT_NS:
            return
        self._sequence = self._sequence % 255 + 1  # by Art-Net, 0 would mean that there is no order
        self._sent, self._sent_at = values, now
        self._send(self._packet(values))

    def close(self) -> None:
        """Close the socket; the lights keep what they show."""
        self._socket.close()

    def _send(self, packet: bytes) -> None:
        try:
            self._socket.sendto(packet, self.receiver)
        except OSError:
            self.drop_counter.record_drop("packets without a receiver")


class ArtNetUniverse(DmxUniverse):
    """A universe of Art-Net: ArtDmx packets (Art-Net 4, Artistic Licence).

    Own bytes: stupidArtnet 1.6 always sends sequence number 0 and prints its errors, and pyartnet
    brings an event loop of its own.

    Parameters
    ----------
    host : str
    port : int
    universe : int
        Port address of 15 bits.
    """

    def __init__(self, host: str, port: int, universe: int) -> None:
        super().__init__((host, port))
        self._universe = universe

    def _packet(self, values: bytes) -> bytes:
        return (
            ARTNET_HEADER
            + bytes((self._sequence, 0))
            + self._universe.to_bytes(2, "little")
            + DMX_CHANNELS.to_bytes(2, "big")
            + values
        )


class SacnUniverse(DmxUniverse):
    """A universe of sACN (ANSI E1.31-2016), in the packets of the library sacn.

    The library's own sender waits in a thread of its own and cannot send to another port.

    Parameters
    ----------
    host : str
        "multicast" for the universe's own group.
    port : int
    universe : int
        1..63999.

    Raises
    ------
    SacnUnavailable
        If sacn is not installed.
    """

    def __init__(self, host: str, port: int, universe: int) -> None:
        check_sacn()
        from sacn.messages.data_packet import DataPacket

        self._data = DataPacket(tuple(uuid4().bytes), SACN_SOURCE, universe)
        group = self._data.calculate_multicast_addr()
        super().__init__((group if host == SACN_MULTICAST else host, port))

    def _packet(self, values: bytes) -> bytes:
        self._data.sequence, self._data.dmxData = self._sequence, tuple(values)
        return bytes(self._data.getBytes())

    def close(self) -> None:
        """Tell that the stream ends, and close the socket; the lights need not time out."""
        self._data.option_StreamTerminated = True
        for _ in range(SACN_LAST_PACKETS):
            self._sequence = self._sequence % 255 + 1
            self._send(self._packet(bytes(self._values)))
        super().close()


class DmxChannelOutput(StateOutput):
    """Sets a channel of a universe, or two of them for 16 bits.

    Parameters
    ----------
    universe : DmxUniverse
    channel : int
        1..512; the first of two.
    is_fine : bool
        Whether the next channel carries eight bits more.
    """

    def __init__(self, universe: DmxUniverse, channel: int, is_fine: bool) -> None:
        self._universe, self._channel, self._is_fine = universe, channel, is_fine

    def send(self, value: float) -> None:
        if self._is_fine:
            high, low = divmod(round(value * 0xFFFF), 0x100)
            self._universe.set_channel(self._channel, high)
            self._universe.set_channel(self._channel + 1, low)
        else:
            self._universe.set_channel(self._channel, round(value * MAX_DMX_VALUE))


def check_sacn() -> None:
    """Raise `SacnUnavailable` if sacn is not installed."""
    try:
        import sacn  # noqa: F401 - whether it exists is the question
    except ImportError as error:
        raise SacnUnavailable('no sACN: pip install "hidden-state[lights]" brings it') from error
