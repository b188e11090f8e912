"""Blend: styles as poles, and the point between them that is moved.

Each pole is a network of its own, which hears all that is played: its cells, what it expects next,
and the probability it gave the note that sounds. The streams from the poles to the point are as
broad as what each had to do with the note: its weight times its probability.
"""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEY_COUNT, BlendChange, NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas, add_background_light, bezier
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    TITLE_POSITION,
    mix,
    shade,
)
from visuals.drawing.typography import SUBTITLE_STYLE, TITLE_STYLE, TextStyle
from visuals.hud.note_name_label import NoteNameLabel
from visuals.hud.piano_roll import PianoRoll
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import DragSteering, Frame, Scene, SceneResources
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.contribution_streams import (
    CONTRIBUTION_RING_RADIUS_PX,
    ContributionStreams,
    draw_direction_arrows,
)
from visuals.scenes.blend.key_bars import StackedKeyBars, stacked_bar_heights
from visuals.scenes.blend.state_tracker import BlendStateTracker, shares_of
from visuals.scenes.blend.style_pole import POLE_COLOURS, StylePole
from visuals.scenes.blend.temperature_slider import TEMPERATURE_STEP, TemperatureSlider

Floats = NDArray[np.float64]

PIANO_ROLL_RECT = pygame.Rect(1230, 92, 440, 66)
PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S = 1490.0, 120.0
"""x of PIANO_ROLL_NOW_X_PX, and pixels a second."""
GLOW_RECT = pygame.Rect(320, 240, 1280, 740)
"""Where streams glow."""
TOUCH_RADIUS_PX = 46.0
"""A finger this near to where the point may be moves it, pixels."""
ARROW_KEY_STEP_PX = 26.0
"""How far an arrow key moves the point, pixels."""
_SLIDER_GEOMETRY_PX = (84, 234, 300)
_EASING_PER_FRAME = 0.12
"""Share of the way the point goes to where it belongs, each frame."""


class BlendScene(Scene):
    """Styles as poles, the weight moving between."""

    name = "blend"
    prompt_position = (80, 862)

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources) -> None:
        super().__init__(anatomy, toolkit)
        troupe = (toolkit.networks or (anatomy,))[: len(POLE_COLOURS)]
        self._blend_space = lay_out_blend(len(troupe))
        self._poles = [
            StylePole(
                number,
                network,
                self._blend_space,
                toolkit.words.style_title(network.style, network.title),
            )
            for number, network in enumerate(troupe)
        ]
        self._state_tracker = BlendStateTracker(len(troupe), anatomy.units)
        self._streams = ContributionStreams(self._poles)
        self._key_bars = StackedKeyBars(toolkit.keyboard, [pole.colour for pole in self._poles])
        self._slider = TemperatureSlider(*_SLIDER_GEOMETRY_PX)
        self._piano_roll = PianoRoll(
            PIANO_ROLL_RECT, PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S, thickness=5
        )
        self._note_name = NoteNameLabel(toolkit.typesetter)
        self._note_light = glow_atlas(58, core=9, halo=0.75, white=0.55)
        self._glow = GlowLayer(GLOW_RECT)
        self._blend_point = self._blend_space.point_for_weights(self._initial_weights())
        self._blending: BlendChange | None = None
        self._background = self._draw_background()
        self._words = tuple(toolkit.words[f"blend.{key}"] for key in ("weight", "gave"))

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        weights = self._weights(frame)
        self._move_blend_point(weights, frame)
        opinions = self._state_tracker.at(frame)
        light = float(frame.key_light.max())
        surface.blit(self._background, (0, 0))
        self._glow.begin_frame()
        lights = self._streams.draw(surface, self._glow, frame, self._blend_point, weights, light)
        for number, pole in enumerate(self._poles):
            hidden, ahead = opinions.hidden[number], opinions.next_key_probabilities[number]
            lights += pole.draw(surface, hidden, ahead, float(weights[number]))
            pole.write_likely_keys(surface, self.resources.typesetter, ahead)
        lights += self._key_thread_lights(surface, frame)
        surface.fblits(lights, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        parts = self._streams.contributions(frame)
        self._streams.draw_contribution_ring(surface, self._blend_point, parts, light)
        draw_direction_arrows(surface, self._blend_point, self._movable_directions())
        self._write_pole_figures(surface, frame, weights)
        self._slider.draw(surface, 1.0 if self._blending is None else self._blending.temperature)
        self._piano_roll.draw(surface, frame.timeline, frame.time)
        pieces = stacked_bar_heights(
            frame.next_key_probabilities, opinions.next_key_probabilities, weights
        )
        self._key_bars.draw(surface, pieces)
        self.resources.keyboard.draw(
            surface, frame.key_light, np.zeros(KEY_COUNT), frame.visitor_key_light
        )
        self._note_name.draw(surface, frame.timeline, frame.time)

    # What fingers and keys do

    def drag_steering_at(self, x: float, y: float) -> DragSteering | None:
        if self._slider.contains(x, y):
            return lambda x, y: ("temperature", (self._slider.temperature_at(x),))
        if len(self._poles) > 1 and self._is_movable(x, y):
            return lambda x, y: ("blend", self._steered_weights_at((x, y)))
        return None

    def steer_by_arrow(self, across: int, down: int) -> tuple[str, tuple[float, ...]] | None:
        if len(self._poles) == 1:
            return None
        x, y = self._target() + ARROW_KEY_STEP_PX * np.array([across, down])
        return "blend", self._steered_weights_at((float(x), float(y)))

    def steer_temperature(self, steps: int) -> tuple[str, tuple[float, ...]] | None:
        now = 1.0 if self._blending is None else self._blending.temperature
        x = self._slider.x_of(now + steps * TEMPERATURE_STEP)
        return "temperature", (self._slider.temperature_at(x),)

    def _is_movable(self, x: float, y: float) -> bool:
        point = np.array([x, y])
        if (
            np.hypot(*(self._blend_space.pole_centres - point).T) <= self._blend_space.pole_radius
        ).any():
            return True
        nearest = self._blend_space.point_for_weights(self._blend_space.weights_at((x, y)))
        return float(np.hypot(*(nearest - point))) <= TOUCH_RADIUS_PX

    def _steered_weights_at(self, point: tuple[float, float]) -> tuple[float, ...]:
        shares = np.round(self._blend_space.weights_at(point), 2).clip(0.0, 1.0)
        return tuple(shares.tolist())

    # What is drawn

    def _initial_weights(self) -> Floats:
        weights = np.zeros(len(self._poles))
        weights[0] = 1.0
        return weights

    def _weights(self, frame: Frame) -> Floats:
        """The mixture in force."""
        self._blending = frame.timeline.blend_change(frame.time)
        if self._blending is not None and len(self._blending.weights) == len(self._poles):
            return np.array(self._blending.weights)
        latest = frame.timeline.latest_cue(frame.time)
        told = None if latest is None else frame.timeline.blend_contributions(latest.cue.serial)
        if told is not None and len(told.weights) == len(self._poles):
            return told.weights.astype(np.float64)
        return self._initial_weights()

    def _target(self) -> Floats:
        known = self._blending is not None and len(self._blending.weights) == len(self._poles)
        weights = np.array(self._blending.weights) if known else self._initial_weights()
        return self._blend_space.point_for_weights(weights)

    def _move_blend_point(self, weights: Floats, frame: Frame) -> None:
        away = self._blend_space.point_for_weights(weights) - self._blend_point
        self._blend_point = self._blend_point + away * _EASING_PER_FRAME
        if np.hypot(*away) < 0.3 or frame.number == 0:
            self._blend_point = self._blend_space.point_for_weights(weights)

    def _movable_directions(self) -> list[Floats]:
        """Unit vectors towards where the point may go."""
        away = self._blend_space.corners - self._blend_point
        if len(away) == 1:
            return []
        far = np.hypot(*away.T)
        ways: list[Floats] = []
        for corner in np.argsort(-far):
            way = away[corner] / max(1e-6, far[corner])
            if far[corner] > 40 and all(way @ other < 0.6 for other in ways):
                ways.append(way)
        return ways

    def _key_thread_lights(self, surface: pygame.Surface, frame: Frame) -> list[PlacedSprite]:
        """From the note at the heart to its key; a visitor's, from the key to the heart."""
        lights: list[PlacedSprite] = []
        sounding = [timed for timed in frame.timeline.sounding_cues(frame.time)][-6:]
        latest = frame.timeline.latest_cue(frame.time)
        if latest is not None and latest not in sounding:
            sounding.append(latest)
        for timed in sounding:
            pitch, tone = fold_pitch(timed.cue.pitch), timed.cue.pitch % 12
            level = float(frame.key_light[pitch - LOWEST_PITCH])
            if level < 0.03:
                continue
            end = np.array(self.resources.keyboard.key_top(pitch))
            start = self._blend_point + (0.0, CONTRIBUTION_RING_RADIUS_PX)
            drop = max(60.0, 0.5 * (end[1] - start[1]))
            path = bezier(start, start + (0.0, drop), end - (0.0, drop), end, 40).tolist()
            by_visitor = timed.cue.source is NoteSource.VISITOR
            colour = (
                mix(PITCH_COLOURS[tone], TEXT_COLOUR, 0.5) if by_visitor else PITCH_COLOURS[tone]
            )
            pygame.draw.aalines(surface, shade(colour, 0.85 * level), False, path)
            self._glow.draw_line(shade(colour, 0.3 * level), path[::3])
            x, y = self._blend_point.tolist()
            lights.append(self._note_light.sprite_centred_at(tone, 0.85 * level, x, y))
        return lights

    def _write_pole_figures(self, surface: pygame.Surface, frame: Frame, weights: Floats) -> None:
        latest = frame.timeline.latest_cue(frame.time)
        shares = None
        if latest is not None:
            shares = shares_of(latest.cue, frame.timeline, len(self._poles))
        for number, pole in enumerate(self._poles):
            given = 0.0 if shares is None else float(shares.note_probs[number])
            told = np.array([weights[number], given])
            pole.write_figures(surface, self.resources.typesetter, self._words, told)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        centre = self._blend_space.corners.mean(axis=0)
        add_background_light(canvas, (float(centre[0]), float(centre[1])))
        corners = self._blend_space.corners
        if len(corners) > 2:
            canvas.draw_line(corners, shade(RULE_COLOUR, 0.55), 1.0, closed=True)
        elif len(corners) == 2:
            canvas.draw_line(corners, shade(RULE_COLOUR, 0.8), 1.0)
        for corner in corners if len(corners) > 1 else ():
            canvas.draw_circle(corner, 4.0, shade(RULE_COLOUR, 1.3), 1.0)
        if len(corners) > 1:
            canvas.draw_circle(centre, 3.0, shade(RULE_COLOUR, 1.0), 1.0)
        canvas.flatten_strokes()
        for pole in self._poles:
            pole.draw_static(canvas)
        canvas.flatten_strokes()
        surface = canvas.to_surface()
        type, words = self.resources.typesetter, self.resources.words
        type.draw_text(surface, words["blend.title"], TITLE_POSITION, TITLE_STYLE)
        quiet = TextStyle(
            SUBTITLE_STYLE.size, SUBTITLE_STYLE.face, SUBTITLE_STYLE.tracking, LABEL_COLOUR
        )
        subtitle = "blend.subtitle" if len(self._poles) > 1 else "blend.alone"
        type.draw_text(surface, words[subtitle], (TITLE_POSITION[0] + 3, 128), quiet)
        for pole in self._poles:
            pole.write_name(surface, type)
        self._slider.draw_static(surface, type, words)
        self._piano_roll.draw_static(surface, type, words, labels=False)
        self.resources.keyboard.draw_static(surface)
        return surface
