"""Bars over the keys: the probability of each next key, stacked of the poles' shares in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from messages.cues import KEY_COUNT
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.sprites import BLEND_ADD, glow_atlas
from visuals.drawing.theme import Colour, shade
from visuals.scenes.base.geometry import Floats
from visuals.widgets.piano_keyboard import PianoKeyboard

MAX_BAR_HEIGHT_PX = 96.0  # height of the bar of a certain note, pixels
BAR_WIDTH_PX = 9
MIN_BAR_PROBABILITY = 0.012  # smallest probability with a bar


def stacked_bar_heights(blended: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Height of each pole's piece of each bar, pixels, shape (poles, 88).

    `blended` (88,) and `predicted` (poles, 88) are the probabilities that the whole blend and each
    pole give each key.
    """
    parts = weights[:, None] * predicted
    total = parts.sum(axis=0)
    shares = np.where(total > 1e-9, parts / np.maximum(total, 1e-9), weights[:, None])
    height = 4.0 + MAX_BAR_HEIGHT_PX * np.minimum(1.0, blended) ** 0.6
    return shares * np.where(blended > MIN_BAR_PROBABILITY, height, 0.0)


class StackedKeyBars:
    """Draws the bars over a keyboard, in the colours of the poles."""

    def __init__(self, keyboard: PianoKeyboard, colours: Sequence[Colour]) -> None:
        self._colours = tuple(colours)
        self._tip = glow_atlas(14, core=1.6, halo=0.5, white=0.6, colours=self._colours)
        tops = [keyboard.key_top(LOWEST_PITCH + key) for key in range(KEY_COUNT)]
        self._bar_bases = [(round(x) - BAR_WIDTH_PX // 2, round(y) - 6) for x, y in tops]

    def draw(self, surface: pygame.Surface, pieces: Floats) -> None:
        """Draw bars of some pieces (poles, 88), with a dark line between the pieces."""
        sprites = []
        heights = pieces.sum(axis=0)
        for key in np.flatnonzero(heights > 1.0).tolist():
            (x, base), height = self._bar_bases[key], float(heights[key])
            level = 0.30 + 0.55 * min(1.0, height / MAX_BAR_HEIGHT_PX)
            top = 0.0
            for colour, piece in zip(self._colours, pieces[:, key].tolist(), strict=True):
                low, top = round(base - top), top + piece
                high = round(base - top)
                if low - high > 1:
                    rect = (x, high + 1, BAR_WIDTH_PX, low - high - 1)
                    surface.fill(shade(colour, level), rect, BLEND_ADD)
            largest = int(pieces[:, key].argmax())
            x, y = x + BAR_WIDTH_PX / 2, base - height
            sprites.append(self._tip.sprite_centred_at(largest, level, x, y))
        surface.fblits(sprites, BLEND_ADD)
