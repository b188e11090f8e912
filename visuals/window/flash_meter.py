"""Flash meter: the area of the picture that flashes too often, and a dimmer that keeps it small.

WCAG 2.3.1 (three flashes or below threshold), measured frame by frame. A *transition* is a change
of relative luminance by at least 0.10 from the last extremum, with the darker end below 0.80. A
*flash* is two opposing transitions. A picture fails when points with more than three flashes within
a second cover more than a quarter of any 10-degree field of view. A *red flash* is a flash whose
transitions start or end at a saturated red.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.polled_surface import poll_input
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX

FLASH_AREA_LIMIT = 0.25
"""Largest allowed share of a 10-degree field with more than `MAX_FLASHES_PER_SECOND` flashes."""
DIMMING_THRESHOLD = 0.15  # share of a field above which a `FlashDimmer` dims
MAX_FLASHES_PER_SECOND = 3
LUMINANCE_STEP = 0.10  # smallest change of relative luminance of a transition
MAX_DARK_LUMINANCE = 0.80  # relative luminance below which the darker end of a transition counts
REDNESS_STEP = 20.0  # smallest change of (R - G - B) x 320 of a transition of a saturated red
SATURATED_RED_SHARE = 0.8  # smallest R / (R + G + B) of a saturated red
METER_SIZE_PX = (120, 68)  # size of the picture the flash meter sees


def _linear_light() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    curve = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return curve.astype(np.float32)


LINEAR_LIGHT = _linear_light()  # linear light of each 8-bit sRGB value, shape (256,)
RED_LUMINANCE, GREEN_LUMINANCE, BLUE_LUMINANCE = (
    LINEAR_LIGHT * np.float32(share) for share in (0.2126, 0.7152, 0.0722)
)


@dataclass(frozen=True, slots=True)
class FieldOfView:
    """A 10-degree field of view, as shares of the picture, above 0 and at most 1."""

    width: float = 341 / 1024
    height: float = 256 / 768

    def __post_init__(self) -> None:
        if not (0 < self.width <= 1 and 0 < self.height <= 1):
            raise ValueError(f"a field is in (0, 1] of the picture, not {self}")

    @classmethod
    def for_viewer(cls, width: float, distance: float, aspect: float = 16 / 9) -> FieldOfView:
        """The field of a viewer `distance` metres from a picture `width` metres wide."""
        side = 2 * distance * math.tan(math.radians(5))
        return cls(min(1.0, side / width), min(1.0, side * aspect / width))


@dataclass(frozen=True, slots=True)
class FlashMeasurement:
    """Shares of the worst 10-degree field that flash too often, 0..1."""

    general: float = 0.0
    red: float = 0.0

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.general, self.red)


class _TransitionCounter:
    """Number of transitions of a value at each point within the last second."""

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
            high[rise], low[fall] = value[rise], value[fall]  # the search for an extremum restarts


class FlashMeter:
    """Measures a stream of small frames; 120 x 68 pixels take about 0.25 ms."""

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
        """Measure the next frame, sRGB of shape (width, height, 3), within the last second."""
        if frame.shape != (*self.shape, 3):
            raise ValueError(f"a frame has shape {(*self.shape, 3)}, not {frame.shape}")
        red, green, blue = frame[..., 0], frame[..., 1], frame[..., 2]
        luminance = RED_LUMINANCE[red] + GREEN_LUMINANCE[green] + BLUE_LUMINANCE[blue]
        self._general.push(luminance)
        # a saturated red needs R well above G and B; most frames have none
        if self._has_seen_red or bool((red > np.maximum(green, blue) + 50).any()):
            self._has_seen_red = True
            self._red.push(_redness(LINEAR_LIGHT[red], LINEAR_LIGHT[green], LINEAR_LIGHT[blue]))
        general, red_flashes = map(self._largest_flashing_share, (self._general, self._red))
        self.worst = FlashMeasurement(
            max(general, self.worst.general), max(red_flashes, self.worst.red)
        )
        return FlashMeasurement(general, red_flashes)

    def _largest_flashing_share(self, transitions: _TransitionCounter) -> float:
        """Largest share of any field with too many flashes, by sums over rectangles."""
        over = transitions.count >= 2 * (MAX_FLASHES_PER_SECOND + 1)
        if not over.any():
            return 0.0
        width, height = self._window
        area = np.zeros((self.shape[0] + 1, self.shape[1] + 1), np.int32)
        np.cumsum(np.cumsum(over, axis=0, dtype=np.int32), axis=1, out=area[1:, 1:])
        columns = area[width:] - area[:-width]
        windows = columns[:, height:] - columns[:, :-height]
        return float(windows.max()) / (width * height)


def _redness(
    red: NDArray[np.float32], green: NDArray[np.float32], blue: NDArray[np.float32]
) -> NDArray[np.float32]:
    saturated = red >= SATURATED_RED_SHARE * (red + green + blue)
    return np.where(saturated, (red - green - blue).clip(min=0) * 320, 0).astype(np.float32)


class FlashDimmer:
    """Brightness that keeps the flashing area below the limit, from `MIN_LEVEL` to 1.

    It falls fast and rises slowly, in small steps: a dimmer must not flash itself.
    """

    MIN_LEVEL = 0.35
    FALL_PER_FRAME = 0.04  # from full to the lowest level in 0.3 s
    RISE_PER_FRAME = 0.004  # from the lowest level to full in 3 s

    def __init__(self) -> None:
        self.level = 1.0

    def push(self, flash: FlashMeasurement) -> float:
        """The level of the next frame, after a frame with this measurement."""
        if flash.worst > DIMMING_THRESHOLD:
            self.level = max(self.MIN_LEVEL, self.level - self.FALL_PER_FRAME)
        else:
            self.level = min(1.0, self.level + self.RISE_PER_FRAME)
        return self.level


class FlashGuard:
    """A flash meter and the dimmer that it controls.

    Parameters
    ----------
    picture_size : (int, int), optional
        Width and height of the pictures, pixels.
    """

    def __init__(self, picture_size: tuple[int, int] = PICTURE_SIZE_PX) -> None:
        self._meter, self._dimmer = FlashMeter(*METER_SIZE_PX), FlashDimmer()
        self._sampled = blank_surface((picture_size[0] // 4, picture_size[1] // 4))
        self._small = blank_surface(METER_SIZE_PX)

    @property
    def level(self) -> float:
        """Share of the light that the dimmer leaves, 0..1."""
        return self._dimmer.level

    @property
    def mean_light(self) -> float:
        """Mean of the red, green and blue values of the last picture, 0..1."""
        return float(pygame.surfarray.pixels3d(self._small).mean()) / 255

    def limit_flashes(self, picture: pygame.Surface, brightness: float) -> None:
        """Dim a picture to a brightness (0..1), and further while it flashes too much."""
        level = round(255 * self._dimmer.level * brightness)
        if level < 255:
            picture.fill((level, level, level), special_flags=pygame.BLEND_RGB_MULT)
        # every fourth pixel suffices and takes a tenth of the time of an exact mean
        pygame.transform.scale(picture, self._sampled.get_size(), self._sampled)
        poll_input(picture)
        pygame.transform.smoothscale(self._sampled, METER_SIZE_PX, self._small)
        flash = self._meter.push(pygame.surfarray.pixels3d(self._small))
        self._dimmer.push(flash)
        poll_input(picture)
