"""Fitting: where the picture lies in a window."""

from __future__ import annotations

import pygame

from visuals.drawing.theme import PICTURE_SIZE_PX


def fit_rect(
    picture: tuple[int, int] = PICTURE_SIZE_PX, window: tuple[int, int] = PICTURE_SIZE_PX
) -> pygame.Rect:
    """The largest rectangle of the picture's shape, in the middle of a window.

    Parameters
    ----------
    picture, window : (int, int)
        Width and height, pixels.

    Returns
    -------
    Rect
        In pixels of the window.
    """
    scale = min(window[0] / picture[0], window[1] / picture[1])
    width = min(window[0], max(1, round(picture[0] * scale)))
    height = min(window[1], max(1, round(picture[1] * scale)))
    return pygame.Rect((window[0] - width) // 2, (window[1] - height) // 2, width, height)
