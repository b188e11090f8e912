"""Scenes draw with missing data and with floods of notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import KEY_COUNT, SIGNALS, NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

NETWORK = NetworkSummary.dummy(2, 32)


PICTURE = blank_surface(PICTURE_SIZE_PX)


SCENES = [pytest.param(scene, id=scene.name) for scene in scene_types()]


def resources_of(network: NetworkSummary) -> SceneResources:
    pygame.font.init()
    type = Typesetter()
    return SceneResources(type, load_words(), PianoKeyboard(type), (network,))


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
    bare = replace(NETWORK, atlas=None)
    shown, builder = scene(bare, resources_of(bare)), FrameBuilder(bare)
    for cue in a_storm(1, 4, 1.0):
        builder.apply_message(cue)
    shown.draw(PICTURE, builder.build_frame(2 * SECOND, 0))
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
    shown, builder = scene(NETWORK, resources_of(NETWORK)), FrameBuilder(NETWORK)
    for cue in a_storm(chord, rate, 2.0):
        builder.apply_message(cue)
    counted = Counted(monkeypatch)
    for number in range(3):
        shown.draw(
            PICTURE,
            builder.build_frame(round((2.1 + number / 60) * SECOND), number, detail_level=0),
        )
    assert counted.drawn / 3 < 1500
