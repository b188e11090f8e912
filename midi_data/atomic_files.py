"""Atomic files: written completely or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_text_atomically(path: Path, text: str) -> None:
    """Write a text file atomically.

    Parameters
    ----------
    path : Path
    text : str

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with atomic_file(Path(path)) as file:
        file.write(text.encode())


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A context with a temporary file, which is moved to `path` at the end.

    After an exception inside, `path` is unchanged.

    Parameters
    ----------
    path : Path
        Its folder must exist.

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
        Path(sibling).chmod(0o644)
        Path(sibling).replace(path)
    except BaseException:
        Path(sibling).unlink(missing_ok=True)
        raise
