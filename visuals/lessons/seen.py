"""Lesson six: what the layers see. The cells of the network that plays, and what moves one most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame

from rnn.dreaming import Heard
from visuals.lessons.base import Lesson, Look
from visuals.lessons.bench import Bench
from visuals.lessons.brush import DISLIKE, FORWARD, INK, LIKE, Brush, signed
from visuals.lessons.cells import draw_pulses
from visuals.lessons.seen_walk import Playing, SeenWalk, columns
from visuals.lessons.song_strip import bar_of
from visuals.likings import liking
from visuals.sprites import blank
from visuals.theme import (
    DIM,
    FAINT,
    MARGIN,
    NOTE_NAMES,
    PITCH_COLOURS,
    SIZE,
    mix,
    shade,
)
from visuals.type import TextStyle
from visuals.words import Words

_CELLS = pygame.Rect(100, 216, 300, 556)
"""The pictures of all layers, one below the other."""
_GAP = 46
"""Between two of them."""
_LARGE, _LARGE_TOP, _APART = 500, 226, 190
"""At first: the width of each, where they begin, and how far they are apart."""
_SOFT = 0.09
"""Seconds in which a light follows most of the way."""
_FOUND, _DREAMT = pygame.Rect(500, 286, 610, 236), pygame.Rect(1210, 286, 610, 236)
_TRACE_GAP, _TRACE_HEIGHT = 34, 130
_DARK = (16, 19, 30)


class WhatTheLayersSee(Lesson):
    """All cells, one of them, and two pieces of music that move it."""

    name = "seen"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walk: SeenWalk = SeenWalk()
        self._small: pygame.Surface | None = None
        self._mask: pygame.Surface | None = None
        self._fitted: pygame.Surface | None = None
        self._lights: np.ndarray | None = None
        self._lit_at = 0.0

    def equip(self, bench: Bench) -> None:
        self.walk.study(bench.subject)
        subject = bench.subject
        if subject is not None:
            across = columns(subject.units)
            self._small = blank((across, across))
            self._mask, self._fitted = _discs(across, max(4, _LARGE // across)), None

    def point(self, x: float, y: float) -> None:
        """A touch of a cell chooses it, one of a piece of music plays it."""
        subject = self.walk.subject
        if subject is None:
            return
        across = columns(subject.units)
        for layer in range(subject.layers if self.walk.now.turns else 0):
            place = self._layer(layer)
            if place.collidepoint(x, y):
                cell = place.width / across
                column, row = int((x - place.left) / cell), int((y - place.top) / cell)
                unit = row * across + column
                if column < across and unit < subject.units:
                    self.walk.choose(layer, unit)
        if self.walk.now.turns:
            for rect, dreamt in ((_FOUND, False), (_DREAMT, True)):
                if rect.collidepoint(x, y):
                    self.walk.play(dreamt)

    def draw(self, brush: Brush, look: Look) -> None:
        walk = self.walk
        if walk.subject is None:
            return
        self._draw_cells(brush, look)
        level = look.seen("one")
        if walk.corpus is not None and level > 0:
            context = walk.subject.context(walk.layer, walk.unit)
            name = context.tune if look.seen("corpus") > 0 and context is not None else ""
            self._draw_piece(brush, _FOUND, walk.corpus, False, level)
            self._head(brush, _FOUND, "found_title", name, look.seen("corpus"))
        level = look.seen("start")
        if walk.dream is not None and level > 0:
            self._draw_piece(brush, _DREAMT, walk.dream.heard, True, level)
            kept, tried = walk.dream.hops, walk.dream.tried
            counts = f"{kept} {self.say('changes')} / {tried} {self.say('tried')}"
            self._head(brush, _DREAMT, "dream_title", counts, level)

    def _layer(self, layer: int, aside: float = 1.0) -> pygame.Rect:
        """Where a layer is drawn: at first in the middle and large, then `aside` (0..1)."""
        layers = 1 if self.walk.subject is None else self.walk.subject.layers
        small = min(_CELLS.width, (_CELLS.height - _GAP * (layers - 1)) // layers)
        large = min(_LARGE, (SIZE[0] - 2 * MARGIN - _APART * (layers - 1)) // layers)
        left = (SIZE[0] - layers * large - (layers - 1) * _APART) / 2 + layer * (large + _APART)
        middle = np.array((left, _LARGE_TOP, large))
        beside = np.array((_CELLS.left, _CELLS.top + layer * (small + _GAP), small))
        x, y, side = (middle + (beside - middle) * aside).tolist()
        return pygame.Rect(round(x), round(y), round(side), round(side))

    def _draw_cells(self, brush: Brush, look: Look) -> None:
        """Every cell as a light: gold above zero, blue below, as bright as what it says."""
        subject = self.walk.subject
        if subject is None or self._small is None or self._mask is None:
            return
        across, aside = columns(subject.units), look.seen("one")
        lights = self._move_lights(look.time, (subject.layers, subject.units))
        for layer in range(subject.layers):
            place = self._layer(layer, aside)
            values = np.zeros(across * across)
            values[: subject.units] = lights[layer]
            pygame.surfarray.blit_array(self._small, _colours(values, across, subject.units))
            large = pygame.transform.scale(self._small, place.size)
            if self._fitted is None or self._fitted.get_size() != place.size:
                self._fitted = pygame.transform.smoothscale(self._mask, place.size)
            large.blit(self._fitted, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
            brush.surface.blit(large, place, special_flags=pygame.BLEND_RGB_MAX)
            level = look.seen("layers")
            brush.label(f"{self.say('layer')} {layer + 1}", (place.left, place.top - 26), level)
        self._draw_way(brush, look, look.seen("layers") * (1.0 - aside))
        if aside > 0:
            self._draw_chosen(brush, aside)

    def _move_lights(self, time: float, shape: tuple[int, int]) -> np.ndarray:
        """What the cells say, shape (layers, units), following softly what they are told."""
        said = self.walk.said
        if said is None:
            self._lights = None
            return np.zeros(shape)
        passed = time - self._lit_at if self._lights is not None else np.inf
        share = 1.0 - np.exp(-max(0.0, passed) / _SOFT)
        before = said if self._lights is None else self._lights
        self._lights, self._lit_at = before + share * (said - before), time
        return self._lights

    def _draw_way(self, brush: Brush, look: Look, level: float) -> None:
        """From the notes into the first layer, and from layer to layer."""
        subject = self.walk.subject
        if level <= 0.02 or subject is None:
            return
        for layer in range(subject.layers):
            place = self._layer(layer, 0.0)
            start = place.left - _APART + 30
            path = np.linspace((start, place.centery), (place.left - 26, place.centery), 40)
            brush.line(path, shade(FORWARD, 0.5 * level), 3.0, 0.4 * level)
            draw_pulses(brush, path, look.time + 0.4 * layer, FORWARD, level)

    def _draw_chosen(self, brush: Brush, level: float) -> None:
        walk = self.walk
        across = columns(walk.subject.units)
        place = self._layer(walk.layer)
        cell = place.width / across
        x = place.left + cell * (walk.unit % across + 0.5)
        y = place.top + cell * (walk.unit // across + 0.5)
        brush.ring((x, y), cell * 0.72, shade(INK, level), 2, 0.8 * level)
        if self.walk.now.turns:
            for side in (-1, 1):
                tip = x + side * (cell * 0.72 + 12)
                points = [(tip, y), (tip - side * 7, y - 6), (tip - side * 7, y + 6)]
                brush.polygon(points, shade(INK, level))
        left = _FOUND.left
        text = f"{self.say('cell')} {walk.unit + 1}, {self.say('layer')} {walk.layer + 1}"
        width = brush.text(text, (left, 202), 26, INK, level)
        known = liking(walk.subject.atlas, (walk.layer, walk.unit))
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


def _colours(values: np.ndarray, across: int, units: int) -> np.ndarray:
    """Colours of what cells say, row by row, shape (across, across, 3), x first."""
    light = np.abs(values)[:, None] ** 0.8
    tint = np.where(values[:, None] >= 0, np.array(LIKE), np.array(DISLIKE))
    colours = np.array(_DARK) * (1.0 - light) + tint * light
    colours[units:] = 0.0
    return colours.astype(np.uint8).reshape(across, across, 3).swapaxes(0, 1)


def _discs(across: int, size: int) -> pygame.Surface:
    """A white disc for each cell, to be multiplied with."""
    mask = blank((across * size, across * size))
    for row in range(across):
        for column in range(across):
            centre = ((column + 0.5) * size, (row + 0.5) * size)
            pygame.draw.aacircle(mask, (255, 255, 255), centre, max(1.5, size * 0.36))
    return mask
