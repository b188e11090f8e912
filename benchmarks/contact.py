"""Contact sheets: every scene in every turn of one performance, in every layout.

    python benchmarks/contact.py -o sheets [--style irish] [--seed 1] [--language en]

Writes a sheet of small pictures for each layout, a row a scene and a column a turn, at a quarter of
the picture's size (as from across a room), and each picture in full size beside it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pygame

from installation.config import load_config
from installation.film.film import compose_film_take, make_message_poll
from installation.film.offline_take import visitor_key_presses
from installation.session.blend_partners import load_blend_partners
from installation.session.model_loading import load_model
from installation.session.stage_factory import open_stage
from messages.clock import SECOND
from visuals.drawing.picture_layout import LAYOUTS
from visuals.scenes import scene_types

MOMENTS = {
    "attract": 5.5,
    "your-turn": 24.0,
    "listen": 10.6,
    "answer": 14.6,
    "farewell": 42.2,
}
"""Seconds of the performance, by turn."""
SHRINKING, GAP, DRAWN_HZ, DRAWN_S = 4, 8, 20, 1.5
DITHER_FREE_MASK = 0xFC  # bits of a colour channel that dither does not change


def remove_dither(picture: pygame.Surface) -> None:
    """Clear the bits that dither changes, so the file of a small picture stays small."""
    pixels = pygame.surfarray.pixels3d(picture)
    pixels &= np.uint8(DITHER_FREE_MASK)


def contact_sheet(
    style: str, seed: int, language: str, size: tuple[int, int], folder: Path, name: str
) -> pygame.Surface:
    """Write the pictures of all scenes in a layout's size; returns the sheet."""
    config = load_config(None).with_values("style", name=style, model="")
    width, height = size
    config = config.with_values("stage", width=width, height=height, language=language)
    checkpoint = load_model(config.style)
    models = [checkpoint, *load_blend_partners(config.style, checkpoint)]
    small, scenes = (width // SHRINKING, height // SHRINKING), scene_types()
    rows, columns = len(scenes), len(MOMENTS)
    sheet = pygame.Surface((columns * (small[0] + GAP) + GAP, rows * (small[1] + GAP) + GAP), 0, 32)
    sheet.fill((28, 30, 36))
    for row, scene in enumerate(scenes):
        shown = config.with_values("stage", scene=scene.name)
        visitor = visitor_key_presses(20.0)  # one phrase
        take = compose_film_take(shown, models, max(MOMENTS.values()) + 0.5, seed, visitor)
        now = [0]
        poll = make_message_poll(take, now)
        stage = open_stage(shown.stage, checkpoint, poll, lambda _: None, True, partners=models[1:])
        for turn, moment in sorted(MOMENTS.items(), key=lambda item: item[1]):
            for number in range(round(DRAWN_S * DRAWN_HZ) + 1):
                now[0] = round((moment - DRAWN_S + number / DRAWN_HZ) * SECOND)
                stage.show_frame(now[0])
            stage.save_screenshot(folder / f"{name}-{scene.name}-{turn}.png")
            picture = pygame.transform.smoothscale(stage.picture, small)
            column = list(MOMENTS).index(turn)
            sheet.blit(picture, (GAP + column * (small[0] + GAP), GAP + row * (small[1] + GAP)))
        stage.close()
    remove_dither(sheet)
    return sheet


def main() -> None:
    """Write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder")
    parser.add_argument("--style", default="irish")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", default="en")
    given = parser.parse_args()
    for layout in LAYOUTS:
        name = layout.name.replace(":", "-")
        sheet = contact_sheet(
            given.style, given.seed, given.language, layout.size, given.output, name
        )
        pygame.image.save(sheet, str(given.output / f"{name}.png"))


if __name__ == "__main__":
    main()
