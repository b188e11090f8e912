from __future__ import annotations

import math

from visuals.drawing.sprites import glow_atlas
from visuals.scenes.days.motif_stream import END_PX, JOURNEY_S, motif_lights

MOTIF = ((60, 0.0), (64, 1.0), (67, 2.0))
CENTRE = (500.0, 500.0)


def distance(time_s: float, motif=MOTIF[:1]) -> float:
    light = glow_atlas(19)
    ((_, (x, y)),) = motif_lights([motif], CENTRE, time_s, light)
    return math.hypot(x + light.width / 2 - CENTRE[0], y + light.height / 2 - CENTRE[1])


def test_a_motif_comes_nearer_until_it_is_taken_in():
    ways = [distance(share * JOURNEY_S) for share in (0.1, 0.5, 0.99)]
    assert ways[0] > ways[1] > ways[2] > END_PX


def test_each_note_that_has_appeared_is_a_light():
    light = glow_atlas(19)
    assert len(motif_lights([MOTIF], CENTRE, JOURNEY_S / 2, light)) == 3
    assert len(motif_lights([MOTIF], CENTRE, 0.01 * JOURNEY_S, light)) == 1
    assert motif_lights([], CENTRE, 1.0, light) == []
