from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, BlendContributions, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.contribution_streams import (
    CONTRIBUTION_RING_RADIUS_PX,
    STREAM_CROSSFADE_S,
    ContributionStreams,
    draw_direction_arrows,
)
from visuals.scenes.blend.style_pole import StylePole

NETWORK = NetworkSummary.dummy(1, 8)
SPACE = lay_out_blend(2)
POINT = np.array([960.0, 580.0])


@pytest.fixture(scope="module")
def streams() -> ContributionStreams:
    return ContributionStreams([StylePole(number, NETWORK, SPACE, "") for number in range(2)])


def shares(serial: int, *given: float) -> BlendContributions:
    ahead, hidden = np.zeros((2, KEY_COUNT), np.float32), np.zeros((2, 8), np.float32)
    weights = np.full(2, 0.5, np.float32)
    return BlendContributions(serial, weights, np.array(given, "f4"), ahead, hidden)


def ring(streams: ContributionStreams, *contributions: float) -> np.ndarray:
    surface = blank_surface(PICTURE_SIZE_PX)
    streams.draw_contribution_ring(surface, POINT, np.array(contributions), 1.0)
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def test_contributions_change_softly_from_note_to_note(streams, make_cue, make_frame):
    messages = [make_cue(0, 1.0), shares(0, 0.5, 0.0), make_cue(1, 2.0), shares(1, 0.0, 0.5)]
    first = [
        streams.contributions(make_frame(NETWORK, messages, time_s))[0]
        for time_s in (1.9, 2.0 + STREAM_CROSSFADE_S / 2, 2.0 + STREAM_CROSSFADE_S)
    ]
    assert first == pytest.approx([1.0, 0.5, 0.0])


def test_no_pole_contributes_to_a_visitor_s_note(streams, make_cue, make_frame):
    messages = [make_cue(0, 1.0, source=NoteSource.VISITOR), shares(0, 0.5, 0.5)]
    assert not streams.contributions(make_frame(NETWORK, messages, 1.2)).any()


def test_the_ring_has_an_arc_for_each_contribution(streams):
    radius = round(CONTRIBUTION_RING_RADIUS_PX)
    right, left = (960 + radius, 580), (960 - radius, 580)
    rest = ring(streams, 0.0, 0.0)
    half = ring(streams, 0.5, 0.0)
    assert half[right] > rest[right] + 50
    assert half[left] == rest[left]
    assert ring(streams, 0.5, 0.5)[left] > rest[left] + 50


def test_arrows_point_where_the_point_can_move():
    surface = blank_surface(PICTURE_SIZE_PX)
    draw_direction_arrows(surface, POINT, [np.array((1.0, 0.0))])
    x, y = np.nonzero(pygame.surfarray.array2d(surface))
    assert x.min() > POINT[0] + CONTRIBUTION_RING_RADIUS_PX
    assert abs(y.mean() - POINT[1]) < 1
