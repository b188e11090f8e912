"""Settings of what the piece is connected with: MIDI, OSC, and the values sent out."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from math import isfinite
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from installation.config.section import ConfigSection, NameList, as_list

MAX_ARTNET_UNIVERSE = 32767  # 15 bits
STATE_SOURCE = re.compile(
    r"(unit|cell|keep|write|say) [1-9]\d{0,4} [1-9]\d{0,4}|(keep|write|say) [1-9]\d{0,4}"
    r"|surprise|energy|turn|beat|bar|visitor|network|bass|drums"
)
"""A value of the live state, by its name; layers and units are counted from 1."""
STATE_SOURCE_SYNTAX = (
    'accepted: "unit 2 117", "cell 2 117", a gate as "keep 2 117" or, for its layer, "keep 2" '
    "(keep, write, say), surprise, energy, turn, beat, bar, visitor, network, bass, drums"
)
_PORT = r"(6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})"
"""Number of a UDP port, 1 to 65535."""
Voice = Literal["visitor", "network", "drums", "bass"]
DEFAULT_CHANNELS: dict[str, int] = {"visitor": 1, "network": 2, "drums": 10, "bass": 3}
"""MIDI channel of each voice, unless `midi.channels` names another."""
OscReceiver = Annotated[str, Field(pattern=rf"^[^:\s]+:{_PORT}$")]
OscReceiverList = Annotated[list[OscReceiver], BeforeValidator(as_list)]


class MidiSettings(ConfigSection):
    """The MIDI ports.

    Parameters
    ----------
    input, output : list of str
        Names or parts of names. An empty list means all inputs, and no output.
    wait : bool
        Whether to start without a missing port.
    send_clock : bool
        Whether to send MIDI clock to the outputs.
    channels : dict of str to int
        Channel of each voice at the outputs, 1..16.
    programs : dict of str to int
        Program of each voice that is to have one, 1..128, sent whenever an output is connected.
    parts : dict of str to str
        Output of each voice that has one of its own, by its name or a part of it.
    set_channel : int
        Channel on which a program change at any input chooses a set, 1..16; 0 for none.
    learned : str
        File of the knobs that were learned.
    mpe : bool
        Whether the inputs send MPE: each note on a channel of its own, with its own bend.
    """

    input: NameList = []
    output: NameList = []
    wait: bool = False
    send_clock: bool = False
    channels: dict[Voice, Annotated[int, Field(ge=1, le=16)]] = {}
    programs: dict[Voice, Annotated[int, Field(ge=1, le=128)]] = {}
    parts: dict[Voice, Annotated[str, Field(min_length=1)]] = {}
    set_channel: int = Field(0, ge=0, le=16)
    learned: str = Field("knobs.toml", min_length=1)
    mpe: bool = False

    @property
    def all_outputs(self) -> list[str]:
        """The outputs of all voices, and those of single voices."""
        return list(dict.fromkeys([*self.output, *self.parts.values()]))

    @field_validator("channels")
    @classmethod
    def _one_voice_each(cls, channels: dict[str, int]) -> dict[str, int]:
        used = list((DEFAULT_CHANNELS | channels).values())
        if len(set(used)) < len(used):
            raise ValueError("two voices of one channel")
        return channels


class OscSettings(ConfigSection):
    """Open Sound Control.

    Parameters
    ----------
    listen : int
        UDP port for controls; 0 for none.
    host : str
        Address of that port.
    send : list of str
        Receivers of notes, each as "host:port".
    """

    listen: int = Field(0, ge=0, le=65535)
    host: str = "127.0.0.1"
    send: OscReceiverList = []


class OutSettings(ConfigSection):
    """A value of the network's state that is sent out; one `[[out]]` for each.

    Parameters
    ----------
    source : str
        The key is `from`: see `STATE_SOURCE`.
    osc : str
        Receiver and address, as "host:port/address".
    midi : str
        MIDI output, by its name or a part of it.
    channel, cc : int
        MIDI channel, 1..16, and controller.
    artnet : str
        IPv4 address of the receiver, with ":port" if that is not 6454.
    sacn : str
        "multicast", or IPv4 address of the receiver, with ":port" if that is not 5568.
    universe, dmx : int
        Universe of Art-Net or sACN, and channel in it.
    fine : bool
        Whether a second controller or channel carries the lower bits.
    range : list of float
        Values that are sent as the lowest and as the highest; empty for those of the source.
    smooth : float
        Time in which a value goes most of the way to a new one, seconds.
    """

    source: str = Field(alias="from")
    osc: str = ""
    midi: str = ""
    channel: int = Field(1, ge=1, le=16)
    cc: int = Field(1, ge=0, le=127)
    artnet: str = ""
    sacn: str = ""
    universe: int = Field(0, ge=0, le=63999)
    dmx: int = Field(1, ge=1, le=512)
    fine: bool = False
    range: list[float] = []
    smooth: float = Field(0.05, ge=0, le=60)

    @field_validator("source")
    @classmethod
    def _check_source(cls, value: str) -> str:
        if not STATE_SOURCE.fullmatch(value):
            raise ValueError(f"{value!r}: {STATE_SOURCE_SYNTAX}")
        return value

    @field_validator("range")
    @classmethod
    def _check_range(cls, value: list[float]) -> list[float]:
        if value and (len(value) != 2 or value[0] == value[1] or not all(map(isfinite, value))):
            raise ValueError(f"{value}: accepted: two different numbers, as [0.0, 1.0]")
        return value

    @model_validator(mode="after")
    def _check_receiver(self) -> OutSettings:
        if sum(map(bool, (self.osc, self.midi, self.artnet, self.sacn))) != 1:
            raise ValueError("accepted: one of osc, midi, artnet or sacn in each [[out]]")
        if self.osc and not re.fullmatch(rf"[^:\s/]+:{_PORT}/\S+", self.osc):
            raise ValueError(f'osc = {self.osc!r}: accepted: as "127.0.0.1:9001/light"')
        for key in ("artnet", "sacn"):
            text = getattr(self, key)
            if not text or (key, text) == ("sacn", "multicast"):
                continue
            try:
                IPv4Address(text.partition(":")[0])
                if not 0 < int(text.partition(":")[2] or 1) <= 65535:
                    raise ValueError("no such port")
            except ValueError:
                message = f'{key} = {text!r}: accepted: an IPv4 address, as "10.0.0.5"'
                raise ValueError(message) from None
        if self.artnet and self.universe > MAX_ARTNET_UNIVERSE:
            raise ValueError(f"universe = {self.universe}: accepted: 0 to 32767, with artnet")
        if self.sacn and not self.universe:
            raise ValueError("universe = 0: accepted: 1 to 63999, with sacn")
        if self.fine and self.midi and self.cc > 31:
            raise ValueError(f"cc = {self.cc}: accepted: 0 to 31, if fine is true")
        if self.fine and (self.artnet or self.sacn) and self.dmx == 512:
            raise ValueError("dmx = 512: accepted: up to 511, if fine is true")
        return self
