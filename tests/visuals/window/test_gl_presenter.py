"""The OpenGL presenter in a real window, on a renderer without a graphics card."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.hang_guard import HANG_GUARD_S

pytest.importorskip("moderngl", reason="pip install '.[gpu]'")
pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no Xvfb")

FALLS_BACK = """
import json, logging, sys
import pygame
from visuals.window.stage_options import StageOptions, open_presenter
pygame.font.init()  # for the splash
said = []
handler = logging.Handler()
handler.emit = lambda record: said.append(record.getMessage())
logging.getLogger().addHandler(handler)
presenter = open_presenter(StageOptions(width=640, height=360, gpu=True), False)
print(json.dumps([type(presenter).__name__, said]))
"""
SHOWS = """
import json, sys
import numpy as np, pygame
from visuals.window.gl_presenter import GlPresenter
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
picture = blank_surface(PICTURE_SIZE_PX)
picture.fill((10, 20, 30))
picture.fill((200, 100, 50), (0, 0, 960, 540))  # the upper left quarter
presenter = GlPresenter(640, 480, False, "a test", bloom=float(sys.argv[1]), software=True)
presenter.show(picture)
screen = presenter.context.screen
rows = np.frombuffer(screen.read(viewport=(0, 0, 640, 480), components=3), np.uint8)
seen = rows.reshape(480, 640, 3)[::-1]  # OpenGL reads from below
places = ((20, 20), (100, 100), (330, 200), (200, 400))
print(json.dumps([seen[y, x].tolist() for y, x in places]))
presenter.close()
"""

WRITES = """
import json
import numpy as np, pygame
from messages.clock import SECOND
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.window.gl_presenter import GlPresenter
pygame.font.init()
picture = PolledSurface((400, 300), lambda: None)
Typesetter().draw_text(picture, "Hidden", (40, 60), TextStyle(40, "jost-400"))
presenter = GlPresenter(800, 600, False, "a test", bloom=0.0, software=True)
found = []
for is_too_slow in (False, True):
    if is_too_slow:
        for _ in range(500):
            presenter._sharpener.record(SECOND, SECOND)
    presenter.show(picture)
    seen = presenter.context.screen.read(viewport=(0, 0, 800, 600), components=1)
    rows = np.frombuffer(seen, np.uint8)
    light = rows.reshape(600, 800)[::-1].astype(int)
    across, down = np.flatnonzero(light.max(axis=0) > 120), np.flatnonzero(light.max(axis=1) > 120)
    edges = int(((light > 40) & (light < 180)).sum())
    found.append([int(across[0]), int(across[-1]), int(down[0]), int(down[-1]), edges])
print(json.dumps(found))
"""


DRAWS_LINES = """
import json
import numpy as np, pygame
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import PolledSurface
from visuals.window.gl_presenter import GlPresenter
picture = PolledSurface((400, 300), lambda: None)
presenter = GlPresenter(800, 600, False, "a test", bloom=0.0, software=True)
ends = np.array([[[40.0, 60.0], [90.0, 250.0]], [[340.0, 110.0], [120.0, 80.0]]])
found = []
for keeps in (True, True, False):
    picture.begin_frame()
    picture.fill((0, 0, 0))
    LineRenderer([(240, 240, 240)]).draw_segments(picture, *ends, [0, 0], [1.0, 1.0])
    if not keeps:
        picture.lines.clear()
    presenter.show(picture)
    seen = presenter.context.screen.read(viewport=(0, 0, 800, 600), components=1)
    light = np.frombuffer(seen, np.uint8).reshape(600, 800)[::-1].astype(int)
    places = [light[:, 300], light[300]]  # across the flat line, and across the steep one
    middles = [float((each * np.arange(len(each))).sum() / each.sum()) for each in places]
    edges = int(((light > 40) & (light < 180)).sum())
    found.append([*middles, int(light.sum()), edges])
print(json.dumps(found[1:]))
"""


RESIZES = """
import json
import moderngl
from visuals.drawing.sprites import blank_surface
from visuals.window.gl_presenter import GlPresenter
presenter = GlPresenter(640, 480, False, "a test", bloom=0.5, software=True)
context = presenter.context
context.gc_mode = "context_gc"  # what is dropped without a release is kept in its objects
for size in ((400, 300), (300, 400), (400, 300)):
    presenter.show(blank_surface(size))
released = moderngl.InvalidObject
print(json.dumps([repr(each) for each in context.objects if not isinstance(each, released)]))
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-noreset"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield f":{server.stdout.readline().strip()}"
        server.terminate()


def run(display: str, program: str, *arguments: str) -> list:
    environment = os.environ | {"DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_GUARD_S,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_without_a_graphics_card_it_is_a_plain_window_and_that_is_said_once(display):
    presenter, said = run(display, FALLS_BACK)
    assert presenter == "WindowPresenter"
    assert len([line for line in said if line.startswith("shown without OpenGL")]) == 1


def test_without_bloom_it_is_the_picture_upright_with_bars(display):
    bar, quarter, right, below = run(display, SHOWS, "0")
    assert bar == [0, 0, 0]
    assert quarter == pytest.approx([200, 100, 50], abs=2)
    assert right == pytest.approx([10, 20, 30], abs=2)
    assert below == pytest.approx([10, 20, 30], abs=2)


def test_bloom_adds_light_and_takes_none(display):
    plain, glowing = run(display, SHOWS, "0"), run(display, SHOWS, "0.6")
    assert all(
        b >= a for p, g in zip(plain, glowing, strict=True) for a, b in zip(p, g, strict=True)
    )
    assert glowing[1][0] > plain[1][0]


def test_pictures_of_another_size_leave_nothing_on_the_graphics_card(display):
    assert run(display, RESIZES) == []


def test_text_is_drawn_in_the_size_of_the_window(display):
    sharp, scaled = run(display, WRITES)
    assert sharp[:4] == pytest.approx(scaled[:4], abs=3)
    assert sharp[4] < 0.7 * scaled[4]


def test_moving_lines_are_drawn_in_the_size_of_the_window(display):
    sharp, scaled = run(display, DRAWS_LINES)
    assert sharp[:2] == pytest.approx(scaled[:2], abs=0.6)
    assert sharp[2] == pytest.approx(scaled[2], rel=0.1)
    assert sharp[3] < 0.75 * scaled[3]
