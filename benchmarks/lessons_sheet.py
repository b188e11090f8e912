"""Contact sheets: the question and all steps of each lesson, in one picture and in full size.

    python benchmarks/lessons_sheet.py [FOLDER] [--language en] [--layout landscape]
        [--distance room] [--lesson NAME] [--full-size]

Writes lesson-1-neuron.png and so on, at a quarter of the picture's size (as from across a room);
in other layouts lesson-1-neuron-portrait.png. With `--full-size` each picture is written in full
size beside it, as lesson-1-neuron-landscape-01-facts.png.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pygame
from contact import remove_dither

from installation.session.guest_networks import load_style_options
from messages.clock import SECOND
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.picture_layout import LANDSCAPE, LAYOUTS, PictureLayout
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import Typesetter, type_scale
from visuals.frame_builder import FrameBuilder
from visuals.input.lesson_actions import LessonAction
from visuals.lessons import lesson_types
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.question import RIGHT_ANSWERS
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

PROBED_STYLE = "fife"
"""Style of the network in the lesson on units."""
CELL_SCALE, CELL_GAP_PX, SHEET_WIDTH_PX = 0.25, 6, 1940
SETTLE_TIME_S = 1.5
"""Age of a step when it is drawn, s; a running step is drawn at its end."""


def main() -> None:
    """Draw a sheet for each lesson."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument("--language", default="en")
    parser.add_argument(
        "--layout", choices=[layout.name for layout in LAYOUTS], default="landscape"
    )
    parser.add_argument("--distance", default="room", help="as stage.distance")
    names = [lesson.name for lesson in lesson_types()]
    parser.add_argument("--lesson", choices=names, help="one of them; all without it")
    parser.add_argument("--full-size", action="store_true", help="write each picture, too")
    given = parser.parse_args()
    layout = next(one for one in LAYOUTS if one.name == given.layout)
    given.folder.mkdir(parents=True, exist_ok=True)
    pygame.font.init()
    typesetter = Typesetter(type_scale(given.distance))
    resources = SceneResources(
        typesetter,
        load_words(given.language),
        PianoKeyboard(typesetter, layout.keyboard),
        layout=layout,
    )
    style = load_checkpoint(styles.style_path(PROBED_STYLE))
    probed_network = ProbedNetwork.from_checkpoint(style)
    state = SharedLessonState(None, probed_network, load_style_options)
    browser = LessonBrowser(resources, shared_state=state, report_answer=lambda answer: None)
    chosen = names if given.lesson is None else [given.lesson]
    for index in map(names.index, chosen):
        browser.open(index)
        number = index + 1
        name, shape = f"lesson-{number}-{browser.lesson.name}", layout.name.replace(":", "-")
        small = list[pygame.Surface]()
        for place, (step, picture) in enumerate(_render_steps(browser, layout)):
            small.append(pygame.transform.smoothscale_by(picture, CELL_SCALE))
            if given.full_size:
                path = given.folder / f"{name}-{shape}-{place:02}-{step}.png"
                pygame.image.save(picture, str(path))
        path = given.folder / f"{name}{'' if layout is LANDSCAPE else f'-{shape}'}.png"
        pygame.image.save(_tile_pictures(small), str(path))


def _render_steps(
    browser: LessonBrowser, layout: PictureLayout
) -> Iterator[tuple[str, pygame.Surface]]:
    """Name and picture of the question and of each step of the current lesson.

    The picture is drawn upon by the next step.
    """
    builder, picture = FrameBuilder(NetworkSummary.dummy(1, 8)), blank_surface(layout.size)
    now = SECOND
    if browser.lesson.name in RIGHT_ANSWERS:
        browser.draw(picture, builder.build_frame(now, 0))
        yield "question", picture
        browser.handle_action(LessonAction.STEP, now)
    while True:
        step = browser.lesson.walkthrough.current_step
        end = now + round((step.seconds if step.runs else SETTLE_TIME_S) * SECOND)
        while now < end:
            browser.update(now)
            now += SECOND // 30
        browser.draw(picture, builder.build_frame(now, 0))
        yield step.name, picture
        if browser.lesson.walkthrough.at_end:
            return
        browser.handle_action(LessonAction.STEP, now)


def _tile_pictures(pictures: list[pygame.Surface]) -> pygame.Surface:
    """One picture of all, row by row."""
    width, height = (side + CELL_GAP_PX for side in pictures[0].get_size())
    columns = min(len(pictures), SHEET_WIDTH_PX // width)
    rows = -(-len(pictures) // columns)
    sheet = blank_surface((columns * width - CELL_GAP_PX, rows * height - CELL_GAP_PX))
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        sheet.blit(picture, (column * width, row * height))
    remove_dither(sheet)
    return sheet


if __name__ == "__main__":
    main()
