"""`python -m visuals [SCENE]` opens the stage on a made-up performance, to look at it by itself."""

from __future__ import annotations

import sys
import time

from messages.gestures import Gesture, QuitRequest
from visuals.demo_performance import DemoPerformance
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage, StageOptions


def main(scene: str = "waves") -> None:
    """Show a rehearsal until Esc is pressed."""
    anatomy = NetworkSummary.dummy()
    rehearsal = DemoPerformance(anatomy.layers, anatomy.units, time.monotonic_ns())
    gestures: list[Gesture] = []
    stage = Stage(
        StageOptions(scene=scene),
        anatomy,
        lambda: rehearsal.poll(time.monotonic_ns()),
        gestures.append,
    )
    while not any(isinstance(gesture, QuitRequest) for gesture in gestures):
        stage.show_frame()
    stage.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
