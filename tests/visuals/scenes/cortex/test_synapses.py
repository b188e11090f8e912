from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.theme import PITCH_COLOURS
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.cortex.synapses import LitSynapses

LAYOUT = lay_out_cortex(NetworkSummary.dummy(2, 24), (960.0, 444.0))
CELLS = len(LAYOUT.unit)
GLOW = GlowLayer(pygame.Rect(296, 0, 1328, 896))


def drawn(hidden: np.ndarray, change: np.ndarray, count: int):
    """Lines (start, end, colour, level) and pulses of the synapses."""
    strokes = GlowingLines(LineRenderer(PITCH_COLOURS), GLOW)
    pulses = LitSynapses(LAYOUT, GLOW).draw(strokes, 0.3, hidden, change, count)
    return strokes.lines.concatenate(), pulses


def test_without_a_change_no_synapse_is_lit():
    lines, pulses = drawn(np.ones(CELLS), np.zeros(CELLS), 20)
    assert lines is None
    assert not pulses


@pytest.mark.parametrize("count", [1, 5, 20])
def test_no_more_synapses_are_lit_than_allowed(count):
    change = np.random.default_rng(0).random(CELLS)
    _, _, _, level = drawn(np.ones(CELLS), change, count)[0]
    assert 1 <= len(np.unique(level[level > 0])) <= count


def test_a_synapse_of_an_inactive_source_stays_dark():
    hidden = np.zeros(CELLS)
    hidden[LAYOUT.source[3]] = 1.0
    start, _, _, level = drawn(hidden, np.linspace(0.5, 1.0, CELLS), 30)[0]
    lit_starts = start[level > 0]
    distance = np.abs(lit_starts - LAYOUT.position[LAYOUT.source[3]]).sum(axis=1)
    assert distance.min() < 0.01
