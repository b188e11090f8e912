"""Start-up time: `python benchmarks/starting.py [--source DIR] [--rounds N] [--json]`.

The instrument is started with a window on Xvfb and a MIDI output over JACK. The first picture is
the first pixel of Xvfb's frame buffer that is not black; the first note is the first note-on at the
far end of JACK. `--source` measures another checkout with the same script.
Needs Linux, Xvfb, jackd and python-rtmidi; takes about 5 s a round.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from faults import Ear
from jack import jack_server
from machine import Watch

FIRST_PICTURE_BOUND_S, FIRST_NOTE_BOUND_S = 1.0, 2.0
"""Bounds of the medians, seconds after the command."""
TIMEOUT_S = 20.0
"""Time after which a start has failed, seconds."""
XWD_HEADER_BYTES = 4096
"""Bytes at the start of Xvfb's frame buffer file that hold no pixels (header and colour map)."""
COMMAND = (sys.executable, "-c", "from installation.cli.main import main; main()", "play")


@contextmanager
def framebuffer(folder: Path) -> Iterator[tuple[str, mmap.mmap]]:
    """A display of its own, and its pixels as a memory map.

    Raises
    ------
    RuntimeError
        If there is no Xvfb.
    """
    if shutil.which("Xvfb") is None:
        raise RuntimeError("needs Xvfb (Debian: apt install xvfb)")
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-fbdir", str(folder)],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            display = f":{answer.readline().strip()}"
        with (folder / "Xvfb_screen0").open("rb") as file:
            yield display, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    finally:
        xvfb.terminate()
        xvfb.wait(10)


def has_picture(pixels: mmap.mmap) -> bool:
    """Whether some pixel of every 97th is not black."""
    return any(pixels[XWD_HEADER_BYTES :: 4 * 97]) or any(pixels[XWD_HEADER_BYTES + 1 :: 4 * 97])


def measure_start(source: Path, bytecode: Path) -> dict[str, float | None]:
    """Seconds from the command to the first picture and to the first note.

    Bytecode is kept in a folder, as for an installed program.
    """
    with tempfile.TemporaryDirectory() as name, framebuffer(Path(name)) as (display, pixels):
        ear = Ear()
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
        picture_at = None
        try:
            while time.monotonic() - began < TIMEOUT_S:
                if picture_at is None and has_picture(pixels):
                    picture_at = time.monotonic()
                if picture_at is not None and ear.onsets:
                    break
                time.sleep(0.01)
            note_at = ear.onsets[0] if ear.onsets else None
        finally:
            piece.terminate()
            piece.wait(10)
            ear.close()
    moments = {"first_picture": picture_at, "first_note": note_at}
    return {key: None if at is None else round(at - began, 2) for key, at in moments.items()}


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
    bounds = {"first_picture": FIRST_PICTURE_BOUND_S, "first_note": FIRST_NOTE_BOUND_S}
    figures = {key: [start[key] or TIMEOUT_S for start in rounds] for key in bounds}
    medians = {key: statistics.median(values) for key, values in figures.items()}
    failed = [key for key, bound in bounds.items() if medians[key] > bound]
    if options.json:
        report = {"machine": watch.seen(), "rounds": figures, "median": medians, "failed": failed}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        for key, values in figures.items():
            sys.stdout.write(
                f"{key:<14} median {medians[key]:.2f} s, bound {bounds[key]}: {values}\n"
            )
        sys.stdout.write(f"machine: {watch.seen()}; exceeded: {failed or 'none'}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
