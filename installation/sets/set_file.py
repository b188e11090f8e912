"""Set files: tables of config.toml that replace what the settings say.

A set is a .toml file beside this module, or in the folder `sets` where the piece is started; one
there wins over one of the same name here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from installation.config import Config, ConfigError, parse_config

SET_TABLES = ("style", "live", "sound", "stage")
OWN_FOLDER, SHIPPED_FOLDER = Path("sets"), Path(__file__).parent
SET_SUFFIX = ".toml"
NO_SET = "none"  # name by which the settings alone are chosen


class SetError(ValueError):
    """A set does not exist, or its file cannot be used; one line."""


def set_names(own_folder: Path = OWN_FOLDER) -> tuple[str, ...]:
    """Names of all sets, in alphabetical order; their order is that of MIDI programs.

    Parameters
    ----------
    own_folder : Path

    Returns
    -------
    tuple of str
    """
    folders = (SHIPPED_FOLDER, own_folder)
    return tuple(sorted({path.stem for each in folders for path in each.glob(f"*{SET_SUFFIX}")}))


def apply_set(config: Config, name: str, own_folder: Path = OWN_FOLDER) -> Config:
    """Settings with the tables of a set.

    Parameters
    ----------
    config : Config
    name : str
        Name of a set, or path of a .toml file.
    own_folder : Path

    Returns
    -------
    Config

    Raises
    ------
    SetError
        If there is no such set, it has a table that sets do not have, or a value is not accepted.
    """
    path = _find_set(name, own_folder)
    try:
        text = path.read_text(encoding="utf-8")
        own = parse_config(text, str(path))
    except ConfigError as error:
        raise SetError(str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"{path}: cannot be read: {error}") from error
    given: dict[str, Any] = tomllib.loads(text)
    if others := sorted(given.keys() - set(SET_TABLES)):
        raise SetError(f"{path}: {others[0]}: accepted in a set: {', '.join(SET_TABLES)}")
    if "name" in given.get("style", {}):  # a model or partners of the settings do not belong to it
        config = config.with_values("style", model="", blend=[])
    for table, keys in given.items():
        section = getattr(own, table)
        config = config.with_values(table, **{key: getattr(section, key) for key in keys})
    return config


def _find_set(name: str, own_folder: Path) -> Path:
    if name.endswith(SET_SUFFIX):
        return Path(name)
    if name not in set_names(own_folder):
        known = ", ".join(set_names(own_folder))
        raise SetError(f"no set {name!r}; there are {known}, and any .toml file")
    own = own_folder / f"{name}{SET_SUFFIX}"
    return own if own.exists() else SHIPPED_FOLDER / own.name
