"""Lesson six: what the layers see. The cells of the network that plays, and what moves one most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame

from rnn.analysis.trace import NetworkTrace
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.theme import (
    LABEL_COLOUR,
    NOTE_NAMES,
    PITCH_COLOURS,
    RULE_COLOUR,
    TITLE_POSITION,
    mix,
    shade,
)
from visuals.drawing.typography import TextStyle
from visuals.hud.unit_preferences import unit_preference
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.neuron_parts import draw_pulses
from visuals.lessons.drawing.note_strip import note_bar_rect
from visuals.lessons.drawing.renderer import (
    FORWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
    sign_colour,
)
from visuals.lessons.features.cell_grid import LAYER_GAP_PX, CellGrid
from visuals.lessons.features.walkthrough import ExcerptPlayback, FeaturesWalkthrough
from visuals.lessons.shared_state import SharedLessonState
from visuals.words import Words

_CORPUS_RECT, _MAXIMISED_RECT = pygame.Rect(500, 286, 610, 236), pygame.Rect(1210, 286, 610, 236)
_TRACE_GAP_PX, _TRACE_HEIGHT_PX = 34, 130
_NAME_Y = 142
"""Of the network, below the title."""


class FeaturesLesson(Lesson):
    """All cells, one of them, and two pieces of music that move it."""

    name = "seen"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._cached_grid: tuple[ProbedNetwork, CellGrid] | None = None
        self.use_shared_state(SharedLessonState())

    def use_shared_state(self, bench: SharedLessonState) -> None:
        self.walkthrough: FeaturesWalkthrough = FeaturesWalkthrough(bench)

    @property
    def _cell_grid(self) -> CellGrid | None:
        """The picture of the network asked about, if there is one."""
        subject = self.walkthrough.probed_network
        if subject is None:
            return None
        if self._cached_grid is None or self._cached_grid[0] is not subject:
            self._cached_grid = subject, CellGrid(subject.layers, subject.units)
        return self._cached_grid[1]

    def on_touch(self, x: float, y: float) -> None:
        """A touch of a cell chooses it, one of a piece of music plays it."""
        cells = self._cell_grid
        if cells is None or not self.walkthrough.current_step.arrows:
            return
        cell = cells.cell_at(x, y)
        if cell is not None:
            self.walkthrough.select_unit(*cell)
        for rect, dreamt in ((_CORPUS_RECT, False), (_MAXIMISED_RECT, True)):
            if rect.collidepoint(x, y):
                self.walkthrough.play_excerpt(dreamt)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        """The pieces of music, and each layer as a whole: arrows choose a cell of it exactly."""
        cells = self._cell_grid
        if cells is None or not self.walkthrough.current_step.arrows:
            return ()
        return (
            _CORPUS_RECT,
            _MAXIMISED_RECT,
            *(cells.layer_rect(layer) for layer in range(cells.layers)),
        )

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        walk, subject, cells = self.walkthrough, self.walkthrough.probed_network, self._cell_grid
        if subject is None or cells is None:
            return
        name = self._words.style_title(subject.style, subject.title)
        brush.text(name, (TITLE_POSITION[0], _NAME_Y), 24, LABEL_COLOUR, look.reveal("many"))
        self._draw_cells(brush, look, cells, subject.layers)
        level = look.reveal("one")
        if level > 0:
            self._draw_selected_cell(brush, subject, cells, level)
        if walk.corpus_trace is not None and level > 0:
            context = subject.strongest_context(walk.layer, walk.unit)
            name = context.tune if look.reveal("corpus") > 0 and context is not None else ""
            self._draw_excerpt(brush, _CORPUS_RECT, walk.corpus_trace, False, level)
            self._draw_excerpt_heading(
                brush, _CORPUS_RECT, "found_title", name, look.reveal("corpus")
            )
        level = look.reveal("start")
        if walk.maximisation is not None and level > 0:
            self._draw_excerpt(brush, _MAXIMISED_RECT, walk.maximisation.trace, True, level)
            kept, tried = walk.maximisation.edits_kept, walk.maximisation.tunes_tried
            counts = f"{kept} {self.text('changes')} / {tried} {self.text('tried')}"
            self._draw_excerpt_heading(brush, _MAXIMISED_RECT, "dream_title", counts, level)

    def _draw_cells(
        self, brush: LessonRenderer, look: LessonFrame, cells: CellGrid, layers: int
    ) -> None:
        aside, level = look.reveal("one"), look.reveal("layers")
        cells.draw(brush, self.walkthrough.activations, look.time_s, aside)
        for layer in range(layers):
            rect = cells.layer_rect(layer, aside)
            brush.label(f"{self.text('layer')} {layer + 1}", (rect.left, rect.top - 26), level)
            _draw_layer_input(
                brush, look, cells.layer_rect(layer, 0.0), layer, level * (1.0 - aside)
            )

    def _draw_selected_cell(
        self, brush: LessonRenderer, subject: ProbedNetwork, cells: CellGrid, level: float
    ) -> None:
        walk = self.walkthrough
        x, y, cell = cells.cell_centre(walk.layer, walk.unit, level)
        brush.ring((x, y), cell * 0.72, shade(TEXT_COLOUR, level), 2, 0.8 * level)
        if self.walkthrough.current_step.arrows:
            for side in (-1, 1):
                tip = x + side * (cell * 0.72 + 12)
                points = [(tip, y), (tip - side * 7, y - 6), (tip - side * 7, y + 6)]
                brush.polygon(points, shade(TEXT_COLOUR, level))
        left = _CORPUS_RECT.left
        text = f"{self.text('cell')} {walk.unit + 1}, {self.text('layer')} {walk.layer + 1}"
        width = brush.text(text, (left, 202), 26, TEXT_COLOUR, level)
        known = unit_preference(subject.atlas, (walk.layer, walk.unit))
        if walk.step_index >= walk.index_of_step("found"):
            words = self._words[f"liking.{known.key}"]
            x = (
                left
                + width
                + 28
                + brush.text(words, (left + width + 28, 206), 22, LABEL_COLOUR, level)
            )
            if known.pitch_class is not None:
                style = TextStyle(
                    22, "jost-400", 0.0, shade(PITCH_COLOURS[known.pitch_class], level)
                )
                brush.typesetter.draw_note_name(
                    brush.surface, NOTE_NAMES[known.pitch_class], (x + 8, 206), style
                )

    def _draw_excerpt_heading(
        self, brush: LessonRenderer, rect: pygame.Rect, name: str, more: str, level: float
    ) -> None:
        brush.label(self.text(name), (rect.left, rect.top - 36), level)
        if more:
            brush.text(more, (rect.right, rect.top - 42), 18, LABEL_COLOUR, level, "right")

    def _draw_excerpt(
        self,
        brush: LessonRenderer,
        rect: pygame.Rect,
        heard: NetworkTrace,
        dreamt: bool,
        level: float,
    ) -> None:
        """Notes, each as bright as it moved the cell, and how far below them."""
        notes, moved = heard.tune.notes, self.walkthrough.unit_response(heard)
        first, end = notes[0].onset, max(note.end for note in notes)
        pitches = [note.pitch for note in notes]
        span = min(pitches) - 2, max(pitches) + 2
        playing = self._playback_of(dreamt)
        for y in (rect.top, rect.bottom):
            brush.line([(rect.left, y), (rect.right, y)], shade(RULE_COLOUR, 0.5 * level), 1)
        for place, note in enumerate(notes):
            shown = replace(note, onset=note.onset - first)
            bar, _ = note_bar_rect(rect, shown, end - first, span)
            bright = 0.3 + 0.6 * max(0.0, float(moved[place]))
            sounds = playing is not None and note.onset <= playing.beat < note.end
            colour = PITCH_COLOURS[note.pitch % 12]
            brush.box(
                bar, shade(mix(colour, TEXT_COLOUR, 0.5 if sounds else 0.0), bright * level), 0, 3
            )
            if sounds:
                brush.soft_glow(bar.center, TEXT_COLOUR, 0.2 * level)
        below = pygame.Rect(rect.left, rect.bottom + _TRACE_GAP_PX, rect.width, _TRACE_HEIGHT_PX)
        self._draw_response_curve(brush, below, heard, playing, level)

    def _draw_response_curve(
        self,
        brush: LessonRenderer,
        rect: pygame.Rect,
        heard: NetworkTrace,
        playing: ExcerptPlayback | None,
        level: float,
    ) -> None:
        notes, moved = heard.tune.notes, self.walkthrough.unit_response(heard)
        first, end = notes[0].onset, max(note.end for note in notes)
        zero = rect.centery
        brush.line([(rect.left, zero), (rect.right, zero)], shade(RULE_COLOUR, level), 1)
        x = [rect.left + rect.width * (note.end - first) / (end - first) for note in notes]
        y = [zero - rect.height / 2 * float(value) for value in moved]
        curve = [(rect.left, zero), *zip(x, y, strict=True)]
        order = np.argsort([point[0] for point in curve], kind="stable")
        brush.line(np.asarray(curve)[order], shade(LABEL_COLOUR, level), 2.0, 0.25 * level)
        for place, point in enumerate(zip(x, y, strict=True)):
            value = float(moved[place])
            near = playing is not None and not playing.is_finished and playing.note_index == place
            colour = shade(sign_colour(value), (0.35 + 0.65 * abs(value)) * level)
            brush.disc(point, 8 if near else 4.5, colour)
            if near:
                brush.soft_glow(
                    point, POSITIVE_COLOUR if value > 0 else NEGATIVE_COLOUR, 0.6 * level
                )
        shown = len(notes) - 1 if playing is None or playing.is_finished else playing.note_index
        brush.label(self.text("moved"), (rect.left, rect.bottom + 12), level)
        value = float(moved[shown])
        place = (rect.right, rect.bottom + 2)
        brush.number(value, place, 32, sign_colour(value), level, "right", sign=True)
        if playing is not None and not playing.is_finished:
            at = rect.left + rect.width * (playing.beat - first) / (end - first)
            top = rect.top - _TRACE_GAP_PX - _CORPUS_RECT.height
            brush.line([(at, top), (at, rect.bottom)], shade(TEXT_COLOUR, 0.5 * level), 1.5, 0.2)

    def _playback_of(self, dreamt: bool) -> ExcerptPlayback | None:
        playing = self.walkthrough.playback
        return playing if playing is not None and playing.is_maximised is dreamt else None


def _draw_layer_input(
    brush: LessonRenderer, look: LessonFrame, rect: pygame.Rect, layer: int, level: float
) -> None:
    """From the notes, or from the layer before, into a layer."""
    if level > 0.02:
        start = rect.left - LAYER_GAP_PX + 30
        path = np.linspace((start, rect.centery), (rect.left - 26, rect.centery), 40)
        brush.line(path, shade(FORWARD_COLOUR, 0.5 * level), 3.0, 0.4 * level)
        draw_pulses(brush, path, look.time_s + 0.4 * layer, FORWARD_COLOUR, level)
