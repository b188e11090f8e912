"""Light of every scene while a visitor plays, against the same scene in attract mode.

    python benchmarks/brightness.py [--seeds 3] [--style irish] [--json]

Draws a performance of a trained style off screen, with prompt and piano, and compares the mean
luminance of all pictures of the visitor's turn with that of all pictures before it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pygame

from installation.config import Config, load_config
from installation.film.film import compose_film_take, make_message_poll
from installation.film.offline_take import OfflineTake
from installation.session.blend_partners import load_blend_partners
from installation.session.model_loading import load_model
from installation.session.stage_factory import open_stage
from messages.clock import SECOND
from messages.cues import Turn
from rnn.model.checkpoint import Checkpoint
from visuals.scenes import scene_types

FRAME_NS = SECOND // 30
START_NS, END_NS = 3 * SECOND, 16 * SECOND
"""The visitor plays from second 7 on, until the answer."""
_LUMINANCE_WEIGHTS = np.array((0.2126, 0.7152, 0.0722))
_SMALL_PX = (480, 270)


def mean_luminance(picture: pygame.Surface) -> float:
    """Mean relative luminance of a picture, 0 to 1 (WCAG 2.3)."""
    levels = pygame.surfarray.array3d(pygame.transform.smoothscale(picture, _SMALL_PX)) / 255.0
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return float((linear @ _LUMINANCE_WEIGHTS).mean())


def light_by_turn(
    config: Config, models: Sequence[Checkpoint], take: OfflineTake, scene: str
) -> dict[Turn, float]:
    """Mean luminance of a scene in each turn of a take."""
    now = [0]
    poll = make_message_poll(take, now)
    shown = config.stage.model_copy(update={"scene": scene, "quality": "full"})
    stage = open_stage(shown, models[0], poll, lambda gesture: None, True, partners=models[1:])
    light: dict[Turn, list[float]] = defaultdict(list)
    for time in range(START_NS - SECOND, END_NS, FRAME_NS):
        now[0] = time
        stage.show_frame(time)
        if time >= START_NS:
            light[stage.timeline.turn(time).turn].append(mean_luminance(stage.picture))
    stage.close()
    return {turn: float(np.mean(values)) for turn, values in light.items()}


def main() -> None:
    """Measure and print the ratio of each scene."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--style", default="irish", help="a trained style, by name")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    config = load_config(None)
    chosen = config.style.model_copy(update={"name": given.style, "model": ""})
    config = config.model_copy(update={"style": chosen})
    checkpoint = load_model(chosen)
    models = [checkpoint, *load_blend_partners(chosen, checkpoint)]
    ratios: dict[str, list[float]] = defaultdict(list)
    for seed in range(1, given.seeds + 1):
        take = compose_film_take(config, models, END_NS / SECOND + 1, seed)
        for scene in scene_types():
            light = light_by_turn(config, models, take, scene.name)
            ratios[scene.name].append(round(light[Turn.LISTEN] / light[Turn.ATTRACT], 3))
    if given.json:
        sys.stdout.write(json.dumps(ratios) + "\n")
        return
    for scene, values in ratios.items():
        told = ", ".join(f"{value:.2f}" for value in values)
        sys.stdout.write(f"{scene:8} light of the visitor's turn / attract: {told}\n")


if __name__ == "__main__":
    main()
