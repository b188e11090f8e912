"""Whole files: written all at once or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_text_atomically(path: Path, text: str) -> None:
    """Write a text file that appears whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with atomic_file(Path(path)) as file:
        file.write(text.encode())


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` to write bytes to, moved there at the end.

    After an exception inside, whatever was at `path` is as it was.

    Raises
    ------
    OSError
        If it cannot be written.
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
