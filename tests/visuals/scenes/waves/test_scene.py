from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.network_summary import NetworkSummary
from visuals.scenes.waves.scene import CELL_CIRCLE, WavesScene
from visuals.window.flash_meter import FlashMeter

NETWORK = NetworkSummary.dummy(2, 64)
BODY = np.s_[
    round(CELL_CIRCLE.x) - 60 : round(CELL_CIRCLE.x) + 60,
    round(CELL_CIRCLE.y) - 60 : round(CELL_CIRCLE.y) + 60,
]


@pytest.fixture
def waves(resources) -> WavesScene:
    return WavesScene(NETWORK, resources)


def key_area(scene: WavesScene) -> tuple[slice, slice]:
    rect = scene.resources.keyboard.key_rect(69).inflate(-4, -4)
    return np.s_[rect.left : rect.right, rect.top : rect.bottom]


@pytest.mark.parametrize("place", ["body", "key"])
def test_light_rises_with_the_note_and_then_only_fades(waves, make_cue, draw, place):
    cue = make_cue(due_s=2.0, network=NETWORK)
    area = BODY if place == "body" else key_area(waves)
    before = draw(waves, [cue], 1.99)[area].mean()
    levels = [draw(waves, [cue], 2.0 + k / 60)[area].mean() for k in range(1, 75)]
    fading = levels[12:]  # after the attack, when the glow has reached its level
    assert fading[0] > before + 15
    assert all(b <= a + 0.5 for a, b in zip(fading, fading[1:], strict=False))
    assert fading[-1] < before + 0.5 * (fading[0] - before)


def test_the_cell_charges_before_it_fires(waves, make_cue, draw):
    cue = make_cue(due_s=2.0, network=NETWORK)
    early, late = (draw(waves, [cue], time_s)[BODY].mean() for time_s in (1.2, 1.95))
    assert early + 2 < late


def test_beads_of_a_coming_note_approach_the_cell(resources, make_cue, draw):
    lit = []
    for remaining_s in (1.5, 0.5):
        cue = make_cue(due_s=10.0, network=NETWORK)
        pictures = [
            draw(WavesScene(NETWORK, resources), messages, 10.0 - remaining_s, reduced_motion=True)
            for messages in ([], [cue])
        ]
        change = np.abs(pictures[1] - pictures[0]).sum(axis=2)[760:1788, 190:684]
        lit.append(np.argwhere(change > 250)[:, 0].mean())
    assert lit[1] < lit[0] - 100


@pytest.mark.parametrize(
    ("per_second", "pitches"), [(8, (69, 71)), (6, (69,)), (12, (60, 67, 62, 69, 64, 71))]
)
def test_fast_notes_do_not_flash(waves, make_cue, make_frame, per_second, pitches):
    cues = [
        make_cue(
            k,
            1 + k / per_second,
            pitches[k % len(pitches)],
            duration_s=0.5 / per_second,
            network=NETWORK,
        )
        for k in range(2 * per_second)
    ]
    meter, picture = FlashMeter(), pygame.Surface((1920, 1080), 0, 32)
    for k in range(90):
        waves.draw(picture, make_frame(NETWORK, cues, 1.2 + k / 60))
        meter.push(pygame.surfarray.array3d(pygame.transform.smoothscale(picture, (120, 68))))
    assert meter.worst.worst < 0.15


def test_beads_lie_on_the_traces_of_their_own_note_whatever_serial_an_earlier_one_had(
    resources, make_cue, draw
):
    pictures = []
    for serial in (3, 7):
        scene = WavesScene(NETWORK, resources)
        draw(scene, [make_cue(serial, 2.0, signals=np.full((2, 6, 64), 0.9))], 1.0)
        later = make_cue(7, 9.0, signals=np.full((2, 6, 64), -0.9))
        pictures.append(draw(scene, [later], 8.0, reduced_motion=True))
    np.testing.assert_array_equal(*pictures)


def test_a_unit_is_found_anywhere_along_its_trace(waves):
    layer, unit = waves.hit_targets.units[3].tolist()
    x, y = waves.unit_position(layer, unit)
    assert layer == NETWORK.layers - 1
    assert waves.unit_at(x - 400, y) == (layer, unit)
    assert waves.unit_at(CELL_CIRCLE.x - 50, y) is None
