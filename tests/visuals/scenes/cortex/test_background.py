from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import FAR_SCALE, NEAR_SCALE, Typesetter
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import (
    CortexRegion,
    hemisphere_outline,
    lay_out_cortex,
    points_inside,
)
from visuals.scenes.cortex.background import (
    draw_brain,
    region_name_boxes,
    render_folds,
    write_names,
)
from visuals.widgets.unit_preferences import REGION_PREFERENCES

CENTRE = (960.0, 444.0)
SQUARE = np.array([(60.0, 60.0), (240.0, 60.0), (240.0, 240.0), (60.0, 240.0)])


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_note_names_lie_outside_the_hemispheres(layers, resources):
    network = NetworkSummary.dummy(layers, 48)
    layout, surface = lay_out_cortex(network, CENTRE), blank_surface(PICTURE_SIZE_PX)
    write_names(surface, layout, resources)
    written = pygame.surfarray.array3d(surface).sum(axis=2)
    assert written.any()
    assert not written[600:1300, 200:690].any()


@pytest.mark.parametrize(("layers", "scale"), [(1, NEAR_SCALE), (2, NEAR_SCALE), (2, FAR_SCALE)])
def test_the_layers_are_named_where_there_is_room_for_captions(layers, scale, resources):
    layout = lay_out_cortex(NetworkSummary.dummy(layers, 48), CENTRE)
    surface = blank_surface(PICTURE_SIZE_PX)
    write_names(surface, layout, replace(resources, typesetter=Typesetter(scale)))
    names = pygame.surfarray.array3d(surface)[:300, 380:510]
    assert bool(names.any()) == (layers > 1 and scale.has_captions)


def test_a_name_of_a_region_that_would_touch_another_goes_below_it(resources):
    layout, cells = lay_out_cortex(NetworkSummary.dummy(1, 48), CENTRE), np.arange(4)
    named = [CortexRegion(name, cells) for name in REGION_PREFERENCES][:2]
    first, second = region_name_boxes(replace(layout, regions=named), resources)
    assert first.centerx == pytest.approx(second.centerx, abs=1)
    assert second.top == first.bottom


def test_the_brain_at_rest_is_brighter_inside_than_outside():
    network = NetworkSummary.dummy(2, 48)
    layout = lay_out_cortex(network, CENTRE)
    light = draw_brain(layout, PICTURE_SIZE_PX).light
    outline = hemisphere_outline(layout.centre, -1)
    assert points_inside(outline, layout.centre[None] - (0, 150)).all()
    assert light[244:344, 860:1060].mean() > light[10:60, 20:120].mean() + 5


def test_folds_lie_inside_their_outline_and_have_relief():
    light = render_folds((301, 299), [SQUARE])
    assert light.shape == (299, 301, 3)
    assert light.dtype == np.float32
    assert not light[:50].any()
    assert not light[:, 252:].any()
    assert light[100:200, 100:200].std() > 1.0


def test_without_an_outline_there_are_no_folds():
    assert not render_folds((120, 120), []).any()
