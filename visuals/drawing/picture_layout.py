"""Picture layouts: the size of the logical picture, and the rectangles in it, by aspect ratio.

Scenes state their geometry for the landscape layout. The other layouts move each point of it: the
picture of the network is stretched to their own area, while sizes of text, cells and lines stay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pygame import Rect

from messages.cues import KEY_COUNT
from visuals.drawing.theme import (
    FINGERTIP_MM,
    KEYBOARD_RECT,
    MIN_TOUCH_TARGET_PX,
    NOTE_NAME_POSITION,
    PICTURE_SIZE_PX,
)

WHITE_PITCH_CLASSES = (0, 2, 4, 5, 7, 9, 11)
_GRID_PX = 16  # sides of areas that glow are multiples of this, pixels
_NARROWER_RANGES = ((36, 84), (48, 84), (48, 83), (48, 72))
"""Playable pitches of screens on which all of a layout's keys would be too narrow for fingers."""
_LEAST_NARROW_WIDTH_PX = 4  # of a key that only lights up, where room is needed


@dataclass(frozen=True, slots=True)
class KeyboardPlace:
    """The piano's place.

    Parameters
    ----------
    rect : Rect
        Rectangle of all keys, pixels.
    playable_pitches : (int, int)
        Lowest and highest pitch with a key that is wide enough for fingers.
    narrow_key_width : int
        Width of each other key, pixels.
    touch_width_px : float
        Width and height that a key must have for a finger, pixels.
    """

    rect: Rect = field(default_factory=lambda: KEYBOARD_RECT)
    playable_pitches: tuple[int, int] = (36, 96)  # as on a keyboard of 61 keys
    narrow_key_width: int = 7
    touch_width_px: float = MIN_TOUCH_TARGET_PX

    @property
    def white_key_width(self) -> float:
        """Width of a white key for fingers, pixels."""
        low, high = self.playable_pitches
        narrow = KEY_COUNT - (high - low + 1)
        white = sum(pitch % 12 in WHITE_PITCH_CLASSES for pitch in range(low, high + 1))
        return (self.rect.width - narrow * self.narrow_key_width) / white


@dataclass(frozen=True, slots=True, eq=False)
class PictureLayout:
    """Rectangles of the picture for one aspect ratio, pixels.

    Parameters
    ----------
    name : str
    size : (int, int)
        Width and height of the picture.
    keyboard : KeyboardPlace
    x_map, y_map : (float, float)
        Offset and factor from a coordinate of the landscape layout to one of this layout.
    prompt_position : (int, int), optional
        Top left of the prompt; None leaves it where each scene has it in landscape.
    code_rect, crowd_position : Rect and (int, int), optional
        Places of the QR code and of the crowd's lights, as `prompt_position`.
    votes_rect : Rect, optional
        Place of the two votes beside one another; None has them where a scene has its QR code.
    note_name_position : (int, int)
        Top right of the large note name.
    languages : Rect
        Row of the languages' names.
    lesson_button : (int, int)
        Centre of the button that opens the lessons.
    lesson_rect : Rect
        Place of a lesson's own picture, or of its parts in an upright layout.
    has_subtitles : bool
        Whether there is room for a scene's subtitles.
    rects : mapping of str to Rect
        Places of what a scene names, where stretching does not suit it.
    """

    name: str
    size: tuple[int, int]
    keyboard: KeyboardPlace
    x_map: tuple[float, float] = (0.0, 1.0)
    y_map: tuple[float, float] = (0.0, 1.0)
    prompt_position: tuple[int, int] | None = None
    code_rect: Rect | None = None
    crowd_position: tuple[int, int] | None = None
    votes_rect: Rect | None = None
    note_name_position: tuple[int, int] = NOTE_NAME_POSITION
    languages: Rect = field(default_factory=lambda: Rect(1360, 4, 480, 46))
    lesson_button: tuple[int, int] = (40, 1012)
    lesson_rect: Rect = field(default_factory=lambda: Rect(80, 170, 1760, 610))
    has_subtitles: bool = True
    rects: Mapping[str, Rect] = field(default_factory=dict)

    @property
    def is_upright(self) -> bool:
        """Whether the picture is higher than wide."""
        return self.size[1] > self.size[0]

    def x(self, x: float) -> float:
        """Horizontal position of a point that has the position `x` in landscape, pixels."""
        return self.x_map[0] + self.x_map[1] * x

    def y(self, y: float) -> float:
        """Vertical position of a point that has the position `y` in landscape, pixels."""
        return self.y_map[0] + self.y_map[1] * y

    def points(self, points: ArrayLike) -> NDArray[np.float64]:
        """Positions of points, shape (..., 2), of the landscape layout."""
        offset, factor = np.transpose([self.x_map, self.y_map])
        return offset + factor * np.asarray(points, np.float64)

    def point(self, place: tuple[float, float]) -> tuple[float, float]:
        """Position of one point of the landscape layout."""
        return self.x(place[0]), self.y(place[1])

    def rect(self, rect: Rect, name: str = "") -> Rect:
        """Place of a rectangle of the landscape layout, or the layout's own by its name."""
        if name in self.rects:
            return Rect(self.rects[name])
        left, top = (round(side) for side in self.point(rect.topleft))
        right, bottom = (round(side) for side in self.point(rect.bottomright))
        return Rect(left, top, right - left, bottom - top)

    def code_place(self, rect: Rect, scene: str) -> Rect:
        """Place of a QR code that a scene has at `rect` in landscape."""
        return Rect(self.rects.get(f"{scene} code") or self.code_rect or rect)

    def glow_rect(self, rect: Rect, name: str = "") -> Rect:
        """Place of an area that glows: larger than `rect`, inside the picture, on a grid."""
        if self is LANDSCAPE:
            return Rect(rect)
        moved = self.rect(rect, name)
        left, top = (max(0, side // _GRID_PX * _GRID_PX) for side in moved.topleft)
        right, bottom = (
            min(whole // _GRID_PX, -(-side // _GRID_PX)) * _GRID_PX
            for side, whole in zip(moved.bottomright, self.size, strict=True)
        )
        return Rect(left, top, right - left, bottom - top)


LANDSCAPE = PictureLayout(
    "landscape",
    PICTURE_SIZE_PX,
    KeyboardPlace(),
    votes_rect=Rect(858, 836, 680, 76),
    rects={"cortex votes": Rect(858, 886, 680, 74)},
)
CLASSIC = PictureLayout(
    "4:3",
    (1440, 1080),
    KeyboardPlace(Rect(80, 976, 1344, 72), (36, 83), 4),
    x_map=(-7.0, 0.745),
    y_map=(10.0, 0.85),
    has_subtitles=False,
    prompt_position=(80, 846),
    code_rect=Rect(1216, 556, 200, 200),
    crowd_position=(1080, 812),
    votes_rect=Rect(730, 836, 680, 76),
    note_name_position=(1400, 52),
    languages=Rect(920, 4, 480, 46),
    lesson_rect=Rect(20, 178, 1400, 530),
    rects={
        "cortex brain": Rect(240, 152, 830, 590),
        "cortex glow": Rect(140, 0, 1032, 844),
        "blend glow": Rect(228, 212, 960, 768),
        "why glow": Rect(40, 132, 1336, 848),
        "cortex drummer": Rect(1196, 300, 220, 140),
        "cortex roll": Rect(1130, 790, 270, 60),
        "waves terminals": Rect(80, 170, 60, 414),
        "waves traces": Rect(835, 207, 490, 389),
        "waves drummer": Rect(562, 607, 462, 42),
        "waves roll": Rect(53, 659, 1272, 96),
        "waves glow": Rect(136, 98, 1216, 544),
        "circuit glow": Rect(32, 112, 1328, 880),
        "blend poles": Rect(290, 292, 720, 340),
        "blend slider": Rect(84, 184, 364, 2),
        "why surprise": Rect(780, 190, 620, 4),
        "waves code": Rect(1216, 526, 200, 200),
        "why code": Rect(80, 210, 200, 200),
        "days glow": Rect(608, 48, 800, 784),
        "days answer 0": Rect(60, 640, 250, 120),
        "days answer 1": Rect(340, 640, 250, 120),
    },
)
PORTRAIT = PictureLayout(
    "portrait",
    (1080, 1920),
    KeyboardPlace(Rect(20, 1716, 1040, 150), (48, 83), 3),
    x_map=(8.0, 0.5545),
    y_map=(-20.0, 1.66),
    prompt_position=(50, 1510),
    code_rect=Rect(736, 1438, 246, 246),
    crowd_position=(340, 116),
    note_name_position=(1040, 60),
    languages=Rect(664, 4, 400, 46),
    lesson_button=(1030, 1630),
    lesson_rect=Rect(10, 220, 1060, 1030),
    rects={
        "cortex brain": Rect(100, 352, 880, 956),
        "cortex glow": Rect(0, 240, 1080, 1168),
        "blend glow": Rect(184, 376, 712, 1344),
        "why glow": Rect(40, 216, 1004, 1504),
        "cortex drummer": Rect(70, 1340, 280, 150),
        "cortex roll": Rect(370, 1396, 330, 84),
        "why surprise": Rect(60, 262, 960, 4),
        "why band": Rect(540, 1402, 490, 90),
        "why roll": Rect(30, 640, 1020, 690),
        "blend slider": Rect(80, 1400, 920, 2),
        "blend poles": Rect(270, 562, 540, 620),
        "days glow": Rect(128, 496, 816, 800),
        "days answer 0": Rect(60, 1366, 450, 110),
        "days answer 1": Rect(570, 1366, 450, 110),
        "blend code": Rect(794, 560, 246, 246),
        "days code": Rect(784, 250, 246, 246),
        "waves terminals": Rect(114, 285, 34, 658),
        "waves traces": Rect(635, 365, 364, 760),
        "waves drummer": Rect(432, 1145, 343, 83),
        "waves roll": Rect(52, 1248, 947, 186),
        "waves glow": Rect(114, 152, 906, 1063),
        "circuit glow": Rect(44, 219, 993, 1408),
        "waves code": Rect(250, 970, 246, 246),
        "why code": Rect(60, 380, 246, 246),
    },
)
LAYOUTS = (LANDSCAPE, CLASSIC, PORTRAIT)


def choose_layout(window: tuple[int, int]) -> PictureLayout:
    """The layout whose aspect ratio is the nearest to a window's.

    Parameters
    ----------
    window : (int, int)
        Width and height, pixels.

    Returns
    -------
    PictureLayout
    """
    shape = np.log(max(1, window[0]) / max(1, window[1]))
    return min(LAYOUTS, key=lambda layout: abs(np.log(layout.size[0] / layout.size[1]) - shape))


def fit_keyboard(layout: PictureLayout, screen_in: float) -> KeyboardPlace:
    """The piano of a layout, with as many keys for fingers as a screen has room for.

    Parameters
    ----------
    layout : PictureLayout
    screen_in : float
        Diagonal of the screen, inches.

    Returns
    -------
    KeyboardPlace
        Its keys are `FINGERTIP_MM` wide if that leaves two octaves.
    """
    pixels_per_mm = math.hypot(*layout.size) / (25.4 * screen_in)
    touch = max(MIN_TOUCH_TARGET_PX, FINGERTIP_MM * pixels_per_mm)
    place = replace(layout.keyboard, touch_width_px=touch)
    low, high = place.playable_pitches
    inside = [(a, b) for a, b in _NARROWER_RANGES if low <= a and b <= high]
    for pitches in (place.playable_pitches, *inside):
        for narrow in (place.narrow_key_width, _LEAST_NARROW_WIDTH_PX):
            narrow = min(narrow, place.narrow_key_width)
            fitted = replace(place, playable_pitches=pitches, narrow_key_width=narrow)
            if math.floor(fitted.white_key_width) >= FINGERTIP_MM * pixels_per_mm:
                return fitted
    return fitted
