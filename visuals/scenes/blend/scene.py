"""Blend: styles as poles, and the point between them that is moved.

Each pole is a network of its own, which hears all that is played: its cells, what it expects next,
and the probability it gave the note that sounds. The streams from the poles to the point are as
broad as what each had to do with the note: its weight times its probability.
"""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEYS, Blending, Source
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.bloom import Glow
from visuals.drawing.canvas import Canvas, bezier, vignette
from visuals.drawing.sprites import ADD, Placed, glow_atlas
from visuals.drawing.theme import DIM, FAINT, INK, PITCH_COLOURS, TITLE_PLACE, mix, shade
from visuals.drawing.typography import SUBTITLE, TITLE, TextStyle
from visuals.hud.note_name_label import NoteName
from visuals.hud.piano_roll import Ribbon
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame, Grip, Scene, Toolkit
from visuals.scenes.blend.blend_space import field_of
from visuals.scenes.blend.contribution_streams import HEART, Streams, draw_handle
from visuals.scenes.blend.key_bars import Stacks, stacks
from visuals.scenes.blend.state_tracker import Thoughts, shares_of
from visuals.scenes.blend.style_pole import POLE_COLOURS, Pole
from visuals.scenes.blend.temperature_slider import STEP, Slider

Floats = NDArray[np.float64]

RIBBON_RECT = pygame.Rect(1230, 92, 440, 66)
RIBBON_NOW, RIBBON_SPEED = 1490.0, 120.0
"""x of NOW, and pixels a second."""
GLOW_RECT = pygame.Rect(320, 240, 1280, 740)
"""Where streams glow."""
FINGER = 46.0
"""A finger this near to where the point may be moves it, pixels."""
NUDGE = 26.0
"""How far an arrow key moves the point, pixels."""
_SLIDER = (84, 234, 300)
_EASE = 0.12
"""Share of the way the point goes to where it belongs, each frame."""


class Blend(Scene):
    """Styles as poles, the weight moving between."""

    name = "blend"
    prompt_place = (80, 862)

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        super().__init__(anatomy, toolkit)
        troupe = (toolkit.troupe or (anatomy,))[: len(POLE_COLOURS)]
        self._field = field_of(len(troupe))
        self._poles = [
            Pole(number, network, self._field, toolkit.words.style(network.style, network.title))
            for number, network in enumerate(troupe)
        ]
        self._thoughts = Thoughts(len(troupe), anatomy.units)
        self._streams = Streams(self._poles)
        self._stacks = Stacks(toolkit.keyboard, [pole.colour for pole in self._poles])
        self._slider = Slider(*_SLIDER)
        self._ribbon = Ribbon(RIBBON_RECT, RIBBON_NOW, RIBBON_SPEED, thickness=5)
        self._note_name = NoteName(toolkit.type)
        self._fire = glow_atlas(58, core=9, halo=0.75, white=0.55)
        self._glow = Glow(GLOW_RECT)
        self._heart = self._field.point_of(self._at_first())
        self._blending: Blending | None = None
        self._background = self._draw_background()
        self._words = tuple(toolkit.words[f"blend.{key}"] for key in ("weight", "gave"))

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        weights = self._weights(frame)
        self._move_heart(weights, frame)
        opinions = self._thoughts.at(frame)
        light = float(frame.keys.max())
        surface.blit(self._background, (0, 0))
        self._glow.begin()
        lights = self._streams.draw(surface, self._glow, frame, self._heart, weights, light)
        for number, pole in enumerate(self._poles):
            hidden, ahead = opinions.hidden[number], opinions.ahead[number]
            lights += pole.draw(surface, hidden, ahead, float(weights[number]))
            pole.name_keys(surface, self.toolkit.type, ahead)
        lights += self._threads(surface, frame)
        surface.fblits(lights, ADD)
        if frame.detail > 0:
            self._glow.add_to(surface)
        parts = self._streams.parts(frame)
        self._streams.draw_heart(surface, self._heart, parts, light)
        draw_handle(surface, self._heart, self._ways())
        self._tell(surface, frame, weights)
        self._slider.draw(surface, 1.0 if self._blending is None else self._blending.temperature)
        self._ribbon.draw(surface, frame.timeline, frame.time)
        pieces = stacks(frame.ahead, opinions.ahead, weights)
        self._stacks.draw(surface, pieces)
        self.toolkit.keyboard.draw(surface, frame.keys, np.zeros(KEYS), frame.visitor)
        self._note_name.draw(surface, frame.timeline, frame.time)

    # What fingers and keys do

    def grip(self, x: float, y: float) -> Grip | None:
        if self._slider.is_at(x, y):
            return lambda x, y: ("temperature", (self._slider.temperature_at(x),))
        if len(self._poles) > 1 and self._is_movable(x, y):
            return lambda x, y: ("blend", self._shares_at((x, y)))
        return None

    def nudge(self, across: int, down: int) -> tuple[str, tuple[float, ...]] | None:
        if len(self._poles) == 1:
            return None
        x, y = self._target() + NUDGE * np.array([across, down])
        return "blend", self._shares_at((float(x), float(y)))

    def warm(self, steps: int) -> tuple[str, tuple[float, ...]] | None:
        now = 1.0 if self._blending is None else self._blending.temperature
        x = self._slider.x_of(now + steps * STEP)
        return "temperature", (self._slider.temperature_at(x),)

    def _is_movable(self, x: float, y: float) -> bool:
        point = np.array([x, y])
        if (np.hypot(*(self._field.poles - point).T) <= self._field.radius).any():
            return True
        nearest = self._field.point_of(self._field.weights_at((x, y)))
        return float(np.hypot(*(nearest - point))) <= FINGER

    def _shares_at(self, point: tuple[float, float]) -> tuple[float, ...]:
        shares = np.round(self._field.weights_at(point), 2).clip(0.0, 1.0)
        return tuple(shares.tolist())

    # What is drawn

    def _at_first(self) -> Floats:
        weights = np.zeros(len(self._poles))
        weights[0] = 1.0
        return weights

    def _weights(self, frame: Frame) -> Floats:
        """The mixture in force."""
        self._blending = frame.timeline.blending(frame.time)
        if self._blending is not None and len(self._blending.weights) == len(self._poles):
            return np.array(self._blending.weights)
        latest = frame.timeline.latest(frame.time)
        told = None if latest is None else frame.timeline.shares(latest.cue.serial)
        if told is not None and len(told.weights) == len(self._poles):
            return told.weights.astype(np.float64)
        return self._at_first()

    def _target(self) -> Floats:
        known = self._blending is not None and len(self._blending.weights) == len(self._poles)
        weights = np.array(self._blending.weights) if known else self._at_first()
        return self._field.point_of(weights)

    def _move_heart(self, weights: Floats, frame: Frame) -> None:
        away = self._field.point_of(weights) - self._heart
        self._heart = self._heart + away * _EASE
        if np.hypot(*away) < 0.3 or frame.number == 0:
            self._heart = self._field.point_of(weights)

    def _ways(self) -> list[Floats]:
        """Unit vectors towards where the point may go."""
        away = self._field.corners - self._heart
        if len(away) == 1:
            return []
        far = np.hypot(*away.T)
        ways: list[Floats] = []
        for corner in np.argsort(-far):
            way = away[corner] / max(1e-6, far[corner])
            if far[corner] > 40 and all(way @ other < 0.6 for other in ways):
                ways.append(way)
        return ways

    def _threads(self, surface: pygame.Surface, frame: Frame) -> list[Placed]:
        """From the note at the heart to its key; a visitor's, from the key to the heart."""
        lights: list[Placed] = []
        sounding = [timed for timed in frame.timeline.sounding(frame.time)][-6:]
        latest = frame.timeline.latest(frame.time)
        if latest is not None and latest not in sounding:
            sounding.append(latest)
        for timed in sounding:
            pitch, tone = fold_pitch(timed.cue.pitch), timed.cue.pitch % 12
            level = float(frame.keys[pitch - LOWEST_PITCH])
            if level < 0.03:
                continue
            end = np.array(self.toolkit.keyboard.top(pitch))
            start = self._heart + (0.0, HEART)
            drop = max(60.0, 0.5 * (end[1] - start[1]))
            path = bezier(start, start + (0.0, drop), end - (0.0, drop), end, 40).tolist()
            by_visitor = timed.cue.source is Source.VISITOR
            colour = mix(PITCH_COLOURS[tone], INK, 0.5) if by_visitor else PITCH_COLOURS[tone]
            pygame.draw.aalines(surface, shade(colour, 0.85 * level), False, path)
            self._glow.draw(shade(colour, 0.3 * level), path[::3])
            x, y = self._heart.tolist()
            lights.append(self._fire.placed(tone, 0.85 * level, x, y))
        return lights

    def _tell(self, surface: pygame.Surface, frame: Frame, weights: Floats) -> None:
        latest = frame.timeline.latest(frame.time)
        shares = None
        if latest is not None:
            shares = shares_of(latest.cue, frame.timeline, len(self._poles))
        for number, pole in enumerate(self._poles):
            given = 0.0 if shares is None else float(shares.given[number])
            told = np.array([weights[number], given])
            pole.tell(surface, self.toolkit.type, self._words, told)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        centre = self._field.corners.mean(axis=0)
        vignette(canvas, (float(centre[0]), float(centre[1])))
        corners = self._field.corners
        if len(corners) > 2:
            canvas.line(corners, shade(FAINT, 0.55), 1.0, closed=True)
        elif len(corners) == 2:
            canvas.line(corners, shade(FAINT, 0.8), 1.0)
        for corner in corners if len(corners) > 1 else ():
            canvas.circle(corner, 4.0, shade(FAINT, 1.3), 1.0)
        if len(corners) > 1:
            canvas.circle(centre, 3.0, shade(FAINT, 1.0), 1.0)
        canvas.settle()
        for pole in self._poles:
            pole.draw_static(canvas)
        canvas.settle()
        surface = canvas.surface()
        type, words = self.toolkit.type, self.toolkit.words
        type.put(surface, words["blend.title"], TITLE_PLACE, TITLE)
        quiet = TextStyle(SUBTITLE.size, SUBTITLE.face, SUBTITLE.tracking, DIM)
        subtitle = "blend.subtitle" if len(self._poles) > 1 else "blend.alone"
        type.put(surface, words[subtitle], (TITLE_PLACE[0] + 3, 128), quiet)
        for pole in self._poles:
            pole.write(surface, type)
        self._slider.draw_static(surface, type, words)
        self._ribbon.draw_static(surface, type, words, labels=False)
        self.toolkit.keyboard.draw_static(surface)
        return surface
