"""Installer: writes the files of a kiosk, and has systemd take note of them."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from installation.kiosk.service_units import (
    DISPLAY_UNIT_NAME,
    KERNEL_FILE,
    LOGIN_FILE,
    UNIT_FOLDER,
    UNIT_NAME,
    X_SERVER_FILE,
    KioskFile,
    KioskSite,
)
from midi_data.atomic_files import write_text_atomically

COMMAND_TIMEOUT_S = 60.0  # longest wait for systemctl, seconds
INSTALLED_PATHS = (
    UNIT_FOLDER / UNIT_NAME,
    UNIT_FOLDER / DISPLAY_UNIT_NAME,
    X_SERVER_FILE,
    LOGIN_FILE,
    KERNEL_FILE,
)

CommandRunner = Callable[[Sequence[str]], str]
"""Runs a command and returns its output; raises `KioskError` if it fails."""


class KioskError(RuntimeError):
    """The kiosk cannot be installed, removed or asked."""


def survey_site(user: str | None, config: Path | None = None) -> KioskSite:
    """What this machine has for a kiosk.

    Parameters
    ----------
    user : str or None
        Who runs the piece; by default, who called.
    config : Path or None
        File of the settings; by default config.toml of this folder, if it is there at each start.

    Returns
    -------
    KioskSite

    Raises
    ------
    KioskError
        If there is no such user, or the user is root.
    """
    name = user or os.environ.get("SUDO_USER") or getpass.getuser()
    if name == "root":
        raise KioskError("the piece does not run as root: name a user with --user NAME")
    _require_user(name)
    command = shutil.which("hidden-state") or ""
    here = Path(sys.executable).with_name("hidden-state")
    words = (str(here),) if here.exists() else (command,) if command else _module_command()
    return KioskSite(
        name,
        Path.cwd(),
        words,
        psutil.virtual_memory().total,
        shutil.which("cage") or "",
        shutil.which("Xorg") or shutil.which("X") or "",
        None if config is None else config.absolute(),
    )


def run_command(words: Sequence[str]) -> str:
    """Run a command.

    Parameters
    ----------
    words : sequence of str

    Returns
    -------
    str
        Its output.

    Raises
    ------
    KioskError
        If there is no such command, or it fails or does not end.
    """
    line = " ".join(words)
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KioskError(f"{line}: {error}") from error
    if done.returncode:
        raise KioskError(f"{line}: {done.stderr.strip() or f'status {done.returncode}'}")
    return done.stdout


def install_files(
    files: Sequence[KioskFile], root: Path = Path("/"), run: CommandRunner = run_command
) -> None:
    """Write the files and enable the unit; the piece starts with the machine.

    Parameters
    ----------
    files : sequence of KioskFile
    root : Path
        Folder that stands for "/".
    run : callable

    Raises
    ------
    KioskError
        If a file cannot be written, or systemd refuses.
    """
    for file in files:
        path = _below(root, file.path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text_atomically(path, file.text)
        except OSError as error:
            raise KioskError(f"{path}: {error.strerror}; run it with sudo") from error
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "enable", UNIT_NAME])


def uninstall_files(root: Path = Path("/"), run: CommandRunner = run_command) -> list[Path]:
    """Disable and stop the piece, and remove the files.

    Parameters
    ----------
    root : Path
        Folder that stands for "/".
    run : callable

    Returns
    -------
    list of Path
        The removed files; empty if nothing is installed.

    Raises
    ------
    KioskError
        If a file cannot be removed, or systemd refuses.
    """
    present = [path for each in INSTALLED_PATHS if (path := _below(root, each)).exists()]
    if not present:
        return []
    run(["systemctl", "disable", "--now", UNIT_NAME])
    if _below(root, UNIT_FOLDER / DISPLAY_UNIT_NAME) in present:
        run(["systemctl", "stop", DISPLAY_UNIT_NAME])  # it restarts itself, whatever the piece does
    for path in present:
        try:
            path.unlink()
        except OSError as error:
            raise KioskError(f"{path}: {error.strerror}; run it with sudo") from error
    run(["systemctl", "daemon-reload"])
    return present


def read_service_state(run: CommandRunner = run_command) -> dict[str, str]:
    """State of the piece's service, as systemd reports it.

    Parameters
    ----------
    run : callable

    Returns
    -------
    dict of str to str
        Properties of the unit by name; see systemctl(1).

    Raises
    ------
    KioskError
        If there is no systemd.
    """
    wanted = "LoadState,UnitFileState,ActiveState,SubState,NRestarts,StatusText,MemoryCurrent"
    lines = run(["systemctl", "show", UNIT_NAME, f"--property={wanted}"]).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def _module_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "installation")


def _require_user(name: str) -> None:
    if os.name != "posix":
        raise KioskError("a kiosk needs systemd, so Linux")
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError as error:
        raise KioskError(f"there is no user {name!r}: make one (adduser {name})") from error
