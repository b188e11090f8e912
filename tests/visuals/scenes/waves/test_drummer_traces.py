from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.picture_layout import LANDSCAPE
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.waves.drummer_traces import LANES_RECT, DrummerTraces


def picture(resources, make_frame, messages) -> np.ndarray:
    surface = blank_surface(PICTURE_SIZE_PX)
    traces = DrummerTraces(LANDSCAPE, resources, 420.0)
    traces.draw(surface, make_frame(NetworkSummary.dummy(1, 8), messages, 3.0))
    return pygame.surfarray.array3d(surface).max(axis=-1)


def test_the_traces_swing_by_the_hidden_states(resources, make_frame, make_hit):
    calm, moved = (
        picture(resources, make_frame, [make_hit(2.0, state=state)]) for state in (0.0, 0.9)
    )
    lit_rows = [
        np.count_nonzero(shown[LANES_RECT.left + 40 : LANES_RECT.right - 200].any(axis=0))
        for shown in (calm, moved)
    ]
    assert 10 <= lit_rows[0] < lit_rows[1]


def test_without_a_drummer_nothing_is_drawn(resources, make_frame):
    assert not picture(resources, make_frame, []).any()
