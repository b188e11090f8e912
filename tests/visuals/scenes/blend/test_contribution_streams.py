from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, BlendContributions, NoteSource
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.contribution_streams import (
    CONTRIBUTION_RING_RADIUS_PX,
    STREAM_CROSSFADE_S,
    ContributionStreams,
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


def drawn(streams: ContributionStreams, lines: LineBatch, ground=(0, 0, 0)) -> np.ndarray:
    surface = blank_surface(PICTURE_SIZE_PX)
    surface.fill(ground)
    LineRenderer(streams.palette, adds=True).draw_batch(surface, lines)
    return pygame.surfarray.array3d(surface).astype(int)


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


def test_arrows_point_where_the_point_can_move(streams):
    lines = LineBatch()
    streams.add_direction_arrows(lines, POINT, [np.array((1.0, 0.0))])
    x, y = np.nonzero(drawn(streams, lines).any(axis=2))
    assert x.min() > POINT[0] + CONTRIBUTION_RING_RADIUS_PX
    assert abs(y.mean() - POINT[1]) < 1


@pytest.mark.parametrize("contribution", [0.0, 0.3, 1.0])
def test_streams_ring_and_arrows_darken_nothing_below_them(streams, make_frame, contribution):
    glow, ground = GlowLayer(pygame.Rect(320, 240, 1280, 740)), (150, 160, 170)
    glow.begin_frame()
    surface, shares = blank_surface(PICTURE_SIZE_PX), np.array((contribution, 0.0))
    surface.fill(ground)
    strokes = GlowingLines(LineRenderer(streams.palette, adds=True), glow)
    streams.draw(strokes, make_frame(NETWORK, [], 1.0), POINT, np.array((0.5, 0.5)), shares)
    streams.draw_contribution_ring(surface, POINT, shares, 0.2)
    streams.add_direction_arrows(strokes.lines, POINT, [np.array((0.6, 0.8))])
    strokes.draw(surface)
    glow.add_to(surface)
    assert pygame.surfarray.array3d(surface).min(axis=(0, 1)).tolist() == list(ground)


def test_the_more_a_pole_contributes_the_more_of_its_strands_are_bright(streams, make_frame):
    glow, counts = GlowLayer(pygame.Rect(320, 240, 1280, 740)), []
    for contribution in (0.0, 0.3, 0.6, 1.0):
        strokes = GlowingLines(LineRenderer(streams.palette, adds=True), glow)
        shares = np.array((contribution, 0.0))
        streams.draw(strokes, make_frame(NETWORK, [], 1.0), POINT, np.array((0.5, 0.5)), shares)
        across = drawn(streams, strokes.lines)[750, 500:660].max(axis=1)
        counts.append(int((across > 110).sum()))
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[3]
