"""Golden pictures: each scene at two moments of a made-up performance, as last approved.

A quarter of the size and without text, which may be reworded. After a change that is meant, look at
what `pytest tests/visuals/test_golden.py --redraw` writes to `golden/`, and commit it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pygame
import pytest
from demo_performance import DemoPerformance

from messages.cues import HIDDEN_INDEX, BlendContributions, NoteCue, StageMessage
from visuals.drawing.camera import Camera
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base import Scene, SceneResources
from visuals.timeline import SECOND
from visuals.words import load_words

GOLDEN = Path(__file__).parent / "golden"
LAYERS, UNITS, STYLES = 2, 96, 3
MOMENTS = (5.0, 15.0)
"""Seconds: the network by itself, and in the midst of its answer."""
BEFORE = 24
"""Frames drawn before each, for what trails behind."""
SMALL = (480, 270)
CAMERA = Camera(0)
MEAN, MOST = 0.5, 8.0
"""The most by which levels (0..255) may differ: on average, and at all but one in a thousand."""


class Mute(Typesetter):
    """Leaves every letter out."""

    def render(self, text: str, style: TextStyle) -> pygame.Surface:
        shape = super().render(text, style)
        return pygame.Surface(shape.get_size(), 0, 32)


@pytest.fixture(scope="module", params=[scene.name for scene in scene_types()])
def scene(request) -> Scene:
    pygame.font.init()
    chosen = next(scene for scene in scene_types() if scene.name == request.param)
    troupe = tuple(NetworkSummary.dummy(LAYERS, UNITS, seed) for seed in range(STYLES))
    return chosen(troupe[0], SceneResources(Mute(), load_words(), PianoKeyboard(Mute()), troupe))


def shares_of(cue: NoteCue) -> BlendContributions:
    """What each of three networks gave a note, the first the most."""
    weights = np.array([0.5, 0.3, 0.2], np.float32)
    ahead = np.stack([np.roll(cue.next_key_probabilities, 2 * k) for k in range(STYLES)])
    hidden = np.stack([np.roll(cue.activations[-1, HIDDEN_INDEX], 7 * k) for k in range(STYLES)])
    return BlendContributions(cue.serial, weights, weights, ahead, hidden)


def told_by(rehearsal: DemoPerformance, time: int) -> list[StageMessage]:
    messages: list[StageMessage] = []
    for message in rehearsal.poll(time):
        messages.append(message)
        if isinstance(message, NoteCue):
            messages.append(shares_of(message))
    return messages


def pictures(scene: Scene) -> list[pygame.Surface]:
    """The scene at each moment, a quarter of its size."""
    framing, rehearsal = FrameBuilder(scene.network), DemoPerformance(LAYERS, UNITS, SECOND)
    surface, kept = pygame.Surface(PICTURE_SIZE_PX, 0, 32), []
    for moment in MOMENTS:
        for frame in range(-BEFORE, 1):
            time = round((moment + frame / 60) * SECOND)
            for message in told_by(rehearsal, time):
                framing.apply_message(message)
            scene.draw(surface, framing.build_frame(time, round(time * 60 / SECOND)))
        CAMERA.draw(surface, scene.backdrop.layers, moment)
        kept.append(pygame.transform.smoothscale(surface, SMALL))
    return kept


def levels(picture: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(picture).astype(float)


def test_the_picture_is_the_one_that_was_approved(scene, request):
    for place, picture in enumerate(pictures(scene), start=1):
        path = GOLDEN / f"{scene.name}-{place}.png"
        if request.config.getoption("--redraw"):
            pygame.image.save(picture, path)
        away = np.abs(levels(picture) - levels(pygame.image.load(path)))
        assert away.mean() < MEAN, path.name
        assert np.percentile(away, 99.9) < MOST, path.name
