"""Silence for ALSA and JACK, which write to the terminal past `logging`.

On a machine without a sound card libasound alone writes some twenty lines to stderr. Both
libraries accept an error handler; ours does nothing.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

_MEMORY_MAP = Path("/proc/self/maps")
_HANDLER_TYPE = ctypes.CFUNCTYPE(None)
_HANDLER_SETTERS = {
    "libasound.so": ("snd_lib_error_set_handler",),
    "libjack": ("jack_set_error_function", "jack_set_info_function"),
}
_DEFAULT_LIBRARIES = ("libasound.so.2", "libjack.so.0")


@_HANDLER_TYPE
def _null_handler() -> None:
    """Do nothing; C's calling convention lets a callee leave its arguments unread."""


def silence_native_logging() -> None:
    """Install a silent error handler in each loaded or installed ALSA and JACK library.

    Does nothing outside Linux, and nothing where a library is absent.
    """
    if not sys.platform.startswith("linux"):
        return
    for path in {*_loaded_library_paths(), *_DEFAULT_LIBRARIES}:
        _install_null_handler(path)


def _loaded_library_paths() -> set[str]:
    # a wheel loads its own copy of a library, under another file name
    if not _MEMORY_MAP.exists():
        return set()
    paths = {line.split()[-1] for line in _MEMORY_MAP.read_text().splitlines() if "/" in line}
    return {path for path in paths if any(name in Path(path).name for name in _HANDLER_SETTERS)}


@cache
def _install_null_handler(path: str) -> None:
    try:
        library = ctypes.CDLL(path)
    except OSError:
        return
    for name, setters in _HANDLER_SETTERS.items():
        if name in Path(path).name:
            for setter in setters:
                getattr(library, setter)(_null_handler)
