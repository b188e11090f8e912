"""What lies behind the scenes: the network itself, out of focus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame

from visuals.backdrop import ALL, BORDER, NEAREST, Filaments, ground_of
from visuals.drawing.theme import FIFTHS_PLACE, KEYBOARD_RECT
from visuals.network_summary import Anatomy

ANATOMY = Anatomy.dummy(2, 256)


def light(picture: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(picture).astype(int)


def test_filaments_are_the_strongest_synapses():
    filaments = Filaments.of(ANATOMY)
    synapses = ANATOMY.synapses
    strongest = np.argsort(-synapses.weight, kind="stable")[:ALL]
    favoured = ANATOMY.preference[synapses.source_layer, synapses.source_unit]
    assert filaments.tones.tolist() == favoured[strongest].tolist()


def test_a_filament_sets_out_from_the_ray_of_its_tone():
    filaments = Filaments.of(ANATOMY)
    away = (filaments.points[:, 0] - (960.0, 440.0)) / (1050.0, 560.0)
    turn = np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) * 12
    place = np.array(FIFTHS_PLACE)[filaments.tones]
    assert np.abs((turn - place + 6) % 12 - 6).max() <= 0.5 + 1e-9


def test_the_ground_is_dim_and_ends_above_the_keys():
    for depth in ground_of(ANATOMY):
        shown = light(depth.picture)
        assert 2 < shown.max() < 60
        assert not shown[:, BORDER + KEYBOARD_RECT.top - 30 :].any()


def test_another_network_has_another_ground():
    one, other = (light(ground_of(each)[1].picture) for each in (ANATOMY, Anatomy.dummy(seed=3)))
    assert np.abs(one - other).max() > 5


def test_a_small_network_has_a_ground_too():
    far, near = ground_of(Anatomy.dummy(1, 8))
    assert len(Filaments.of(Anatomy.dummy(1, 8)).tones) < NEAREST
    assert not light(far.picture).any()
    assert light(near.picture).any()


def test_a_network_without_synapses_has_a_dark_ground():
    none = Filaments.of(ANATOMY, 0).tones
    synapses = type(ANATOMY.synapses)(none, none, none, none, np.zeros(0, np.float32))
    bare = replace(ANATOMY, synapses=synapses)
    assert not any(light(depth.picture).any() for depth in ground_of(bare))
