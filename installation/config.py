"""Settings of config.toml, as typed and checked values.

The models hold the built-in defaults. The config.toml at the top of the project states the same
defaults, each with a comment. An empty string means "not set", since TOML has no null.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from ipaddress import IPv4Address
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from installation.opening_hours import OpeningHours, QuietHours, parse_time_of_day

PIN_HASH = re.compile(r"scrypt\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{86}==")
"""The hash of a PIN, as `installation.staff_pin` makes it."""
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
CONFIG_FILE_NAME = "config.toml"  # name of the file read from the current directory by default


def _as_list(value: Any) -> Any:
    """A single name as a list of one; an empty name as an empty list."""
    return ([value] if value else []) if isinstance(value, str) else value


NameList = Annotated[list[str], BeforeValidator(_as_list)]
OscReceiver = Annotated[str, Field(pattern=r"^[^:\s]+:[0-9]{1,5}$")]
OscReceiverList = Annotated[list[OscReceiver], BeforeValidator(_as_list)]
Beats = Annotated[float, Field(gt=0, le=32)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


Voice = Literal["visitor", "network", "drums", "bass"]
DEFAULT_CHANNELS: dict[str, int] = {"visitor": 1, "network": 2, "drums": 10, "bass": 3}
"""MIDI channel of each voice, unless `midi.channels` names another."""


class ConfigError(ValueError):
    """An invalid configuration: one line with file, line, key and the accepted values."""


class ConfigSection(BaseModel):
    """A table of config.toml: frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StyleSettings(ConfigSection):
    """The playing network: a style or a model file (which wins), and styles to blend in.

    Parameters
    ----------
    name : str
        An installed style.
    model : str
        Path of a model file.
    blend : list of str
        Styles to blend in; "*" for all that fit.
    """

    name: str = "irish"
    model: str = ""
    blend: NameList = ["*"]


class LiveSettings(ConfigSection):
    """The conversation between visitor and network.

    Parameters
    ----------
    mode : {"answer", "together", "continuous"}
    band : {"off", "soft", "full"}
        Drums and bass: with the network alone (soft), or with the visitor, too (full).
    tempo : float
        Beats a minute; 0 for the style's own tempo.
    tempo_from : {"visitor", "midi", "link"}
        Source of the tempo.
    transport : bool
        Whether start, continue and stop of the MIDI clock begin and end the network's own tunes.
    look_ahead : float
        Time composed ahead of the sound, beats.
    temperature, top_p : float
        Sampling temperature, and the probability of the choices to sample from; 0 for the
        style's own.
    pause, pause_beats : float
        Silence before an answer, in seconds and in beats; the longer one counts.
    hold_limit : float
        Longest time that a held key delays an answer, seconds.
    farewell_after : float
        Time without a key that ends a visit, seconds.
    warn_before : float
        Time between the warning and the end of a visit, seconds; 0 for no warning.
    attract : bool
        Whether the network plays while no visitor does.
    attract_level : int
        MIDI velocity of its notes then.
    expression : float
        Share of accents, phrasing and timing in the network's playing, from 0 to 1.
    attract_rest, attract_rest_longest : float
        First and longest rest between two of its tunes, bars.
    ghosts : bool
        Whether phrases of past visitors answer now and then.
    """

    mode: Literal["answer", "together", "continuous"] = "answer"
    band: Literal["off", "soft", "full"] = "off"
    tempo: float = Field(0.0, ge=0, le=240)
    tempo_from: Literal["visitor", "midi", "link"] = "visitor"
    transport: bool = False
    look_ahead: Beats = 3.0
    temperature: float = Field(0.0, ge=0, le=3)
    top_p: float = Field(0.0, ge=0, le=1)
    pause: Seconds = 0.7
    pause_beats: Beats = 2.0
    hold_limit: Seconds = 4.0
    farewell_after: Seconds = 20.0
    warn_before: float = Field(6.0, ge=0, le=3600)
    attract: bool = True
    attract_level: int = Field(54, ge=1, le=127)
    expression: float = Field(1.0, ge=0, le=1)
    attract_rest: float = Field(2.0, ge=0, le=64)
    attract_rest_longest: float = Field(16.0, ge=0, le=256)
    ghosts: bool = True


class SoundSettings(ConfigSection):
    """The embedded synth, and the delay of the sound.

    Parameters
    ----------
    enabled : bool
    volume : float
        From 0 to 1.
    device : str
        Name of the sound card or a part of it; empty for the system's default.
    latency_ms : float
        Delay of the sound of an output, ms.
    latencies : dict of str to float
        The same for single outputs, by their names or parts of them.
    visitor, network, bass, drums : str
        Name of a built-in instrument, or path of an .sfz file; empty for the first choice.
    side_chain : float
        Share by which the bass yields to the kick, from 0 to 1.
    """

    enabled: bool = True
    volume: float = Field(0.8, ge=0, le=1)
    device: str = ""
    latency_ms: float = Field(0.0, ge=0, le=200)
    latencies: dict[str, Annotated[float, Field(ge=0, le=200)]] = {}
    visitor: str = "keys"
    network: str = "glass"
    bass: str = "round"
    drums: str = "kit"
    side_chain: float = Field(0.4, ge=0, le=1)


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


class StageSettings(ConfigSection):
    """The window.

    Parameters
    ----------
    scene : str
        Name of the first scene.
    fullscreen : bool
    width, height : int
        Size of the window, pixels.
    language : str
        Two-letter code of the language of the texts.
    rotate : float
        Time that each scene is shown while no visitor plays, seconds; 0 for one scene.
    reduced_motion : bool
        Whether decorative motion is left out.
    brightness : float
        From 0.1 to 1.
    quality : {"auto", "full", "light"}
        Level of detail.
    gpu : bool
        Whether OpenGL presents the picture.
    display : int
        Number of the screen for the window, from 0.
    lesson : str
        Name of the lesson that is open at the start, or "tour"; empty for none.
    tour : float
        Time without a visitor after which the narrated tour runs by itself, seconds; 0 for never.
    distance : str
        Size of the screen and distance of its viewers: "desk", "room", "wall", or as "32in 2m".
    """

    scene: str = "waves"
    fullscreen: bool = False
    width: int = Field(1280, ge=320, le=7680)
    height: int = Field(720, ge=180, le=4320)
    language: str = Field("en", pattern="^[a-z]{2}$")
    rotate: float = Field(45.0, ge=0, le=3600)
    reduced_motion: bool = False
    brightness: float = Field(1.0, ge=0.1, le=1)
    quality: Literal["auto", "full", "light"] = "auto"
    gpu: bool = False
    display: int = Field(0, ge=0, le=15)
    lesson: str = ""
    tour: float = Field(0.0, ge=0, le=86_400)
    distance: str = Field(
        "room", pattern=r"^(desk|room|wall|[1-9]\d*(\.\d+)?in (0\.\d*[1-9]|[1-9]\d*(\.\d+)?)m)$"
    )


class RecordingSettings(ConfigSection):
    """Recordings of visits as .mid files, and their database.

    Parameters
    ----------
    enabled : bool
    folder : str
    keep_days : int
        Days for which a visit is kept; 0 for ever.
    keep_megabytes : int
        Size of all recordings above which the oldest are removed; 0 for any size.
    """

    enabled: bool = True
    folder: str = "recordings"
    keep_days: int = Field(90, ge=0, le=36_500)
    keep_megabytes: int = Field(1000, ge=0, le=1_000_000)


class KioskSettings(ConfigSection):
    """The piece as an exhibit that nobody attends.

    Parameters
    ----------
    enabled : bool
        Whether visitors are kept inside the piece, and only one piece runs on the machine.
    pin : str
        Hash of the PIN at the window, from `hidden-state kiosk pin`; empty for that of the staff
        page.
    hours, quiet : list of str
        Opening hours and quiet hours: see `installation.opening_hours`.
    hours_file : str
        Path of the opening hours that the staff sets on its page; once written it holds instead
        of `hours`.
    restart_at : str
        Time of day of the nightly restart, as "05:00"; empty for none.
    loopback : str
        Part of the name of a sound input that hears the loudspeakers; empty for none.
    """

    enabled: bool = False
    pin: str = ""
    hours: list[str] = []
    quiet: list[str] = []
    hours_file: str = "opening-hours.txt"
    restart_at: str = ""
    loopback: str = ""

    @field_validator("pin")
    @classmethod
    def _check_pin(cls, value: str) -> str:
        if value and not PIN_HASH.fullmatch(value):
            raise ValueError('accepted: a hash that `hidden-state kiosk pin` prints, or ""')
        return value

    @field_validator("hours")
    @classmethod
    def _check_hours(cls, value: list[str]) -> list[str]:
        OpeningHours(value)
        return value

    @field_validator("quiet")
    @classmethod
    def _check_quiet(cls, value: list[str]) -> list[str]:
        QuietHours(value)
        return value

    @field_validator("restart_at")
    @classmethod
    def _check_restart(cls, value: str) -> str:
        if value:
            parse_time_of_day(value)
        return value


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
        Days for which a visitor's duet can be taken home.
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
        if self.osc and not re.fullmatch(r"[^:\s/]+:[0-9]{1,5}/\S+", self.osc):
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
        What trains: a command with {data}, {parent} and {result}; empty for this machine alone.
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


class LogSettings(ConfigSection):
    """Logging.

    Parameters
    ----------
    level : {"debug", "info", "warning", "error"}
    format : {"text", "json"}
    file : str
        Path of the log file; empty for standard error.
    size : float
        Size at which the file is rotated, megabytes.
    keep : int
        Number of old files.
    status : str
        Path of the status file; empty for none.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    file: str = ""
    size: float = Field(5.0, gt=0, le=1000)
    keep: int = Field(5, ge=1, le=100)
    status: str = ""


class Config(ConfigSection):
    """All settings, one field for each table of config.toml.

    Parameters
    ----------
    style : StyleSettings
    live : LiveSettings
    sound : SoundSettings
    midi : MidiSettings
    osc : OscSettings
    stage : StageSettings
    recording : RecordingSettings
    kiosk : KioskSettings
    web : WebSettings
    crowd : CrowdSettings
    evolution : EvolutionSchedule
    log : LogSettings
    out : list of OutSettings
    """

    style: StyleSettings = StyleSettings()
    live: LiveSettings = LiveSettings()
    sound: SoundSettings = SoundSettings()
    midi: MidiSettings = MidiSettings()
    osc: OscSettings = OscSettings()
    stage: StageSettings = StageSettings()
    recording: RecordingSettings = RecordingSettings()
    kiosk: KioskSettings = KioskSettings()
    web: WebSettings = WebSettings()
    crowd: CrowdSettings = CrowdSettings()
    evolution: EvolutionSchedule = EvolutionSchedule()
    log: LogSettings = LogSettings()
    out: list[OutSettings] = []

    def with_values(self, section: str, **values: object) -> Config:
        """A copy with some values of a section replaced; None leaves a value as it is."""
        given = {key: value for key, value in values.items() if value is not None}
        return self.model_copy(update={section: getattr(self, section).model_copy(update=given)})


def load_config(path: Path | None = None) -> Config:
    """Read and check a configuration.

    Parameters
    ----------
    path : Path, optional
        By default, config.toml of the current directory; without one, the defaults.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        If the file cannot be read, is no TOML, or has an unknown key or an invalid value.
    """
    if path is None:
        path = Path(CONFIG_FILE_NAME)
        if not path.exists():
            return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{path}: cannot be read: {reason}") from error
    return parse_config(text, str(path))


def parse_config(text: str, name: str = CONFIG_FILE_NAME) -> Config:
    """Check the settings of a TOML text.

    Parameters
    ----------
    text : str
    name : str
        What errors call the text.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        If it is no TOML, or has an unknown key or an invalid value.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {_explain_syntax_error(str(error), text)}") from error
    try:
        return Config.model_validate(values, strict=False)
    except ValidationError as error:
        raise ConfigError(f"{name}{_explain_invalid_value(error.errors()[0], text)}") from error


def find_key_line(text: str, keys: tuple[str, ...]) -> int | None:
    """Line number of a key in a TOML text, from 1.

    For a key that has no line of its own, in an inline table, that of the key or table around it.
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    counts: Counter[tuple[str, ...]] = Counter()  # of the tables of each array
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[+)\s*([^\]#]+?)\s*\]+", line):
            table = _split_key(header[2])
            if header[1] == "[[":
                counts[table] += 1
                table = (*table, str(counts[table] - 1))
            found.setdefault(table, number)
        elif pair := re.match(r"\s*([\w\-.\s\"']+?)\s*=", line):
            key = table + _split_key(pair[1])
            for depth in range(1, len(key) + 1):
                found.setdefault(key[:depth], number)
    for depth in range(len(keys), 0, -1):
        if keys[:depth] in found:
            return found[keys[:depth]]
    return None


def _split_key(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def _explain_syntax_error(message: str, text: str) -> str:
    position = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", message)
    if position is None:
        return f"not valid TOML: {message}"
    line = position[1] or len(text.splitlines()) or 1
    return f"line {line}: not valid TOML: {message[: position.start()]}"


def _explain_invalid_value(error: Any, text: str) -> str:
    keys = tuple(str(part) for part in error["loc"])
    line = find_key_line(text, keys)
    return f"{f', line {line}' if line else ''}: {_reason(error, keys)}"


def _reason(error: Any, keys: tuple[str, ...]) -> str:
    dotted = ".".join(keys)
    if error["type"] == "extra_forbidden":
        return f"unknown key {dotted}; {_suggest_keys(keys)}"
    if error["type"] in ("model_type", "model_attributes_type") and keys[0] != "out":
        return f"{dotted} must be a table, written [{dotted}]"
    if error["type"] == "missing":
        return f"{dotted} is missing"
    if error["type"] == "value_error" and keys[0] in ("kiosk", "out"):
        return f"{dotted}: {error['ctx']['error']}"
    return f"{dotted} = {error['input']!r}: {_accepted_values(keys)}"


def _section_type(name: str) -> type[ConfigSection]:
    return OutSettings if name == "out" else type(Config.model_fields[name].default)


def _suggest_keys(keys: tuple[str, ...]) -> str:
    known = list(Config.model_fields)
    if len(keys) > 1 and keys[0] in Config.model_fields:
        fields = _section_type(keys[0]).model_fields
        known = [field.alias or name for name, field in fields.items()]
    close = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}accepted here: {', '.join(known)}"


def _list_syntax(rule: Any) -> str:
    if "pattern" in rule.get("items", {}):
        return 'a receiver as "host:port", or several in a list'
    return 'a name in quotes, or several: ["one", "two"]'


def _table_syntax(keys: tuple[str, ...]) -> str:
    if keys[0] == "sound":
        return 'milliseconds (0 to 200) by output: {"USB Audio" = 40.0}'
    voices = ", ".join(DEFAULT_CHANNELS)
    if keys[1] == "parts":
        return f'outputs by voice ({voices}): {{drums = "Drum Machine"}}'
    return (
        f"numbers by voice ({voices}), each voice a channel of its own (1 to 16) or a program "
        "(1 to 128): {visitor = 1, network = 2}"
    )


def _accepted_values(keys: tuple[str, ...]) -> str:
    """The values a key accepts, in words, from its schema."""
    if len(keys) == 1 or (keys[0] == "out" and len(keys) == 2):
        return f"accepted: a table for each value that is sent, written [[{keys[0]}]]"
    section = Config.model_json_schema()["$defs"][_section_type(keys[0]).__name__]
    rule = section["properties"][keys[2 if keys[0] == "out" else 1]]
    if "enum" in rule:
        return f"accepted: {', '.join(rule['enum'])}"
    if "pattern" in rule:
        return "accepted: a language as two small letters, such as en"
    kinds = {
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "string": "text in quotes",
        "array": _list_syntax(rule),
        "object": _table_syntax(keys),
    }
    low = f"from {rule['minimum']:g}" if "minimum" in rule else ""
    low = f"above {rule['exclusiveMinimum']:g}" if "exclusiveMinimum" in rule else low
    high = f"to {rule['maximum']:g}" if "maximum" in rule else ""
    return " ".join(part for part in ("accepted:", kinds[rule["type"]], low, high) if part)
