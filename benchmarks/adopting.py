"""What it costs the picture that another network is adopted: its scenes are built beside it.

    python benchmarks/adopting.py [--style irish]

Of each scene: how long a frame usually takes, how many are drawn until the adopted network is seen,
and the longest of them. Milliseconds of the drawing thread's own processor time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from installation.session.guest_networks import GuestNetworks
from messages.cues import ModelChange, StageMessage
from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.teaching.tune_learner import TuneLearner
from visuals.network_summary import NetworkSummary
from visuals.scene_switch import PRELOAD_DELAY_FRAMES
from visuals.scenes import scene_types
from visuals.stage import Stage
from visuals.window.stage_options import StageOptions

FRAMES = 60
FRAMES_AFTER = 40
"""Frames of the crossfade, and some more."""


def measure(scene: str, home: NetworkSummary, guest: Path) -> tuple[list[float], list[float], int]:
    """Milliseconds of frames before and during the change, and frames until it is seen."""
    waiting: list[StageMessage] = []

    def poll() -> list[StageMessage]:
        return [waiting.pop(0) for _ in range(len(waiting))]

    def frame() -> float:
        start = time.thread_time()
        stage.show_frame()
        return 1e3 * (time.thread_time() - start)

    stage = Stage(
        StageOptions(scene=scene),
        home,
        poll,
        lambda gesture: None,
        network_source=GuestNetworks(),
    )
    try:
        for _ in range(PRELOAD_DELAY_FRAMES + 1):
            stage.show_frame()
        while stage.scenes.is_building:
            stage.show_frame()
        usual = [frame() for _ in range(FRAMES)]
        waiting.append(ModelChange(str(guest)))
        change = []
        while stage.scene.network is home:
            change.append(frame())
        seen = len(change)
        change += [frame() for _ in range(FRAMES_AFTER)]
    finally:
        stage.close()
    return usual, change, seen


def main(arguments: list[str]) -> None:
    """Print a line for each scene."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--style", default="irish")
    style = parser.parse_args(arguments).style
    home = NetworkSummary.from_checkpoint(load_checkpoint(styles.style_path(style)))
    with TemporaryDirectory() as folder:
        guest = Path(folder) / "guest.safetensors"
        save_checkpoint(guest, TuneLearner(songs.frere_jacques()).checkpoint())
        for scene in scene_types():
            usual, change, seen = measure(scene.name, home, guest)
            sys.stdout.write(
                f"{scene.name:8} usual {median(usual):5.1f}, longest {max(usual):5.1f} ms; "
                f"adopted: seen after {seen} frames, longest {max(change):5.1f} ms\n"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
