"""Blend: styles as poles, and a point between them that visitors move.

Each pole is a network that hears every note: it shows its cells, its expectation of the next key,
and the probability that it gave the sounding note. The stream from a pole to the point is as bright
as the pole's contribution to the note: its weight times its probability.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from messages.cues import KEY_COUNT, BlendChange, NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.canvas import Canvas, add_background_light, bezier
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, RULE_COLOUR, VISITOR_COLOUR, Colour, shade
from visuals.input.touch_input import DragSteering
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import Scene, Steering
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.contribution_streams import (
    CONTRIBUTION_RING_RADIUS_PX,
    ContributionStreams,
)
from visuals.scenes.blend.state_tracker import BlendStateTracker, shares_of
from visuals.scenes.blend.style_pole import POLE_COLOURS, StylePole
from visuals.scenes.blend.temperature_slider import TEMPERATURE_STEP, TemperatureSlider
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.widgets.piano_roll import PianoRoll

TOUCH_RADIUS_PX = 46.0
"""Distance from the polygon at which a finger still moves the blend point, pixels."""
ARROW_KEY_STEP_PX = 26.0  # distance that an arrow key moves the blend point, pixels
_SLIDER_RECT = pygame.Rect(84, 214, 530, 2)
_EASING_PER_FRAME = 0.12  # share of its remaining way that the blend point moves in a frame
MAX_BAR_HEIGHT_PX = 64.0  # height of a certain note's bar: below the prompt's first line, pixels
BAR_WIDTH_PX = 9
MIN_BAR_PROBABILITY = 0.012  # smallest probability with a bar
_MAX_KEY_THREADS = 6


class BlendScene(Scene):
    """Styles as poles, and the blend point between them."""

    name = "blend"
    prompt_position = (80, 846)
    code_rect = pygame.Rect(1662, 600, 248, 248)
    crowd_position = (560, 630)
    names_style = False  # the poles do
    piano_roll = PianoRoll(pygame.Rect(1230, 82, 400, 56), now_x=1400.0, speed=120.0, thickness=5)
    glow_rect = pygame.Rect(320, 240, 1280, 740)  # area of the streams
    shows_probabilities = False  # bars of its own show them

    def _prepare(self) -> None:
        networks = (self.resources.networks or (self.network,))[: len(POLE_COLOURS)]
        words, self._count = self.resources.words, len(networks)
        self._space = lay_out_blend(self._count, self.layout)
        self._poles = [
            StylePole(number, each, self._space, words.style_title(each.style, each.title))
            for number, each in enumerate(networks)
        ]
        self._state_tracker = BlendStateTracker(self._count, self.network.units)
        self._streams = ContributionStreams(self._poles)
        colours = [pole.colour for pole in self._poles]
        self._key_bars = StackedKeyBars(self.resources.keyboard, colours)
        rect = self.layout.rect(_SLIDER_RECT, "blend slider")
        self._slider = TemperatureSlider(rect.left, rect.top, rect.width)
        palette = (*PITCH_COLOURS, VISITOR_COLOUR)
        self._renderer = LineRenderer(palette, adds=True)
        self._pole_renderer = LineRenderer(self._streams.palette, adds=True)
        self._note_light = glow_atlas(58, core=9, halo=0.75, white=0.55, colours=palette)
        self._blend: BlendChange | None = None
        self._point = self._space.point_for_weights(self._chosen_weights())

    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        self._blend = frame.timeline.blend_change(frame.time)
        weights = self._weights(frame)
        self._move_point(weights, frame)
        predicted, hidden = self._state_tracker.at(frame)
        response = self._state_tracker.visitor_response(frame)
        strokes, streams, marks = (
            GlowingLines(self._renderer, self._glow),
            GlowingLines(self._pole_renderer, self._glow),
            LineBatch(),
        )
        light = float(frame.key_light.max())
        contributions = self._streams.contributions(frame)
        sprites = self._streams.draw(streams, frame, self._point, weights, contributions * light)
        for k, pole in enumerate(self._poles):
            pole.draw_weight(surface, float(weights[k]))
            sprites += pole.draw(streams.lines, hidden[k], predicted[k], float(weights[k]))
            pole.write_likely_keys(
                surface, self.resources.typesetter, self.resources.words, predicted[k]
            )
            sprites += pole.flares(response[k])
        sprites += self._draw_key_threads(strokes, frame)
        streams.draw(surface)
        strokes.draw(surface)
        surface.fblits(sprites, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        self._streams.draw_contribution_ring(surface, self._point, contributions, light)
        self._streams.add_direction_arrows(marks, self._point, self._movable_directions())
        self._pole_renderer.draw_batch(surface, marks)
        self._write_figures(surface, frame, weights)
        self._slider.draw(surface, self._temperature)
        self.piano_roll.draw(surface, frame.timeline, frame.time, frame.taken_up)
        pieces = stacked_bar_heights(frame.next_key_probabilities, predicted, weights)
        self._key_bars.draw(surface, pieces)

    def drag_steering_at(self, x: float, y: float) -> DragSteering | None:
        if self._slider.contains(x, y):
            return lambda x, y: ("temperature", (self._slider.temperature_at(x),))
        if self._count > 1 and self._is_movable_at(x, y):
            return self._steer_to
        return None

    def steer_by_arrow(self, across: int, down: int) -> Steering | None:
        if self._count == 1:
            return None
        target = self._space.point_for_weights(self._set_weights())
        x, y = (target + ARROW_KEY_STEP_PX * np.array([across, down])).tolist()
        return self._steer_to(x, y)

    def steer_temperature(self, steps: int) -> Steering | None:
        set_temperature = 1.0 if self._blend is None else self._blend.set_temperature
        x = self._slider.x_of(set_temperature + steps * TEMPERATURE_STEP)
        return "temperature", (self._slider.temperature_at(x),)

    def _steer_to(self, x: float, y: float) -> Steering:
        weights = np.round(self._space.weights_at((x, y)), 2).clip(0.0, 1.0)
        return "blend", tuple(weights.tolist())

    def _is_movable_at(self, x: float, y: float) -> bool:
        """Whether a finger at a point moves the blend point."""
        nearest = self._space.point_for_weights(self._space.weights_at((x, y)))
        distance = float(np.hypot(*(nearest - (x, y))))
        return self._space.is_on_pole((x, y)) or distance <= TOUCH_RADIUS_PX

    @property
    def _temperature(self) -> float:
        return 1.0 if self._blend is None else self._blend.temperature

    def _chosen_weights(self) -> Floats:
        """The weights that visitors chose; the first pole alone before any choice."""
        if self._blend is not None and len(self._blend.weights) == self._count:
            return np.array(self._blend.weights)
        return np.eye(self._count)[0]

    def _set_weights(self) -> Floats:
        """The chosen weights, without what the crowd wishes."""
        if self._blend is not None and len(self._blend.set_weights) == self._count:
            return np.array(self._blend.set_weights)
        return np.eye(self._count)[0]

    def _weights(self, frame: Frame) -> Floats:
        """The chosen weights, or those of the latest note before any choice."""
        latest = frame.timeline.latest_cue(frame.time)
        shares = None if latest is None else frame.timeline.blend_contributions(latest.cue.serial)
        chosen = self._blend is not None and len(self._blend.weights) == self._count
        if chosen or shares is None or len(shares.weights) != self._count:
            return self._chosen_weights()
        return shares.weights.astype(np.float64)

    def _move_point(self, weights: Floats, frame: Frame) -> None:
        """Move the blend point towards some weights, at once in the first frame."""
        target = self._space.point_for_weights(weights)
        away = target - self._point
        self._point = self._point + away * _EASING_PER_FRAME
        if np.hypot(*away) < 0.3 or frame.number == 0:
            self._point = target

    def _movable_directions(self) -> list[Floats]:
        """Unit vectors to the corners that the point can move to, without similar ones."""
        if self._count == 1:
            return []
        away = self._space.corners - self._point
        distance = np.hypot(*away.T)
        directions: list[Floats] = []
        for corner in np.argsort(-distance):
            direction = away[corner] / max(1e-6, distance[corner])
            if distance[corner] > 40 and all(direction @ other < 0.6 for other in directions):
                directions.append(direction)
        return directions

    def _draw_key_threads(self, strokes: GlowingLines, frame: Frame) -> list[PlacedSprite]:
        """Draw threads from the blend point to the sounding keys, and return their lights."""
        sprites: list[PlacedSprite] = []
        sounding = frame.timeline.sounding_cues(frame.time)[-_MAX_KEY_THREADS:]
        latest = frame.timeline.latest_cue(frame.time)
        if latest is not None and latest not in sounding:
            sounding.append(latest)
        x, y = self._point.tolist()
        start = self._point + (0.0, CONTRIBUTION_RING_RADIUS_PX)
        for timed in sounding:
            level = frame.light_of_key(timed.cue.pitch)
            if level < 0.03:
                continue
            end = np.array(self.resources.keyboard.key_top(fold_pitch(timed.cue.pitch)))
            drop = (0.0, max(60.0, 0.5 * (end[1] - start[1])))
            path = bezier(start, start + drop, end - drop, end, 40)
            by_visitor = timed.cue.source is NoteSource.VISITOR
            tone = len(PITCH_COLOURS) if by_visitor else timed.cue.pitch % 12
            strokes.add(path[None], tone, 0.9 * level, glow_level=0.3 * level, stride=3)
            sprites.append(self._note_light.sprite_centred_at(tone, 0.85 * level, x, y))
        return sprites

    def _write_figures(self, surface: pygame.Surface, frame: Frame, weights: Floats) -> None:
        """Write beside each pole its weight and the probability that it gave the latest note."""
        latest, shares = frame.timeline.latest_cue(frame.time), None
        if latest is not None:
            shares = shares_of(latest.cue, frame.timeline, self._count)
        given = np.zeros(self._count) if shares is None else shares.note_probs
        words = [self.resources.words[f"blend.{key}"] for key in ("weight", "gave")]
        for pole, *figures in zip(self._poles, weights.tolist(), given.tolist(), strict=True):
            lines = list(zip(words, figures, strict=True))
            pole.write_figures(surface, self.resources.typesetter, lines)

    def _draw_background(self) -> pygame.Surface:
        canvas, corners = Canvas(self.layout.size), self._space.corners
        centre = corners.mean(axis=0)
        add_background_light(canvas, tuple(centre.tolist()))
        if self._count > 1:
            level = 0.55 if self._count > 2 else 0.8
            canvas.draw_line(corners, shade(RULE_COLOUR, level), 1.0, closed=self._count > 2)
            for corner in corners:
                canvas.draw_circle(corner, 4.0, shade(RULE_COLOUR, 1.3), 1.0)
            canvas.draw_circle(centre, 3.0, shade(RULE_COLOUR, 1.0), 1.0)
        canvas.flatten_strokes()
        for pole in self._poles:
            pole.draw_static(canvas)
        canvas.flatten_strokes()
        subtitle = self.resources.words["blend.subtitle" if self._count > 1 else "blend.alone"]
        surface = self._finish_background(canvas, subtitle)
        for pole in self._poles:
            pole.write_name(surface, self.resources.typesetter)
        self._slider.draw_static(surface, self.resources.typesetter, self.resources.words)
        return surface


def stacked_bar_heights(blended: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Height of each pole's piece of each bar, pixels, shape (poles, 88).

    `blended` (88,) and `predicted` (poles, 88) are the probabilities that the whole blend and each
    pole give each key.
    """
    parts = weights[:, None] * predicted
    total = parts.sum(axis=0)
    shares = np.where(total > 1e-9, parts / np.maximum(total, 1e-9), weights[:, None])
    height = 4.0 + MAX_BAR_HEIGHT_PX * np.minimum(1.0, blended) ** 0.6
    return shares * np.where(blended > MIN_BAR_PROBABILITY, height, 0.0)


class StackedKeyBars:
    """Draws the bars over a keyboard, in the colours of the poles."""

    def __init__(self, keyboard: PianoKeyboard, colours: Sequence[Colour]) -> None:
        self._colours = tuple(colours)
        self._tip = glow_atlas(14, core=1.6, halo=0.5, white=0.6, colours=self._colours)
        tops = [keyboard.key_top(LOWEST_PITCH + key) for key in range(KEY_COUNT)]
        self._bar_bases = [(round(x) - BAR_WIDTH_PX // 2, round(y) - 6) for x, y in tops]

    def draw(self, surface: pygame.Surface, pieces: Floats) -> None:
        """Draw bars of some pieces (poles, 88), with a dark line between the pieces."""
        sprites = []
        heights = pieces.sum(axis=0)
        for key in np.flatnonzero(heights > 1.0).tolist():
            (x, base), height = self._bar_bases[key], float(heights[key])
            level = 0.30 + 0.55 * min(1.0, height / MAX_BAR_HEIGHT_PX)
            top = 0.0
            for colour, piece in zip(self._colours, pieces[:, key].tolist(), strict=True):
                low, top = round(base - top), top + piece
                high = round(base - top)
                if low - high > 1:
                    rect = (x, high + 1, BAR_WIDTH_PX, low - high - 1)
                    surface.fill(shade(colour, level), rect, BLEND_ADD)
            largest = int(pieces[:, key].argmax())
            x, y = x + BAR_WIDTH_PX / 2, base - height
            sprites.append(self._tip.sprite_centred_at(largest, level, x, y))
        surface.fblits(sprites, BLEND_ADD)
