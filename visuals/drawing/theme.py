"""Theme: colours, note names and the layout that all scenes share.

All drawing is on a logical picture of 1920 by 1080 pixels, which the presenter scales.
"""

from __future__ import annotations

import pygame
from pygame import Rect

Colour = tuple[int, int, int]  # red, green, blue, 0..255

PICTURE_SIZE_PX = (1920, 1080)  # width and height of the logical picture, pixels
MIN_TOUCH_TARGET_PX = 41.0  # smallest width of a touch target, pixels: 15 mm on a 32-inch screen
FINGERTIP_MM = 15.0
MARGIN_PX = 80  # margin at the left and right, pixels
TITLE_POSITION = (80, 62)  # top left of a scene's title, pixels
NOTE_NAME_POSITION = (1840, 52)  # top right of the large note name, pixels
KEYBOARD_RECT = Rect(80, 976, 1760, 72)
"""Rectangle of the piano in all scenes; its probability bars take 60 pixels above it."""
PROMPT_POSITION = (80, 884)  # default top left of the prompt of 470 by 70 pixels

FIFTHS = (0, 7, 2, 9, 4, 11, 6, 1, 8, 3, 10, 5)
"""Pitch classes in the order of the circle of fifths, from C."""
FIFTHS_POSITION = tuple(FIFTHS.index(pitch_class) for pitch_class in range(12))
"""Position of each pitch class on the circle of fifths: C 0, G 1, ... F 11."""
NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""Name of each pitch class; `#` stands for the drawn sharp sign."""

BACKGROUND_COLOUR: Colour = (3, 4, 7)
TEXT_COLOUR: Colour = (219, 227, 242)  # colour of titles and important text
LABEL_COLOUR: Colour = (128, 144, 172)  # colour of labels
VISITOR_COLOUR: Colour = (232, 242, 255)  # colour of all that a visitor plays
GHOST_COLOUR: Colour = (122, 232, 196)  # colour of a past visitor who answers
RULE_COLOUR: Colour = (51, 61, 79)  # colour of rules and outlines
EDGE_COLOUR: Colour = (92, 104, 126)  # outline of what can be touched, at least 3:1 against black

_FIFTHS_COLOURS_HEX = (
    "8a9af3 a894e9 c695d0 e09aac f2a382 f6ae5b eab947 cfc25c aac485 86bfb0 70b3d4 74a5eb"
)


def parse_colour(text: str) -> Colour:
    """A colour from six hexadecimal digits; raises ValueError for anything else."""
    if len(text) != 6:
        raise ValueError(f"a colour is six hexadecimal digits, not {text!r}")
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


PITCH_COLOURS: tuple[Colour, ...] = tuple(
    parse_colour(_FIFTHS_COLOURS_HEX.split()[FIFTHS_POSITION[pitch_class]])
    for pitch_class in range(12)
)
"""Colour of each pitch class, from C.

They lie on an ellipse in OKLab (B. Ottosson, "A perceptual color space for image processing",
2020), long on the blue-yellow axis and short on the red-green axis. Most colour-blind viewers
therefore see the same order.
"""


def shade(colour: Colour, level: float) -> Colour:
    """A colour with `level` times its brightness, limited to 0..255.

    Parameters
    ----------
    colour : Colour
    level : float

    Returns
    -------
    Colour
    """
    red, green, blue = colour
    if 0.0 <= level <= 1.0:  # the usual case, hundreds of times in each frame
        return round(red * level), round(green * level), round(blue * level)
    level = max(0.0, level)
    brightest = (min(255.0, part * level) for part in colour)
    red, green, blue = (round(part) for part in brightest)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A mixture of two colours; `share` 0 gives the first, 1 the second.

    Parameters
    ----------
    first, second : Colour
    share : float
        0 to 1.

    Returns
    -------
    Colour
    """
    red, green, blue = (
        round(a + (b - a) * min(1.0, max(0.0, share))) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def brightness_ramp(colour: Colour, steps: int = 40) -> list[Colour]:
    """A colour from dark to full; entry k has k / steps of its brightness.

    Parameters
    ----------
    colour : Colour
    steps : int

    Returns
    -------
    list of Colour
        `steps` + 1 entries.
    """
    return [shade(colour, step / steps) for step in range(steps + 1)]


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
