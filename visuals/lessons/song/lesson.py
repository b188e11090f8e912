"""Lesson five: a small network learns a tune, and is heard while it does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from midi_data.notes import Note
from rnn.teaching.tune_learner import UNITS, Snapshot
from visuals.drawing.canvas import bezier
from visuals.drawing.theme import DIM, FAINT, PITCH_COLOURS, shade
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.note_strip import bar_of, draw_known, draw_strip
from visuals.lessons.drawing.plots import draw_errors
from visuals.lessons.drawing.renderer import BACKWARD, INK, Brush
from visuals.lessons.shared_state import Bench
from visuals.lessons.song.input_facts import Fact
from visuals.lessons.song.network_grid import (
    COLUMN,
    LEFT,
    Block,
    block_rect,
    draw_chances,
    draw_pitch,
    draw_squares,
    draw_threads,
    draw_words,
    gate_colours,
    lay_out,
    signed_colours,
    size_in,
)
from visuals.lessons.song.walkthrough import SONGS, YOURS, SongWalk
from visuals.words import Words

_STRIP, _PLAYS = pygame.Rect(300, 672, 1540, 40), pygame.Rect(300, 740, 1540, 36)
_TUNE = pygame.Rect(240, 420, 1440, 200)
_ERRORS = pygame.Rect(1540, 376, 300, 110)
_CHANGES = pygame.Rect(1540, 536, 300, 112)
_RIGHT = LEFT + UNITS * COLUMN
_CHOICES_Y, _CHOICE = 300, 250
_MOST_BITS = 16.0
_PASSES = 170
"""Passes the error curve has room for, until there are more."""
_CELL_ROWS = ("kept", "written", "said", "new", "holds", "says")
_FEWER_ROWS = ("kept", "written", "said", "says")
"""With more than one layer, so that each can be read."""


class ASongIsLearned(Lesson):
    """Input, weights, cells, chances and target side by side, the tune below."""

    name = "song"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._coloured: Snapshot | None = None
        self._colours: dict[int, NDArray[np.float32]] = {}
        self.equip(Bench())

    def equip(self, bench: Bench) -> None:
        self.walk: SongWalk = SongWalk(bench)

    def sentence(self) -> str:
        return super().sentence().format(units=UNITS)

    def point(self, x: float, y: float) -> None:
        for (choice, _), rect in zip(self._choices(), self.targets(), strict=False):
            if rect.collidepoint(x, y):
                self.walk.choose(choice)

    def targets(self) -> tuple[pygame.Rect, ...]:
        if self.walk.now.name != "tune":
            return ()
        return tuple(
            pygame.Rect(round(x - _CHOICE / 2), _CHOICES_Y - 40, _CHOICE, 80)
            for _, x in self._choices()
        )

    def draw(self, brush: Brush, look: Look) -> None:
        if look.is_at("tune"):
            self._draw_choice(brush, look)
            return
        walk = self.walk
        self._draw_strips(brush, look)
        rows = len(self._rows)
        blocks = lay_out((len(walk.facts), *walk.layers * [rows], len(walk.pitches)))
        self._draw_facts(brush, look, blocks[0])
        for layer, block in enumerate(blocks[1:-1]):
            self._draw_cells(brush, look, block, layer)
        self._draw_keys(brush, look, blocks[-1])
        if look.seen("learn") > 0:
            self._draw_progress(brush, look)
        else:
            self._draw_slow(brush, look)

    # The tune

    def _choices(self) -> list[tuple[str, float]]:
        """Each tune there is, the visitor's always, and where its name stands."""
        names = (*SONGS, YOURS)
        left = 960 - _CHOICE * (len(names) - 1) / 2
        return [(name, left + _CHOICE * k) for k, name in enumerate(names)]

    def _draw_choice(self, brush: Brush, look: Look) -> None:
        walk = self.walk
        for choice, x in self._choices():
            chosen, offered = choice == walk.choice, choice in walk.choices
            name = self.say(choice if offered else "play_one")
            colour = INK if chosen else DIM
            brush.text(name, (x, _CHOICES_Y - 16), 24, colour, 1.0 if offered else 0.7, "centre")
            if chosen:
                brush.line([(x - 80, _CHOICES_Y + 26), (x + 80, _CHOICES_Y + 26)], INK, 2.0, 0.4)
            if choice == YOURS and walk.played:
                text = f"{walk.played} {self.say('notes')}"
                brush.text(text, (x, _CHOICES_Y + 34), 16, DIM, 1.0, "centre")
        heard = walk.heard_beats if walk.singing else None
        draw_strip(brush, _TUNE, walk.tune.notes, self._end, self._span, look.fresh, heard)

    @property
    def _end(self) -> float:
        return max(4.0, self.walk.tune.end)

    @property
    def _span(self) -> tuple[int, int]:
        return _span_of(self.walk.tune.notes)

    def _draw_strips(self, brush: Brush, look: Look) -> None:
        walk = self.walk
        brush.label(self.say("the_tune"), (_STRIP.left - 20, _STRIP.centery - 9), 1.0, "right")
        notes, span = walk.tune.notes, self._span
        shown = None if walk.singing and walk.reciting else walk.at
        draw_strip(brush, _STRIP, notes, self._end, span, look.seen("inputs"), None, shown)
        learning, noise = look.seen("learn"), look.seen("noise")
        if learning > 0 and walk.snapshot is not None:
            draw_known(brush, _STRIP, notes, walk.snapshot.right, self._end, learning)
        if noise > 0:
            brush.label(
                self.say("it_plays"), (_PLAYS.left - 20, _PLAYS.centery - 9), noise, "right"
            )
            heard = walk.heard_beats if walk.singing else None
            recited = walk.heard if walk.reciting else ()
            whole = _span_of((*notes, *recited))
            draw_strip(brush, _PLAYS, recited, self._end, whole, noise, heard)

    # The network

    def _draw_facts(self, brush: Brush, look: Look, block: Block) -> None:
        walk, facts = self.walk, self.walk.facts
        level = look.seen("inputs")
        if look.is_at("inputs"):
            self._draw_sources(brush, block, level)
        brush.label(self.say("told"), (LEFT - 340, block.top - 26), level)
        draw_words(brush, block, [self.say(fact.name) for fact in facts], level, LEFT - 90)
        for row, fact in enumerate(facts):
            self._draw_fact(brush, fact, (LEFT - 46, block.middle(row)), level, size_in(block))
        weights = look.seen("weights")
        if weights <= 0:
            return
        values = np.tanh(3.0 * walk.given[:, 3])
        if look.is_at("change"):
            values = np.tanh(80.0 * walk.given_change[:, 3])
        rect = block_rect(block, UNITS)
        draw_squares(brush, rect, signed_colours(values), weights)
        brush.label(self.say("weights_word"), (LEFT, block.top - 26), weights)
        draw_threads(brush, block.bottom, np.tanh(1.5 * walk.given[:, 3].sum(axis=0)), weights)

    def _draw_sources(self, brush: Brush, block: Block, level: float) -> None:
        """Lead from the notes of the tune to what the network is told of them."""
        notes, here = self.walk.tune.notes, self.walk.tune.notes[self.walk.at]
        bar = self.walk.tune.meter.bar
        onsets = {note.onset: note for note in notes}
        for row, fact in enumerate(self.walk.facts):
            if fact.name == "last" and self.walk.at:
                note = notes[self.walk.at - 1]
            elif fact.pitch is not None and fact.name.startswith("ago_"):
                note = onsets.get(here.onset - bar * int(fact.name.removeprefix("ago_")), here)
            else:
                continue
            start = bar_of(_STRIP, note, self._end, self._span)[0].midtop
            end = (LEFT - 4, block.middle(row))
            path = bezier(start, (start[0], end[1] + 160), (start[0], end[1]), end, 60)
            colour = PITCH_COLOURS[note.pitch % 12]
            brush.line(path, shade(colour, 0.7 * level), 2.0, 0.5 * level)

    def _draw_fact(
        self, brush: Brush, fact: Fact, place: tuple[float, float], level: float, size: int
    ) -> None:
        if fact.pitch is not None:
            brush.disc((place[0] + 22, place[1]), 6, shade(PITCH_COLOURS[fact.pitch % 12], level))
            draw_pitch(brush, fact.pitch, (place[0] - 4, place[1]), level, size)
        elif fact.number is not None:
            text = f"{fact.number:.2f}".rstrip("0").rstrip(".")
            brush.text(
                text, (place[0] - 4, place[1] - 0.72 * size), size, INK, level, "centre", 0.0
            )
        else:
            brush.disc((place[0] + 22, place[1]), 3, shade(FAINT, level))

    @property
    def _rows(self) -> tuple[str, ...]:
        return _CELL_ROWS if self.walk.layers == 1 else _FEWER_ROWS

    def _draw_cells(self, brush: Brush, look: Look, block: Block, layer: int) -> None:
        level = look.seen("cells")
        if level <= 0:
            return
        walk = self.walk
        written, kept, said, new = walk.gates[layer]
        holds, says = walk.cells[layer], walk.hidden[layer]
        colours = {
            "kept": gate_colours(kept),
            "written": gate_colours(written),
            "said": gate_colours(said),
            "new": signed_colours(new),
            "holds": signed_colours(np.tanh(holds)),
            "says": signed_colours(2.0 * says),
        }
        squares = np.stack([colours[name] for name in self._rows])
        draw_squares(brush, block_rect(block, UNITS), squares, level)
        draw_words(brush, block, [self.say(name) for name in self._rows], level)
        name = self.say("cells_word" if layer == 0 else "second_word").format(units=UNITS)
        brush.label(name, (LEFT - 340, block.top + 2), level)
        last = layer == walk.layers - 1
        below = level if not last else look.seen("chances")
        draw_threads(brush, block.bottom, 2.5 * says, below)

    def _draw_keys(self, brush: Brush, look: Look, block: Block) -> None:
        level = look.seen("chances")
        if level <= 0:
            return
        walk = self.walk
        values = np.tanh(5.0 * walk.said)
        if look.is_at("change"):
            values = np.tanh(80.0 * walk.said_change)
        draw_squares(brush, block_rect(block, UNITS), signed_colours(values), level)
        brush.label(self.say("keys_word"), (LEFT - 340, block.top + 2), level)
        told = look.seen("target")
        left = _RIGHT + 24
        brush.label(self.say("chance"), (left + 34, block.top - 26), level)
        if told > 0:
            brush.label(self.say("target_word"), (left + 332, block.top - 26), told, "right")
        draw_chances(brush, block, walk.pitches, walk.chances, walk.target, left, level, told)

    # How well it does

    def _draw_slow(self, brush: Brush, look: Look) -> None:
        walk, error, change = self.walk, look.seen("error"), look.seen("change")
        x = 1690
        if error > 0:
            brush.label(self.say("error_word"), (x, 250), error, "centre")
            brush.number(walk.bits, (x, 272), 64, BACKWARD, error)
            brush.text(self.say("bits"), (x, 352), 18, DIM, error, "centre")
        if change > 0:
            brush.label(self.say("targets_chance"), (x, 430), change, "centre")
            before, after = (f"{100 * share:.2f} %" for share in (walk.chance_before, walk.chance))
            brush.text(before, (x - 24, 456), 30, DIM, change, "right")
            brush.line([(x - 10, 476), (x + 10, 476)], shade(DIM, change), 1.5)
            brush.polygon([(x + 10, 471), (x + 10, 481), (x + 18, 476)], shade(DIM, change))
            brush.text(after, (x + 30, 456), 30, INK, change)
        if look.is_at("change"):
            brush.text(self.say("enlarged"), (x, 520), 18, DIM, change, "centre")

    def _draw_progress(self, brush: Brush, look: Look) -> None:
        walk, level = self.walk, look.seen("learn")
        snapshot = walk.snapshot
        if snapshot is None:
            return
        right, x = int(snapshot.right.sum()), _ERRORS.left
        brush.label(self.say("known"), (x, 206), level)
        brush.text(f"{right} / {len(snapshot.right)}", (x - 3, 220), 66, INK, level, tracking=0.0)
        brush.label(self.say("passes"), (_ERRORS.right, 206), level, "right")
        brush.text(str(snapshot.updates), (_ERRORS.right, 232), 40, DIM, level, "right")
        errors = walk.errors.tolist()
        draw_errors(brush, _ERRORS, errors, self.say("error_curve"), level, _MOST_BITS, _PASSES)
        self._draw_changes(brush, level)
        if walk.now.name == "learn" and walk.layers == 1:
            x, y = _ERRORS.left + 6, 316
            brush.polygon([(x - 6, y + 5), (x + 6, y + 5), (x, y - 6)], shade(DIM, level))
            brush.text(self.say("add_layer"), (x + 16, y - 14), 18, DIM, level)

    def _draw_changes(self, brush: Brush, level: float) -> None:
        """The weights from cell to cell, less what they were at first."""
        walk = self.walk
        brush.label(self.say("changed"), (_CHANGES.left, _CHANGES.top - 26), level)
        height = _CHANGES.height // walk.layers
        for layer in range(walk.layers):
            rect = pygame.Rect(
                _CHANGES.left, _CHANGES.top + layer * height, _CHANGES.width, height - 4
            )
            draw_squares(brush, rect, self._colours_of(layer), level, gaps=False)
            brush.box(rect, shade(FAINT, 0.6 * level), 1, 0)

    def _colours_of(self, layer: int) -> NDArray[np.float32]:
        """The colours of a layer's changes, found anew only when there are others."""
        snapshot = self.walk.snapshot
        if self._coloured is not snapshot:
            self._coloured, self._colours = snapshot, {}
        if layer not in self._colours:
            changes = self.walk.changes(layer)
            none = np.zeros((1, 1), np.float32)
            values = none if changes is None else np.tanh(8.0 * changes)
            self._colours[layer] = signed_colours(values)
        return self._colours[layer]


def _span_of(notes: Sequence[Note]) -> tuple[int, int]:
    """MIDI numbers just below and above some notes."""
    pitches = [note.pitch for note in notes]
    return min(pitches) - 1, max(pitches) + 1
