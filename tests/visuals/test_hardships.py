"""What may be missing, or too much: it still draws, and says once what is wrong."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, SIGNALS, NoteCue, NoteSource
from visuals import words
from visuals.drawing import typography as typefaces
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base import SceneResources
from visuals.stage import Stage
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock
from visuals.window.presenter import REOPEN_INTERVAL_FRAMES, WindowPresenter
from visuals.window.stage_options import StageOptions
from visuals.words import Words, load_words

ANATOMY = NetworkSummary.dummy(2, 32)
PICTURE = blank_surface(PICTURE_SIZE_PX)
SCENES = [pytest.param(scene, id=scene.name) for scene in scene_types()]


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter = WindowPresenter(640, 360, False, "a test")
    yield presenter
    presenter.close()


def test_a_window_that_vanishes_is_said_once_and_comes_back(window, caplog):
    caplog.set_level(logging.INFO)
    pygame.display.quit()
    for _ in range(REOPEN_INTERVAL_FRAMES - 1):
        window.show(PICTURE)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert pygame.display.get_surface() is None
    for _ in range(2):
        window.show(PICTURE)
    assert pygame.display.get_surface() is not None
    assert [record.message for record in caplog.records][1:] == ["the window is back"]


def test_a_stage_without_its_window_draws_on(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    settings = StageOptions(width=640, height=360)
    stage = Stage(settings, ANATOMY, tuple, print, clock=DummyStageClock(SECOND))
    try:
        pygame.display.quit()
        for _ in range(2):
            stage.show_frame()
    finally:
        stage.close()


def test_a_window_of_any_shape_is_filled_in_one_direction(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    PICTURE.fill((90, 90, 90))
    for size in ((320, 900), (1600, 200), (333, 187)):
        presenter = WindowPresenter(*size, False, "a test")
        presenter.show(PICTURE)
        light = pygame.surfarray.array3d(pygame.display.get_surface()).sum(axis=2)
        assert light[size[0] // 2, size[1] // 2] > 0
        filled = light > 0
        assert filled.any(axis=1).all() or filled.any(axis=0).all()
        presenter.close()


def test_a_missing_typeface_is_said_once_and_another_used(monkeypatch, caplog):
    def gone(face: str) -> bytes:
        raise FileNotFoundError(face)

    pygame.font.init()
    monkeypatch.setattr(typefaces, "_font_bytes", gone)
    type = Typesetter()
    for text in ("one", "two"):
        for size in (20, 30):
            assert type.render(text, TextStyle(size)).get_width() > size
    assert [record.message.split(" (")[0] for record in caplog.records] == ["no typeface jost-300"]


def test_a_broken_text_file_is_said_once_and_english_used(monkeypatch, tmp_path, caplog):
    english = (words.files("visuals.words") / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(english, encoding="utf-8")
    (tmp_path / "xx.toml").write_text("not [toml", encoding="utf-8")
    monkeypatch.setattr(words, "files", lambda package: tmp_path)
    for cached in (words.languages, words.load_words):
        cached.cache_clear()
    try:
        for _ in range(2):
            assert load_words("xx")["waves.title"] == load_words("en")["waves.title"]
        assert [record.message.split(" (")[0] for record in caplog.records] == [
            "the words in xx cannot be read"
        ]
    finally:
        for cached in (words.languages, words.load_words):
            cached.cache_clear()


def test_a_text_that_is_missing_is_said_in_english():
    some = Words({"a.b": "here"}, Words({"a.b": "there", "a.c": "everywhere"}))
    assert (some["a.b"], some["a.c"]) == ("here", "everywhere")
    with pytest.raises(KeyError):
        some["a.d"]


def a_toolkit(anatomy: NetworkSummary) -> SceneResources:
    pygame.font.init()
    type = Typesetter()
    return SceneResources(type, load_words(), PianoKeyboard(type), (anatomy,))


def a_storm(chord: int, rate: float, seconds: float) -> list[NoteCue]:
    """Chords of so many notes, so many a second."""
    draw = np.random.default_rng(1)
    state = np.tanh(draw.normal(size=(2, len(SIGNALS), 32))).astype(np.float32)
    ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
    dues = [SECOND + round(k * SECOND / rate) for k in range(round(seconds * rate))]
    notes = [(due, pitch) for due in dues for pitch in draw.integers(0, 128, chord).tolist()]
    return [
        NoteCue(k, due, SECOND // 8, pitch, 100, NoteSource.NETWORK, 1.0, state, ahead)
        for k, (due, pitch) in enumerate(notes)
    ]


@pytest.mark.parametrize("scene", SCENES)
def test_a_style_without_an_atlas_is_drawn(scene):
    bare = replace(ANATOMY, atlas=None)
    shown, framing = scene(bare, a_toolkit(bare)), FrameBuilder(bare)
    for cue in a_storm(1, 4, 1.0):
        framing.apply_message(cue)
    shown.draw(PICTURE, framing.build_frame(2 * SECOND, 0))
    assert pygame.surfarray.array3d(PICTURE).mean() > 1


class Counted:
    """Counts what is drawn: sprites and lines, which take the time."""

    def __init__(self, monkeypatch) -> None:
        self.drawn = 0
        for name in ("aalines", "lines", "rect", "polygon"):
            monkeypatch.setattr(pygame.draw, name, self._counting(getattr(pygame.draw, name)))

    def _counting(self, draw):
        def drawing(*given, **more):
            self.drawn += 1
            return draw(*given, **more)

        return drawing


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(("chord", "rate"), [(500, 1.0), (1, 50.0)], ids=["chord", "stream"])
def test_a_storm_of_notes_is_drawn_with_bounded_effort(scene, chord, rate, monkeypatch):
    shown, framing = scene(ANATOMY, a_toolkit(ANATOMY)), FrameBuilder(ANATOMY)
    for cue in a_storm(chord, rate, 2.0):
        framing.apply_message(cue)
    counted = Counted(monkeypatch)
    for number in range(3):
        shown.draw(
            PICTURE,
            framing.build_frame(round((2.1 + number / 60) * SECOND), number, detail_level=0),
        )
    assert counted.drawn / 3 < 1500
