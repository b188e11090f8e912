"""Lesson 2: why a single neuron fails, and how a hidden layer folds the space of songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pygame

from rnn.teaching.perceptron import COIN_TOSS_BITS, FACT_NAMES, Floats, LabelledSong, logistic
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, Colour, mix, shade
from visuals.lessons.base.lesson import Lesson, WorkedSum
from visuals.lessons.drawing.colours import (
    BACKWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    sign_colour,
)
from visuals.lessons.drawing.fact_plane import FactPlane
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import BODY_COLOUR, LessonRenderer, fibre_path, fibre_width_px
from visuals.lessons.drawing.shapes import format_number
from visuals.lessons.hidden_layer.perspective_cube import PerspectiveCube
from visuals.lessons.hidden_layer.walkthrough import HiddenLayerWalkthrough

_TABLE_X, _TABLE_Y, _TABLE_ROW_PX = 140, 292, 66
_COLUMN_SPACING_PX, _LIKED_COLUMN_PX = 116, 352
"""Distance between two facts, and from the first fact to the verdict."""
_CUBE_CENTRE = (832.0, 456.0)
_NEURON_ERROR_PLOT = pygame.Rect(1392, 330, 408, 212)
_PLANE_RECT = pygame.Rect(1428, 204, 336, 336)
_COMPARED_RECTS = pygame.Rect(400, 276, 380, 380), pygame.Rect(1140, 276, 380, 380)
_ERROR_PLOT = pygame.Rect(1392, 660, 408, 74)
_MAX_NEURON_ERROR_BITS = 3.0
_NEURON_ERRORS_SHOWN = 300
_MINUS = "\N{MINUS SIGN}"
_OUTPUT_PLACE = (470.0, 450.0)  # centre of the output neuron
_GRID_POINTS = 13  # points along each side of the grid that the hidden layer folds
_FIELD_SIZE_PX = 28  # width of the field of guesses before it is enlarged


class HiddenLayerLesson(Lesson[HiddenLayerWalkthrough]):
    """Songs in space, a plane that cannot separate them, and a hidden layer that can."""

    name = "fold"
    walkthrough_type = HiddenLayerWalkthrough

    def _prepare(self) -> None:
        self._fact_cube = PerspectiveCube(_CUBE_CENTRE, 150.0, 0.0, 1.0)
        self._outer_cube = PerspectiveCube(_CUBE_CENTRE, 150.0 * 1.36, -0.18, 1.18)
        self._hidden_cube = PerspectiveCube(_CUBE_CENTRE, 178.0, -1.15, 1.15)
        self._fact_plane = FactPlane(_PLANE_RECT, -0.35, 1.35)
        self._compared_planes = [FactPlane(rect, -0.35, 1.35) for rect in _COMPARED_RECTS]
        self._field_surface = blank_surface((_FIELD_SIZE_PX, _FIELD_SIZE_PX))

    def _draw(self, renderer: LessonRenderer) -> None:
        walk = self.walkthrough
        if self.is_at("beside"):
            self._draw_side_by_side(renderer, self.step_reveal)
            return
        if self.reveal("hidden") > 0:
            self._draw_folded_square(renderer)
            self._draw_network(renderer)
            self._draw_decision_field(renderer)
            level, names = self.reveal("fold"), (self.text("error"), self.text("passes"))
            if level > 0:
                errors = walk.network_errors
                renderer.draw_error_curve(_ERROR_PLOT, errors, names, level, full_length=150)
                name = self.text("coin")
                renderer.draw_reference_line(_ERROR_PLOT, COIN_TOSS_BITS, name, level)
            return
        self._draw_table(renderer)
        self._draw_fact_cube(renderer)
        self._draw_neuron_error(renderer)

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        """The sum of each song, and of each hidden neuron for the song that sounds."""
        walk = self.walkthrough
        if self.is_at("beside"):
            planes = zip(self._compared_planes, (self._neuron_sum, self._network_sum), strict=True)
            return tuple(
                WorkedSum(plane.to_picture(*song.facts[:2]), 26.0, write(song))
                for plane, write in planes
                for song in walk.songs
            )
        if self.reveal("hidden") > 0:
            places = [self._fact_plane.to_picture(*song.facts[:2]) for song in walk.songs]
            sums = [
                WorkedSum(place, 22.0, self._network_sum(song))
                for place, song in zip(places, walk.songs, strict=True)
            ]
            sounding = walk.songs[-1 if walk.sounding_song is None else walk.sounding_song]
            for cell, place in enumerate(_hidden_places(walk.hidden_network.hidden_count)):
                sums.append(WorkedSum(place, 34.0, self._hidden_sum(cell, sounding)))
            sums.append(WorkedSum(_OUTPUT_PLACE, 40.0, self._network_sum(sounding)))
            return tuple(sums)
        if self.reveal("plane") <= 0:
            return ()
        places = [tuple(self._fact_cube.project(song.facts).tolist()) for song in walk.songs]
        return tuple(
            WorkedSum((x, y), 26.0, self._neuron_sum(song))
            for (x, y), song in zip(places, walk.songs, strict=True)
        )

    def hint(self) -> tuple[str, tuple[float, float]]:
        key, place = super().hint()
        return key, (345.0, 724.0) if self.is_at("beside") else place

    def _neuron_sum(self, song: LabelledSong) -> str:
        """The sum of the single neuron for a song."""
        weights = self.walkthrough.neuron.weights.tolist()
        return _weighted_sum(song.facts, weights, float(np.dot(song.facts, weights)))

    def _hidden_sum(self, cell: int, song: LabelledSong) -> str:
        """The activation of a hidden neuron for a song."""
        network = self.walkthrough.hidden_network
        weights = network.parameters["hidden.weight"][:, cell].tolist()
        bias = float(network.parameters["hidden.bias"][cell])
        total = _weighted_sum(song.facts, weights, 0.0, bias).rsplit(" = ")[0]
        activation = float(network.hidden_activations(np.array(song.facts, np.float64))[cell])
        return f"tanh({total}) = {format_number(activation)}"

    def _network_sum(self, song: LabelledSong) -> str:
        """The sum in the output neuron for a song."""
        network = self.walkthrough.hidden_network
        hidden = network.hidden_activations(np.array(song.facts, np.float64))
        weights = network.parameters["output.weight"].tolist()
        bias = float(network.parameters["output.bias"][0])
        total = float(network.output_totals(hidden))
        return _weighted_sum(hidden.tolist(), weights, total, bias)

    def _upright_parts(self) -> PartRows:
        if self.is_at("beside"):
            return (tuple(plane.rect.inflate(130, 210) for plane in self._compared_planes),)
        if self.is_at("songs"):
            return ((pygame.Rect(80, 230, 480, 320),),)
        left, right = pygame.Rect(70, 170, 1080, 610), 1330
        if not self.has_come("search"):
            return ((left,),)
        plots = (pygame.Rect(right, 170, 510, 430), pygame.Rect(right, 610, 510, 165))
        if self.reveal("hidden") <= 0:
            plots = (pygame.Rect(right, 280, 510, 350),)
        return ((left,), plots)

    def _draw_side_by_side(self, renderer: LessonRenderer, level: float) -> None:
        """Draw the guesses of the single neuron and of the network, each on a plane."""
        walk = self.walkthrough
        for name, plane, classifier in zip(
            ("one_neuron", "with_hidden"),
            self._compared_planes,
            (walk.neuron, walk.hidden_network),
            strict=True,
        ):
            rect = plane.rect
            if classifier is walk.neuron:  # its guesses are all near the middle
                renderer.box(rect, shade(NEGATIVE_COLOUR, 0.25 * level), 0, 4)
                plane.draw_positive_side(renderer, *walk.neuron.weights.tolist(), 0.3 * level)
                plane.draw_border(renderer, *walk.neuron.weights.tolist(), level)
            else:
                self._draw_guesses(renderer, rect, walk.hidden_network.predict, level)
            plane.draw_frame(renderer, self.text("modern"), self.text("sad"), level)
            for song in walk.songs:
                place = plane.to_picture(*song.facts[:2])
                renderer.draw_song_marker(place, song.liked, level=level, radius=14)
                if not classifier.is_correct(song):
                    renderer.ring(place, 26, shade(BACKWARD_COLOUR, level), 3)
            middle = rect.centerx
            renderer.text(
                self.text(name), (middle, rect.top - 78), 28, TEXT_COLOUR, level, "centre"
            )
            wrong = f"{classifier.count_mistakes(walk.songs)} / {len(walk.songs)}"
            text = f"{self.text('wrong')} {wrong}"
            renderer.text(text, (middle, rect.bottom + 30), 34, TEXT_COLOUR, level, "centre")

    def _draw_neuron_error(self, renderer: LessonRenderer) -> None:
        walk, rect, level = self.walkthrough, _NEURON_ERROR_PLOT, self.reveal("search")
        floor_level, most = self.reveal("floor"), _MAX_NEURON_ERROR_BITS
        if level > 0:
            errors = walk.neuron_errors[-_NEURON_ERRORS_SHOWN:]
            names = self.text("error"), self.text("songs_heard")
            renderer.draw_error_curve(rect, errors, names, level, most, _NEURON_ERRORS_SHOWN)
            name = self.text("coin")
            renderer.draw_reference_line(rect, COIN_TOSS_BITS, name, floor_level, most)
        renderer.label(self.text("lowest"), (rect.left, rect.bottom + 52), floor_level)
        place, lowest = (rect.right, rect.bottom + 46), min(walk.neuron_errors)
        renderer.number(lowest, place, 24, TEXT_COLOUR, floor_level, "right", digits=4)

    def _draw_table(self, renderer: LessonRenderer) -> None:
        x, y, liked_x = _TABLE_X, _TABLE_Y, _TABLE_X + _LIKED_COLUMN_PX
        for k, fact in enumerate(FACT_NAMES):
            renderer.label(self.text(fact), (x + _COLUMN_SPACING_PX * k, y - 44), align="centre")
        renderer.label(self.text("likes"), (liked_x, y - 44), align="centre")
        for row, song in enumerate(self.walkthrough.songs):
            top = y + _TABLE_ROW_PX * row
            for k, value in enumerate(song.facts):
                colour = TEXT_COLOUR if value else LABEL_COLOUR
                renderer.number(value, (x + _COLUMN_SPACING_PX * k, top), 32, colour, digits=0)
            renderer.draw_song_marker((liked_x, top + 20), song.liked, radius=11)
        renderer.line([(liked_x - 60, y - 10), (liked_x - 60, y + 250)], RULE_COLOUR, 1)

    def _draw_fact_cube(self, renderer: LessonRenderer) -> None:
        walk, cube, level = self.walkthrough, self._fact_cube, self.reveal("space")
        if level <= 0:
            return
        for each in (cube, self._outer_cube):
            each.rotate(0.55 + 0.28 * np.sin(self.time_s * 0.35), -0.42)
        plane_level = self.reveal("plane")
        section = self._outer_cube.plane_section(walk.neuron.weights.tolist())
        if plane_level > 0:
            _draw_section(renderer, section, (36, 40, 62), plane_level, 0.8, 0.5)
        for ends, depth in cube.projected_edges():
            renderer.line(ends, shade(RULE_COLOUR, level * (1.0 - 0.3 * depth)), 1.5)
        for k, fact in enumerate(FACT_NAMES):
            x, y = cube.project(np.eye(3)[k] * 1.16)
            y += 30 if k == 2 else -13  # the last axis points to the eye: a song hides its end
            renderer.text(self.text(fact), (x, y), 20, LABEL_COLOUR, level, "centre")
        flat = self.reveal("flat")
        if flat > 0:
            square = cube.project([(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 1)])
            renderer.line(square, shade(TEXT_COLOUR, 0.55 * flat), 2.0, 0.4 * flat, closed=True)
        for song in sorted(walk.songs, key=lambda song: -float(cube.depth(song.facts))):
            place = cube.project(song.facts)
            self._draw_song(renderer, place, song, level, 30)
            if plane_level > 0 and not walk.neuron.is_correct(song):
                renderer.ring(place, 22, shade(BACKWARD_COLOUR, plane_level), 2)

    def _draw_song(
        self, renderer: LessonRenderer, place: Floats, song: LabelledSong, level: float, ring: float
    ) -> None:
        """Draw a song as a light, with a ring while it sounds."""
        renderer.draw_song_marker(place, song.liked, level=level, radius=11)
        renderer.soft_glow(place, sign_colour(song.liked - 0.5), 0.55 * level)
        sounding = self.walkthrough.sounding_song
        if sounding is not None and self.walkthrough.songs[sounding] is song:
            renderer.ring(place, ring, shade(TEXT_COLOUR, 0.8 * level), 1, 0.5)

    def _draw_folded_square(self, renderer: LessonRenderer) -> None:
        """Draw the square of all songs with a piano, as the hidden neurons fold it."""
        network, cube = self.walkthrough.hidden_network, self._hidden_cube
        level = self.reveal("hidden")
        swing = 0.35 if network.hidden_count > 2 else 0.22
        cube.rotate(swing * np.sin(self.time_s * 0.4), -0.30)
        for ends, depth in cube.projected_edges():
            renderer.line(ends, shade(RULE_COLOUR, level * (0.6 - 0.25 * depth)), 1)
        plane_level = level * self.reveal("fold")
        if plane_level > 0.02:
            weights = _pad_to_3d(network.parameters["output.weight"].astype(np.float64)).tolist()
            bias = float(network.parameters["output.bias"][0])
            section = cube.plane_section(weights, bias)
            _draw_section(renderer, section, (30, 34, 54), plane_level, 0.75, 0.4)
        self._draw_folded_grid(renderer, 0.62 * level)
        for song in self.walkthrough.songs:
            place = network.hidden_activations(np.array(song.facts, np.float64))
            self._draw_song(renderer, cube.project(_pad_to_3d(place)), song, level, 24)
        renderer.label(self.text("space_word"), (_CUBE_CENTRE[0], 208), level, "centre")

    def _draw_folded_grid(self, renderer: LessonRenderer, level: float) -> None:
        """Draw a grid on the square, coloured by the guess."""
        network = self.walkthrough.hidden_network
        facts = np.ones((_GRID_POINTS, _GRID_POINTS, 3))
        facts[..., 0], facts[..., 1] = np.meshgrid(*2 * [np.linspace(0, 1, _GRID_POINTS)])
        hidden = network.hidden_activations(facts)
        points = self._hidden_cube.project(_pad_to_3d(hidden))
        outputs = logistic(network.output_totals(hidden))
        for rows, values in ((points, outputs), (points.swapaxes(0, 1), outputs.T)):
            for line, output in zip(rows.tolist(), values.tolist(), strict=True):
                for k in range(_GRID_POINTS - 1):
                    mean = (output[k] + output[k + 1]) / 2
                    colour = shade(mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, mean), level)
                    pygame.draw.aaline(renderer.surface, colour, line[k], line[k + 1])

    def _draw_network(self, renderer: LessonRenderer) -> None:
        network, level = self.walkthrough.hidden_network, self.reveal("hidden")
        count = network.hidden_count
        names = "hidden.weight", "output.weight"
        inner, outer = (network.parameters[name].tolist() for name in names)
        facts = [(130.0, 320.0 + 130 * k) for k in range(len(FACT_NAMES))]
        hidden, output = _hidden_places(count), _OUTPUT_PLACE
        edges = [
            (fact, cell, inner[k][j])
            for k, fact in enumerate(facts)
            for j, cell in enumerate(hidden)
        ]
        edges += [(cell, output, outer[j]) for j, cell in enumerate(hidden)]
        for start, end, weight in edges:
            strength = min(1.0, 0.25 + 0.2 * abs(weight)) * level
            colour, width = shade(sign_colour(weight), strength), fibre_width_px(0.25 * weight)
            renderer.line(fibre_path(start, end, 24), colour, width, 0.25 * level)
        for name, (x, y) in zip(FACT_NAMES, facts, strict=True):
            renderer.disc((x, y), 24, BODY_COLOUR)
            renderer.ring((x, y), 24, shade(LABEL_COLOUR, level), 2)
            renderer.text(self.text(name), (x, y - 58), 20, TEXT_COLOUR, level, "centre")
        for cell in hidden:
            renderer.draw_cell_body(cell, 34, 0.75, level)
        renderer.draw_cell_body(output, 40, 0.75, level)
        renderer.label(self.text("hidden_word"), (310, 678), level, "centre")
        if self.is_at("hands"):
            renderer.number(count, (310, 700), 28, TEXT_COLOUR, level, digits=0)
            for side in (-1, 1):
                tip = (310 + 40 * side, 718 + 8 * side)
                renderer.arrow_head(tip, (0, side), 12, 9, TEXT_COLOUR)

    def _draw_decision_field(self, renderer: LessonRenderer) -> None:
        """Draw the guess for every song with a piano, and each hidden neuron's border."""
        network, plane = self.walkthrough.hidden_network, self._fact_plane
        level = self.reveal("hidden")
        fold_level = level * self.reveal("fold")
        self._draw_guesses(renderer, _PLANE_RECT, network.predict, fold_level)
        names = "hidden.weight", "hidden.bias"
        weights, biases = (network.parameters[name].T.tolist() for name in names)
        for (x, y, piano), bias in zip(weights, biases, strict=True):
            plane.draw_border(renderer, x, y, piano + bias, 0.8 * level)
        plane.draw_frame(renderer, self.text("modern"), self.text("sad"), level)
        for song in self.walkthrough.songs:
            place = plane.to_picture(*song.facts[:2])
            renderer.draw_song_marker(place, song.liked, level=level, radius=10)

    def _draw_guesses(
        self,
        renderer: LessonRenderer,
        rect: pygame.Rect,
        predict: Callable[[Floats], Floats],
        level: float,
    ) -> None:
        """Draw the guess for every song with a piano as a field of colours."""
        facts = np.ones((_FIELD_SIZE_PX, _FIELD_SIZE_PX, 3))
        ends = np.linspace(-0.35, 1.35, _FIELD_SIZE_PX)
        facts[..., 0], facts[..., 1] = ends[:, None], ends[::-1][None, :]
        outputs = predict(facts)[..., None]
        colour = outputs * np.array(POSITIVE_COLOUR) + (1 - outputs) * np.array(NEGATIVE_COLOUR)
        strength = 0.05 + 0.30 * np.abs(outputs - 0.5) * 2
        pixels = (colour * strength * level).astype(np.uint8)
        pygame.surfarray.blit_array(self._field_surface, pixels)
        large = pygame.transform.smoothscale(self._field_surface, rect.size)
        renderer.surface.blit(large, rect, special_flags=pygame.BLEND_RGB_MAX)


def _hidden_places(count: int) -> list[tuple[float, float]]:
    """Centres of the hidden neurons."""
    return [(310.0, 450.0 + 130 * (k - (count - 1) / 2)) for k in range(count)]


def _weighted_sum(
    values: Sequence[float], weights: Sequence[float], total: float, bias: float | None = None
) -> str:
    """Write the sum of values times weights, and of a bias."""
    text = ""
    for value, weight in zip(values, weights, strict=True):
        sign = "+" if weight >= 0 else _MINUS
        digits = 0 if float(value).is_integer() else 2
        first = format_number(value, digits=digits)
        factor = format_number(abs(weight) if text else weight)
        text += f" {sign} " if text else ""
        text += f"{first} \N{MULTIPLICATION SIGN} {factor}"
    if bias is not None:
        text += f" {'+' if bias >= 0 else _MINUS} {format_number(abs(bias))}"
    return f"{text} = {format_number(total)}"


def _pad_to_3d(places: Floats) -> Floats:
    """Activations of one to three hidden neurons, shape (..., H), as points (..., 3)."""
    padding = np.zeros((*places.shape[:-1], 3 - places.shape[-1]))
    return np.concatenate([places, padding], axis=-1)


def _draw_section(
    renderer: LessonRenderer, corners: Floats, fill: Colour, level: float, edge: float, glow: float
) -> None:
    """Draw the section of a cube with a plane, if there is one."""
    if len(corners) >= 3:
        renderer.polygon(corners, shade(fill, level))
        colour = shade(TEXT_COLOUR, edge * level)
        renderer.line(corners, colour, 2.0, glow * level, closed=True)
