"""What may come next, over the keys: each bar is stacked of what the poles give it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEY_COUNT
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.sprites import BLEND_ADD, glow_atlas
from visuals.drawing.theme import Colour, shade
from visuals.hud.piano_keyboard import PianoKeyboard

Floats = NDArray[np.float64]

MAX_BAR_HEIGHT_PX = 96.0
"""Height of the bar of a certain note, pixels."""
BAR_WIDTH_PX = 9
MIN_BAR_PROBABILITY = 0.012
"""Probabilities below this have no bar."""


def stacked_bar_heights(ahead: Floats, opinions: Floats, weights: Floats) -> Floats:
    """Height of each pole's piece of each bar, shape (poles, 88), pixels.

    Parameters
    ----------
    ahead : ndarray, shape (88,)
        Probability of each key being next, all poles together.
    opinions : ndarray, shape (poles, 88)
        Probability each pole gives each key.
    weights : ndarray, shape (poles,)
        Share of each pole in the mixture.
    """
    parts = weights[:, None] * opinions
    total = parts.sum(axis=0)
    parts = np.where(total > 1e-9, parts / np.maximum(total, 1e-9), weights[:, None])
    height = np.where(
        ahead > MIN_BAR_PROBABILITY, 4.0 + MAX_BAR_HEIGHT_PX * np.minimum(1.0, ahead) ** 0.6, 0.0
    )
    return parts * height


class StackedKeyBars:
    """Draws the bars.

    Parameters
    ----------
    keyboard : Keyboard
    colours : sequence of Colour
        Of the poles.
    """

    def __init__(self, keyboard: PianoKeyboard, colours: Sequence[Colour]) -> None:
        self._colours = tuple(colours)
        self._tip = glow_atlas(14, core=1.6, halo=0.5, white=0.6, colours=self._colours)
        tops = [keyboard.key_top(LOWEST_PITCH + key) for key in range(KEY_COUNT)]
        self._bar_bases = [(round(x) - BAR_WIDTH_PX // 2, round(y) - 6) for x, y in tops]

    def draw(self, surface: pygame.Surface, pieces: Floats) -> None:
        """Draw bars of these pieces, shape (poles, 88), pixels."""
        lights = []
        total = pieces.sum(axis=0)
        for key in np.flatnonzero(total > 1.0):
            x, base = self._bar_bases[key]
            level = 0.30 + 0.55 * min(1.0, float(total[key]) / MAX_BAR_HEIGHT_PX)
            top = 0.0
            for colour, piece in zip(self._colours, pieces[:, key].tolist(), strict=True):
                low, top = round(base - top), top + piece
                high = round(base - top)
                if low - high > 1:  # a dark line parts the pieces
                    surface.fill(
                        shade(colour, level), (x, high + 1, BAR_WIDTH_PX, low - high - 1), BLEND_ADD
                    )
            largest = int(pieces[:, key].argmax())
            place = (x + BAR_WIDTH_PX / 2, base - float(total[key]))
            lights.append(self._tip.sprite_centred_at(largest, level, *place))
        surface.fblits(lights, BLEND_ADD)
