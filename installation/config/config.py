"""Settings of config.toml, as typed and checked values.

The models hold the built-in defaults. The config.toml at the top of the project states the same
defaults, each with a comment. An empty string means "not set", since TOML has no null.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from installation.config.audience import CrowdSettings, EvolutionSchedule, WebSettings
from installation.config.connections import MidiSettings, OscSettings, OutSettings
from installation.config.exhibit import KioskSettings, LogSettings, RecordingSettings, StageSettings
from installation.config.explanations import explain_invalid_value, explain_syntax_error
from installation.config.music import LiveSettings, SoundSettings, StyleSettings
from installation.config.section import ConfigSection

CONFIG_FILE_NAME = "config.toml"  # name of the file read from the current directory by default


class ConfigError(ValueError):
    """An invalid configuration: one line with file, line, key and the accepted values."""


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

    @property
    def window(self) -> StageSettings:
        """Settings of the window: in a kiosk, `kiosk.tour` holds where `stage.tour` is 0."""
        if not self.kiosk.enabled or self.stage.tour:
            return self.stage
        return self.stage.model_copy(update={"tour": self.kiosk.tour})

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
        raise ConfigError(f"{name}: {explain_syntax_error(str(error), text)}") from error
    try:
        return Config.model_validate(values, strict=False)
    except ValidationError as error:
        reason = explain_invalid_value(error.errors()[0], text, Config)
        raise ConfigError(f"{name}{reason}") from error
