"""Light safety: every scene under the worst playing, measured by the flash meter (WCAG 2.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import (
    HIDDEN_INDEX,
    KEY_COUNT,
    SIGNALS,
    BandCue,
    BlendContributions,
    NoteCue,
    NoteSource,
    StageMessage,
)
from visuals.drawing.picture_layout import CLASSIC, LANDSCAPE, PORTRAIT, PictureLayout
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.stage import Stage
from visuals.tour import LINE_S, TOUR_NAME, TOUR_PARTS
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.window.flash_meter import DIMMING_THRESHOLD, FieldOfView, FlashMeter
from visuals.window.frame_clock import DummyStageClock
from visuals.window.stage_options import StageOptions
from visuals.words import load_words

LAYERS, UNITS = 2, 128
STYLES = 3
LENGTH_S = 2.2
"""Duration of playing, seconds; the meter covers the last one."""
METER_STEP_PX = 16
"""Pixels of the picture for each one that is measured, along both sides."""
TOUR_WINDOW_S = (-0.2, 1.0)
"""Times measured around the beginning of a line of the tour, seconds."""


def make_scene(name: str, layout: PictureLayout = LANDSCAPE) -> Scene:
    pygame.font.init()
    typesetter = Typesetter()
    chosen = next(scene for scene in scene_types() if scene.name == name)
    networks = tuple(NetworkSummary.dummy(LAYERS, UNITS, seed) for seed in range(STYLES))
    keyboard = PianoKeyboard(typesetter, layout.keyboard)
    resources = SceneResources(typesetter, load_words(), keyboard, networks, layout)
    return chosen(networks[0], resources)


@pytest.fixture(scope="module", params=[scene.name for scene in scene_types()])
def scene(request) -> Scene:
    return make_scene(request.param)


@pytest.fixture(
    scope="module",
    params=[(scene.name, layout) for layout in (CLASSIC, PORTRAIT) for scene in scene_types()],
    ids=lambda param: f"{param[0]}-{param[1].name}",
)
def narrow_scene(request) -> Scene:
    """A scene in another layout than landscape."""
    return make_scene(*request.param)


def shares_of(cue: NoteCue) -> BlendContributions:
    """Shares of another pole for every note, with all cells far from their last state."""
    given = np.roll(np.eye(STYLES, dtype=np.float32)[0], cue.serial)
    hidden = np.stack([np.roll(cue.activations[-1, HIDDEN_INDEX], k) for k in range(STYLES)])
    weights = np.full(STYLES, 1 / STYLES, np.float32)
    return BlendContributions(
        cue.serial, weights, given, np.tile(cue.next_key_probabilities, (STYLES, 1)), hidden
    )


def stream(pitches: list[list[int]], rate: float, source: NoteSource) -> list[NoteCue]:
    """Repeated chords, `rate` a second, each with a state far from the last one."""
    generator = np.random.default_rng(0)
    states = [
        np.sign(generator.normal(size=(LAYERS, len(SIGNALS), UNITS))).astype(np.float32)
        for _ in pitches
    ]
    ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
    cues = []
    for k in range(int(LENGTH_S * rate)):
        due = SECOND + round(k * SECOND / rate)
        for pitch in pitches[k % len(pitches)]:
            state = states[k % len(pitches)]
            long = round(0.8 * SECOND / rate)
            cues.append(NoteCue(len(cues), due, long, pitch, 120, source, 2.0, state, ahead))
    return cues


STREAMS = {
    "trill": ([[78], [50]], 8),
    "repeated note": ([[69]], 6),
    "key mashing": ([[48, 61, 73], [55, 64, 80], [43, 52, 77], [59, 66, 84]], 12),
}


@pytest.mark.parametrize("source", list(NoteSource))
@pytest.mark.parametrize("name", STREAMS)
def test_the_worst_playing_stays_below_the_dimming_threshold(scene, name, source):
    told = [each for cue in stream(*STREAMS[name], source) for each in (cue, shares_of(cue))]
    assert worst_flash(scene, told) < DIMMING_THRESHOLD


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("trill", NoteSource.VISITOR),
        ("key mashing", NoteSource.VISITOR),
        ("key mashing", NoteSource.NETWORK),
    ],
)
def test_other_layouts_stay_below_the_dimming_threshold(narrow_scene, name, source):
    told = [each for cue in stream(*STREAMS[name], source) for each in (cue, shares_of(cue))]
    assert worst_flash(narrow_scene, told) < DIMMING_THRESHOLD


def small_size(layout: PictureLayout) -> tuple[int, int]:
    """Size in which pictures of a layout are measured, pixels."""
    width, height = layout.size
    return round(width / METER_STEP_PX), round(height / METER_STEP_PX)


def field_of(layout: PictureLayout) -> FieldOfView:
    """The field of a viewer 3 m from a wall whose pixels are those of a picture 3 m wide."""
    width, height = layout.size
    metres = 3 * width / PICTURE_SIZE_PX[0]
    return FieldOfView.for_viewer(metres, distance=3, aspect=width / height)


def worst_flash(scene: Scene, told: Sequence[StageMessage]) -> float:
    builder, size = FrameBuilder(scene.network), small_size(scene.layout)
    meter = FlashMeter(*size, field=field_of(scene.layout))
    surface, small = pygame.Surface(scene.layout.size, 0, 32), pygame.Surface(size, 0, 32)
    for message in told:
        builder.apply_message(message)
    for number in range(round((LENGTH_S + 0.3) * 60)):
        time = round((0.9 + number / 60) * SECOND)
        scene.draw(surface, builder.build_frame(time, number))
        pygame.transform.smoothscale(surface, size, small)
        meter.push(pygame.surfarray.array3d(small))
    return meter.worst.worst


def test_a_loud_band_at_180_beats_a_minute_stays_below_the_dimming_threshold(scene):
    generator = np.random.default_rng(1)
    band = [
        BandCue(
            SECOND + k * SECOND // 12,  # sixteenths
            SECOND // 16,
            pitch,
            127,
            NoteSource.BASS if pitch < 36 else NoteSource.DRUMS,
            np.sign(generator.normal(size=(10, 6))).astype(np.float32),
            (k // 2,),
        )
        for k in range(round(LENGTH_S * 12))
        for pitch in ((36, 42, 49, 33) if k % 4 == 0 else (38, 42) if k % 4 == 2 else (42, 46))
    ]
    eighths = stream(*STREAMS["repeated note"], NoteSource.NETWORK)
    told = [*eighths, *band]
    assert worst_flash(scene, told) < DIMMING_THRESHOLD


def cuts() -> list[float]:
    """Beginnings of the tour's lines that show another scene or move the camera, seconds."""
    focuses = [(part.scene, focus) for part in TOUR_PARTS for focus in part.focuses]
    return [LINE_S * line for line in range(1, len(focuses)) if focuses[line] != focuses[line - 1]]


def test_the_tour_stays_below_the_dimming_threshold_at_its_cuts_and_zooms():
    """While the network trills; a visitor who plays ends the tour."""
    cues = stream(*STREAMS["trill"], NoteSource.NETWORK)
    poll: list[StageMessage] = []

    def take() -> list[StageMessage]:
        messages, poll[:] = list(poll), []
        return messages

    network = NetworkSummary.dummy(LAYERS, UNITS)
    options = StageOptions(lesson=TOUR_NAME, quality="full")
    clock = DummyStageClock(SECOND)
    stage = Stage(options, network, take, lambda gesture: None, offscreen=True, clock=clock)
    size, worst = small_size(LANDSCAPE), {}
    small = pygame.Surface(size, 0, 32)
    stage.show_frame(SECOND)
    for cut in cuts():
        begin = SECOND + round((cut + TOUR_WINDOW_S[0]) * SECOND)
        poll[:] = [
            replace(cue, due=cue.due + begin - 2 * SECOND, serial=round(1000 * cut) + cue.serial)
            for cue in cues
        ]
        meter = FlashMeter(*size, field=field_of(LANDSCAPE))
        for frame in range(round((TOUR_WINDOW_S[1] - TOUR_WINDOW_S[0]) * 60)):
            stage.show_frame(begin + frame * SECOND // 60)
            pygame.transform.smoothscale(stage.picture, size, small)
            meter.push(pygame.surfarray.array3d(small))
        worst[cut] = meter.worst.worst
    stage.close()
    assert len(worst) >= 10
    assert max(worst.values()) < DIMMING_THRESHOLD, worst
