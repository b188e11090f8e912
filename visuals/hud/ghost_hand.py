"""Ghost hand: shows in attract mode that a cell can be touched, where that is so."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pygame

from messages.cues import HIDDEN_INDEX, Turn
from visuals.drawing.sprites import BLEND_ADD
from visuals.drawing.theme import TEXT_COLOUR, shade
from visuals.drawing.typography import TextStyle
from visuals.hud.prompt import hand_atlas
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.widgets.hit_targets import UnitIndex

PERIOD_S, SHOWN_S = 16.0, 5.0  # time from one hand to the next, and for which it is seen, seconds
TOUCH_PAUSE_S = 20.0  # time after a touch in which no hand shows how, seconds
_APPROACH_S, _FADE_S = 1.4, 0.6
_HAND_SCALE = 1.5
_APPROACH_PX, _RING_PX = 130.0, 40.0
_LABEL_SIDE_PX, _LABEL_STEP_PX = 46, 96  # from the cell to the words, and to other places for them
_LABEL_MARGIN_PX, _EDGE_PX = 12, 40  # of the dark ground beside the words; from the picture's edge
_LEVEL_STEPS = 8
_HandKey = tuple[str, int, int]
"""Scene of a hand, begin of its attract mode (ns), and its number in that."""


class GhostHand:
    """Draws the hand, and words beside it."""

    def __init__(self, resources: SceneResources) -> None:
        self._resources = resources
        self._hand = hand_atlas(_HAND_SCALE)
        self._chosen: tuple[_HandKey, UnitIndex] | None = None  # and its cell
        self._label: tuple[tuple[float, float], pygame.Rect] | None = None  # cell's place, words'

    def draw(
        self,
        surface: pygame.Surface,
        frame: Frame,
        scene: Scene,
        last_input: int,
        find_taken: Callable[[], Sequence[pygame.Rect]] = tuple,
    ) -> UnitIndex | None:
        """Draw it if it is due; returns the cell it points at, if any.

        Its words lie where they hide nothing of what is taken, if there is such a place.
        """
        turn = frame.timeline.turn(frame.time)
        is_touched = last_input and frame.seconds_since(last_input) < TOUCH_PAUSE_S
        if turn.turn is not Turn.ATTRACT or is_touched or frame.reduced_motion:
            return None
        period, seconds = divmod(frame.seconds_since(turn.due), PERIOD_S)
        age = seconds - (PERIOD_S - SHOWN_S)  # at first the picture alone
        place = None if age < 0 else self._place(frame, scene, (scene.name, turn.due, int(period)))
        if place is None:
            return None
        fade = min(1.0, age / _FADE_S, (SHOWN_S - age) / _FADE_S)
        level = math.ceil(_LEVEL_STEPS * max(0.0, fade)) / _LEVEL_STEPS
        near = min(1.0, age / _APPROACH_S)
        tip_y = place[1] - _APPROACH_PX * (1.0 - near) ** 2
        touch = max(0.0, age - _APPROACH_S) % 1.2 / 1.2
        if near == 1.0:
            colour = shade(TEXT_COLOUR, level * (1.0 - 0.7 * touch))
            pygame.draw.aacircle(surface, colour, place, _RING_PX * (0.4 + 0.6 * touch), 3)
        x, y = place[0] + 8 * _HAND_SCALE, tip_y - 34 * _HAND_SCALE
        surface.fblits([self._hand.sprite_centred_at(0, level, x, y)], BLEND_ADD)
        self._write(surface, place, level, find_taken)
        return self._chosen[1] if self._chosen else None

    def _place(self, frame: Frame, scene: Scene, key: _HandKey) -> tuple[float, float] | None:
        """Place of the cell that said most as the hand came."""
        if self._chosen is None or self._chosen[0] != key:
            cell = _busiest_cell(frame, scene)
            self._chosen = None if cell is None else (key, cell)
        return None if self._chosen is None else scene.unit_position(*self._chosen[1])

    def _write(
        self,
        surface: pygame.Surface,
        place: tuple[float, float],
        level: float,
        find_taken: Callable[[], Sequence[pygame.Rect]],
    ) -> None:
        typesetter, size = self._resources.typesetter, self._resources.typesetter.scale.needed
        style = TextStyle(size, "jost-400", 0.5, shade(TEXT_COLOUR, level))
        text = self._resources.words["hand.touch"]
        if self._label is None or self._label[0] != place:
            box = typesetter.render(text, style).get_rect()
            self._label = place, label_rect(place, box.size, surface.get_size(), find_taken())
        box = self._label[1]
        pygame.draw.rect(surface, (4, 5, 8), box, border_radius=12)
        typesetter.draw_text(surface, text, box.move(_LABEL_MARGIN_PX, 0).topleft, style)


def label_rect(
    place: tuple[float, float],
    size: tuple[int, int],
    picture: tuple[int, int],
    taken: Sequence[pygame.Rect] = (),
) -> pygame.Rect:
    """Rectangle of the hand's words and their ground: beside the cell, where nothing is hidden.

    Parameters
    ----------
    place : (float, float)
        The cell, pixels.
    size, picture : (int, int)
        Width and height of the words and of the picture, pixels.
    taken : sequence of Rect
        What should not be hidden.

    Returns
    -------
    Rect
    """
    box = pygame.Rect(0, 0, size[0] + 2 * _LABEL_MARGIN_PX, size[1])
    x, y = round(place[0]), round(place[1]) - 10
    inside = pygame.Rect((0, 0), picture).inflate(-2 * _EDGE_PX, -2 * _EDGE_PX)
    side = _LABEL_SIDE_PX - _LABEL_MARGIN_PX
    candidates = []
    for step in (0, 1, -1, 2, -2, 3, -3):
        for left in (x + side, x - side - box.width):
            other = box.move(left, y + step * _LABEL_STEP_PX - box.height // 2)
            candidates.append(other.clamp(inside) if step else other)
    fitting = [other for other in candidates if inside.contains(other)]
    free = [other for other in fitting if other.collidelist(list(taken)) < 0]
    return (free or fitting or [box.clamp(inside)])[0]


def _busiest_cell(frame: Frame, scene: Scene) -> UnitIndex | None:
    """The cell of a scene that says most, if it shows any in the upper part of the picture."""
    targets = scene.hit_targets
    if targets is None:
        return None
    width, height = scene.layout.size
    x, y = targets.positions.T
    is_free = (x > 0.1 * width) & (x < 0.9 * width) & (y > 0.24 * height) & (y < 0.66 * height)
    if not is_free.any():
        return None
    layers, units = targets.units.T
    said = np.where(is_free, np.abs(frame.activations[layers, HIDDEN_INDEX, units]), -1.0)
    best = int(said.argmax())
    return int(layers[best]), int(units[best])
