"""Atomic files: written completely or not at all, after a power cut, too."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

READABLE_BY_ALL = 0o644  # permissions of a usual file
READABLE_BY_OWNER = 0o600  # permissions of a secret


def write_text_atomically(
    path: Path, text: str, mode: int = READABLE_BY_ALL, is_durable: bool = True
) -> None:
    """Write a text file atomically.

    Parameters
    ----------
    path : Path
    text : str
    mode, is_durable
        As of `atomic_file`.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with atomic_file(Path(path), mode, is_durable) as file:
        file.write(text.encode())


@contextmanager
def atomic_file(
    path: Path, mode: int = READABLE_BY_ALL, is_durable: bool = True
) -> Iterator[BinaryIO]:
    """A context with a temporary file, which is moved to `path` at the end.

    After an exception inside, `path` is unchanged.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    mode : int
        Permissions of the file; nobody has more of them before, either.
    is_durable : bool
        Whether the disk has the content before the file is moved, and the folder after it: a power
        cut then leaves the old file or the new one. That takes some milliseconds; False for files
        that nobody reads after a restart.

    Yields
    ------
    BinaryIO

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    handle, sibling = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        Path(sibling).chmod(mode)
        Path(sibling).replace(path)
    except BaseException:
        Path(sibling).unlink(missing_ok=True)
        raise
    if is_durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
