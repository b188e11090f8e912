from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from visuals.hud.unit_preferences import REGION_PREFERENCES, unit_preference
from visuals.network_summary import NetworkSummary
from visuals.scenes.cortex.layout import lay_out_cortex, points_inside
from visuals.scenes.cortex.regions import MAX_REGIONS_PER_HEMISPHERE, MIN_REGION_CELLS, find_regions

CENTRE = (960.0, 444.0)


@pytest.fixture(scope="module")
def network():
    return NetworkSummary.from_checkpoint(load_checkpoint(styles.style_path("irish")))


@pytest.fixture(scope="module")
def layout(network):
    return lay_out_cortex(network, CENTRE)


def test_four_to_six_regions_are_named_each_once(layout):
    names = Counter(region.name for region in layout.regions)
    assert 4 <= len(names) <= 2 * MAX_REGIONS_PER_HEMISPHERE
    assert set(names.values()) == {1}


def test_every_cell_of_a_region_has_the_preference_of_its_name(network, layout):
    for region in layout.regions:
        assert len(region.cells) >= MIN_REGION_CELLS
        for cell in region.cells:
            preference = unit_preference(network.atlas, (layout.layer[cell], layout.unit[cell]))
            assert preference.key in REGION_PREFERENCES[region.name]
            assert preference.certainty > 0


def test_the_cells_of_a_region_lie_together_and_inside(layout):
    for region in layout.regions:
        places = layout.position[region.cells]
        assert np.hypot(*(places - places.mean(axis=0)).T).max() < 160
        half = layout.hemisphere[region.cells[0]]
        assert points_inside(layout.outlines[half], places).all()


def test_names_of_regions_do_not_overlap(layout):
    middles = [layout.position[region.cells].mean(axis=0) for region in layout.regions]
    for number, first in enumerate(middles):
        for second in middles[number + 1 :]:
            across, down = np.abs(first - second)
            assert across > 240 or down > 60


def test_no_two_cells_share_a_position(layout):
    assert len(np.unique(layout.position.round(3), axis=0)) == len(layout.position)


def test_without_an_atlas_there_are_no_regions():
    dummy = NetworkSummary.dummy(2, 24)
    assert lay_out_cortex(dummy, CENTRE).regions == []
    assert find_regions(dummy, np.array([(0, 0)]), frozenset()) == []
