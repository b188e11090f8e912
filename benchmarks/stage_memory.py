"""The stage's memory over many frames: what it holds must not grow for as long as it is open.

    python benchmarks/stage_memory.py [--frames 100000] [--style irish] [--json]

Draws a made-up performance of a trained network off screen, sixty frames to its second and as fast
as they can be drawn; scenes take turns. Memory is read ten times.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from demo_performance import DemoPerformance

from installation.config import StyleSettings
from installation.ops.metrics import resident_memory_bytes
from installation.session.model_loading import load_model
from messages.clock import SECOND
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage
from visuals.window.stage_options import StageOptions

FRAME = SECOND // 60
SCENE_S = 20.0
"""Seconds of the performance that each scene is shown."""
READINGS = 10


@dataclass(frozen=True, slots=True)
class MemoryFigures:
    """What a stage held.

    Parameters
    ----------
    frames : list of int
        Drawn when memory was read.
    memory : list of int
        Bytes in use then.
    per_frame : float
        Bytes the later half of the readings grew by, a frame.
    seconds : float
        How long it all took.
    """

    frames: list[int]
    memory: list[int]
    per_frame: float
    seconds: float


def measure_memory(
    style: StyleSettings, frames: int, report: Callable[[int, int], None]
) -> MemoryFigures:
    """Draw, and read how much memory is in use after each tenth, telling frames and bytes.

    Raises
    ------
    UnknownStyleError, CheckpointError
    ValueError
        If there are too few frames to read anything from.
    """
    if frames < READINGS:
        raise ValueError(f"at least {READINGS} frames, not {frames}")
    network = NetworkSummary.from_checkpoint(load_model(style))
    performance = DemoPerformance(network.layers, network.units, SECOND, seed=1)
    now, begun = 0, time.perf_counter()
    stage = Stage(
        StageOptions(rotate=SCENE_S),
        network,
        lambda: performance.poll(now),
        lambda _: None,
        True,
    )
    counts, memory = [], []
    for number in range(1, frames + 1):
        now += FRAME
        stage.show_frame(now)
        if number % (frames // READINGS) == 0:
            counts.append(number)
            memory.append(resident_memory_bytes())
            report(number, memory[-1])
    middle = len(counts) // 2 - 1
    grown = (memory[-1] - memory[middle]) / (counts[-1] - counts[middle])
    return MemoryFigures(counts, memory, grown, time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100_000, help="frames in all")
    parser.add_argument("--style", default="irish", help="a trained style, by name")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    options = parser.parse_args()

    def report_reading(count: int, held: int) -> None:
        sys.stderr.write(f"{count:8} frames: {held / 1e6:7.1f} MB\n")

    figures = measure_memory(StyleSettings(name=options.style), options.frames, report_reading)
    if options.json:
        sys.stdout.write(json.dumps(asdict(figures)) + "\n")
        return
    sys.stdout.write(
        f"the later half grew by {figures.per_frame:.1f} bytes a frame;"
        f" all took {figures.seconds:.0f} s\n"
    )


if __name__ == "__main__":
    main()
