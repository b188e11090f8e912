from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.sprites import blank_surface
from visuals.network_summary import NetworkSummary
from visuals.scenes.cortex.drummer_lobe import DrummerLobe, cell_places

RECT, NETWORK = pygame.Rect(40, 30, 280, 160), NetworkSummary.dummy(1, 8)


def light(resources, make_frame, messages) -> float:
    surface = blank_surface((400, 220))
    lobe, frame = DrummerLobe(RECT, resources), make_frame(NETWORK, messages, 3.0)
    lobe.light_tissue(surface, frame)
    lobe.draw(surface, frame)
    return float(pygame.surfarray.array3d(surface).mean())


def test_the_lobe_lights_with_its_cells_and_only_while_there_is_a_drummer(
    resources, make_frame, make_hit
):
    levels = [
        light(resources, make_frame, messages)
        for messages in ([], [make_hit(2.5, state=0.0)], [make_hit(2.5, state=0.9)])
    ]
    assert levels[0] == 0 < levels[1] < levels[2]


def test_the_background_is_dark_again_when_the_drummer_has_gone(resources, make_frame, make_hit):
    background, lobe, hits = (
        blank_surface((400, 220)),
        DrummerLobe(RECT, resources),
        [make_hit(2.5)],
    )
    background.fill((9, 12, 20))
    dark = pygame.surfarray.array3d(background)
    seen = []
    for time_s in (3.0, 6.5, 9.0):
        lobe.light_tissue(background, make_frame(NETWORK, hits, time_s))
        seen.append(pygame.surfarray.array3d(background))
    assert seen[0].mean() > seen[1].mean() > dark.mean()
    np.testing.assert_array_equal(seen[2], dark)


def test_each_cell_has_a_place_of_its_own_in_the_lobe():
    places = [tuple(place) for place in cell_places(RECT, 6).tolist()]
    assert len(set(places)) == 60
    assert all(RECT.collidepoint(place) for place in places)
