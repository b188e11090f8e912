"""The Cortex as pictures: light of cells, threads and keys over time."""

from __future__ import annotations

import numpy as np
import pytest

from messages.cues import NoteSource
from visuals.network_summary import NetworkSummary
from visuals.scenes.cortex.scene import CortexScene

NETWORK = NetworkSummary.dummy(2, 24)
DUE_S = 2.0


@pytest.fixture(scope="module")
def scene(resources) -> CortexScene:
    return CortexScene(NETWORK, resources)


@pytest.fixture(scope="module")
def cue(make_cue):
    return make_cue(due_s=DUE_S, pitch=66, network=NETWORK)


def key_light(scene: CortexScene, picture: np.ndarray) -> float:
    rect = scene.resources.keyboard.key_rect(66).inflate(-6, -6)
    return float(picture[rect.left : rect.right, rect.top : rect.bottom].mean())


def test_light_decays_without_a_second_rise(scene, cue, draw):
    times = np.arange(DUE_S + 0.44, DUE_S + 2.4, 0.07)
    lights = [key_light(scene, draw(scene, [cue], time_s)) for time_s in times]
    assert all(later <= earlier for earlier, later in zip(lights, lights[1:], strict=False))
    assert lights[-1] < 0.2 * lights[0]


def test_the_thread_charges_before_the_note(scene, cue, draw):
    early, charging = (draw(scene, [cue], time_s) for time_s in (DUE_S - 1, DUE_S - 0.125))
    top = scene.resources.keyboard.rect.top
    above_keys = np.s_[:, top - 90 : top - 62]
    assert charging[above_keys].sum() > early[above_keys].sum()


def test_the_brain_is_brighter_with_a_note(scene, cue, draw):
    brain = np.s_[300:1600, 60:820]
    rest, awake = draw(scene, [], 0.0), draw(scene, [cue], DUE_S + 0.25)
    assert awake[brain].mean() > rest[brain].mean() + 0.3


def test_the_cell_that_answers_to_a_visitor_s_key_flares(resources, make_change, draw):
    by_visitor, by_network = (
        draw(CortexScene(NETWORK, resources), make_change(NETWORK, 5, source), 3.3)
        for source in (NoteSource.VISITOR, NoteSource.NETWORK)
    )
    brain, gain = CortexScene(NETWORK, resources).brain, by_visitor - by_network
    cell, other = (np.flatnonzero((brain.layer == 1) & (brain.unit == unit))[0] for unit in (5, 6))
    flare, beside = (
        gain[x - 5 : x + 6, y - 5 : y + 6].mean()
        for x, y in brain.position[[cell, other]].astype(int)
    )
    assert flare > 10
    assert abs(beside) < 2
