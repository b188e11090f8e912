from __future__ import annotations

import numpy as np

from rnn.model.model_card import GenerationMark
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.days.growth_rings import (
    EDGE_PX,
    HEART_PX,
    MAX_RINGS,
    lay_out_rings,
    place_in_heartwood,
)

CENTRE = np.array([500.0, 400.0])


def radii(outline) -> np.ndarray:
    return np.hypot(*(outline - CENTRE).T)


def marks(count: int) -> list[GenerationMark]:
    return [GenerationMark(number, True, 100) for number in range(1, count + 1)]


def test_rings_lie_one_around_another_within_the_edge():
    rings = lay_out_rings(marks(7), CENTRE)
    assert [ring.mark.number for ring in rings] == list(range(1, 8))
    inner = np.full(len(rings[0].outline), HEART_PX)
    for ring in rings:
        assert (radii(ring.outline) > inner).all()
        inner = radii(ring.outline)
    assert inner.max() < EDGE_PX + 30


def test_a_generation_keeps_its_shape_as_others_come():
    angle = lay_out_rings(marks(2), CENTRE)[0].outline[0] - CENTRE
    again = lay_out_rings(marks(3), CENTRE)[0].outline[0] - CENTRE
    np.testing.assert_allclose(angle, again)


def test_of_many_generations_the_newest_are_drawn():
    rings = lay_out_rings(marks(40), CENTRE)
    assert [ring.mark.number for ring in rings] == list(range(41 - MAX_RINGS, 41))


def test_cells_lie_in_the_heartwood_at_their_places_in_the_cortex():
    cortex = lay_out_cortex(NetworkSummary.dummy(2, 60), (900.0, 300.0))
    places = place_in_heartwood(cortex.position, cortex, CENTRE)
    assert 0.8 * HEART_PX < radii(places).max() < HEART_PX
    scale = (places - CENTRE) / (cortex.position - cortex.centre)
    np.testing.assert_allclose(scale, np.broadcast_to(scale[0], scale.shape))
    assert (scale > 0).all()
