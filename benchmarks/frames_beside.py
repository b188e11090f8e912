"""A frame's processor time beside that of another revision, both in turn in one run.

    python benchmarks/frames_beside.py FOLDER [--sizes 1920x1080] [--frames 300] [--begin 0]

FOLDER is a checkout of the other revision. Each scene draws the same frames of a take of seed 1 in
a process of each revision, and each shows them in a window of SDL's dummy driver. The visitor of
the take plays from second 7 to 11: `--begin 6 --frames 240` draws these seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

BLOCK, WARM_UP = 30, 60  # frames drawn in turn with the other revision; frames drawn before all


def work(folder: str, model: str, size: str, frames: int, begin_s: float) -> None:
    """Draw as many frames of a scene as each line of the input asks for, and tell their times."""
    sys.path[:0] = [folder, f"{folder}/benchmarks"]
    import stage  # the benchmark of that revision

    width, height = map(int, size.split("x"))
    config = stage.load_config(None)
    chosen = config.style.model_copy(update={"model": model})
    shown = config.stage.model_copy(update={"quality": "full", "width": width, "height": height})
    config = config.model_copy(update={"stage": shown, "style": chosen})
    try:
        from visuals.window.presenter import WindowPresenter

        load, partners, compose = (
            stage.load_model,
            stage.load_blend_partners,
            stage.compose_film_take,
        )
    except ImportError:  # the names of revision 05877c9
        from visuals.presenter import WindowPresenter

        load, partners, compose = stage.open_model, stage.open_partners, stage.rehearsed
    checkpoint = load(config.style)
    troupe = [checkpoint, *partners(config.style, checkpoint)]
    take = compose(config, troupe, begin_s + (frames + WARM_UP) / 60 + 1, seed=1)
    presenter = WindowPresenter(width, height, False, "")
    scenes = {
        each.name: stage._Drawn(config, troupe, take, each.name) for each in stage.scene_types()
    }
    for drawn in scenes.values():
        drawn._now[0] = round(begin_s * 1e9)
    say(json.dumps(list(scenes)))
    for line in sys.stdin:
        name, count = line.split()
        drawn, spent = scenes[name], []
        draw = getattr(drawn.stage, "show_frame", None) or drawn.stage.frame
        for _ in range(int(count)):
            drawn._now[0] += stage.FRAME
            begun = time.thread_time_ns()
            draw(drawn._now[0])
            presenter.show(drawn.stage.picture)
            spent.append((time.thread_time_ns() - begun) / 1e6)
        say(json.dumps(spent))


class Revision:
    """A process that draws with the code of a folder."""

    def __init__(self, folder: Path, size: str, options: argparse.Namespace) -> None:
        given = [__file__, str(folder), "--work", size, "--frames", str(options.frames)]
        given += ["--model", options.model, "--begin", str(options.begin)]
        environment = {"PYTHONPATH": str(folder), "SDL_VIDEODRIVER": "dummy"}
        self._process = subprocess.Popen(
            [sys.executable, *given],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.scenes: list[str] = self._answer()

    def draw(self, scene: str, frames: int) -> list[float]:
        """Milliseconds of processor of the next frames of a scene."""
        self._process.stdin.write(f"{scene} {frames}\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)

    def _answer(self) -> list:
        for line in self._process.stdout:
            if line.startswith("["):
                return json.loads(line)
        raise RuntimeError("the process has ended")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="checkout of the other revision")
    parser.add_argument("--sizes", nargs="+", default=["1920x1080", "1080x1920"])
    parser.add_argument("--frames", type=int, default=300, help="of each scene and size")
    parser.add_argument("--begin", type=float, default=0.0, help="first second of the take")
    parser.add_argument("--model", default="", help="a model file that both play; else their own")
    parser.add_argument("--work", metavar="SIZE", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(str(given.folder), given.model, given.work, given.frames, given.begin)
        return
    here = Path(__file__).resolve().parents[1]
    for size in given.sizes:
        revisions = [Revision(folder, size, given) for folder in (here, given.folder)]
        for scene in revisions[0].scenes:
            both = [each for each in revisions if scene in each.scenes]
            for each in both:
                each.draw(scene, WARM_UP)
            times: list[list[float]] = [[] for _ in both]
            for block in range(given.frames // BLOCK):
                for k in range(len(both))[:: 1 if block % 2 else -1]:
                    times[k] += both[k].draw(scene, BLOCK)
            p50, p99 = np.percentile(times, [50, 99], axis=1)
            ratio = f"{p50[0] / p50[1]:.3f}" if len(both) > 1 else "not there before"
            say(f"{size} {scene:8} p50 {p50.round(2)}, p99 {p99.round(2)} ms: {ratio}")
        for each in revisions:
            each.close()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
