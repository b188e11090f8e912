"""A contact sheet: every scene at four moments of one performance.

    python benchmarks/contact.py -o docs/pictures/contact.png [--style irish] [--seed 1]

Draws what `hidden-state film` would film, and puts small pictures side by side: a row a scene, a
column a moment (the network alone, a visitor, the first notes of the answer, later in it).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pygame

from installation.config import load_config
from installation.film.film import FilmWriter, compose_film_take, render_frames
from installation.session.blend_partners import load_blend_partners
from installation.session.model_loading import load_model
from messages.clock import SECOND
from visuals.drawing.canvas import remove_dither
from visuals.scenes import scene_types

MOMENTS = (5.5, 10.6, 14.0, 17.5)
"""Seconds of the performance."""
SMALL = (480, 270)
GAP = 8
RATE = 30


class Snapshots(FilmWriter):
    """Keeps small copies of the pictures at some moments.

    Parameters
    ----------
    numbers : set of int
        Of the pictures to keep, from 0.
    """

    def __init__(self, numbers: set[int]) -> None:
        self.kept: list[pygame.Surface] = []
        self._numbers, self._count = numbers, 0

    def write_frame(self, picture: pygame.Surface) -> None:
        if self._count in self._numbers:
            self.kept.append(pygame.transform.smoothscale(picture, SMALL))
        self._count += 1

    def close(self) -> None: ...


def contact_sheet(style: str, seed: int) -> pygame.Surface:
    """All scenes of one performance of a style."""
    config = load_config(None)
    chosen = config.style.model_copy(update={"name": style, "model": ""})
    config = config.model_copy(update={"style": chosen})
    checkpoint = load_model(chosen)
    troupe = [checkpoint, *load_blend_partners(chosen, checkpoint)]
    scenes = scene_types()
    width = len(MOMENTS) * (SMALL[0] + GAP) + GAP
    sheet = pygame.Surface((width, len(scenes) * (SMALL[1] + GAP) + GAP), 0, 32)
    sheet.fill((28, 30, 36))
    start = MOMENTS[0] - 1.0
    numbers = {round((moment - start) * RATE) for moment in MOMENTS}
    for row, scene in enumerate(scenes):
        stage = config.stage.model_copy(update={"scene": scene.name})
        shots = Snapshots(numbers)
        shown = config.model_copy(update={"stage": stage})
        take = compose_film_take(shown, troupe, MOMENTS[-1] + 0.5, seed)
        render_frames(shown, troupe, take, round(start * SECOND), RATE, shots)
        for column, picture in enumerate(shots.kept):
            place = GAP + column * (SMALL[0] + GAP), GAP + row * (SMALL[1] + GAP)
            sheet.blit(picture, place)
    remove_dither(sheet)
    return sheet


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--style", default="irish")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.output.parent.mkdir(parents=True, exist_ok=True)
    pygame.image.save(contact_sheet(given.style, given.seed), str(given.output))


if __name__ == "__main__":
    main()
