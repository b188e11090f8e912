"""Sharp text: the text of a picture that is shown enlarged, in the size in which it is shown."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pygame

from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import PlacedText, TextStyle, Typesetter

MAX_CACHED_LINES = 600  # lines of text that are kept, each in one size and brightness
MAX_NEW_LINES = 4  # lines that are rendered in one frame; the others are scaled until then
_LEVELS, _LEAST_LEVEL = 16, 4  # steps of brightness, and the darkest that is drawn sharp
_FULL_SHARE = 0.97  # share of a line's light from which it counts as not dimmed
_PROBES = 12  # pixels of a line that tell whether it can be seen


@dataclass(frozen=True, slots=True, eq=False)
class SharpLine:
    """A line of text in two sizes.

    Parameters
    ----------
    small : Surface
        As it is in the picture.
    large : Surface
        As it is shown.
    """

    small: pygame.Surface
    large: pygame.Surface


@dataclass(frozen=True, slots=True, eq=False)
class LiftedText:
    """A picture without its text, and that text in the size in which it is shown.

    Parameters
    ----------
    picture : Surface
        Valid until the next frame.
    lines : list of (SharpLine, (int, int))
        Each line, and the top left of the large one in the enlarged picture, pixels.
    """

    picture: pygame.Surface
    lines: list[tuple[SharpLine, tuple[int, int]]]


class TextSharpener:
    """Takes the text from pictures, and sets it in another size.

    Text that something covers stays in the picture; dimmed text is as dim in its new size.
    """

    def __init__(self) -> None:
        self._typesetter = Typesetter()
        self._plain = blank_surface((1, 1))
        self._probes: dict[tuple[str, TextStyle], list[tuple[int, int, int, int]]] = {}
        self._lines: OrderedDict[tuple[str, TextStyle, int, float], SharpLine] = OrderedDict()
        self._new_lines = 0

    def lift_text(self, picture: PolledSurface, factor: float) -> LiftedText:
        """The picture without its text, which is set `factor` times as large."""
        if self._plain.get_size() != picture.get_size():
            self._plain = blank_surface(picture.get_size())
        self._new_lines, lines = 0, list[tuple[SharpLine, tuple[int, int]]]()
        placed = list[tuple[pygame.Surface, tuple[int, int]]]()
        for written in picture.written:
            level = self._level(picture, written)
            line = self._line(written, level, factor) if level >= _LEAST_LEVEL else None
            if line is not None:
                x, y = written.place
                placed.append((line.small, written.place))
                lines.append((line, (round(x * factor), round(y * factor))))
        self._plain.blit(picture, (0, 0))
        self._plain.fblits(placed, pygame.BLEND_RGB_SUB)
        return LiftedText(self._plain, lines)

    def _level(self, picture: pygame.Surface, written: PlacedText) -> int:
        """Brightness of a line in the picture, in sixteenths of its own; 0 if it is covered."""
        key = written.text, written.style
        if key not in self._probes:
            if len(self._probes) > 4 * MAX_CACHED_LINES:
                self._probes.clear()
            self._probes[key] = _brightest_pixels(written.line)
        (left, top), share = written.place, 2.0
        inside = picture.get_rect()
        for x, y, channel, light in self._probes[key]:
            place = left + x, top + y
            if inside.collidepoint(place):
                share = min(share, picture.get_at(place)[channel] / light)
        if share == 2.0:
            return 0
        return _LEVELS if share >= _FULL_SHARE else int(_LEVELS * share)

    def _line(self, written: PlacedText, level: int, factor: float) -> SharpLine | None:
        """A line in both sizes; None if too many others are new in this frame."""
        key = written.text, written.style, level, factor
        if key in self._lines:
            self._lines.move_to_end(key)
            return self._lines[key]
        if self._new_lines >= MAX_NEW_LINES:
            return None
        self._new_lines += 1
        large = self._typesetter.render_enlarged(written.text, written.style, factor)
        small = written.line
        if level < _LEVELS:
            small = written.line.copy()
            dimmed = (round(255 * level / _LEVELS),) * 3
            for line in (small, large):
                line.fill(dimmed, special_flags=pygame.BLEND_RGB_MULT)
        self._lines[key] = SharpLine(small, large)
        if len(self._lines) > MAX_CACHED_LINES:
            self._lines.popitem(last=False)
        return self._lines[key]


def _brightest_pixels(line: pygame.Surface) -> list[tuple[int, int, int, int]]:
    """The brightest pixel of each of some stretches of a line: x, y, channel and light."""
    pixels = pygame.surfarray.array3d(line)  # (width, height, 3)
    channel = int(pixels.max(axis=(0, 1)).argmax())
    light, found = pixels[:, :, channel], []
    ends = np.unique(np.linspace(0, len(light), _PROBES + 1).astype(int))
    for left, right in zip(ends, ends[1:], strict=False):
        x, y = np.unravel_index(light[left:right].argmax(), (right - left, light.shape[1]))
        value = int(light[left + x, y])
        if value > 0.6 * light.max() and value > 8:
            found.append((int(left + x), int(y), channel, value))
    return found
