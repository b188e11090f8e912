"""Instance lock: one exhibit at a time on a machine; a second one is told who has the machine."""

from __future__ import annotations

import contextlib
import getpass
import os
import tempfile
from pathlib import Path

from installation.ops.wall_clock import SystemWallClock

LOCK_PATH = Path(tempfile.gettempdir()) / "hidden-state.lock"
"""The lock of this machine; its text says who has it."""


class AlreadyRunningError(RuntimeError):
    """Another exhibit runs on this machine."""


class InstanceLock:
    """A lock that the system releases when this process ends, however it ends.

    Parameters
    ----------
    path : Path

    Raises
    ------
    AlreadyRunningError
        If another process has it; the message says which.
    """

    def __init__(self, path: Path = LOCK_PATH) -> None:
        self._file = _open_for_all(path)
        try:
            _lock(self._file)
        except OSError as error:
            owner = path.read_text(encoding="utf-8").strip() or "unknown"
            os.close(self._file)
            raise AlreadyRunningError(
                f"the exhibit runs already: {owner}; stop it first (systemctl stop hidden-state)"
            ) from error
        now = SystemWallClock().now()
        text = f"process {os.getpid()} of {_user_name()} since {now:%Y-%m-%d %H:%M}\n"
        with contextlib.suppress(OSError):  # a file of another user may only be read
            os.ftruncate(self._file, 0)
            os.write(self._file, text.encode())

    def release(self) -> None:
        """Let another exhibit run."""
        os.close(self._file)


def _open_for_all(path: Path) -> int:
    """Open the file for writing, or for reading if another user made it."""
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
        return os.open(path, os.O_RDONLY)


def _lock(file: int) -> None:
    """Take the lock or raise OSError."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        import msvcrt

        os.lseek(file, 1 << 20, os.SEEK_SET)  # beyond the text, which stays readable
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "an unknown user"
