"""Lesson two: why one neuron fails, and how hidden neurons fold the space until it parts."""

from __future__ import annotations

import numpy as np
import pygame

from rnn.teaching.perceptron import COIN_TOSS_BITS, FACT_NAMES, LabelledSong
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, mix, shade
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.neuron_parts import draw_cell_body, fibre_path, fibre_width_px
from visuals.lessons.drawing.plots import (
    FactPlane,
    draw_error_curve,
    draw_reference_line,
    draw_song_marker,
)
from visuals.lessons.drawing.renderer import (
    BACKWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
    sign_colour,
)
from visuals.lessons.hidden_layer.perspective_cube import PerspectiveCube
from visuals.lessons.hidden_layer.walkthrough import HiddenLayerWalkthrough
from visuals.words import Words

_TABLE_ORIGIN = (140, 292)
_COLUMN_SPACING_PX, _LIKED_COLUMN_PX = 116, 352
"""From one fact to the next, and to what is liked."""
_CUBE_CENTRE = (832.0, 456.0)
_SINGLE_NEURON_PLOT = pygame.Rect(1392, 330, 408, 240)
_PLANE_RECT = pygame.Rect(1428, 204, 336, 336)
_ERROR_PLOT = pygame.Rect(1392, 660, 408, 100)
_GRID_POINTS = 13
_FIELD_SIZE_PX = 28


class HiddenLayerLesson(Lesson):
    """Songs in space, a plane in vain, and a space that folds."""

    name = "fold"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walkthrough: HiddenLayerWalkthrough = HiddenLayerWalkthrough()
        self._fact_cube = PerspectiveCube(_CUBE_CENTRE, 150.0, 0.0, 1.0)
        self._outer_cube = PerspectiveCube(_CUBE_CENTRE, 150.0 * 1.36, -0.18, 1.18)
        self._hidden_cube = PerspectiveCube(_CUBE_CENTRE, 178.0, -1.15, 1.15)
        self._fact_plane = FactPlane(_PLANE_RECT, -0.35, 1.35)
        self._field_surface = blank_surface((_FIELD_SIZE_PX, _FIELD_SIZE_PX))

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        if look.reveal("hidden") > 0:
            self._draw_folded_plane(brush, look)
            self._draw_network(brush, look)
            self._draw_decision_field(brush, look)
            level = look.reveal("fold")
            if level > 0:
                errors = self.walkthrough.network_errors
                draw_error_curve(brush, _ERROR_PLOT, errors, self.text("error"), level, whole=150)
                draw_reference_line(brush, _ERROR_PLOT, COIN_TOSS_BITS, self.text("coin"), level)
            return
        self._draw_table(brush)
        self._draw_fact_cube(brush, look)
        level = look.reveal("search")
        if level > 0:
            errors = self.walkthrough.neuron_errors[-300:]
            draw_error_curve(
                brush, _SINGLE_NEURON_PLOT, errors, self.text("error"), level, most=3.0, whole=300
            )
            draw_reference_line(
                brush,
                _SINGLE_NEURON_PLOT,
                COIN_TOSS_BITS,
                self.text("coin"),
                look.reveal("floor"),
                most=3.0,
            )
        level = look.reveal("floor")
        brush.label(
            self.text("lowest"), (_SINGLE_NEURON_PLOT.left, _SINGLE_NEURON_PLOT.bottom + 24), level
        )
        place = (_SINGLE_NEURON_PLOT.right, _SINGLE_NEURON_PLOT.bottom + 18)
        brush.number(
            self.walkthrough.lowest_neuron_error, place, 24, TEXT_COLOUR, level, "right", digits=4
        )

    def _draw_table(self, brush: LessonRenderer) -> None:
        x, y = _TABLE_ORIGIN
        for k, fact in enumerate(FACT_NAMES):
            brush.label(self.text(fact), (x + _COLUMN_SPACING_PX * k, y - 44), align="centre")
        brush.label(self.text("likes"), (x + _LIKED_COLUMN_PX, y - 44), align="centre")
        for row, song in enumerate(self.walkthrough.songs):
            for k, value in enumerate(song.facts):
                colour = TEXT_COLOUR if value else LABEL_COLOUR
                place = (x + _COLUMN_SPACING_PX * k, y + 66 * row)
                brush.number(value, place, 32, colour, digits=0)
            draw_song_marker(
                brush, (x + _LIKED_COLUMN_PX, y + 66 * row + 20), song.liked, radius=11
            )
        edge = [(x + _LIKED_COLUMN_PX - 60, y - 10), (x + _LIKED_COLUMN_PX - 60, y + 250)]
        brush.line(edge, RULE_COLOUR, 1)

    def _draw_fact_cube(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("space")
        if level <= 0:
            return
        for space in (self._fact_cube, self._outer_cube):
            space.rotate(0.55 + 0.28 * np.sin(look.time_s * 0.35), -0.42)
        plane = look.reveal("plane")
        corners = self._outer_cube.plane_section(
            [float(weight) for weight in self.walkthrough.neuron.weights]
        )
        if plane > 0 and len(corners) >= 3:
            brush.polygon(corners, shade((36, 40, 62), plane))
            brush.line(corners, shade(TEXT_COLOUR, 0.8 * plane), 2.0, 0.5 * plane, closed=True)
        for ends, depth in self._fact_cube.projected_edges():
            brush.line(ends, shade(RULE_COLOUR, level * (1.0 - 0.3 * depth)), 1.5)
        self._draw_axis_names(brush, level)
        flat = look.reveal("flat")
        square = self._fact_cube.project([(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 1)])
        if flat > 0:
            brush.line(square, shade(TEXT_COLOUR, 0.55 * flat), 2.0, 0.4 * flat, closed=True)
        songs = sorted(
            self.walkthrough.songs, key=lambda song: -float(self._fact_cube.depth(song.facts))
        )
        for song in songs:
            self._draw_glowing_song(brush, self._fact_cube.project(song.facts), song.liked, level)
            wrong = (self.walkthrough.neuron.predict(song.facts).output > 0.5) != bool(song.liked)
            if self._is_sounding(song):
                brush.ring(
                    self._fact_cube.project(song.facts), 30, shade(TEXT_COLOUR, 0.8 * level), 1, 0.5
                )
            if wrong and plane > 0:
                brush.ring(
                    self._fact_cube.project(song.facts), 22, shade(BACKWARD_COLOUR, plane), 2
                )

    def _draw_axis_names(self, brush: LessonRenderer, level: float) -> None:
        for k, fact in enumerate(FACT_NAMES):
            end = np.eye(3)[k] * 1.16
            x, y = self._fact_cube.project(end)
            # the last comes towards the eye: its name stands below the song at its end
            brush.text(
                self.text(fact), (x, y + (22 if k == 2 else -13)), 20, LABEL_COLOUR, level, "centre"
            )

    def _draw_folded_plane(self, brush: LessonRenderer, look: LessonFrame) -> None:
        """The square of all songs with a piano, as the hidden neurons fold it."""
        level = look.reveal("hidden")
        layers = self.walkthrough.hidden_network
        yaw = (
            0.35 * np.sin(look.time_s * 0.4)
            if layers.hidden_count > 2
            else 0.22 * np.sin(look.time_s * 0.4)
        )
        self._hidden_cube.rotate(yaw, -0.30)
        for ends, depth in self._hidden_cube.projected_edges():
            brush.line(ends, shade(RULE_COLOUR, level * (0.6 - 0.25 * depth)), 1)
        self._draw_separating_plane(brush, level * look.reveal("fold"))
        facts = np.ones((_GRID_POINTS, _GRID_POINTS, 3))
        facts[..., 0], facts[..., 1] = np.meshgrid(*2 * [np.linspace(0, 1, _GRID_POINTS)])
        folded = layers.hidden_activations(facts)
        shown = self._hidden_cube.project(self._pad_to_3d(folded))
        outputs = 0.5 + 0.5 * np.tanh(0.5 * layers.output_totals(folded))
        for rows, values in ((shown, outputs), (shown.swapaxes(0, 1), outputs.T)):
            for line, value in zip(rows, values, strict=True):
                for k in range(_GRID_POINTS - 1):
                    colour = mix(
                        NEGATIVE_COLOUR, POSITIVE_COLOUR, float(value[k] + value[k + 1]) / 2
                    )
                    pygame.draw.aaline(
                        brush.surface,
                        shade(colour, 0.62 * level),
                        line[k].tolist(),
                        line[k + 1].tolist(),
                    )
        for song in self.walkthrough.songs:
            place = layers.hidden_activations(np.array(song.facts, np.float64))
            at = self._hidden_cube.project(self._pad_to_3d(place))
            self._draw_glowing_song(brush, at, song.liked, level)
            if self._is_sounding(song):
                brush.ring(at, 24, shade(TEXT_COLOUR, 0.8 * level), 1, 0.5)
        brush.label(self.text("space_word"), (_CUBE_CENTRE[0], 208), level, "centre")

    def _draw_separating_plane(self, brush: LessonRenderer, level: float) -> None:
        outer = self._pad_to_3d(
            self.walkthrough.hidden_network.parameters["outer"].astype(np.float64)
        )
        lean = float(self.walkthrough.hidden_network.parameters["outer_lean"][0])
        corners = self._hidden_cube.plane_section(outer.tolist(), lean)
        if len(corners) >= 3 and level > 0.02:
            brush.polygon(corners, shade((30, 34, 54), level))
            brush.line(corners, shade(TEXT_COLOUR, 0.75 * level), 2.0, 0.4 * level, closed=True)

    def _pad_to_3d(self, places: np.ndarray) -> np.ndarray:
        """Places among one, two or three hidden neurons, as places in a space."""
        missing = 3 - places.shape[-1]
        return np.concatenate([places, np.zeros((*places.shape[:-1], missing))], axis=-1)

    def _is_sounding(self, song: LabelledSong) -> bool:
        return (
            self.walkthrough.sounding_song is not None
            and self.walkthrough.songs[self.walkthrough.sounding_song] is song
        )

    def _draw_glowing_song(
        self, brush: LessonRenderer, place: np.ndarray, liked: int, level: float
    ) -> None:
        draw_song_marker(brush, place, liked, level=level, radius=11)
        brush.soft_glow(place, POSITIVE_COLOUR if liked else NEGATIVE_COLOUR, 0.55 * level)

    def _draw_network(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("hidden")
        parameters = self.walkthrough.hidden_network.parameters
        hidden = self.walkthrough.hidden_network.hidden_count
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
            brush.ring(place, 24, shade(LABEL_COLOUR, level), 2)
            brush.text(
                self.text(FACT_NAMES[k]),
                (place[0], place[1] - 58),
                20,
                TEXT_COLOUR,
                level,
                "centre",
            )
        for cell in middle:
            draw_cell_body(brush, cell, 34, 0.75, level)
        draw_cell_body(brush, last, 40, 0.75, level)
        brush.label(self.text("hidden_word"), (310, 678), level, "centre")
        if look.is_at("hands"):
            brush.number(hidden, (310, 700), 28, TEXT_COLOUR, level, digits=0)
            for side in (-1, 1):
                x = 310 + 40 * side
                tip = 718 + 8 * side
                brush.polygon(
                    [(x - 9, 718 - 4 * side), (x + 9, 718 - 4 * side), (x, tip)], TEXT_COLOUR
                )

    def _draw_decision_field(self, brush: LessonRenderer, look: LessonFrame) -> None:
        """What is guessed for every song with a piano, and each hidden neuron's own border."""
        level = look.reveal("hidden")
        layers = self.walkthrough.hidden_network
        facts = np.ones((_FIELD_SIZE_PX, _FIELD_SIZE_PX, 3))
        ends = np.linspace(-0.35, 1.35, _FIELD_SIZE_PX)
        facts[..., 0], facts[..., 1] = ends[:, None], ends[::-1][None, :]
        outputs = layers.predict(facts)[..., None]
        colour = outputs * np.array(POSITIVE_COLOUR) + (1 - outputs) * np.array(NEGATIVE_COLOUR)
        strength = 0.05 + 0.30 * np.abs(outputs - 0.5) * 2
        pixels = (colour * strength * level * look.reveal("fold")).astype(np.uint8)
        pygame.surfarray.blit_array(self._field_surface, pixels)
        large = pygame.transform.smoothscale(self._field_surface, _PLANE_RECT.size)
        brush.surface.blit(large, _PLANE_RECT, special_flags=pygame.BLEND_RGB_MAX)
        for k in range(layers.hidden_count):
            x, y, piano = (float(weight) for weight in layers.parameters["inner"][:, k])
            lean = piano + float(layers.parameters["inner_lean"][k])
            self._fact_plane.draw_border(brush, x, y, lean, 0.8 * level)
        self._fact_plane.draw_frame(brush, self.text("modern"), self.text("sad"), level)
        for song in self.walkthrough.songs:
            draw_song_marker(
                brush,
                self._fact_plane.to_picture(*song.facts[:2]),
                song.liked,
                level=level,
                radius=10,
            )


def _draw_weight(
    brush: LessonRenderer,
    start: tuple[float, float],
    end: tuple[float, float],
    weight: float,
    level: float,
) -> None:
    colour = shade(sign_colour(weight), min(1.0, 0.25 + 0.2 * abs(weight)) * level)
    brush.line(fibre_path(start, end, 24), colour, fibre_width_px(0.25 * weight), 0.25 * level)
