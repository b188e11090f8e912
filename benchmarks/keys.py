"""Time from a computer key at the window to its note-on and to its light, in each scene.

    python benchmarks/keys.py [--keys 60] [--scene waves] [--busy] [--seen] [--source DIR] [--json]

Runs the piece as visitors meet it, with a window of 1920 by 1080 on a display that Xvfb makes, and
a JACK server without hardware at the far end. The X server makes each key press (XTest), and a port
at the JACK server hears its note-on. The stage tells the time from the due time of the key's note
to the first light that it gave to the display. With `--seen` the display, too, is asked for the
pixel above the key until that is bright, counted from the note-on; to ask costs the server of the
display some time. `--busy` runs two busy loops beside it.
`--source` measures another checkout, so that two revisions are compared by one script.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory

import numpy as np
import pygame
from jack import jack_server, why_not
from machine import Watch

from visuals.drawing.typography import Typesetter
from visuals.widgets.piano_keyboard import PianoKeyboard

SCENES = ("waves", "cortex", "circuit", "why", "blend", "days")
PITCH_BY_KEY = {"a": 60, "s": 62, "d": 64, "f": 65, "g": 67, "h": 69, "j": 71, "k": 72}
"""Names of X keys, and the pitches that the window gives them."""
JACK_PERIOD_FRAMES = 64
"""Period of the JACK server, frames: a note-on waits up to 1.3 ms for its start."""
VISITOR_CHANNEL = 0
"""MIDI channel of the notes of a visitor."""
READY_TIMEOUT_S = 150.0
"""Time within which the stage draws all its scenes at full rate, s."""
LOST_TIMEOUT_S = 1.0
"""Time after which a note-on counts as lost, s."""
STATUS_DELAY_S = 2.0
"""Time in which the status file comes to tell of the last key, s."""
MIN_GAIN, MAX_BEFORE = 90, 400
"""Sum of red, green and blue by which a pixel becomes lit, and above which it is lit already."""
SEEN_TIMEOUT_S = 0.25
"""Time after which the light of a key counts as not seen, s."""
LOOK_INTERVAL_S = 0.0004
"""Time between two looks at the pixel, s."""
HOLD_S, REST_S = (0.03, 0.08), (0.1, 0.3)
"""Bounds of the time a key is held, and of the time to the next key, s."""
MAX_BUSY_S = 600
"""Time after which a busy loop ends by itself, s."""
PROGRAM = "from installation.cli.main import main; main()"
BUSY_PROGRAM = f"import time\nend = time.time() + {MAX_BUSY_S}\nwhile time.time() < end: pass"
CONFIG = """
[stage]
scene = "{scene}"
width = 1920
height = 1080
rotate = 0
quality = "{quality}"

[midi]
output = ["hidden-state-ear"]
wait = true

[recording]
enabled = false

[log]
level = "warning"
status = "{status}"
"""


class KeysError(RuntimeError):
    """The measurement cannot be made here; the message says why."""


@dataclass(frozen=True, slots=True)
class KeyLatency:
    """Latencies of one scene.

    Parameters
    ----------
    keys, lost : int
        Keys pressed, and those whose note-on did not come within `LOST_TIMEOUT_S`.
    p50, p99, worst : float
        From the key press to the note-on, ms.
    lit : int
        Keys whose light was measured by the stage.
    light_p50, light_p99 : float or None
        From the sound of a key to its first light, ms; None if not measured, as in
        checkouts that do not measure it.
    seen : int
        Keys whose light was seen at the display, of those whose pixel was dark before.
    seen_p50, seen_p99 : float or None
        From the note-on at the JACK server to the light at the display, ms; less than 0 if the
        light comes first.
    frame_rate : float
        Of the stage in the end, frames a second.
    steal : float
        Share of the processors' time that went to other machines meanwhile.
    """

    keys: int
    lost: int
    p50: float
    p99: float
    worst: float
    lit: int
    light_p50: float | None
    light_p99: float | None
    seen: int
    seen_p50: float | None
    seen_p99: float | None
    frame_rate: float
    steal: float


class XKeyboard:
    """Presses keys of an X display by the XTest extension."""

    def __init__(self, display: str) -> None:
        try:
            self._x11, self._xtest = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        except OSError as error:
            raise KeysError(f"no XTest: {error} (Debian: apt install libxtst6)") from error
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XStringToKeysym.restype = ctypes.c_ulong
        self._display = _open_display(self._x11, display)

    def set_key(self, name: str, down: bool) -> None:
        """Press or release a key; returns once the server has it."""
        keysym = ctypes.c_ulong(self._x11.XStringToKeysym(name.encode()))
        code = self._x11.XKeysymToKeycode(self._display, keysym)
        self._xtest.XTestFakeKeyEvent(self._display, code, int(down), ctypes.c_ulong(0))
        self._x11.XFlush(self._display)

    def close(self) -> None:
        """Disconnect."""
        self._x11.XCloseDisplay(self._display)


class PixelReader:
    """Reads single pixels of an X display."""

    _ALL_PLANES, _Z_PIXMAP = ctypes.c_ulong(~0), 2

    def __init__(self, display: str) -> None:
        self._x11 = x11 = ctypes.CDLL("libX11.so.6")
        self._display = _open_display(x11, display)
        x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._root = ctypes.c_ulong(x11.XDefaultRootWindow(self._display))
        x11.XGetImage.restype = ctypes.c_void_p
        x11.XGetPixel.restype = ctypes.c_ulong
        x11.XGetPixel.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        x11.XDestroyImage.argtypes = [ctypes.c_void_p]

    def light_at(self, place: tuple[int, int]) -> int:
        """Sum of red, green and blue of a pixel, 0 to 765."""
        image = self._x11.XGetImage(
            self._display, self._root, *place, 1, 1, self._ALL_PLANES, self._Z_PIXMAP
        )
        colour = self._x11.XGetPixel(image, 0, 0)
        self._x11.XDestroyImage(image)
        return (colour >> 16 & 255) + (colour >> 8 & 255) + (colour & 255)

    def wait_for_light(self, place: tuple[int, int], least: int) -> int | None:
        """Time at which a pixel has become as bright, ns; None if it does not."""
        end = time.monotonic() + SEEN_TIMEOUT_S
        while time.monotonic() < end:
            if self.light_at(place) >= least:
                return time.monotonic_ns()
            time.sleep(LOOK_INTERVAL_S)
        return None

    def close(self) -> None:
        """Disconnect."""
        self._x11.XCloseDisplay(self._display)


def _open_display(x11: ctypes.CDLL, display: str) -> ctypes.c_void_p:
    x11.XOpenDisplay.restype = ctypes.c_void_p
    opened = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    if not opened:
        raise KeysError(f"no display {display}")
    return opened


def lamp_places() -> dict[int, tuple[int, int]]:
    """A pixel above the key of each pitch, where its wave begins."""
    pygame.font.init()
    keyboard = PianoKeyboard(Typesetter())
    tops = {pitch: keyboard.key_top(pitch) for pitch in PITCH_BY_KEY.values()}
    return {pitch: (round(x), round(y) - 3) for pitch, (x, y) in tops.items()}


class NoteListener:
    """A MIDI port at the JACK server that keeps the visitor's note-ons and their times."""

    def __init__(self) -> None:
        import rtmidi

        self.note_ons: SimpleQueue[tuple[int, int]] = SimpleQueue()
        self._port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="hidden-state-ear")
        self._port.set_callback(self._take)
        self._port.open_virtual_port("in")

    def _take(self, event: tuple[Sequence[int], float], _: object) -> None:
        time_ns = time.monotonic_ns()
        status, *data = event[0]
        if status == 0x90 + VISITOR_CHANNEL and data[1]:
            self.note_ons.put((data[0], time_ns))

    def wait_for(self, pitch: int) -> int | None:
        """Time of the next note-on of a pitch, ns; None if it does not come."""
        end = time.monotonic() + LOST_TIMEOUT_S
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(Empty):
                heard, time_ns = self.note_ons.get(timeout=left)
                if heard == pitch:
                    return time_ns
        return None

    def close(self) -> None:
        """Close the port."""
        self._port.delete()


@contextlib.contextmanager
def x_display() -> Iterator[str]:
    """A display of 1920 by 1080 in memory."""
    if shutil.which("Xvfb") is None:
        raise KeysError("no Xvfb (Debian: apt install xvfb)")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-noreset"]
    with _process(command, stdout=subprocess.PIPE, text=True) as server:
        yield f":{server.stdout.readline().strip()}"


@contextlib.contextmanager
def _process(command: Sequence[str], **options: object) -> Iterator[subprocess.Popen]:
    """A process that ends with the block."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def measure_scene(
    scene: str,
    display: str,
    source: Path,
    keys: int,
    busy_loops: int,
    quality: str,
    seed: int,
    looks: bool = False,
) -> KeyLatency:
    """Play one scene, press `keys` keys at random intervals and listen for their notes.

    `looks` also looks for the light of each at the display.

    Raises
    ------
    KeysError
        If the piece does not come up.
    """
    rng, latencies_ms, seen_ms, lost = random.Random(seed), [], [], 0
    places = lamp_places()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        status, config = folder / "status.json", folder / "config.toml"
        config.write_text(
            CONFIG.format(scene=scene, status=status.as_posix(), quality=quality), encoding="utf-8"
        )
        listener = stack.enter_context(contextlib.closing(NoteListener()))
        keyboard = stack.enter_context(contextlib.closing(XKeyboard(display)))
        pixels = stack.enter_context(contextlib.closing(PixelReader(display)))
        environment = os.environ | {
            "DISPLAY": display,
            "SDL_VIDEODRIVER": "x11",
            "PYTHONPATH": str(source),
            "OPENBLAS_NUM_THREADS": "1",
        }
        command = [sys.executable, "-c", PROGRAM, "play", "--config", str(config), "--seed", "3"]
        piece = stack.enter_context(
            _process(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
        )
        _wait_until_drawn(status, piece)
        for _ in range(busy_loops):
            stack.enter_context(_process([sys.executable, "-c", BUSY_PROGRAM]))
        watch = Watch()
        for number in range(keys + 1):
            time.sleep(rng.uniform(*REST_S))
            name, pitch = rng.choice(list(PITCH_BY_KEY.items()))
            before = pixels.light_at(places[pitch]) if looks else MAX_BEFORE + 1
            pressed_at = time.monotonic_ns()
            keyboard.set_key(name, True)
            seen_at = None
            if before <= MAX_BEFORE:
                seen_at = pixels.wait_for_light(places[pitch], before + MIN_GAIN)
            heard_at = listener.wait_for(pitch)
            time.sleep(rng.uniform(*HOLD_S))
            keyboard.set_key(name, False)
            if number == 0:
                continue  # the first only wakes all up
            if heard_at is None:
                lost += 1
                continue
            latencies_ms.append((heard_at - pressed_at) / 1e6)
            if seen_at is not None:
                seen_ms.append((seen_at - heard_at) / 1e6)
        time.sleep(STATUS_DELAY_S)
        stage = _stage_of(status)
    p50, p99, worst = np.percentile(latencies_ms or [np.inf], (50, 99, 100)).round(2).tolist()
    light = _light_figures(stage.get("sync", {}))
    seen = np.percentile(seen_ms, (50, 99)).round(2).tolist() if seen_ms else (None, None)
    frame_rate, steal = stage.get("frame_rate", 0.0), watch.seen()["steal"]
    return KeyLatency(keys, lost, p50, p99, worst, *light, len(seen_ms), *seen, frame_rate, steal)


def _light_figures(sync: dict) -> tuple[int, float | None, float | None]:
    """Count and percentiles of the light of keys, ms, in the stage's own figures."""
    return sync.get("visitor_notes", 0), sync.get("visitor_p50"), sync.get("visitor_p99")


def _wait_until_drawn(status: Path, piece: subprocess.Popen) -> None:
    """Wait until the stage has prepared all its scenes."""
    end = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < end and piece.poll() is None:
        if _stage_of(status).get("sync", {}).get("frames"):
            return
        time.sleep(0.2)
    raise KeysError("the stage does not draw: run `hidden-state play` to see why")


def _stage_of(status: Path) -> dict:
    """What the status file tells of the stage."""
    try:
        return json.loads(status.read_text(encoding="utf-8")).get("stage", {})
    except (OSError, ValueError):
        return {}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=60, help="keys pressed in each scene")
    parser.add_argument("--scene", action="append", choices=SCENES, help="all unless given")
    parser.add_argument("--quality", default="auto", help="how much is drawn: auto, full or light")
    parser.add_argument("--busy", action="store_true", help="run two busy loops meanwhile")
    parser.add_argument("--seen", action="store_true", help="look for the light at the display")
    parser.add_argument("--source", type=Path, default=Path(__file__).parents[1], help="checkout")
    parser.add_argument("--seed", type=int, default=1, help="of the intervals and keys")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    figures: dict[str, KeyLatency] = {}
    try:
        if reason := why_not():
            raise KeysError(reason)
        with jack_server(JACK_PERIOD_FRAMES) as server, x_display() as display:
            if not server:
                raise KeysError("jackd does not start here")
            for scene in given.scene or SCENES:
                figures[scene] = measure_scene(
                    scene,
                    display,
                    given.source.resolve(),
                    given.keys,
                    2 * given.busy,
                    given.quality,
                    given.seed,
                    given.seen,
                )
                if not given.json:
                    _print_row(scene, figures[scene])
    except KeysError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from error
    if given.json:
        sys.stdout.write(json.dumps({name: asdict(one) for name, one in figures.items()}) + "\n")


def _print_row(scene: str, latency: KeyLatency) -> None:
    sys.stdout.write(
        f"{scene:8} key to note-on p50 {latency.p50:6.2f} ms, p99 {latency.p99:6.2f} ms, worst"
        f" {latency.worst:6.2f} ms, lost {latency.lost} of {latency.keys};"
        f"{_light_text(latency)}"
        f" {latency.frame_rate:4.1f} frames a second; steal {100 * latency.steal:.1f} %\n"
    )
    sys.stdout.flush()


def _light_text(latency: KeyLatency) -> str:
    """The light of the keys, as a part of the row."""
    told = " light not measured;"
    if latency.light_p50 is not None and latency.light_p99 is not None:
        told = (
            f" sound to light p50 {latency.light_p50:5.1f} ms, p99 {latency.light_p99:5.1f} ms,"
            f" {latency.lit} keys;"
        )
    if latency.seen_p50 is not None and latency.seen_p99 is not None:
        told += (
            f" seen p50 {latency.seen_p50:5.1f} ms, p99 {latency.seen_p99:5.1f} ms,"
            f" {latency.seen} keys;"
        )
    return told


if __name__ == "__main__":
    main()
