"""The stage in a real window beside the performer: how near to its due time a note's light is.

    python benchmarks/window.py [--seconds 20] [--style irish | --set sonar] [--json]

Plays the piece as visitors meet it, three processes and all, once a scene, in a window of 1920 by
1080 on the display there is, or else on one that Xvfb makes, and reads the figures the stage gives
of itself from the status file. With a set its band plays, too, at the set's brightness; its scenes
change by themselves after its `rotate`, so ask for fewer seconds than that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import Watch

from messages.stage_timing import StageTiming
from visuals.scenes import scene_types

CONFIG = """
[stage]
scene = "{scene}"
width = 1920
height = 1080
rotate = 0
quality = "full"

[recording]
enabled = false

[log]
level = "warning"
status = "{status}"
"""
PROGRAM = "from installation.cli.main import main; main()"
LOOK_EVERY = 0.5
"""Seconds between two looks at the status file."""


class NoWindowError(RuntimeError):
    """There is nowhere to open a window."""


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """One scene.

    Parameters
    ----------
    frame_rate : float
        Frames a second, as of the last second.
    sync : Sync
        Of the last notes and frames.
    steal : float
        Share of the processors' time that went to other machines meanwhile.
    """

    frame_rate: float
    sync: StageTiming
    steal: float


@contextlib.contextmanager
def a_display() -> Iterator[str]:
    """The display to open windows on, made for the while if there is none.

    Raises
    ------
    NoWindowError
    """
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        yield os.environ.get("DISPLAY", "")
        return
    if shutil.which("Xvfb") is None:
        raise NoWindowError("no display, and no Xvfb to make one: apt-get install xvfb")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-noreset"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            number = server.stdout.readline().strip() if server.stdout else ""
            if not number:
                raise NoWindowError("Xvfb could not make a display")
            yield f":{number}"
        finally:
            server.terminate()


def measure_window(chosen: list[str], seconds: float) -> dict[str, WindowFigures]:
    """Play every scene for some seconds; `chosen` are options of `play`: a style, or a set.

    Raises
    ------
    NoWindowError
        If there is no display, or the piece opened no window.
    """
    with a_display() as display, TemporaryDirectory() as folder:
        return {
            scene.name: _play(scene.name, chosen, seconds, display, Path(folder))
            for scene in scene_types()
        }


def _play(
    scene: str, chosen: list[str], seconds: float, display: str, folder: Path
) -> WindowFigures:
    status, config = folder / f"{scene}.json", folder / f"{scene}.toml"
    config.write_text(CONFIG.format(scene=scene, status=status.as_posix()), encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, "play", "--config", str(config)]
    command += [*chosen, "--scene", scene, "--seconds", str(seconds), "--seed", "3"]
    environment = os.environ | ({"DISPLAY": display} if display else {})
    told: dict = {}
    watch = Watch()
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL) as piece:
        while piece.poll() is None:
            time.sleep(LOOK_EVERY)
            with contextlib.suppress(OSError, ValueError):
                told = _stage_of(json.loads(status.read_text(encoding="utf-8"))) or told
    if "sync" not in told:
        raise NoWindowError(f"the piece showed nothing of {scene}: status {piece.returncode}")
    return WindowFigures(told["frame_rate"], StageTiming(**told["sync"]), watch.seen()["steal"])


def _stage_of(status: dict) -> dict | None:
    """What is told of the stage, once it draws."""
    stage = status.get("stage", {})
    return stage if stage.get("sync", {}).get("frames") else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each scene")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--style", default="irish", help="a trained style, by name")
    what.add_argument("--set", help="a set, by its name or its .toml file")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    try:
        chosen = ["--set", given.set] if given.set else ["--style", given.style]
        figures = measure_window(chosen, given.seconds)
    except NoWindowError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from error
    if given.json:
        sys.stdout.write(json.dumps({name: asdict(one) for name, one in figures.items()}) + "\n")
        return
    for name, one in figures.items():
        sync = one.sync
        sys.stdout.write(
            f"{name:8} {one.frame_rate:5.1f} frames a second; due to flip {sync.error_p50} ms off,"
            f" 99 % within {sync.error_p99} ms ({sync.notes} notes); work {sync.work_p50} ms,"
            f" 99 % below {sync.work_p99} ms ({sync.frames} frames);"
            f" steal {100 * one.steal:.1f} %\n"
        )


if __name__ == "__main__":
    main()
