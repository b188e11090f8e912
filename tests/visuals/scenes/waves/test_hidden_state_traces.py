from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import NoteSource
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.waves.hidden_state_traces import (
    TRAVEL_SPEED_PX_PER_S,
    HiddenStateTraces,
)
from visuals.scenes.waves.trace_paths import CellCircle, lay_paths

NETWORK = NetworkSummary.dummy(1, 2)
PATHS = lay_paths(2, CellCircle(658.0, 432.0, 76.0), pygame.Rect(1040, 300, 748, 300))
GLOW = GlowLayer(pygame.Rect(192, 104, 1632, 640))


@pytest.fixture
def lines(make_frame):
    """Function that draws traces whose hidden states are the pitch / 100 of the latest cue."""

    def drawn(messages, time_s: float, gain: float = 1.0) -> np.ndarray:
        traces = HiddenStateTraces(PATHS, [0, 7], lambda cue: np.full(2, cue.pitch / 100, "f4"))
        frame = make_frame(NETWORK, messages, time_s)
        surface = blank_surface(PICTURE_SIZE_PX)
        return traces.draw(surface, GLOW, frame, np.zeros(2), np.full(2, gain))

    return drawn


def swings(lines: np.ndarray) -> np.ndarray:
    return np.linalg.norm(lines - PATHS.points, axis=2)


def test_traces_swing_by_their_hidden_states(lines, make_cue):
    loud = [make_cue(k, 1.0 + k, 90, network=NETWORK) for k in range(8)]
    quiet = [make_cue(k, 1.0 + k, 5, network=NETWORK) for k in range(8)]
    assert swings(lines(loud, 3.5)).mean() > 2 * swings(lines(quiet, 3.5)).mean()


def test_a_silenced_unit_has_a_calm_trace(lines, make_cue):
    cues = [make_cue(k, 1.0 + k, 90, network=NETWORK) for k in range(8)]
    assert swings(lines(cues, 3.5, gain=0.0)).max() < 0.1 * swings(lines(cues, 3.5)).max()


def test_a_visitor_s_key_moves_the_whole_of_each_trace_at_once(lines, make_cue):
    cues = [
        make_cue(k, 1.0 + 3 * k, 5 + 85 * k, NoteSource.VISITOR, 0.0, network=NETWORK)
        for k in range(2)
    ]
    before, after = swings(lines(cues[:1], 4.3)), swings(lines(cues, 4.3))
    far = PATHS.arc_length[:, -1:] - PATHS.arc_length > 2.0 * TRAVEL_SPEED_PX_PER_S
    assert after[far].mean() > before[far].mean() + 3.0


def test_the_light_of_a_visitor_s_key_runs_from_the_cell_to_what_is_to_come(make_cue, make_frame):
    traces = HiddenStateTraces(PATHS, [0, 7], lambda cue: np.full(2, cue.pitch / 100, "f4"))
    cues = [
        make_cue(k, 1.0 + 3 * k, 5 + 85 * k, NoteSource.VISITOR, 0.0, network=NETWORK)
        for k in range(2)
    ]
    places = []
    for time_s in (4.1, 4.5):
        surface = blank_surface(PICTURE_SIZE_PX)
        traces.draw(surface, GLOW, make_frame(NETWORK, cues, time_s), np.zeros(2), np.ones(2))
        white = (pygame.surfarray.array3d(surface) > 180).all(axis=2)
        places.append(np.flatnonzero(white.any(axis=1)).mean())
    assert places[1] > places[0] + 400
