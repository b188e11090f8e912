"""`python -m visuals [SCENE]` opens the stage on a made-up performance, to look at it by itself."""

from __future__ import annotations

import sys
import time

from messages.gestures import Gesture, Leave
from visuals.demo_performance import Rehearsal
from visuals.network_summary import Anatomy
from visuals.stage import Stage, StageSettings


def main(scene: str = "waves") -> None:
    """Show a rehearsal until Esc is pressed."""
    anatomy = Anatomy.dummy()
    rehearsal = Rehearsal(anatomy.layers, anatomy.units, time.monotonic_ns())
    gestures: list[Gesture] = []
    stage = Stage(
        StageSettings(scene=scene),
        anatomy,
        lambda: rehearsal.poll(time.monotonic_ns()),
        gestures.append,
    )
    while not any(isinstance(gesture, Leave) for gesture in gestures):
        stage.frame()
    stage.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
