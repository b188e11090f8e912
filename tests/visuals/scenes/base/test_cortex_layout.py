"""Positions of cells and synapses: inside, by pitch class, for any size of network."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from visuals.drawing.theme import FIFTHS_POSITION
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import (
    MAX_CELLS_PER_HEMISPHERE,
    MAX_REGIONS_PER_HEMISPHERE,
    MIN_REGION_CELLS,
    CortexLayout,
    find_regions,
    hemisphere_outline,
    lay_out_cortex,
    points_inside,
    scatter_points,
)
from visuals.widgets.unit_preferences import REGION_PREFERENCES, unit_preference

CENTRE = (960.0, 444.0)


@pytest.fixture(scope="module")
def network() -> NetworkSummary:
    return NetworkSummary.dummy(2, 96)


@pytest.fixture(scope="module")
def layout(network: NetworkSummary) -> CortexLayout:
    return lay_out_cortex(network, CENTRE)


def test_every_cell_lies_in_its_hemisphere(layout):
    for half, outline in enumerate(layout.outlines):
        assert points_inside(outline, layout.position[layout.hemisphere == half]).all()


def test_every_unit_is_drawn_once(network, layout):
    units = set(zip(layout.layer.tolist(), layout.unit.tolist(), strict=True))
    assert len(units) == len(layout.unit) == network.layers * network.units


def test_the_first_layer_lies_in_the_upper_hemisphere(layout):
    height = layout.position[:, 1]
    assert height[layout.layer == 0].max() < CENTRE[1] < height[layout.layer == 1].min()


def test_pitch_classes_follow_the_circle_of_fifths_from_left_to_right(network, layout):
    place = np.array(FIFTHS_POSITION)[network.preferred_pitch_class[layout.layer, layout.unit]]
    for half in (0, 1):
        across = [
            layout.position[(layout.hemisphere == half) & (place == k), 0].mean() for k in range(12)
        ]
        # in order, except for the bend at both ends
        assert np.corrcoef(across, range(12))[0, 1] > 0.9


def test_cells_keep_a_distance(layout):
    gap = np.hypot(*(layout.position[:, None] - layout.position[None]).transpose(2, 0, 1))
    np.fill_diagonal(gap, np.inf)
    assert gap.min() > 12


def test_a_synapse_goes_from_its_source_to_its_target(layout):
    for source, target, path in zip(layout.source, layout.target, layout.paths, strict=True):
        np.testing.assert_allclose(path[0], layout.position[source])
        np.testing.assert_allclose(path[-1], layout.position[target])


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 6), st.integers(1, 40))
def test_networks_of_any_size_have_a_layout(layers, units):
    layout = lay_out_cortex(NetworkSummary.dummy(layers, units), CENTRE)
    assert len(layout.position) == layers * units
    assert np.isfinite(layout.position).all()


def test_of_a_large_network_the_most_selective_units_are_drawn():
    network = NetworkSummary.dummy(1, 4 * MAX_CELLS_PER_HEMISPHERE)
    layout = lay_out_cortex(network, CENTRE)
    assert len(layout.unit) == 2 * MAX_CELLS_PER_HEMISPHERE
    drawn = network.selectivity[0, layout.unit]
    assert drawn.mean() > network.selectivity.mean()


def test_the_same_network_has_the_same_layout(network, layout):
    np.testing.assert_array_equal(lay_out_cortex(network, CENTRE).position, layout.position)


def test_points_inside_a_square_are_found():
    square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    points = np.array([[5.0, 5.0], [11.0, 5.0], [5.0, -1.0], [9.0, 1.0]])
    assert points_inside(square, points).tolist() == [True, False, False, True]


def test_scattering_no_points_gives_none():
    outline = hemisphere_outline(np.array(CENTRE), 1)
    assert scatter_points(outline, 0, np.random.default_rng(0)).shape == (0, 2)


@pytest.fixture(scope="module")
def irish():
    return NetworkSummary.from_checkpoint(load_checkpoint(styles.style_path("irish")))


@pytest.fixture(scope="module")
def brain(irish):
    return lay_out_cortex(irish, CENTRE)


def test_four_to_six_regions_are_named_each_once(brain):
    names = Counter(region.name for region in brain.regions)
    assert 4 <= len(names) <= 2 * MAX_REGIONS_PER_HEMISPHERE
    assert set(names.values()) == {1}


def test_every_cell_of_a_region_has_the_preference_of_its_name(irish, brain):
    for region in brain.regions:
        assert len(region.cells) >= MIN_REGION_CELLS
        for cell in region.cells:
            preference = unit_preference(irish.atlas, (brain.layer[cell], brain.unit[cell]))
            assert preference.key in REGION_PREFERENCES[region.name]
            assert preference.certainty > 0


def test_the_cells_of_a_region_lie_together_and_inside(brain):
    for region in brain.regions:
        places = brain.position[region.cells]
        assert np.hypot(*(places - places.mean(axis=0)).T).max() < 160
        half = brain.hemisphere[region.cells[0]]
        assert points_inside(brain.outlines[half], places).all()


def test_names_of_regions_do_not_overlap(brain):
    middles = [brain.position[region.cells].mean(axis=0) for region in brain.regions]
    for number, first in enumerate(middles):
        for second in middles[number + 1 :]:
            across, down = np.abs(first - second)
            assert across > 240 or down > 60


def test_no_two_cells_share_a_position(brain):
    assert len(np.unique(brain.position.round(3), axis=0)) == len(brain.position)


def test_without_an_atlas_there_are_no_regions():
    dummy = NetworkSummary.dummy(2, 24)
    assert lay_out_cortex(dummy, CENTRE).regions == []
    assert find_regions(dummy, np.array([(0, 0)]), frozenset()) == []
