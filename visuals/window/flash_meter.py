"""Flashes: how much of the picture flashes too often, and light taken back before it does.

WCAG 2.3.1 (three flashes or below threshold), measured frame by frame. A *transition* is a change
of relative luminance by a tenth or more from the last extremum, its darker end below 0.80; a
*flash* is two opposing transitions. A picture fails when, within any second, points with more than
three flashes cover more than a quarter of any 10-degree field of view. A *red flash* is the same
with transitions to or from a saturated red.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLASH_AREA_LIMIT = 0.25
"""Share of a 10-degree field that may flash more than `MAX_FLASHES_PER_SECOND` times in a second.
"""
DIMMING_THRESHOLD = 0.15
"""Share from which a `FlashDimmer` takes light away."""
MAX_FLASHES_PER_SECOND = 3
LUMINANCE_STEP = 0.10
"""Relative luminance of a transition."""
MAX_DARK_LUMINANCE = 0.80
"""Relative luminance below which the darker end of a transition counts."""
REDNESS_STEP = 20.0
"""Transition of (R - G - B) x 320 of a saturated red."""
SATURATED_RED_SHARE = 0.8
"""R / (R + G + B) from which a red is saturated."""


def _linear_light() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    curve = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return curve.astype(np.float32)


LINEAR_LIGHT = _linear_light()
"""Linear light of each 8-bit sRGB value, shape (256,)."""
RED_LUMINANCE, GREEN_LUMINANCE, BLUE_LUMINANCE = (
    LINEAR_LIGHT * np.float32(share) for share in (0.2126, 0.7152, 0.0722)
)


@dataclass(frozen=True, slots=True)
class FieldOfView:
    """A 10-degree field of view, as shares of the picture's width and height."""

    width: float = 341 / 1024
    height: float = 256 / 768

    def __post_init__(self) -> None:
        if not (0 < self.width <= 1 and 0 < self.height <= 1):
            raise ValueError(f"a field is in (0, 1] of the picture, not {self}")

    @classmethod
    def for_viewer(cls, width: float, distance: float, aspect: float = 16 / 9) -> FieldOfView:
        """The field of somebody `distance` metres from a picture `width` metres wide."""
        side = 2 * distance * math.tan(math.radians(5))
        return cls(min(1.0, side / width), min(1.0, side * aspect / width))


@dataclass(frozen=True, slots=True)
class FlashMeasurement:
    """Shares of the worst 10-degree field that flash too often, 0 to 1; `FLASH_AREA_LIMIT` is the
    most.
    """

    general: float = 0.0
    red: float = 0.0

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.general, self.red)


class _TransitionCounter:
    """Counts transitions of a value at each point over the last second."""

    def __init__(self, shape: tuple[int, int], step: float, ceiling: float, frames: int) -> None:
        self._step, self._ceiling = np.float32(step), ceiling
        self._low: NDArray[np.float32] | None = None
        self._high = np.empty(shape, np.float32)
        self._direction = np.zeros(shape, np.int8)
        self._recent_transitions = np.zeros((frames, *shape), np.bool_)
        self._frame = 0
        self.count = np.zeros(shape, np.int16)

    def push(self, value: NDArray[np.float32]) -> None:
        if self._low is None:
            self._low, self._high = value.copy(), value.copy()
        low, high = self._low, self._high
        np.minimum(low, value, out=low)
        np.maximum(high, value, out=high)
        rise = (value - low >= self._step) & (self._direction <= 0) & (low < self._ceiling)
        fall = (high - value >= self._step) & (self._direction >= 0) & (value < self._ceiling)
        changed = rise | fall
        slot = self._recent_transitions[self._frame % len(self._recent_transitions)]
        self._frame += 1
        self.count -= slot
        slot[:] = changed
        if changed.any():
            self.count += changed
            self._direction[rise], self._direction[fall] = 1, -1
            high[rise], low[fall] = value[rise], value[fall]  # the next extremum begins here


class FlashMeter:
    """Measures a stream of small frames.

    Parameters
    ----------
    width, height : int
        Size of the frames pushed; 120 x 68 takes about a quarter of a millisecond.
    rate : int
        Frames a second.
    field : Field
        Of the nearest viewer.

    Attributes
    ----------
    worst : Flash
        The largest shares so far.
    """

    def __init__(
        self, width: int = 120, height: int = 68, rate: int = 60, field: FieldOfView | None = None
    ) -> None:
        field = field or FieldOfView()
        self.shape = (width, height)
        self._window = max(1, round(width * field.width)), max(1, round(height * field.height))
        self._general = _TransitionCounter(self.shape, LUMINANCE_STEP, MAX_DARK_LUMINANCE, rate)
        self._red = _TransitionCounter(self.shape, REDNESS_STEP, math.inf, rate)
        self._has_seen_red = False
        self.worst = FlashMeasurement()

    def push(self, frame: NDArray[np.uint8]) -> FlashMeasurement:
        """Measure the next frame.

        Parameters
        ----------
        frame : ndarray of uint8, shape (width, height, 3)
            sRGB, as of `pygame.surfarray`.

        Raises
        ------
        ValueError
            If the frame has another shape.
        """
        if frame.shape != (*self.shape, 3):
            raise ValueError(f"a frame has shape {(*self.shape, 3)}, not {frame.shape}")
        red, green, blue = frame[..., 0], frame[..., 1], frame[..., 2]
        luminance = RED_LUMINANCE[red] + GREEN_LUMINANCE[green] + BLUE_LUMINANCE[blue]
        self._general.push(luminance)
        # a saturated red needs R well above G and B; most frames have none, and are done here
        if self._has_seen_red or bool((red > np.maximum(green, blue) + 50).any()):
            self._has_seen_red = True
            self._red.push(_redness(LINEAR_LIGHT[red], LINEAR_LIGHT[green], LINEAR_LIGHT[blue]))
        now = FlashMeasurement(
            self._largest_flashing_share(self._general), self._largest_flashing_share(self._red)
        )
        self.worst = FlashMeasurement(
            max(now.general, self.worst.general), max(now.red, self.worst.red)
        )
        return now

    def _largest_flashing_share(self, transitions: _TransitionCounter) -> float:
        """Largest share of any window that has too many flashes."""
        over = transitions.count >= 2 * (MAX_FLASHES_PER_SECOND + 1)
        if not over.any():
            return 0.0
        width, height = self._window
        area = np.zeros((self.shape[0] + 1, self.shape[1] + 1), np.int32)
        np.cumsum(np.cumsum(over, axis=0, dtype=np.int32), axis=1, out=area[1:, 1:])
        windows = (
            area[width:, height:]
            - area[:-width, height:]
            - area[width:, :-height]
            + area[:-width, :-height]
        )
        return float(windows.max()) / (width * height)


def _redness(
    red: NDArray[np.float32], green: NDArray[np.float32], blue: NDArray[np.float32]
) -> NDArray[np.float32]:
    saturated = red >= SATURATED_RED_SHARE * (red + green + blue)
    return np.where(saturated, (red - green - blue).clip(min=0) * 320, 0).astype(np.float32)


class FlashDimmer:
    """How bright the moving light may be, so that the picture stays below the limit.

    Quick to dim, slow to brighten, and never by a jump: a dimmer must not flash itself.

    Parameters
    ----------
    caution : float
        Share of flashing picture from which it dims.
    floor : float
        The least it dims to.

    Attributes
    ----------
    level : float
        1 for full light, down to `floor`.
    """

    FALL_PER_FRAME = 0.04  # a frame: from full to floor in about a quarter of a second
    RISE_PER_FRAME = 0.004  # a frame: back in about three

    def __init__(self, caution: float = DIMMING_THRESHOLD, floor: float = 0.35) -> None:
        if not 0 < floor <= 1:
            raise ValueError(f"floor must be in (0, 1], not {floor}")
        self._threshold, self._floor = caution, floor
        self.level = 1.0

    def push(self, flash: FlashMeasurement) -> float:
        """The level for the next frame."""
        if flash.worst > self._threshold:
            self.level = max(self._floor, self.level - self.FALL_PER_FRAME)
        else:
            self.level = min(1.0, self.level + self.RISE_PER_FRAME)
        return self.level
