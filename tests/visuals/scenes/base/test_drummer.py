from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.drummer import DrummerCells, HitLights, drummer_presence

NETWORK = NetworkSummary.dummy(1, 8)


def lit_columns(messages, make_frame) -> set[int]:
    """Columns of the picture that a hit lights."""
    surface = blank_surface((400, 60))
    HitLights(pygame.Rect(20, 0, 360, 30)).draw(surface, make_frame(NETWORK, messages, 2.1))
    return set(np.flatnonzero(pygame.surfarray.array3d(surface).max(axis=(1, 2)) > 20).tolist())


def test_kick_snare_and_hats_light_places_of_their_own(make_frame, make_hit):
    kick, snare, hat = (lit_columns([make_hit(2.0, p)], make_frame) for p in (36, 38, 42))
    assert kick and snare and hat
    assert not kick & snare and not kick & hat and not snare & hat


def test_a_part_is_lit_from_its_hit_on(make_frame, make_hit):
    before, after = (make_frame(NETWORK, [make_hit(2.0)], t).part_light for t in (1.9, 2.1))
    assert before.max() == 0
    assert after.argmax() == 0 and after[1:].max() == 0


def test_the_drummer_is_seen_before_its_first_hit_and_goes_in_silence(make_frame, make_hit):
    seen = [drummer_presence(make_frame(NETWORK, [make_hit(2.0)], t)) for t in (0.5, 1.6, 3, 7.1)]
    assert seen == pytest.approx([0, 0.5, 1, 0])


def test_the_cells_move_to_the_state_of_each_hit(make_frame, make_hit):
    cells, hits = DrummerCells(), [make_hit(1.0, state=0.5), make_hit(3.0, state=-0.5)]
    timeline = make_frame(NETWORK, hits, 1.0).timeline
    assert cells.follow(timeline)
    for at, state in ((2.9, 0.5), (5.0, -0.5)):
        np.testing.assert_allclose(cells.state_at(round(at * 1e9)), state, atol=0.01)


def test_states_ahead_are_those_of_their_times_whenever_they_are_asked_for(make_frame, make_hit):
    cells = DrummerCells(1)
    early = [make_hit(1.0, state=0.5), make_hit(1.5, state=-0.5)]
    for hits in (early, [*early, make_hit(1.6, state=0.9)]):
        assert cells.follow(make_frame(NETWORK, hits, 1.0).timeline)
        for start in (1_200_000_000, 1_217_000_001, 9_000_000_000, 1_400_000_000):
            ahead = cells.states_ahead(start, 28_000_000, 20)
            for k in (0, 7, 19):
                wanted = cells.state_at(start + k * 28_000_000)[:, 0]
                np.testing.assert_allclose(ahead[:, k], wanted, atol=0.002)


def test_without_a_band_there_are_no_cells(make_frame):
    assert not DrummerCells().follow(make_frame(NETWORK, [], 1.0).timeline)
