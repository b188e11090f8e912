"""Light safety: every scene under the worst playing, measured by the flash meter (WCAG 2.3.1)."""

from __future__ import annotations

from collections.abc import Sequence

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
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.window.flash_meter import DIMMING_THRESHOLD, FieldOfView, FlashMeter
from visuals.words import load_words

LAYERS, UNITS = 2, 128
STYLES = 3
LENGTH_S = 2.2
"""Duration of playing, seconds; the meter covers the last one."""
PICTURE_SIZE = (120, 68)


@pytest.fixture(scope="module", params=[scene.name for scene in scene_types()])
def scene(request) -> Scene:
    pygame.font.init()
    type = Typesetter()
    chosen = next(scene for scene in scene_types() if scene.name == request.param)
    networks = tuple(NetworkSummary.dummy(LAYERS, UNITS, seed) for seed in range(STYLES))
    return chosen(networks[0], SceneResources(type, load_words(), PianoKeyboard(type), networks))


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


def worst_flash(scene: Scene, told: Sequence[StageMessage]) -> float:
    builder = FrameBuilder(scene.network)
    meter = FlashMeter(*PICTURE_SIZE, field=FieldOfView.for_viewer(width=3, distance=3))
    surface, small = pygame.Surface(PICTURE_SIZE_PX, 0, 32), pygame.Surface(PICTURE_SIZE, 0, 32)
    for message in told:
        builder.apply_message(message)
    for number in range(round((LENGTH_S + 0.3) * 60)):
        time = round((0.9 + number / 60) * SECOND)
        scene.draw(surface, builder.build_frame(time, number))
        pygame.transform.smoothscale(surface, PICTURE_SIZE, small)
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
