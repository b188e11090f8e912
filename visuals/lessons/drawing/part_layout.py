"""Part layout: the parts of a lesson's landscape picture, arranged for another layout.

A lesson draws itself once, as in landscape. In an upright picture its parts stand above one another
and fill the width; each is scaled as a whole, so no lesson needs a second geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pygame import Rect

PartRows = Sequence[Sequence[Rect]]
"""Parts of the landscape picture, row by row."""
MAX_SCALE = 1.4  # largest enlargement of a part: the wider ones need the height more
GAP_PX = 24  # gap between two parts


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """A part of the landscape picture, and where it is shown.

    Parameters
    ----------
    source : Rect
        In the landscape picture, pixels.
    shown : Rect
        In the picture of the layout, pixels.
    """

    source: Rect
    shown: Rect

    @property
    def scale(self) -> float:
        """Enlargement of the part."""
        return self.shown.width / self.source.width

    def to_shown(self, rect: Rect) -> Rect:
        """Place in the picture of a rectangle of the source; those apart stay apart."""
        left, right = (
            round(self.shown.x + (x - self.source.x) * self.scale) for x in (rect.left, rect.right)
        )
        top, bottom = (
            round(self.shown.y + (y - self.source.y) * self.scale) for y in (rect.top, rect.bottom)
        )
        return Rect(left, top, right - left, bottom - top)

    def to_source(self, x: float, y: float) -> tuple[float, float]:
        """Point of the source that is shown at a point of the picture."""
        left = self.source.x + (x - self.shown.x) / self.scale
        return left, self.source.y + (y - self.shown.y) / self.scale


def place_parts(rows: PartRows, area: Rect) -> tuple[PlacedPart, ...]:
    """Place rows of parts above one another, as large as an area permits.

    Parameters
    ----------
    rows : sequence of sequence of Rect
    area : Rect

    Returns
    -------
    tuple of PlacedPart
    """
    tallest = [max(part.height for part in row) for row in rows]
    scales = [_row_scale(row, area.width) for row in rows]
    scales = _limit_scales(scales, tallest, area.height - GAP_PX * (len(rows) - 1))
    heights = [scale * height for scale, height in zip(scales, tallest, strict=True)]
    gap = (area.height - sum(heights)) / len(rows)
    placed, top = [], area.top + gap / 2
    for row, scale, height in zip(rows, scales, heights, strict=True):
        width = sum(part.width for part in row) * scale + GAP_PX * (len(row) - 1)
        left = area.centerx - width / 2
        for part in row:
            size = round(part.width * scale), round(part.height * scale)
            placed.append(PlacedPart(part, Rect((round(left), round(top)), size)))
            left += size[0] + GAP_PX
        top += height + gap
    return tuple(placed)


def _limit_scales(scales: Sequence[float], heights: Sequence[int], room: float) -> list[float]:
    """Limit the largest scales to one by which rows of these heights fill the room at most."""
    rest = sum(heights)
    for scale, height in sorted(zip(scales, heights, strict=True)):
        if scale * rest > room:
            return [min(one, room / rest) for one in scales]
        room, rest = room - scale * height, rest - height
    return list(scales)


def _row_scale(row: Sequence[Rect], width: float) -> float:
    room = width - GAP_PX * (len(row) - 1)
    return min(MAX_SCALE, room / sum(part.width for part in row))
