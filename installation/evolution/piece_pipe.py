"""Piece pipe: a training's standard input, which brings its settings and ends with the piece."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from threading import Thread

from pydantic import ValidationError

from installation.config import Config, ConfigError

SETTINGS_SECTIONS = {"style", "recording", "evolution"}  # no PIN leaves the piece
STANDARD_INPUT = 0
AUTOGROUP = Path("/proc/self/autogroup")  # Linux weighs sessions against one another
GRACE_S = 0.3  # seconds in which what the training started may end by itself


def pack_settings(config: Config) -> bytes:
    """The settings that a training needs, as a line.

    Parameters
    ----------
    config : Config

    Returns
    -------
    bytes
    """
    return config.model_dump_json(include=SETTINGS_SECTIONS).encode() + b"\n"


def follow_piece() -> Config:
    """Read the settings from standard input; when that ends, all of this training is ended.

    The session of this training gets the lowest priority among those of the machine.

    It is called on the main thread, by a process that leads a session of its own.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        If the input has no settings.
    """
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(STANDARD_INPUT, 1)  # no buffer, whose lock would outlive the main thread
        if not byte:
            break
        line += byte
    try:
        config = Config.model_validate_json(line)
    except ValidationError as error:
        raise ConfigError("no settings came from the piece") from error
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():  # or it slows all of a terminal
        with contextlib.suppress(OSError):  # not of every kernel
            AUTOGROUP.write_text("19")
    # SIGTERM goes to what the training has started, too, and this process has to outlive that
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    Thread(target=_end_with_piece, name="piece pipe", daemon=True).start()
    return config


def _end_with_piece() -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(0, signal.SIGTERM)
            time.sleep(GRACE_S)
            os.killpg(0, signal.SIGKILL)
    os._exit(1)
