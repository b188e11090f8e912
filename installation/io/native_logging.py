"""Native libraries: keep ALSA and JACK from writing to the terminal.

On a machine without a sound card libasound alone writes some twenty lines to stderr, past
`logging`. Both libraries take an error handler, and ours does nothing.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_HANDLER_TYPE = ctypes.CFUNCTYPE(None)
_HANDLER_SETTERS = {
    "libasound.so": ("snd_lib_error_set_handler",),
    "libjack": ("jack_set_error_function", "jack_set_info_function"),
}
_DEFAULT_LIBRARIES = ("libasound.so.2", "libjack.so.0")


@_HANDLER_TYPE
def _null_handler() -> None:
    """Take no notice; C's calling convention lets a callee leave its arguments unread."""


def silence_native_logging() -> None:
    """Silence the libraries that are loaded, or will be, under their usual names.

    Does nothing outside Linux, and nothing where a library is absent.
    """
    if not sys.platform.startswith("linux"):
        return
    for path in {*_loaded_library_paths(), *_DEFAULT_LIBRARIES}:
        _install_null_handler(path)


def _loaded_library_paths() -> set[str]:
    # a wheel brings its own copy of a library under a name of its own, already in memory
    if not _MAPS.exists():
        return set()
    paths = {line.split()[-1] for line in _MAPS.read_text().splitlines() if "/" in line}
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
