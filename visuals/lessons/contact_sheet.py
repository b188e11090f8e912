"""Sheet: every step of a lesson in one picture, small, to look at."""

from __future__ import annotations

from pathlib import Path

import pygame

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.canvas import remove_dither
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.lessons.actions import LessonAction
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.shared_state import SharedLessonState
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.timeline import SECOND
from visuals.words import load_words

PROBED_STYLE = "fife"
"""Whose network is asked what its layers see."""
CELL_SIZE_PX = (480, 270)
COLUMN_COUNT = 4
CELL_GAP_PX = 6
SETTLE_TIME_S = 1.5
"""Seconds into a step at which it is drawn, unless something runs in it: then at its end."""


def draw_contact_sheets(folder: Path, language: str = "en") -> list[Path]:
    """Draw each lesson's steps, as in a walk from the first to the last, and save a .png each.

    Returns
    -------
    list of Path
        The files, `lesson-1-neuron.png` and so on.
    """
    pygame.font.init()
    type = Typesetter()
    toolkit = SceneResources(type, load_words(language), PianoKeyboard(type))
    explorer = LessonBrowser(
        toolkit,
        bench=SharedLessonState(
            subject=ProbedNetwork.from_checkpoint(load_checkpoint(styles.style_path(PROBED_STYLE)))
        ),
    )
    explorer.open()
    names: list[str] = []
    paths = []
    folder.mkdir(parents=True, exist_ok=True)
    while explorer.lesson.name not in names:
        names.append(explorer.lesson.name)
        path = folder / f"lesson-{len(names)}-{explorer.lesson.name}.png"
        pygame.image.save(_tile_pictures(_render_steps(explorer)), str(path))
        paths.append(path)
        explorer.handle_action(LessonAction.NEXT, SECOND)
    return paths


def _render_steps(explorer: LessonBrowser) -> list[pygame.Surface]:
    framing, picture = FrameBuilder(NetworkSummary.dummy(1, 8)), blank_surface(PICTURE_SIZE_PX)
    now, steps = SECOND, []
    while True:
        step = explorer.lesson.walkthrough.current_step
        end = now + round((step.seconds if step.runs else SETTLE_TIME_S) * SECOND)
        while now < end:
            explorer.update(now)
            now += SECOND // 30
        explorer.draw(picture, framing.build_frame(now, 0))
        steps.append(pygame.transform.smoothscale(picture, CELL_SIZE_PX))
        if explorer.lesson.walkthrough.at_end:
            return steps
        explorer.handle_action(LessonAction.STEP, now)


def _tile_pictures(pictures: list[pygame.Surface]) -> pygame.Surface:
    rows = -(-len(pictures) // COLUMN_COUNT)
    width, height = CELL_SIZE_PX[0] + CELL_GAP_PX, CELL_SIZE_PX[1] + CELL_GAP_PX
    sheet = blank_surface((COLUMN_COUNT * width - CELL_GAP_PX, rows * height - CELL_GAP_PX))
    for place, picture in enumerate(pictures):
        sheet.blit(picture, (place % COLUMN_COUNT * width, place // COLUMN_COUNT * height))
    remove_dither(sheet)
    return sheet
