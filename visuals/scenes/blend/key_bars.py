"""What may come next, over the keys: each bar is stacked of what the poles give it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEYS
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.sprites import ADD, glow_atlas
from visuals.drawing.theme import Colour, shade
from visuals.hud.piano_keyboard import Keyboard

Floats = NDArray[np.float64]

TALLEST = 96.0
"""Height of the bar of a certain note, pixels."""
WIDTH = 9
FAINTEST = 0.012
"""Probabilities below this have no bar."""


def stacks(ahead: Floats, opinions: Floats, weights: Floats) -> Floats:
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
    height = np.where(ahead > FAINTEST, 4.0 + TALLEST * np.minimum(1.0, ahead) ** 0.6, 0.0)
    return parts * height


class Stacks:
    """Draws the bars.

    Parameters
    ----------
    keyboard : Keyboard
    colours : sequence of Colour
        Of the poles.
    """

    def __init__(self, keyboard: Keyboard, colours: Sequence[Colour]) -> None:
        self._colours = tuple(colours)
        self._tip = glow_atlas(14, core=1.6, halo=0.5, white=0.6, colours=self._colours)
        tops = [keyboard.top(LOWEST_PITCH + key) for key in range(KEYS)]
        self._feet = [(round(x) - WIDTH // 2, round(y) - 6) for x, y in tops]

    def draw(self, surface: pygame.Surface, pieces: Floats) -> None:
        """Draw bars of these pieces, shape (poles, 88), pixels."""
        lights = []
        total = pieces.sum(axis=0)
        for key in np.flatnonzero(total > 1.0):
            x, base = self._feet[key]
            level = 0.30 + 0.55 * min(1.0, float(total[key]) / TALLEST)
            top = 0.0
            for colour, piece in zip(self._colours, pieces[:, key].tolist(), strict=True):
                low, top = round(base - top), top + piece
                high = round(base - top)
                if low - high > 1:  # a dark line parts the pieces
                    surface.fill(shade(colour, level), (x, high + 1, WIDTH, low - high - 1), ADD)
            largest = int(pieces[:, key].argmax())
            place = (x + WIDTH / 2, base - float(total[key]))
            lights.append(self._tip.placed(largest, level, *place))
        surface.fblits(lights, ADD)
