"""The stage: frame times of every scene at 1080p, memory, and the way to the first picture.

    python benchmarks/stage.py [--frames 1200] [--style irish] [--quality full] [--json]

Draws one performance of a trained style off screen, as `hidden-state film` would, all scenes in
turn so that they meet the same load.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from installation.config import Config, load_config
from installation.film.film import compose_film_take, make_message_poll
from installation.film.offline_take import OfflineTake
from installation.ops.metrics import resident_memory_bytes
from installation.session.blend_partners import load_blend_partners
from installation.session.model_loading import load_model
from installation.session.stage_factory import open_stage
from messages.clock import SECOND
from rnn.model.checkpoint import Checkpoint
from visuals.scenes import scene_types
from visuals.window.gc_policy import BetweenFramesGcPolicy, GcPolicy

FRAME = SECOND // 60
FIRST = """
import numpy as np
from installation.config import load_config
from installation.session.model_loading import load_model
from installation.session.stage_factory import open_stage
config = load_config(None)
open_stage(config.stage, load_model(config.style), list, print, offscreen=True).show_frame(0)
"""
"""What a process does that draws one picture, from its very start."""
LENGTH_S = 24.0
"""Seconds of the performance that is drawn, again and again."""
WARM_UP_FRAMES = 30
"""Frames drawn first: sprites and letters are made when first used."""
BLOCKS = 5
"""Each scene is drawn in so many turns, in turn with the others, so that all meet the same load."""


@dataclass(frozen=True, slots=True)
class SceneFigures:
    """What drawing one scene took, milliseconds a frame at 1920 by 1080.

    Parameters
    ----------
    p50, p99 : float
        Over all frames.
    p50_of_turns : list of float
        Median of each turn: the spread.
    processor_p50, processor_p99 : float
        Of the processor's time alone: what others take of a busy machine is left out.
    """

    p50: float
    p99: float
    p50_of_turns: list[float]
    processor_p50: float
    processor_p99: float


@dataclass(slots=True)
class StageFigures:
    """What the stage costs.

    Parameters
    ----------
    first_picture : float
        Seconds from opening the stage, its code loaded, to the end of its first frame.
    from_start : float
        Seconds a process takes to draw one frame, from its start to its end.
    scenes : dict of str to SceneFigures
    frames : int
        Drawn of each scene.
    memory_start, memory_end : int
        Bytes in use once every scene is warm, and after all frames.
    """

    first_picture: float = 0.0
    from_start: float = 0.0
    scenes: dict[str, SceneFigures] = field(default_factory=dict)
    frames: int = 0
    memory_start: int = 0
    memory_end: int = 0


class _Drawn:
    """One scene, drawn frame after frame through a take that begins again when it is over."""

    def __init__(
        self, config: Config, models: Sequence[Checkpoint], take: OfflineTake, scene: str
    ) -> None:
        self._take = take
        self._now = [0]
        self._poll = make_message_poll(take, self._now)
        shown = config.stage.model_copy(update={"scene": scene})
        self.stage = open_stage(
            shown, models[0], lambda: self._poll(), lambda gesture: None, True, partners=models[1:]
        )

    def draw(self, frames: int, gc_policy: GcPolicy) -> list[tuple[float, float]]:
        """Milliseconds of each frame, by the clock and of the processor."""
        taken = []
        for _ in range(frames):
            if self._now[0] + FRAME >= self._take.end:
                break
            self._now[0] += FRAME
            begun, worked = time.perf_counter_ns(), time.thread_time_ns()
            self.stage.show_frame(self._now[0])
            worked = time.thread_time_ns() - worked
            taken.append(((time.perf_counter_ns() - begun) / 1e6, worked / 1e6))
            gc_policy.collect_after_frame(
                len(taken)
            )  # as the stage does, while it waits for the next frame
        return taken


def measure_stage(config: Config, frames: int) -> StageFigures:
    """Draw every scene off screen and time it.

    Parameters
    ----------
    config : Config
    frames : int
        Of each scene.

    Raises
    ------
    UnknownStyleError, CheckpointError
    """
    checkpoint = load_model(config.style)
    models = [checkpoint, *load_blend_partners(config.style, checkpoint)]
    seconds = max(LENGTH_S, (frames + 2 * WARM_UP_FRAMES) / 60)
    take = compose_film_take(config, models, seconds, seed=1)
    figures = StageFigures(_first_picture(config, checkpoint), _from_start(), frames=frames)
    drawn = {scene.name: _Drawn(config, models, take, scene.name) for scene in scene_types()}
    for one in drawn.values():
        one.draw(WARM_UP_FRAMES, GcPolicy())
    gc_policy = BetweenFramesGcPolicy()
    gc_policy.freeze_objects()
    figures.memory_start = resident_memory_bytes()
    turns: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in drawn}
    for _ in range(BLOCKS):
        for name, one in drawn.items():
            turns[name].append(one.draw(frames // BLOCKS, gc_policy))
    figures.memory_end = resident_memory_bytes()
    for name, times in turns.items():
        figures.scenes[name] = _figures(times)
    return figures


def _first_picture(config: Config, checkpoint: Checkpoint) -> float:
    begun = time.perf_counter()
    stage = open_stage(config.stage, checkpoint, list, lambda gesture: None, offscreen=True)
    stage.show_frame(0)
    return time.perf_counter() - begun


def _from_start() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", FIRST], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _figures(turns: list[list[tuple[float, float]]]) -> SceneFigures:
    every = np.concatenate([np.array(turn) for turn in turns])  # (frames, 2)
    (p50, own50), (p99, own99) = np.percentile(every, [50, 99], axis=0).round(2).tolist()
    medians = [round(float(np.median(np.array(turn)[:, 0])), 2) for turn in turns]
    return SceneFigures(p50, p99, medians, own50, own99)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1200, help="frames of each scene")
    parser.add_argument("--style", default="", help="a trained style, by name")
    parser.add_argument("--quality", default="full", choices=["auto", "full", "light"])
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    config = load_config(None)
    if given.style:
        chosen = config.style.model_copy(update={"name": given.style, "model": ""})
        config = config.model_copy(update={"style": chosen})
    shown = config.stage.model_copy(update={"quality": given.quality})
    figures = measure_stage(config.model_copy(update={"stage": shown}), given.frames)
    if given.json:
        _say(json.dumps(asdict(figures)))
        return
    _say(
        f"first picture {figures.first_picture:.2f} s after opening;"
        f" a process that draws one takes {figures.from_start:.2f} s in all"
    )
    for name, scene in figures.scenes.items():
        _say(
            f"{name:8} median {scene.p50:5.1f} ms, 99 % below {scene.p99:5.1f} ms;"
            f" processor {scene.processor_p50:5.1f} and {scene.processor_p99:5.1f} ms;"
            f" medians of turns {min(scene.p50_of_turns):.1f} to {max(scene.p50_of_turns):.1f} ms"
        )
    grown = (figures.memory_end - figures.memory_start) / 1e6
    _say(f"memory grew by {grown:.1f} MB over {figures.frames} frames of each scene")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
