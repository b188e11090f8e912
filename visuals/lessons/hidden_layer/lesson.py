"""Lesson two: why one neuron fails, and how hidden neurons fold the space until it parts."""

from __future__ import annotations

import numpy as np
import pygame

from rnn.teaching.perceptron import COIN, FACTS, Song
from visuals.drawing.sprites import blank
from visuals.drawing.theme import DIM, FAINT, mix, shade
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.neuron_parts import draw_body, fibre, thickness
from visuals.lessons.drawing.plots import Plane, draw_errors, draw_level, draw_song
from visuals.lessons.drawing.renderer import BACKWARD, DISLIKE, INK, LIKE, Brush, signed
from visuals.lessons.hidden_layer.perspective_cube import Space
from visuals.lessons.hidden_layer.walkthrough import FoldWalk
from visuals.words import Words

_TABLE = (140, 292)
_COLUMN, _LIKES = 116, 352
"""From one fact to the next, and to what is liked."""
_CENTRE = (832.0, 456.0)
_ALONE = pygame.Rect(1392, 330, 408, 240)
_PLANE = pygame.Rect(1428, 204, 336, 336)
_ERRORS = pygame.Rect(1392, 660, 408, 100)
_GRID = 13
_FIELD = 28


class WhyOneFails(Lesson):
    """Songs in space, a plane in vain, and a space that folds."""

    name = "fold"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walk: FoldWalk = FoldWalk()
        self._facts = Space(_CENTRE, 150.0, 0.0, 1.0)
        self._around = Space(_CENTRE, 150.0 * 1.36, -0.18, 1.18)
        self._folded = Space(_CENTRE, 178.0, -1.15, 1.15)
        self._plane = Plane(_PLANE, -0.35, 1.35)
        self._field = blank((_FIELD, _FIELD))

    def draw(self, brush: Brush, look: Look) -> None:
        if look.seen("hidden") > 0:
            self._draw_sheet(brush, look)
            self._draw_network(brush, look)
            self._draw_field(brush, look)
            level = look.seen("fold")
            if level > 0:
                errors = self.walk.folding
                draw_errors(brush, _ERRORS, errors, self.say("error"), level, whole=150)
                draw_level(brush, _ERRORS, COIN, self.say("coin"), level)
            return
        self._draw_table(brush)
        self._draw_space(brush, look)
        level = look.seen("search")
        if level > 0:
            errors = self.walk.errors[-300:]
            draw_errors(brush, _ALONE, errors, self.say("error"), level, most=3.0, whole=300)
            draw_level(brush, _ALONE, COIN, self.say("coin"), look.seen("floor"), most=3.0)
        level = look.seen("floor")
        brush.label(self.say("lowest"), (_ALONE.left, _ALONE.bottom + 24), level)
        place = (_ALONE.right, _ALONE.bottom + 18)
        brush.number(self.walk.lowest, place, 24, INK, level, "right", digits=4)

    def _draw_table(self, brush: Brush) -> None:
        x, y = _TABLE
        for k, fact in enumerate(FACTS):
            brush.label(self.say(fact), (x + _COLUMN * k, y - 44), align="centre")
        brush.label(self.say("likes"), (x + _LIKES, y - 44), align="centre")
        for row, song in enumerate(self.walk.songs):
            for k, value in enumerate(song.facts):
                colour = INK if value else DIM
                place = (x + _COLUMN * k, y + 66 * row)
                brush.number(value, place, 32, colour, digits=0)
            draw_song(brush, (x + _LIKES, y + 66 * row + 20), song.liked, radius=11)
        edge = [(x + _LIKES - 60, y - 10), (x + _LIKES - 60, y + 250)]
        brush.line(edge, FAINT, 1)

    def _draw_space(self, brush: Brush, look: Look) -> None:
        level = look.seen("space")
        if level <= 0:
            return
        for space in (self._facts, self._around):
            space.turn(0.55 + 0.28 * np.sin(look.time * 0.35), -0.42)
        plane = look.seen("plane")
        corners = self._around.plane([float(weight) for weight in self.walk.neuron.weights])
        if plane > 0 and len(corners) >= 3:
            brush.polygon(corners, shade((36, 40, 62), plane))
            brush.line(corners, shade(INK, 0.8 * plane), 2.0, 0.5 * plane, closed=True)
        for ends, depth in self._facts.edges():
            brush.line(ends, shade(FAINT, level * (1.0 - 0.3 * depth)), 1.5)
        self._name_axes(brush, level)
        flat = look.seen("flat")
        square = self._facts.at([(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 1)])
        if flat > 0:
            brush.line(square, shade(INK, 0.55 * flat), 2.0, 0.4 * flat, closed=True)
        songs = sorted(self.walk.songs, key=lambda song: -float(self._facts.depth(song.facts)))
        for song in songs:
            self._light_song(brush, self._facts.at(song.facts), song.liked, level)
            wrong = (self.walk.neuron.guess(song.facts).output > 0.5) != bool(song.liked)
            if self._is_heard(song):
                brush.ring(self._facts.at(song.facts), 30, shade(INK, 0.8 * level), 1, 0.5)
            if wrong and plane > 0:
                brush.ring(self._facts.at(song.facts), 22, shade(BACKWARD, plane), 2)

    def _name_axes(self, brush: Brush, level: float) -> None:
        for k, fact in enumerate(FACTS):
            end = np.eye(3)[k] * 1.16
            x, y = self._facts.at(end)
            # the last comes towards the eye: its name stands below the song at its end
            brush.text(self.say(fact), (x, y + (22 if k == 2 else -13)), 20, DIM, level, "centre")

    def _draw_sheet(self, brush: Brush, look: Look) -> None:
        """The square of all songs with a piano, as the hidden neurons fold it."""
        level = look.seen("hidden")
        layers = self.walk.layers
        yaw = (
            0.35 * np.sin(look.time * 0.4) if layers.hidden > 2 else 0.22 * np.sin(look.time * 0.4)
        )
        self._folded.turn(yaw, -0.30)
        for ends, depth in self._folded.edges():
            brush.line(ends, shade(FAINT, level * (0.6 - 0.25 * depth)), 1)
        self._draw_parting(brush, level * look.seen("fold"))
        facts = np.ones((_GRID, _GRID, 3))
        facts[..., 0], facts[..., 1] = np.meshgrid(*2 * [np.linspace(0, 1, _GRID)])
        folded = layers.fold(facts)
        shown = self._folded.at(self._in_three(folded))
        outputs = 0.5 + 0.5 * np.tanh(0.5 * layers.totals(folded))
        for rows, values in ((shown, outputs), (shown.swapaxes(0, 1), outputs.T)):
            for line, value in zip(rows, values, strict=True):
                for k in range(_GRID - 1):
                    colour = mix(DISLIKE, LIKE, float(value[k] + value[k + 1]) / 2)
                    pygame.draw.aaline(
                        brush.surface,
                        shade(colour, 0.62 * level),
                        line[k].tolist(),
                        line[k + 1].tolist(),
                    )
        for song in self.walk.songs:
            place = layers.fold(np.array(song.facts, np.float64))
            at = self._folded.at(self._in_three(place))
            self._light_song(brush, at, song.liked, level)
            if self._is_heard(song):
                brush.ring(at, 24, shade(INK, 0.8 * level), 1, 0.5)
        brush.label(self.say("space_word"), (_CENTRE[0], 208), level, "centre")

    def _draw_parting(self, brush: Brush, level: float) -> None:
        outer = self._in_three(self.walk.layers.parameters["outer"].astype(np.float64))
        lean = float(self.walk.layers.parameters["outer_lean"][0])
        corners = self._folded.plane(outer.tolist(), lean)
        if len(corners) >= 3 and level > 0.02:
            brush.polygon(corners, shade((30, 34, 54), level))
            brush.line(corners, shade(INK, 0.75 * level), 2.0, 0.4 * level, closed=True)

    def _in_three(self, places: np.ndarray) -> np.ndarray:
        """Places among one, two or three hidden neurons, as places in a space."""
        missing = 3 - places.shape[-1]
        return np.concatenate([places, np.zeros((*places.shape[:-1], missing))], axis=-1)

    def _is_heard(self, song: Song) -> bool:
        return self.walk.heard is not None and self.walk.songs[self.walk.heard] is song

    def _light_song(self, brush: Brush, place: np.ndarray, liked: int, level: float) -> None:
        draw_song(brush, place, liked, level=level, radius=11)
        brush.lamp(place, LIKE if liked else DISLIKE, 0.55 * level)

    def _draw_network(self, brush: Brush, look: Look) -> None:
        level = look.seen("hidden")
        parameters = self.walk.layers.parameters
        hidden = self.walk.layers.hidden
        facts = [(130.0, 320.0 + 130 * k) for k in range(3)]
        middle = [(310.0, 450.0 + 130 * (k - (hidden - 1) / 2)) for k in range(hidden)]
        last = (470.0, 450.0)
        for k, place in enumerate(facts):
            for j, cell in enumerate(middle):
                _draw_weight(brush, place, cell, float(parameters["inner"][k, j]), level)
        for j, cell in enumerate(middle):
            _draw_weight(brush, cell, last, float(parameters["outer"][j]), level)
        for k, place in enumerate(facts):
            brush.disc(place, 24, (13, 15, 24))
            brush.ring(place, 24, shade(DIM, level), 2)
            brush.text(self.say(FACTS[k]), (place[0], place[1] - 58), 20, INK, level, "centre")
        for cell in middle:
            draw_body(brush, cell, 34, 0.75, level)
        draw_body(brush, last, 40, 0.75, level)
        brush.label(self.say("hidden_word"), (310, 678), level, "centre")
        if look.is_at("hands"):
            brush.number(hidden, (310, 700), 28, INK, level, digits=0)
            for side in (-1, 1):
                x = 310 + 40 * side
                tip = 718 + 8 * side
                brush.polygon([(x - 9, 718 - 4 * side), (x + 9, 718 - 4 * side), (x, tip)], INK)

    def _draw_field(self, brush: Brush, look: Look) -> None:
        """What is guessed for every song with a piano, and each hidden neuron's own border."""
        level = look.seen("hidden")
        layers = self.walk.layers
        facts = np.ones((_FIELD, _FIELD, 3))
        ends = np.linspace(-0.35, 1.35, _FIELD)
        facts[..., 0], facts[..., 1] = ends[:, None], ends[::-1][None, :]
        outputs = layers.outputs(facts)[..., None]
        colour = outputs * np.array(LIKE) + (1 - outputs) * np.array(DISLIKE)
        strength = 0.05 + 0.30 * np.abs(outputs - 0.5) * 2
        pixels = (colour * strength * level * look.seen("fold")).astype(np.uint8)
        pygame.surfarray.blit_array(self._field, pixels)
        large = pygame.transform.smoothscale(self._field, _PLANE.size)
        brush.surface.blit(large, _PLANE, special_flags=pygame.BLEND_RGB_MAX)
        for k in range(layers.hidden):
            x, y, piano = (float(weight) for weight in layers.parameters["inner"][:, k])
            lean = piano + float(layers.parameters["inner_lean"][k])
            self._plane.draw_border(brush, x, y, lean, 0.8 * level)
        self._plane.draw_frame(brush, self.say("modern"), self.say("sad"), level)
        for song in self.walk.songs:
            draw_song(brush, self._plane.at(*song.facts[:2]), song.liked, level=level, radius=10)


def _draw_weight(
    brush: Brush, start: tuple[float, float], end: tuple[float, float], weight: float, level: float
) -> None:
    colour = shade(signed(weight), min(1.0, 0.25 + 0.2 * abs(weight)) * level)
    brush.line(fibre(start, end, 24), colour, thickness(0.25 * weight), 0.25 * level)
