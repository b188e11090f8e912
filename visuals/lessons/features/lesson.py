"""Lesson six: what the layers see. The cells of the network that plays, and what moves one most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame

from rnn.analysis.trace import Heard
from rnn.teaching.probed_network import Subject
from visuals.drawing.theme import DIM, FAINT, NOTE_NAMES, PITCH_COLOURS, TITLE_PLACE, mix, shade
from visuals.drawing.typography import TextStyle
from visuals.hud.unit_preferences import liking
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.neuron_parts import draw_pulses
from visuals.lessons.drawing.note_strip import bar_of
from visuals.lessons.drawing.renderer import DISLIKE, FORWARD, INK, LIKE, Brush, signed
from visuals.lessons.features.cell_grid import APART, CellPicture
from visuals.lessons.features.walkthrough import Playing, SeenWalk
from visuals.lessons.shared_state import Bench
from visuals.words import Words

_FOUND, _DREAMT = pygame.Rect(500, 286, 610, 236), pygame.Rect(1210, 286, 610, 236)
_TRACE_GAP, _TRACE_HEIGHT = 34, 130
_NAME_Y = 142
"""Of the network, below the title."""


class WhatTheLayersSee(Lesson):
    """All cells, one of them, and two pieces of music that move it."""

    name = "seen"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._pictured: tuple[Subject, CellPicture] | None = None
        self.equip(Bench())

    def equip(self, bench: Bench) -> None:
        self.walk: SeenWalk = SeenWalk(bench)

    @property
    def _cells(self) -> CellPicture | None:
        """The picture of the network asked about, if there is one."""
        subject = self.walk.subject
        if subject is None:
            return None
        if self._pictured is None or self._pictured[0] is not subject:
            self._pictured = subject, CellPicture(subject.layers, subject.units)
        return self._pictured[1]

    def point(self, x: float, y: float) -> None:
        """A touch of a cell chooses it, one of a piece of music plays it."""
        cells = self._cells
        if cells is None or not self.walk.now.turns:
            return
        cell = cells.cell_at(x, y)
        if cell is not None:
            self.walk.choose(*cell)
        for rect, dreamt in ((_FOUND, False), (_DREAMT, True)):
            if rect.collidepoint(x, y):
                self.walk.play(dreamt)

    def targets(self) -> tuple[pygame.Rect, ...]:
        """The pieces of music, and each layer as a whole: arrows choose a cell of it exactly."""
        cells = self._cells
        if cells is None or not self.walk.now.turns:
            return ()
        return (_FOUND, _DREAMT, *(cells.rect(layer) for layer in range(cells.layers)))

    def draw(self, brush: Brush, look: Look) -> None:
        walk, subject, cells = self.walk, self.walk.subject, self._cells
        if subject is None or cells is None:
            return
        name = self._words.style(subject.style, subject.title)
        brush.text(name, (TITLE_PLACE[0], _NAME_Y), 24, DIM, look.seen("many"))
        self._draw_cells(brush, look, cells, subject.layers)
        level = look.seen("one")
        if level > 0:
            self._draw_chosen(brush, subject, cells, level)
        if walk.corpus is not None and level > 0:
            context = subject.context(walk.layer, walk.unit)
            name = context.tune if look.seen("corpus") > 0 and context is not None else ""
            self._draw_piece(brush, _FOUND, walk.corpus, False, level)
            self._head(brush, _FOUND, "found_title", name, look.seen("corpus"))
        level = look.seen("start")
        if walk.dream is not None and level > 0:
            self._draw_piece(brush, _DREAMT, walk.dream.heard, True, level)
            kept, tried = walk.dream.hops, walk.dream.tried
            counts = f"{kept} {self.say('changes')} / {tried} {self.say('tried')}"
            self._head(brush, _DREAMT, "dream_title", counts, level)

    def _draw_cells(self, brush: Brush, look: Look, cells: CellPicture, layers: int) -> None:
        aside, level = look.seen("one"), look.seen("layers")
        cells.draw(brush, self.walk.said, look.time, aside)
        for layer in range(layers):
            rect = cells.rect(layer, aside)
            brush.label(f"{self.say('layer')} {layer + 1}", (rect.left, rect.top - 26), level)
            _draw_way(brush, look, cells.rect(layer, 0.0), layer, level * (1.0 - aside))

    def _draw_chosen(
        self, brush: Brush, subject: Subject, cells: CellPicture, level: float
    ) -> None:
        walk = self.walk
        x, y, cell = cells.place(walk.layer, walk.unit, level)
        brush.ring((x, y), cell * 0.72, shade(INK, level), 2, 0.8 * level)
        if self.walk.now.turns:
            for side in (-1, 1):
                tip = x + side * (cell * 0.72 + 12)
                points = [(tip, y), (tip - side * 7, y - 6), (tip - side * 7, y + 6)]
                brush.polygon(points, shade(INK, level))
        left = _FOUND.left
        text = f"{self.say('cell')} {walk.unit + 1}, {self.say('layer')} {walk.layer + 1}"
        width = brush.text(text, (left, 202), 26, INK, level)
        known = liking(subject.atlas, (walk.layer, walk.unit))
        if walk.position >= walk.place("found"):
            words = self._words[f"liking.{known.key}"]
            x = left + width + 28 + brush.text(words, (left + width + 28, 206), 22, DIM, level)
            if known.tone is not None:
                style = TextStyle(22, "jost-400", 0.0, shade(PITCH_COLOURS[known.tone], level))
                brush.type.put_note(brush.surface, NOTE_NAMES[known.tone], (x + 8, 206), style)

    def _head(self, brush: Brush, rect: pygame.Rect, name: str, more: str, level: float) -> None:
        brush.label(self.say(name), (rect.left, rect.top - 36), level)
        if more:
            brush.text(more, (rect.right, rect.top - 42), 18, DIM, level, "right")

    def _draw_piece(
        self, brush: Brush, rect: pygame.Rect, heard: Heard, dreamt: bool, level: float
    ) -> None:
        """Notes, each as bright as it moved the cell, and how far below them."""
        notes, moved = heard.tune.notes, self.walk.moved(heard)
        first, end = notes[0].onset, max(note.end for note in notes)
        pitches = [note.pitch for note in notes]
        span = min(pitches) - 2, max(pitches) + 2
        playing = self._playing(dreamt)
        for y in (rect.top, rect.bottom):
            brush.line([(rect.left, y), (rect.right, y)], shade(FAINT, 0.5 * level), 1)
        for place, note in enumerate(notes):
            shown = replace(note, onset=note.onset - first)
            bar, _ = bar_of(rect, shown, end - first, span)
            bright = 0.3 + 0.6 * max(0.0, float(moved[place]))
            sounds = playing is not None and note.onset <= playing.beat < note.end
            colour = PITCH_COLOURS[note.pitch % 12]
            brush.box(bar, shade(mix(colour, INK, 0.5 if sounds else 0.0), bright * level), 0, 3)
            if sounds:
                brush.lamp(bar.center, INK, 0.2 * level)
        below = pygame.Rect(rect.left, rect.bottom + _TRACE_GAP, rect.width, _TRACE_HEIGHT)
        self._draw_trace(brush, below, heard, playing, level)

    def _draw_trace(
        self,
        brush: Brush,
        rect: pygame.Rect,
        heard: Heard,
        playing: Playing | None,
        level: float,
    ) -> None:
        notes, moved = heard.tune.notes, self.walk.moved(heard)
        first, end = notes[0].onset, max(note.end for note in notes)
        zero = rect.centery
        brush.line([(rect.left, zero), (rect.right, zero)], shade(FAINT, level), 1)
        x = [rect.left + rect.width * (note.end - first) / (end - first) for note in notes]
        y = [zero - rect.height / 2 * float(value) for value in moved]
        curve = [(rect.left, zero), *zip(x, y, strict=True)]
        order = np.argsort([point[0] for point in curve], kind="stable")
        brush.line(np.asarray(curve)[order], shade(DIM, level), 2.0, 0.25 * level)
        for place, point in enumerate(zip(x, y, strict=True)):
            value = float(moved[place])
            near = playing is not None and not playing.over and playing.place == place
            colour = shade(signed(value), (0.35 + 0.65 * abs(value)) * level)
            brush.disc(point, 8 if near else 4.5, colour)
            if near:
                brush.lamp(point, LIKE if value > 0 else DISLIKE, 0.6 * level)
        shown = len(notes) - 1 if playing is None or playing.over else playing.place
        brush.label(self.say("moved"), (rect.left, rect.bottom + 12), level)
        value = float(moved[shown])
        place = (rect.right, rect.bottom + 2)
        brush.number(value, place, 32, signed(value), level, "right", sign=True)
        if playing is not None and not playing.over:
            at = rect.left + rect.width * (playing.beat - first) / (end - first)
            top = rect.top - _TRACE_GAP - _FOUND.height
            brush.line([(at, top), (at, rect.bottom)], shade(INK, 0.5 * level), 1.5, 0.2)

    def _playing(self, dreamt: bool) -> Playing | None:
        playing = self.walk.playing
        return playing if playing is not None and playing.dreamt is dreamt else None


def _draw_way(brush: Brush, look: Look, rect: pygame.Rect, layer: int, level: float) -> None:
    """From the notes, or from the layer before, into a layer."""
    if level > 0.02:
        start = rect.left - APART + 30
        path = np.linspace((start, rect.centery), (rect.left - 26, rect.centery), 40)
        brush.line(path, shade(FORWARD, 0.5 * level), 3.0, 0.4 * level)
        draw_pulses(brush, path, look.time + 0.4 * layer, FORWARD, level)
