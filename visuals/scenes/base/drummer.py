"""The drummer of the band: its cells in motion, and its hits as light at the piano's edge."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import NoteSource
from midi_data.drums import DrumPart
from visuals.drawing.animation import SpringMotion
from visuals.drawing.sprites import BLEND_ADD, MIN_SPRITE_LEVEL, PlacedSprite, SpriteAtlas
from visuals.drawing.theme import Colour
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.timeline import TimedCue, Timeline

DRUM_COLOUR: Colour = (196, 204, 214)
REST_FADE_S = (2.0, 5.0)  # silence after which the drummer begins to fade, and is dark, seconds
ENTRY_S = 0.8  # time before its first hit in which it lights up, seconds
CELL_FREQUENCY_HZ, CELL_DAMPING = 2.2, 0.8
_TABLE_POINTS_PER_STEP, _TABLE_POINTS_TO_SPARE = 8, 200
GROUPS = (
    (DrumPart.KICK,),
    (DrumPart.SNARE, DrumPart.LOW_TOM, DrumPart.MID_TOM, DrumPart.HIGH_TOM),
    (DrumPart.CLOSED_HAT, DrumPart.PEDAL_HAT, DrumPart.OPEN_HAT, DrumPart.CRASH, DrumPart.RIDE),
)
"""Parts of the kit whose hits light the same place: a lens, two bars, two rows of dots."""
_GROUP_PLACES = ((0.5,), (0.3, 0.7), (0.1, 0.9))  # shares of the piano's width
_EDGE_GAP_PX = 14  # of the lights' centres below the piano, pixels


class DrummerCells:
    """The drummer's cells, which move from the state of one hit to that of the next.

    Parameters
    ----------
    count : int, optional
        Number of cells of each part, those that favour it the most; by default all.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count
        self._motion: SpringMotion | None = None
        self._followed: tuple[TimedCue, ...] = ()
        self._table: NDArray[np.float32] | None = None
        self._table_start = 0

    def follow(self, timeline: Timeline) -> bool:
        """Follow the hits that are known; False while there has been none."""
        if (band := timeline.band) == self._followed:  # the same cues
            return self._motion is not None and bool(band)
        hits = [timed for timed in band if timed.cue.cells.size]
        self._followed = band if hits else ()
        if self._motion is None and hits:
            count = self._count  # `self` in the lambda would make the cells refer to themselves
            self._motion = SpringMotion(
                lambda cue: cue.cells[:, :count].ravel(),
                hits[0].cue.cells[:, :count].size,
                CELL_FREQUENCY_HZ,
                CELL_DAMPING,
            )
        if self._motion is not None and self._motion.update_targets(hits):
            self._table = None
        return bool(hits)

    def state_at(self, time: int) -> Floats:
        """Hidden states at a time (ns), shape (parts, cells); `follow` was True."""
        return self._motion.position_at(time).reshape(len(DrumPart), -1)

    def states_ahead(self, time: int, step_ns: int, count: int) -> NDArray[np.float32]:
        """Hidden states of one cell of each part at a time (ns) and in steps after it.

        Between points of a finer table, which serves some dozens of frames, states change evenly.
        Shape (parts, count).
        """
        fine = step_ns // _TABLE_POINTS_PER_STEP
        index, rest = divmod(time - self._table_start, fine)
        if self._table is None or not 0 <= index <= _TABLE_POINTS_TO_SPARE:
            points = np.arange(count * _TABLE_POINTS_PER_STEP + _TABLE_POINTS_TO_SPARE + 1)
            states = self._motion.positions_at(time + fine * points[None])
            self._table, self._table_start, index, rest = states.astype(np.float32), time, 0, 0
        end = index + count * _TABLE_POINTS_PER_STEP
        now, then = (self._table[:, index + k : end + k : _TABLE_POINTS_PER_STEP] for k in (0, 1))
        return now + (then - now) * np.float32(rest / fine)


def drummer_presence(frame: Frame) -> float:
    """How much of the drummer is seen: it comes before a hit, and goes in silence.

    Parameters
    ----------
    frame : Frame

    Returns
    -------
    float
        0..1.
    """
    entry = 0.0
    for timed in reversed(frame.timeline.band):
        if timed.cue.source is NoteSource.DRUMS:
            since = frame.seconds_since(timed.cue.due)
            if since >= 0:
                rest = (REST_FADE_S[1] - since) / (REST_FADE_S[1] - REST_FADE_S[0])
                return max(entry, min(1.0, rest))
            entry = max(0.0, 1.0 + since / ENTRY_S)
    return entry


class HitLights:
    """Hits as light below the piano; place and shape tell kick, snare and cymbals apart.

    Parameters
    ----------
    piano : Rect
    """

    def __init__(self, piano: pygame.Rect) -> None:
        width = piano.width
        self._atlases = [
            SpriteAtlas(profile, None, (DRUM_COLOUR,))
            for profile in (_lens(width // 4), _bar(width // 16), _dots(width // 8))
        ]
        y = piano.bottom + _EDGE_GAP_PX
        self._places = [[(piano.left + s * width, y) for s in shares] for shares in _GROUP_PLACES]

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Add the light of the hits to a picture."""
        light = frame.part_light.tolist()
        sprites: list[PlacedSprite] = []
        for atlas, parts, places in zip(self._atlases, GROUPS, self._places, strict=True):
            level = max(light[part] for part in parts)
            if level >= MIN_SPRITE_LEVEL:
                sprites += [atlas.sprite_centred_at(0, level, x, y) for x, y in places]
        if sprites:
            surface.fblits(sprites, BLEND_ADD)


def _lens(width: int) -> Floats:
    """A flat lens, brightest in its middle, shape (height, width)."""
    y, x = np.mgrid[-1:1:26j, -1 : 1 : complex(0, width)]
    return np.clip(1.2 * (1 - x * x - y * y), 0, 1)


def _bar(width: int) -> Floats:
    """A solid bar with round ends."""
    y, x = np.mgrid[-8:8:17j, 0 : width : complex(0, width)]
    beyond = np.maximum(0, np.abs(x - width / 2) - width / 2 + 6)
    return np.clip(6.5 - np.hypot(beyond, y), 0, 1)


def _dots(width: int) -> Floats:
    """A row of dots."""
    y, x = np.mgrid[-8:8:17j, 0 : width : complex(0, width)]
    gap = width / 7
    return np.clip(4.5 - np.hypot((x % gap) - gap / 2, y), 0, 1)
