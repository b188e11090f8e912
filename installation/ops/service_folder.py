"""Service folder: the runtime folder of the installed service, for its status and its log."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_VARIABLE = "RUNTIME_DIRECTORY"  # set by systemd (RuntimeDirectory= of the unit)
LOG_FILE_NAME = "piece.log"


def service_path(name: str) -> Path | None:
    """Path of a file in the runtime folder of the service.

    Parameters
    ----------
    name : str

    Returns
    -------
    Path or None
        None if this process belongs to no service.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    return Path(folder) / name if folder else None


def find_log_path(configured: str) -> Path | None:
    """Path of the log file.

    Parameters
    ----------
    configured : str
        `log.file` of the settings; empty for the file of the service.

    Returns
    -------
    Path or None
        None if the log goes to the terminal alone.
    """
    return Path(configured) if configured else service_path(LOG_FILE_NAME)
