"""Sheet: every step of a lesson in one picture, small, to look at."""

from __future__ import annotations

from pathlib import Path

import pygame

from rnn import styles
from rnn.model.checkpoint import load
from rnn.teaching.probed_network import Subject
from visuals.drawing.canvas import drop_grain
from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import Framing
from visuals.hud.piano_keyboard import Keyboard
from visuals.lessons.actions import Action
from visuals.lessons.browser import Explorer
from visuals.lessons.shared_state import Bench
from visuals.network_summary import Anatomy
from visuals.scenes.base import Toolkit
from visuals.timeline import SECOND
from visuals.words import load_words

STYLE = "fife"
"""Whose network is asked what its layers see."""
CELL = (480, 270)
COLUMNS = 4
GAP = 6
SETTLED = 1.5
"""Seconds into a step at which it is drawn, unless something runs in it: then at its end."""


def draw_sheets(folder: Path, language: str = "en") -> list[Path]:
    """Draw each lesson's steps, as in a walk from the first to the last, and save a .png each.

    Returns
    -------
    list of Path
        The files, `lesson-1-neuron.png` and so on.
    """
    pygame.font.init()
    type = Typesetter()
    toolkit = Toolkit(type, load_words(language), Keyboard(type))
    explorer = Explorer(toolkit, bench=Bench(subject=Subject.of(load(styles.path_of(STYLE)))))
    explorer.open()
    names: list[str] = []
    paths = []
    folder.mkdir(parents=True, exist_ok=True)
    while explorer.lesson.name not in names:
        names.append(explorer.lesson.name)
        path = folder / f"lesson-{len(names)}-{explorer.lesson.name}.png"
        pygame.image.save(_join(_steps(explorer)), str(path))
        paths.append(path)
        explorer.press(Action.NEXT, SECOND)
    return paths


def _steps(explorer: Explorer) -> list[pygame.Surface]:
    framing, picture = Framing(Anatomy.dummy(1, 8)), blank(SIZE)
    now, steps = SECOND, []
    while True:
        step = explorer.lesson.walk.now
        end = now + round((step.seconds if step.runs else SETTLED) * SECOND)
        while now < end:
            explorer.run(now)
            now += SECOND // 30
        explorer.draw(picture, framing.frame(now, 0))
        steps.append(pygame.transform.smoothscale(picture, CELL))
        if explorer.lesson.walk.at_end:
            return steps
        explorer.press(Action.STEP, now)


def _join(pictures: list[pygame.Surface]) -> pygame.Surface:
    rows = -(-len(pictures) // COLUMNS)
    width, height = CELL[0] + GAP, CELL[1] + GAP
    sheet = blank((COLUMNS * width - GAP, rows * height - GAP))
    for place, picture in enumerate(pictures):
        sheet.blit(picture, (place % COLUMNS * width, place // COLUMNS * height))
    drop_grain(sheet)
    return sheet
