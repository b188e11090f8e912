"""Typography: letter-spaced text in the project's two typefaces, rendered once and cached."""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from types import MappingProxyType
from typing import Any, Literal

import pygame

from visuals.drawing.theme import PICTURE_SIZE_PX, TEXT_COLOUR, Colour, shade

FontFace = Literal["jost-200", "jost-300", "jost-400", "jost-500", "mono-300", "mono-400"]
TextAlign = Literal["left", "centre", "right"]
ALIGNED_SHARES = {"left": 0.0, "centre": 0.5, "right": 1.0}
"""Share of a line that lies at the left of its place."""
log = logging.getLogger(__name__)

MAX_CACHED_TEXT_BYTES = 4_000_000  # bytes of rendered text that one typesetter keeps


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Size, typeface, letter-spacing and colour of text.

    Parameters
    ----------
    size : int
        Height of the typeface, logical pixels.
    face : FontFace
        Jost by weight, or JetBrains Mono for numbers.
    tracking : float
        Extra space between letters, pixels.
    colour : Colour
    """

    size: int
    face: FontFace = "jost-300"
    tracking: float = 0.0
    colour: Colour = TEXT_COLOUR


@dataclass(frozen=True, slots=True)
class TypeScale:
    """Sizes of the typeface for a viewing distance, logical pixels.

    Parameters
    ----------
    needed : int
        Size of what a visitor needs: capitals of 20 arcminutes or more.
    least : int
        Size of all other text: capitals of 16 arcminutes or more.
    has_captions : bool
        Whether there is room for captions that nobody needs.
    """

    needed: int
    least: int
    has_captions: bool


NEAR_SCALE, FAR_SCALE = TypeScale(27, 22, True), TypeScale(46, 37, False)
CAP_HEIGHT_RATIO = 0.7  # height of Jost's capitals, in sizes of the typeface
NEEDED_ARCMINUTES = 20.0  # height of capitals that can be read in comfort
VIEWING_DISTANCES = MappingProxyType(
    {"desk": (24.0, 0.7), "room": (32.0, 2.0), "wall": (135.5, 5.0)}
)
"""Diagonal of the screen (inches) and distance of the viewer (m) of each preset."""


def screen_and_viewer(distance: str) -> tuple[float, float]:
    """Diagonal of the screen and distance of the viewer.

    Parameters
    ----------
    distance : str
        A preset of `VIEWING_DISTANCES`, or diagonal and distance such as "32in 2m".

    Returns
    -------
    (float, float)
        Inches and metres.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if distance in VIEWING_DISTANCES:
        return VIEWING_DISTANCES[distance]
    inches, metres = (float(part.rstrip("inm")) for part in distance.split())
    return inches, metres


def arcminutes_per_pixel(distance: str) -> float:
    """Height of a logical pixel as a viewer sees it.

    Parameters
    ----------
    distance : str
        As in `screen_and_viewer`.

    Returns
    -------
    float
        Arcminutes.
    """
    inches, metres = screen_and_viewer(distance)
    height = inches * 0.0254 * PICTURE_SIZE_PX[1] / math.hypot(*PICTURE_SIZE_PX)
    return math.degrees(math.atan(height / PICTURE_SIZE_PX[1] / metres)) * 60


def type_scale(distance: str) -> TypeScale:
    """The smaller type scale if its text can be read from a distance, else the larger.

    Parameters
    ----------
    distance : str
        As in `screen_and_viewer`.

    Returns
    -------
    TypeScale
    """
    is_near = needed_arcminutes(NEAR_SCALE, distance) >= NEEDED_ARCMINUTES
    return NEAR_SCALE if is_near else FAR_SCALE


def needed_arcminutes(scale: TypeScale, distance: str) -> float:
    """Height of the capitals of what a visitor needs, as a viewer sees them.

    Parameters
    ----------
    scale : TypeScale
    distance : str
        As in `screen_and_viewer`.

    Returns
    -------
    float
        Arcminutes.
    """
    return scale.needed * CAP_HEIGHT_RATIO * arcminutes_per_pixel(distance)


def illegibility(distance: str) -> str:
    """What is wrong with a viewing distance for which even the larger type scale is too small.

    Parameters
    ----------
    distance : str
        As in `screen_and_viewer`.

    Returns
    -------
    str
        A line for the staff; empty where the text can be read.
    """
    seen = needed_arcminutes(type_scale(distance), distance)
    if seen >= NEEDED_ARCMINUTES:
        return ""
    inches, metres = screen_and_viewer(distance)
    nearest = metres * seen / NEEDED_ARCMINUTES
    return (
        f"stage.distance: text on {inches:g} inches is {seen:.0f} arcminutes high from"
        f" {metres:g} m; it can be read from {nearest:.1f} m or nearer"
    )


TITLE_STYLE = TextStyle(50, "jost-200", 17.0)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedText:
    """A line of text on a surface.

    Parameters
    ----------
    text : str
    style : TextStyle
    line : Surface
        The text on black.
    place : (int, int)
        Top left of the line, pixels of the surface.
    """

    text: str
    style: TextStyle
    line: pygame.Surface
    place: tuple[int, int]

    @property
    def ink(self) -> pygame.Rect:
        """Rectangle from the tops of its capitals to the ends of its descenders, pixels."""
        (x, y), size = self.place, self.style.size
        return pygame.Rect(x, y + round(0.33 * size), self.line.get_width(), size)


class TextSurface(pygame.Surface):
    """A black surface of 32 bits that remembers the text drawn on it or copied to it.

    So a picture that is shown enlarged can have its text in the size in which it is shown.

    Parameters
    ----------
    size : (int, int)
        Pixels.

    Attributes
    ----------
    label : (str, TextStyle), optional
        Of a surface that is one line of text. The line is not in its own `written`: such a cycle
        would keep each line that is not needed any more until garbage is collected.
    """

    written: Sequence[PlacedText] = ()  # a copy of a surface has none, and no label
    label: tuple[str, TextStyle] | None = None

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size, 0, 32)
        self.written: list[PlacedText] = []

    @property
    def placed_texts(self) -> Sequence[PlacedText]:
        """The text on it; a line of text is its own text."""
        if self.label is None:
            return self.written
        return (PlacedText(*self.label, self, (0, 0)),)

    def blit(self, *args: Any, **options: Any) -> pygame.Rect:
        """As `pygame.Surface.blit`; the text of a whole `TextSurface` is taken over."""
        drawn = super().blit(*args, **options)
        source = args[0]
        if isinstance(source, TextSurface) and len(args) == 2 and isinstance(self.written, list):
            texts = source.placed_texts if source.get_parent() is None else ()
            if texts:
                (left, top), place = self.get_abs_offset(), args[1]
                self._add_text(texts, left + int(place[0]), top + int(place[1]))
        return drawn

    def subsurface(self, *args: Any) -> pygame.Surface:
        """As `pygame.Surface.subsurface`; text on a part is text on the whole."""
        part = super().subsurface(*args)
        part.written = self.written
        return part

    def _add_text(self, written: Sequence[PlacedText], x: int, y: int) -> None:
        self.written += [
            PlacedText(one.text, one.style, one.line, (one.place[0] + x, one.place[1] + y))
            for one in written
        ]


@cache
def font_bytes(face: FontFace) -> bytes:
    name = face.replace("mono", "jetbrains-mono") + ".ttf"
    return files("visuals").joinpath("fonts", name).read_bytes()


class Typesetter:
    """Renders text: letters on black, to be added to a picture.

    `pygame.font` must be initialised. A typesetter is for one thread.

    Parameters
    ----------
    scale : TypeScale
        Sizes of text for the viewing distance.
    """

    def __init__(self, scale: TypeScale = FAR_SCALE) -> None:
        self.scale = scale
        self._fonts: dict[tuple[FontFace, int], pygame.Font] = {}
        self._missing_faces: set[FontFace] = set()
        self._rendered: OrderedDict[tuple[str, TextStyle], pygame.Surface] = OrderedDict()
        self._rendered_bytes = 0

    def render(self, text: str, style: TextStyle) -> pygame.Surface:
        """The text on black; the surface is shared and must not be changed."""
        key = (text, style)
        line = self._rendered.get(key)
        if line is not None:
            self._rendered.move_to_end(key)
            return line
        line = self._rendered[key] = self._render_line(text, style)
        self._rendered_bytes += _byte_count(line)
        while self._rendered_bytes > MAX_CACHED_TEXT_BYTES and len(self._rendered) > 1:
            self._rendered_bytes -= _byte_count(self._rendered.popitem(last=False)[1])
        return line

    def draw_text(
        self,
        surface: pygame.Surface,
        text: str,
        place: tuple[float, float],
        style: TextStyle,
        align: TextAlign = "left",
    ) -> int:
        """Draw a line of text with that side of its top at `place`; returns its width, pixels."""
        picture, (x, y) = self.render(text, style), place
        x -= ALIGNED_SHARES[align] * picture.get_width()
        surface.blit(picture, (round(x), round(y)), special_flags=pygame.BLEND_RGB_ADD)
        return picture.get_width()

    def draw_note_name(
        self,
        surface: pygame.Surface,
        name: str,
        place: tuple[float, float],
        style: TextStyle,
        align: TextAlign = "left",
    ) -> float:
        """Draw a note name such as `F#` or `mib` with a raised accidental; as `draw_text`."""
        stem = name.rstrip("#b")
        letter, sign = self.render(stem, style), name[len(stem) :]
        accidental = round(style.size * 0.42) if sign else 0
        width = letter.get_width() + accidental
        x, y = place
        x -= ALIGNED_SHARES[align] * width
        surface.blit(letter, (round(x), round(y)), special_flags=pygame.BLEND_RGB_ADD)
        x += letter.get_width()
        if sign == "#":
            height = max(style.size * 0.46, min(12.0, style.size * 0.7))  # legible at small sizes
            box = (x + style.size * 0.06, y + style.size * 0.28, height)
            draw_sharp(surface, *box, style.colour)
        elif sign == "b":
            flat = TextStyle(round(style.size * 0.78), style.face, 0.0, style.colour)
            self.draw_text(surface, "b", (x + style.size * 0.02, y + style.size * 0.02), flat)
        return width

    def _font(self, face: FontFace, size: int) -> pygame.Font:
        """A typeface, or pygame's own if its file is missing or broken."""
        if (face, size) in self._fonts:
            return self._fonts[face, size]
        try:
            font = pygame.Font(BytesIO(font_bytes(face)), size)
        except (OSError, pygame.error) as error:
            if face not in self._missing_faces:
                log.warning("no typeface %s (%s): another is used", face, error)
            self._missing_faces.add(face)
            font = pygame.Font(None, size)
        self._fonts[face, size] = font
        return font

    def _render_line(self, text: str, style: TextStyle) -> pygame.Surface:
        font = self._font(style.face, style.size)
        glyphs = [font.render(letter, True, (255, 255, 255)) for letter in text]
        width = sum(glyph.get_width() for glyph in glyphs)
        width += round(style.tracking * max(0, len(text) - 1))
        line = TextSurface((max(1, width), font.get_height()))
        x = 0.0
        for glyph in glyphs:
            line.blit(glyph, (round(x), 0))
            x += glyph.get_width() + style.tracking
        line.fill(style.colour, special_flags=pygame.BLEND_RGB_MULT)
        line.label = text, style
        return line

    def render_enlarged(self, text: str, style: TextStyle, factor: float) -> pygame.Surface:
        """The text `factor` times as large, each letter where `render` has it; not cached."""
        small = self._font(style.face, style.size)
        large = self._font(style.face, round(style.size * factor))
        line = pygame.Surface(
            [max(1, math.ceil(side * factor)) for side in self.render(text, style).get_size()],
            0,
            32,
        )
        x, y = 0.0, round(small.get_ascent() * factor) - large.get_ascent()
        for letter in text:
            glyph = large.render(letter, True, (255, 255, 255))
            line.blit(glyph, (round(round(x) * factor), y))
            x += small.size(letter)[0] + style.tracking
        line.fill(style.colour, special_flags=pygame.BLEND_RGB_MULT)
        return line


def _byte_count(surface: pygame.Surface) -> int:
    return surface.get_pitch() * surface.get_height()


def draw_sharp(surface: pygame.Surface, x: float, y: float, height: float, colour: Colour) -> None:
    """Draw a sharp sign, which the typefaces lack; its width is 0.44 of its height."""
    width = height * 0.44
    thick = max(1, round(height / 24))
    for across in (0.3, 0.7):
        top = (x + width * across, y + height * 0.04)
        bottom = (x + width * across, y + height * 0.96)
        pygame.draw.aaline(surface, shade(colour, 0.95), top, bottom, thick)
    for down in (0.36, 0.66):
        left = (x, y + height * (down + 0.06))
        right = (x + width, y + height * (down - 0.06))
        pygame.draw.aaline(surface, colour, left, right, thick + (height > 24))


def wrap_words(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Lines of a text, each as long as it fits; a word that does not fit has its own line.

    Parameters
    ----------
    text : str
    fits : callable
        Whether a line fits.

    Returns
    -------
    list of str
    """
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and fits(longer):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
