"""Settings of config.toml, as typed and checked values."""

from installation.config.audience import CrowdSettings, EvolutionSchedule, WebSettings
from installation.config.config import (
    CONFIG_FILE_NAME,
    Config,
    ConfigError,
    load_config,
    parse_config,
)
from installation.config.connections import (
    DEFAULT_CHANNELS,
    STATE_SOURCE,
    MidiSettings,
    OscSettings,
    OutSettings,
)
from installation.config.exhibit import (
    PIN_HASH,
    KioskSettings,
    LogSettings,
    RecordingSettings,
    StageSettings,
)
from installation.config.music import DrumGenre, LiveSettings, SoundSettings, StyleSettings

__all__ = [
    "CONFIG_FILE_NAME",
    "DEFAULT_CHANNELS",
    "Config",
    "ConfigError",
    "CrowdSettings",
    "DrumGenre",
    "EvolutionSchedule",
    "KioskSettings",
    "LiveSettings",
    "LogSettings",
    "MidiSettings",
    "OscSettings",
    "OutSettings",
    "PIN_HASH",
    "RecordingSettings",
    "STATE_SOURCE",
    "SoundSettings",
    "StageSettings",
    "StyleSettings",
    "WebSettings",
    "load_config",
    "parse_config",
]
