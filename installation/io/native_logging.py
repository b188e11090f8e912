"""Silence for ALSA and JACK, which write to the terminal past `logging`.

On a machine without a sound card libasound alone writes some twenty lines to stderr. Both
libraries accept an error handler; ours is a function of C that does nothing. One of Python would
wait for the interpreter while the library holds a lock of its own, and another thread may hold the
interpreter while it waits for that lock: rtmidi does, as it looks for ports. Neither would go on.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

_MEMORY_MAP = Path("/proc/self/maps")
_HANDLER_SETTERS = {
    "libasound.so": ("snd_lib_error_set_handler",),
    "libjack": ("jack_set_error_function", "jack_set_info_function"),
}
_DEFAULT_LIBRARIES = ("libasound.so.2", "libjack.so.0")
_NULL_HANDLER_NAME = "getppid"
"""A function of the C library that changes nothing, as the handler: C's calling convention lets a
callee leave its arguments unread, and the caller expects no result."""


def silence_native_logging() -> None:
    """Install a silent error handler in each loaded or installed ALSA and JACK library.

    Does nothing outside Linux, and nothing where a library is absent.
    """
    if not sys.platform.startswith("linux"):
        return
    lines = _MEMORY_MAP.read_text().splitlines() if _MEMORY_MAP.exists() else []
    loaded = {line.split()[-1] for line in lines if "/" in line}  # a wheel brings its own copy
    for path in {*loaded, *_DEFAULT_LIBRARIES}:
        for name, setters in _HANDLER_SETTERS.items():
            if name in Path(path).name:
                _install_null_handler(path, setters)


@cache
def _install_null_handler(path: str, setters: tuple[str, ...]) -> None:
    with suppress(OSError):
        library = ctypes.CDLL(path)
        null_handler = ctypes.cast(getattr(ctypes.CDLL(None), _NULL_HANDLER_NAME), ctypes.c_void_p)
        for setter in setters:
            getattr(library, setter)(null_handler)
