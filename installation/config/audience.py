"""Settings of the pages, of the audience's opinions, and of what is learned from them."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from installation.config.section import ConfigSection
from installation.opening_hours import parse_time_of_day


class WebSettings(ConfigSection):
    """The staff page, and the audience's.

    Parameters
    ----------
    enabled : bool
    host : str
        Address it listens at; "0.0.0.0" for every network of this machine.
    port : int
    name : str
        Name in the local network, without ".local"; empty for none.
    pin : str
        The staff's PIN; empty for that of `pin_file`.
    pin_file : str
        Path of the file that `hidden-state web pin` writes.
    audience : bool
        Whether the page for the audience's phones is served, too.
    audience_port : int
        Its port.
    keep_days : int
        Days for which a visitor's duet is kept and can be taken home.
    wifi, wifi_password : str
        Network that phones have to join, for a code on the stage; empty for none.
    rounds : str
        Path of the file that `hidden-state web rounds` writes.
    """

    enabled: bool = False
    host: str = "0.0.0.0"
    port: int = Field(8080, ge=1, le=65535)
    name: str = Field("hidden-state", max_length=63)
    pin: SecretStr = SecretStr("")
    pin_file: str = "staff-pin"
    audience: bool = False
    audience_port: int = Field(8081, ge=1, le=65535)
    keep_days: int = Field(14, ge=1, le=3650)
    wifi: str = Field("", max_length=32)
    wifi_password: SecretStr = SecretStr("")
    rounds: str = "rounds.json"


class CrowdSettings(ConfigSection):
    """The bounds within which the audience's phones move the music.

    Parameters
    ----------
    minutes : float
        Time in which an opinion fades, minutes.
    temperature : float
        Largest rise of the temperature, as a share of it; the largest fall is its inverse.
    density, octave : float
        Largest change of the density, nats, and of the register, nats an octave.
    blend : float
        Largest weight of the styles that the crowd wants.
    """

    minutes: float = Field(4.0, gt=0, le=120)
    temperature: float = Field(0.35, ge=0, le=1)
    density: float = Field(1.5, ge=0, le=4)
    octave: float = Field(0.3, ge=0, le=2)
    blend: float = Field(0.5, ge=0, le=1)


class EvolutionSchedule(ConfigSection):
    """Generations of the style that learn from liked duets.

    Parameters
    ----------
    enabled : bool
    folder : str
        Folder of the generations.
    at : str
        Time of day of the training, as "03:30"; empty for none.
    visits : int
        Number of visits after which there is a training; 0 for none.
    command : str
        What trains: a command with {data}, {parent}, {result} and {seed}; empty for this machine.
    corpus : str
        Name or folder of the style's corpus; empty to rehearse tunes of the style itself.
    """

    enabled: bool = False
    folder: str = "generations"
    at: str = "03:30"
    visits: int = Field(0, ge=0, le=100_000)
    command: str = ""
    corpus: str = ""

    @field_validator("at")
    @classmethod
    def _check_time(cls, value: str) -> str:
        if value:
            parse_time_of_day(value)
        return value
