"""Start-up time: `python benchmarks/starting.py [--source DIR] [--rounds N] [--json]`.

The instrument is started with a window on Xvfb and a MIDI output over JACK. The first picture, the
splash, is the first pixel of Xvfb's frame buffer that is not black; the first scene is the first
light at the bottom of the window, where the piano lies. The first note is the first note-on at the
far end of JACK. `--source` measures another checkout with the same script.
Needs Linux, Xvfb, jackd and python-rtmidi; takes about 5 s a round.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from faults import Ear, x_display
from jack import jack_server
from machine import Watch

BOUNDS_S = {
    "first_picture": 1.0,
    "first_scene": None,
    "first_note": 2.0,
    "splash_after_window": 0.5,
}
"""Bounds of the medians, seconds: the first three after the command."""
TIMEOUT_S = 20.0
"""Time after which a start has failed, seconds."""
XWD_COLOUR_BYTES = 12
"""Bytes of a colour in the colour map of Xvfb's frame buffer file (an XWD dump)."""
PIXEL_STEP = 6
"""Every so many pixels, along both sides, are looked at."""
LIT_LEVEL = 40
"""Level of a channel, of 255, above which a pixel of a scene is light: the background is darker."""
PIANO_SHARE = 0.12
"""Share of the window's height, at its bottom, in which the splash has no light."""
MIN_WINDOW_PX = 320
"""Width from which a window is the stage's."""
COMMAND = (sys.executable, "-c", "from installation.cli.main import main; main()", "play")


@contextmanager
def framebuffer(folder: Path) -> Iterator[tuple[str, mmap.mmap]]:
    """A display, and its pixels as a memory map of a file in a folder."""
    with x_display("-fbdir", str(folder)) as display, (folder / "Xvfb_screen0").open("rb") as file:
        yield display, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def seen_pictures(dump: mmap.mmap | bytes) -> tuple[bool, bool]:
    """Whether a frame buffer shows any picture, and whether that is a scene.

    Parameters
    ----------
    dump : mmap or bytes
        XWD dump of 32 bits a pixel, as Xvfb keeps it.

    Returns
    -------
    (bool, bool)
    """
    header = np.frombuffer(dump, ">u4", 25)
    begin = int(header[0]) + XWD_COLOUR_BYTES * int(header[19])
    height, line = int(header[5]), int(header[12])
    pixels = np.frombuffer(dump, np.uint8, height * line, begin).reshape(height, line // 4, 4)
    light = pixels[::PIXEL_STEP, ::PIXEL_STEP, :3].max(axis=2)
    rows = np.flatnonzero(light.any(axis=1))
    if not rows.size:
        return False, False
    bottom = rows[-1] + 1 - max(1, round(PIANO_SHARE * (rows[-1] + 1 - rows[0])))
    return True, bool((light[bottom:] > LIT_LEVEL).any())


class WindowWatch:
    """Tells when a window of the stage is on an X display."""

    def __init__(self, display: str) -> None:
        self._x11 = ctypes.CDLL("libX11.so.6")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._display = ctypes.c_void_p(self._x11.XOpenDisplay(display.encode()))
        self._root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))

    def has_window(self) -> bool:
        """Whether there is a window as wide as the stage's can be."""
        root, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        windows = ctypes.POINTER(ctypes.c_ulong)()
        found = map(ctypes.byref, (root, parent, windows, count))
        if not self._x11.XQueryTree(self._display, self._root, *found):
            return False
        widths = [self._width(windows[k]) for k in range(count.value)]
        if count.value:
            self._x11.XFree(windows)
        return max(widths, default=0) >= MIN_WINDOW_PX

    def _width(self, window: int) -> int:
        root, x, y = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int()
        width, height, border, depth = (ctypes.c_uint() for _ in range(4))
        found = map(ctypes.byref, (root, x, y, width, height, border, depth))
        self._x11.XGetGeometry(self._display, ctypes.c_ulong(window), *found)
        return width.value

    def close(self) -> None:
        """Disconnect."""
        self._x11.XCloseDisplay(self._display)


def measure_start(source: Path, bytecode: Path) -> dict[str, float | None]:
    """Seconds from the command to the pictures and the first note, and from window to splash.

    Bytecode is kept in a folder, as for an installed program.
    """
    with tempfile.TemporaryDirectory() as name, framebuffer(Path(name)) as (display, pixels):
        ear, watch, moments = Ear(), WindowWatch(display), dict[str, float]()
        environment = {
            **os.environ,
            "DISPLAY": display,
            "SDL_VIDEODRIVER": "x11",
            "PYTHONPATH": str(source),
            "PYTHONPYCACHEPREFIX": str(bytecode),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        began = time.monotonic()
        piece = subprocess.Popen(
            [*COMMAND, "--midi-out", "ear"], cwd=name, env=environment, stderr=subprocess.DEVNULL
        )
        try:
            while time.monotonic() - began < TIMEOUT_S:
                if "window" not in moments and watch.has_window():
                    moments["window"] = time.monotonic() - began
                if "first_scene" not in moments:
                    is_picture, is_scene = seen_pictures(pixels)
                    if is_picture:
                        moments.setdefault("first_picture", time.monotonic() - began)
                    if is_scene:
                        moments["first_scene"] = time.monotonic() - began
                if "first_scene" in moments and ear.onsets:
                    moments["first_note"] = ear.onsets[0] - began
                    break
                time.sleep(0.01)
        finally:
            piece.terminate()
            piece.wait(10)
            ear.close()
            watch.close()
    if "window" in moments and "first_picture" in moments:
        moments["splash_after_window"] = moments["first_picture"] - moments["window"]
    return {key: round(moments[key], 2) if key in moments else None for key in BOUNDS_S}


def main() -> int:
    """Print the figures; returns 1 if a median exceeds its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    watch = Watch()
    with jack_server() as jack, tempfile.TemporaryDirectory() as bytecode:
        if not jack:
            raise RuntimeError("needs jackd and python-rtmidi")
        measure = partial(measure_start, options.source.resolve(), Path(bytecode))
        measure()  # compiles
        rounds = [measure() for _ in range(options.rounds)]
    figures = {
        key: [TIMEOUT_S if start[key] is None else start[key] for start in rounds]
        for key in BOUNDS_S
    }
    medians = {key: statistics.median(values) for key, values in figures.items()}
    failed = [key for key, bound in BOUNDS_S.items() if bound is not None and medians[key] > bound]
    if options.json:
        report = {"machine": watch.seen(), "rounds": figures, "median": medians, "failed": failed}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        for key, values in figures.items():
            sys.stdout.write(
                f"{key:<19} median {medians[key]:.2f} s, bound {BOUNDS_S[key]}: {values}\n"
            )
        sys.stdout.write(f"machine: {watch.seen()}; exceeded: {failed or 'none'}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
