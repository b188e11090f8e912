"""Theme: colours, inks, note names and the layout every scene shares.

All drawing is done on a logical picture of 1920 by 1080 pixels; the presenter scales it.
"""

from __future__ import annotations

from pygame import Rect

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

PICTURE_SIZE_PX = (1920, 1080)
"""Logical width and height."""
MIN_TOUCH_TARGET_PX = 41.0
"""How wide what fingers aim at is at least, pixels: 15 mm on a 32-inch screen."""
MARGIN_PX = 80
"""Free border at the left and right."""
TITLE_POSITION = (80, 62)
"""Top left of a scene's title."""
NOTE_NAME_POSITION = (1840, 52)
"""Top right of the big note name."""
KEYBOARD_RECT = Rect(80, 976, 1760, 72)
"""Where the piano lies in every scene; its embers take some 60 pixels above it."""
PROMPT_POSITION = (80, 884)
"""Top left of the prompt, unless a scene has a better place; it takes 470 by 70 pixels."""

FIFTHS = (0, 7, 2, 9, 4, 11, 6, 1, 8, 3, 10, 5)
"""Pitch classes in the order of the circle of fifths, from C."""
FIFTHS_POSITION = tuple(FIFTHS.index(pitch_class) for pitch_class in range(12))
"""Place of each pitch class on the circle of fifths: C 0, G 1, ... F 11."""
NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""Name of each pitch class; `#` stands for the drawn sharp sign."""

BACKGROUND_COLOUR: Colour = (3, 4, 7)
TEXT_COLOUR: Colour = (219, 227, 242)
"""Titles and what matters."""
LABEL_COLOUR: Colour = (107, 122, 148)
"""Labels."""
RULE_COLOUR: Colour = (51, 61, 79)
"""Rules and outlines."""

_FIFTHS_COLOURS_HEX = (
    "8a9af3",
    "a894e9",
    "c695d0",
    "e09aac",
    "f2a382",
    "f6ae5b",
    "eab947",
    "cfc25c",
    "aac485",
    "86bfb0",
    "70b3d4",
    "74a5eb",
)


def parse_colour(text: str) -> Colour:
    """A colour from six hexadecimal digits.

    Raises
    ------
    ValueError
        If they are not.
    """
    if len(text) != 6:
        raise ValueError(f"a colour is six hexadecimal digits, not {text!r}")
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


PITCH_COLOURS: tuple[Colour, ...] = tuple(
    parse_colour(_FIFTHS_COLOURS_HEX[FIFTHS_POSITION[pitch_class]]) for pitch_class in range(12)
)
"""Colour of each pitch class, from C.

They lie on an ellipse in OKLab (Ottosson 2020), long on the blue-yellow axis and short on the
red-green one, so that their order holds for most colour-blind viewers.
"""


def shade(colour: Colour, level: float) -> Colour:
    """A colour at `level` times its brightness, kept within 0..255."""
    red, green, blue = colour
    if 0.0 <= level <= 1.0:  # nearly always, and asked for a hundred times a frame
        return round(red * level), round(green * level), round(blue * level)
    level = max(0.0, level)
    brightest = (min(255.0, part * level) for part in colour)
    red, green, blue = (round(part) for part in brightest)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two: `share` 0 is the first, 1 the second."""
    red, green, blue = (
        round(a + (b - a) * min(1.0, max(0.0, share))) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def brightness_ramp(colour: Colour, steps: int = 40) -> list[Colour]:
    """A colour from dark to full in so many steps: entry k is at k / steps of its brightness."""
    return [shade(colour, step / steps) for step in range(steps + 1)]
