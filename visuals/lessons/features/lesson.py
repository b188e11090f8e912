"""Lesson 6: the units of the network that plays, and the music that moves one of them most."""

from __future__ import annotations

import numpy as np
import pygame

from rnn.analysis.trace import NetworkTrace
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    mix,
    shade,
)
from visuals.lessons.base.lesson import Lesson, WorkedSum
from visuals.lessons.drawing.colours import (
    FORWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    sign_colour,
)
from visuals.lessons.drawing.note_strip import NoteStrip
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.drawing.shapes import format_number
from visuals.lessons.features.cell_grid import LAYER_GAP_PX, CellGrid
from visuals.lessons.features.walkthrough import FeaturesWalkthrough
from visuals.widgets.unit_preferences import unit_preference

_CORPUS_RECT, _MAXIMISED_RECT = pygame.Rect(500, 286, 610, 236), pygame.Rect(1210, 286, 610, 236)
_MAX_SHOWN_EDITS = 8  # changes that gradients promise, the best
_CURVE_GAP_PX, _CURVE_HEIGHT_PX = 34, 130
"""Gap below an excerpt, and height of the response curve below the gap."""
_OUTPUT_GATE = 2  # of input, forget, output and candidate
_POINT_TOUCH_PX = 20.5  # distance from a point of the curve that a touch may have
_NAME_Y = 164  # top of the network's name
_MAX_DETAIL_LENGTH = 34  # most characters of a tune's name beside a heading


class FeaturesLesson(Lesson[FeaturesWalkthrough]):
    """All units, one of them, and two excerpts that move it."""

    hint_key = "seen.touch_sum"
    hint_place = (500.0, 740.0)
    name = "seen"
    walkthrough_type = FeaturesWalkthrough

    def _prepare(self) -> None:
        self._cached_grid: tuple[ProbedNetwork, CellGrid] | None = None

    @property
    def cell_grid(self) -> CellGrid | None:
        """Grid of the probed network, if there is one."""
        network = self.walkthrough.probed_network
        if network is None:
            return None
        if self._cached_grid is None or self._cached_grid[0] is not network:
            self._cached_grid = network, CellGrid(network.layers, network.units)
        return self._cached_grid[1]

    def on_touch(self, x: float, y: float) -> None:
        """Choose the unit, or play the excerpt, at a point."""
        walk, grid = self.walkthrough, self.cell_grid
        if grid is None or not walk.current_step.arrows:
            return
        cell = grid.cell_at(x, y)
        if cell is not None:
            walk.select_unit(*cell)
        for rect, maximised in ((_CORPUS_RECT, False), (_MAXIMISED_RECT, True)):
            if rect.collidepoint(x, y):
                walk.play_excerpt(maximised)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        """The excerpts, and each layer as a whole."""
        grid = self.cell_grid
        if grid is None or not self.walkthrough.current_step.arrows:
            return ()
        layers = (grid.layer_rect(layer) for layer in range(grid.layers))
        return (_CORPUS_RECT, _MAXIMISED_RECT, *layers)

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        """Of each point of the curves, how the cell came to what it says."""
        walk, network, sums = self.walkthrough, self.walkthrough.probed_network, list[WorkedSum]()
        if network is None:
            return ()
        traces = [(_CORPUS_RECT, "one", walk.corpus_trace)]
        if walk.maximisation is not None:
            traces.append((_MAXIMISED_RECT, "start", walk.maximisation.trace))
        sign = network.polarity(walk.layer, walk.unit)
        for rect, step, trace in traces:
            if trace is None or self.reveal(step) <= 0:
                continue
            strip = _excerpt_strip(rect, trace)
            points = self._curve_points(strip, trace)
            for place, at in zip(points, trace.note_end_steps, strict=True):
                say = trace.gates[at, walk.layer].reshape(4, -1)[_OUTPUT_GATE, walk.unit]
                held, said = (float(x[at, walk.layer, walk.unit]) for x in (trace.c, trace.h))
                text = f"{format_number(float(say))} \N{MULTIPLICATION SIGN} "
                text += f"tanh({format_number(held * sign)}) = {format_number(said * sign)}"
                sums.append(WorkedSum(place, _POINT_TOUCH_PX, text))
        return tuple(sums)

    def _curve_points(self, strip: NoteStrip, trace: NetworkTrace) -> list[tuple[float, float]]:
        """Places of the unit's response after each note."""
        zero = strip.rect.bottom + _CURVE_GAP_PX + _CURVE_HEIGHT_PX // 2
        responses = self.walkthrough.unit_response(trace).tolist()
        return [
            (strip.beat_x(note.end), zero - _CURVE_HEIGHT_PX / 2 * response)
            for note, response in zip(trace.notes, responses, strict=True)
        ]

    def _draw(self, renderer: LessonRenderer) -> None:
        walk, network, grid = self.walkthrough, self.walkthrough.probed_network, self.cell_grid
        if network is None or grid is None:
            return
        title = self._words.style_title(network.style, network.title)
        place, level = (_CORPUS_RECT.left, _NAME_Y), self.reveal("many")
        renderer.text(title, place, 24, LABEL_COLOUR, level)
        self._draw_units(renderer, grid)
        self._draw_legend(renderer)
        level = self.reveal("one")
        if level > 0:
            self._draw_selected_unit(renderer, network, grid, level)
        if walk.corpus_trace is not None and level > 0:
            context = network.strongest_context(walk.layer, walk.unit)
            name = "" if context is None else context.tune
            self._draw_excerpt(renderer, walk.corpus_trace, False, level)
            level = self.reveal("corpus")
            self._draw_excerpt_heading(renderer, _CORPUS_RECT, "found_title", name, level)
        level, search = self.reveal("start"), walk.maximisation
        if search is not None and level > 0:
            self._draw_excerpt(renderer, search.trace, True, level)
            if self.is_at("slope"):
                self._draw_promised_edits(renderer, search.trace, self.reveal("slope"))
            counts = f"{search.edits_kept} {self.text('changes')}"
            counts += f" / {search.tunes_tried} {self.text('tried')}"
            self._draw_excerpt_heading(renderer, _MAXIMISED_RECT, "dream_title", counts, level)

    def _upright_parts(self) -> PartRows:
        if self.is_at("none", "many", "layers"):
            names = pygame.Rect(450, 160, 560, 40), pygame.Rect(1300, 160, 540, 40)
            return (names, (pygame.Rect(330, 200, 1260, 580),))
        legend_and_excerpts, grid = pygame.Rect(450, 160, 1390, 620), self.cell_grid
        if grid is None:
            return ((legend_and_excerpts,),)
        layers = [grid.layer_rect(layer) for layer in range(grid.layers)]
        beside = [
            pygame.Rect(rect.left - 14, rect.top - 30, rect.width + 28, rect.height + 40)
            for rect in layers
        ]
        return ((legend_and_excerpts,), beside)

    def _draw_legend(self, renderer: LessonRenderer) -> None:
        """Draw what the colours of the cells and of the curves mean."""
        x = 1820
        for name, colour in (("moved_down", NEGATIVE_COLOUR), ("moved_up", POSITIVE_COLOUR)):
            x -= renderer.text(self.text(name), (x, 168), 22, LABEL_COLOUR, 1.0, "right")
            renderer.disc((x - 20, 184), 9, colour)
            x -= 60

    def _draw_units(self, renderer: LessonRenderer, grid: CellGrid) -> None:
        aside, level = self.reveal("one"), self.reveal("layers")
        grid.draw(renderer, self.walkthrough.oriented_activations, self.time_s, aside)
        input_level = level * (1.0 - aside)
        for layer in range(grid.layers):
            rect = grid.layer_rect(layer, aside)
            label = f"{self.text('layer')} {layer + 1}"
            renderer.label(label, (rect.left, rect.top - 26), level)
            if input_level > 0.02:
                left, y = grid.layer_rect(layer, 0.0).midleft
                path = np.linspace((left - LAYER_GAP_PX + 30, y), (left - 26, y), 40)
                colour = shade(FORWARD_COLOUR, 0.5 * input_level)
                renderer.line(path, colour, 3.0, 0.4 * input_level)
                time_s = self.time_s + 0.4 * layer
                renderer.draw_pulses(path, time_s, FORWARD_COLOUR, input_level)

    def _draw_selected_unit(
        self, renderer: LessonRenderer, network: ProbedNetwork, grid: CellGrid, level: float
    ) -> None:
        walk, colour = self.walkthrough, shade(TEXT_COLOUR, level)
        x, y, cell = grid.cell_centre(walk.layer, walk.unit, level)
        renderer.ring((x, y), cell * 0.72, colour, 2, 0.8 * level)
        if walk.current_step.arrows:
            for side in (-1, 1):
                tip = (x + side * (cell * 0.72 + 12), y)
                renderer.arrow_head(tip, (side, 0), 7, 6, colour)
        text = f"{self.text('cell')} {walk.unit + 1}, {self.text('layer')} {walk.layer + 1}"
        x = _CORPUS_RECT.left
        x += 28 + renderer.text(text, (x, 202), 26, TEXT_COLOUR, level)
        if walk.step_index >= walk.index_of_step("found"):
            preference = unit_preference(network.atlas, (walk.layer, walk.unit))
            words = self._words[f"liking.{preference.key}"]
            x += 8 + renderer.text(words, (x, 206), 22, LABEL_COLOUR, level)
            if preference.pitch_class is not None:
                renderer.note_name(preference.pitch_class, (x, 206), 22, level, "left")

    def _draw_excerpt_heading(
        self, renderer: LessonRenderer, rect: pygame.Rect, name: str, detail: str, level: float
    ) -> None:
        renderer.label(self.text(name), (rect.left, rect.top - 36), level)
        if len(detail) > _MAX_DETAIL_LENGTH:
            detail = detail[: _MAX_DETAIL_LENGTH - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
        place = (rect.right, rect.top - 42)
        renderer.text(detail, place, 18, LABEL_COLOUR, level if detail else 0.0, "right")

    def _draw_excerpt(
        self, renderer: LessonRenderer, trace: NetworkTrace, maximised: bool, level: float
    ) -> None:
        """Draw the notes, as bright as the unit's response, and a curve of the response below."""
        rect = _MAXIMISED_RECT if maximised else _CORPUS_RECT
        notes, responses = trace.notes, self.walkthrough.unit_response(trace).tolist()
        strip = _excerpt_strip(rect, trace)
        playback = self.walkthrough.playback
        if playback is not None and playback.is_maximised is not maximised:
            playback = None
        beat = None if playback is None else playback.beat
        for y in (rect.top, rect.bottom):
            renderer.line([(rect.left, y), (rect.right, y)], shade(RULE_COLOUR, 0.5 * level), 1)
        for note, response in zip(notes, responses, strict=True):
            bar, _ = strip.note_rect(note)
            sounds = beat is not None and note.onset <= beat < note.end
            colour = mix(PITCH_COLOURS[note.pitch % 12], TEXT_COLOUR, 0.5 if sounds else 0.0)
            bright = 0.3 + 0.6 * max(0.0, response)
            renderer.box(bar, shade(colour, bright * level), 0, 3)
            if sounds:
                renderer.soft_glow(bar.center, TEXT_COLOUR, 0.2 * level)
        current = None if playback is None or playback.is_finished else playback.note_index
        self._draw_response_curve(renderer, strip, trace, responses, current, level)
        if current is not None and beat is not None:
            x, bottom = strip.beat_x(beat), rect.bottom + _CURVE_GAP_PX + _CURVE_HEIGHT_PX
            cursor = [(x, rect.top), (x, bottom)]
            renderer.line(cursor, shade(TEXT_COLOUR, 0.5 * level), 1.5, 0.2)

    def _draw_promised_edits(
        self, renderer: LessonRenderer, trace: NetworkTrace, level: float
    ) -> None:
        """Draw the notes that gradients promise to move the cell more, with a line to each."""
        edits, strip = self.walkthrough.promised_edits, _excerpt_strip(_MAXIMISED_RECT, trace)
        for edit in edits[:_MAX_SHOWN_EDITS]:
            now, _ = strip.note_rect(trace.notes[edit.note_index])
            other, is_inside = strip.note_rect(edit.note)
            if is_inside:
                colour = shade(POSITIVE_COLOUR, level * (0.35 + 0.65 * edit.gain / edits[0].gain))
                renderer.line([now.center, other.center], colour, 2.0, 0.2 * level)
                renderer.box(other, colour, 2, 3)

    def _draw_response_curve(
        self,
        renderer: LessonRenderer,
        strip: NoteStrip,
        trace: NetworkTrace,
        responses: list[float],
        current: int | None,
        level: float,
    ) -> None:
        """Draw the unit's response after each note; `current` is the note that sounds."""
        left, right = strip.rect.left, strip.rect.right
        zero = strip.rect.bottom + _CURVE_GAP_PX + _CURVE_HEIGHT_PX // 2
        bottom = strip.rect.bottom + _CURVE_GAP_PX + _CURVE_HEIGHT_PX
        renderer.line([(left, zero), (right, zero)], shade(RULE_COLOUR, level), 1)
        for response in (-1, 0, 1):
            y = zero - _CURVE_HEIGHT_PX / 2 * response - 12
            renderer.tick(response, (left - 12, y), level, "right")
        points = self._curve_points(strip, trace)
        curve = sorted([(float(left), float(zero)), *points], key=lambda point: point[0])
        renderer.line(curve, shade(LABEL_COLOUR, level), 2.0, 0.25 * level)
        for index, (point, response) in enumerate(zip(points, responses, strict=True)):
            colour = sign_colour(response)
            bright = (0.35 + 0.65 * abs(response)) * level
            renderer.disc(point, 8 if index == current else 4.5, shade(colour, bright))
            if index == current:
                renderer.soft_glow(point, colour, 0.6 * level)
        renderer.label(self.text("moved"), (left, bottom + 12), level)
        value = responses[-1 if current is None else current]
        place = (right, bottom + 2)
        renderer.number(value, place, 32, sign_colour(value), level, "right", sign=True)


def _excerpt_strip(rect: pygame.Rect, trace: NetworkTrace) -> NoteStrip:
    """Strip of an excerpt's notes."""
    notes = trace.tune.notes
    pitches, end = [note.pitch for note in notes], max(note.end for note in notes)
    return NoteStrip(rect, end, (min(pitches) - 2, max(pitches) + 2), notes[0].onset)
