"""What lies behind the scenes: the network itself, out of focus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame

from visuals.drawing.backdrop import (
    BORDER_PX,
    MAX_SYNAPSES,
    NEAR_SYNAPSES,
    SynapseCurves,
    build_backdrop,
)
from visuals.drawing.theme import FIFTHS_POSITION, KEYBOARD_RECT
from visuals.network_summary import NetworkSummary

ANATOMY = NetworkSummary.dummy(2, 256)


def light(picture: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(picture).astype(int)


def test_filaments_are_the_strongest_synapses():
    filaments = SynapseCurves.from_network(ANATOMY)
    synapses = ANATOMY.synapses
    strongest = np.argsort(-synapses.weight, kind="stable")[:MAX_SYNAPSES]
    favoured = ANATOMY.preferred_pitch_class[synapses.source_layer, synapses.source_unit]
    assert filaments.pitch_classes.tolist() == favoured[strongest].tolist()


def test_a_filament_sets_out_from_the_ray_of_its_tone():
    filaments = SynapseCurves.from_network(ANATOMY)
    away = (filaments.points[:, 0] - (960.0, 440.0)) / (1050.0, 560.0)
    turn = np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) * 12
    place = np.array(FIFTHS_POSITION)[filaments.pitch_classes]
    assert np.abs((turn - place + 6) % 12 - 6).max() <= 0.5 + 1e-9


def test_the_ground_is_dim_and_ends_above_the_keys():
    for depth in build_backdrop(ANATOMY).layers:
        shown = light(depth.picture)
        assert 2 < shown.max() < 60
        assert not shown[:, BORDER_PX + KEYBOARD_RECT.top - 30 :].any()


def test_another_network_has_another_ground():
    one, other = (
        light(build_backdrop(each).layers[1].picture)
        for each in (ANATOMY, NetworkSummary.dummy(seed=3))
    )
    assert np.abs(one - other).max() > 5


def test_a_small_network_has_a_ground_too():
    far, near = build_backdrop(NetworkSummary.dummy(1, 8)).layers
    assert len(SynapseCurves.from_network(NetworkSummary.dummy(1, 8)).pitch_classes) < NEAR_SYNAPSES
    assert not light(far.picture).any()
    assert light(near.picture).any()


def test_a_network_without_synapses_has_a_dark_ground():
    none = SynapseCurves.from_network(ANATOMY, 0).pitch_classes
    synapses = type(ANATOMY.synapses)(none, none, none, none, np.zeros(0, np.float32))
    bare = replace(ANATOMY, synapses=synapses)
    assert not any(light(depth.picture).any() for depth in build_backdrop(bare).layers)
