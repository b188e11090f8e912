"""Lesson five: a small network learns a tune, and is heard while it does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from midi_data.notes import Note
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearnerSnapshot
from visuals.drawing.canvas import bezier
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, shade
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.note_strip import draw_correct_marks, draw_note_strip, note_bar_rect
from visuals.lessons.drawing.plots import draw_error_curve
from visuals.lessons.drawing.renderer import BACKWARD_COLOUR, TEXT_COLOUR, LessonRenderer
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.song.input_facts import InputFact
from visuals.lessons.song.network_grid import (
    COLUMN_WIDTH_PX,
    GRID_LEFT_PX,
    MatrixBlock,
    block_rect,
    draw_connections,
    draw_pitch_name,
    draw_probabilities,
    draw_row_labels,
    draw_squares,
    gate_colours,
    label_size_px,
    layout_blocks,
    signed_colours,
)
from visuals.lessons.song.walkthrough import BUILT_IN_TUNES, VISITOR_TUNE, SongWalkthrough
from visuals.words import Words

_TUNE_STRIP_RECT, _RECITAL_STRIP_RECT = (
    pygame.Rect(300, 672, 1540, 40),
    pygame.Rect(300, 740, 1540, 36),
)
_CHOICE_STRIP_RECT = pygame.Rect(240, 420, 1440, 200)
_ERROR_PLOT = pygame.Rect(1540, 376, 300, 110)
_WEIGHT_CHANGES_RECT = pygame.Rect(1540, 536, 300, 112)
_GRID_RIGHT_PX = GRID_LEFT_PX + UNITS_PER_LAYER * COLUMN_WIDTH_PX
_TUNE_CHOICES_Y, _TUNE_CHOICE_WIDTH_PX = 300, 250
_MAX_SHOWN_BITS = 16.0
_MIN_SHOWN_PASSES = 170
"""Passes the error curve has room for, until there are more."""
_CELL_ROWS = ("kept", "written", "said", "new", "holds", "says")
_MULTI_LAYER_ROWS = ("kept", "written", "said", "says")
"""With more than one layer, so that each can be read."""


class SongLesson(Lesson):
    """Input, weights, cells, chances and target side by side, the tune below."""

    name = "song"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._coloured_snapshot: TuneLearnerSnapshot | None = None
        self._change_colours: dict[int, NDArray[np.float32]] = {}
        self.use_shared_state(SharedLessonState())

    def use_shared_state(self, bench: SharedLessonState) -> None:
        self.walkthrough: SongWalkthrough = SongWalkthrough(bench)

    def current_sentence(self) -> str:
        return super().current_sentence().format(units=UNITS_PER_LAYER)

    def on_touch(self, x: float, y: float) -> None:
        for (choice, _), rect in zip(self._tune_choices(), self.hit_targets(), strict=False):
            if rect.collidepoint(x, y):
                self.walkthrough.choose_tune(choice)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        if self.walkthrough.current_step.name != "tune":
            return ()
        return tuple(
            pygame.Rect(
                round(x - _TUNE_CHOICE_WIDTH_PX / 2),
                _TUNE_CHOICES_Y - 40,
                _TUNE_CHOICE_WIDTH_PX,
                80,
            )
            for _, x in self._tune_choices()
        )

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        if look.is_at("tune"):
            self._draw_tune_choice(brush, look)
            return
        walk = self.walkthrough
        self._draw_strips(brush, look)
        rows = len(self._cell_rows)
        blocks = layout_blocks((len(walk.input_facts), *walk.layers * [rows], len(walk.pitches)))
        self._draw_facts(brush, look, blocks[0])
        for layer, block in enumerate(blocks[1:-1]):
            self._draw_cells(brush, look, block, layer)
        self._draw_readout(brush, look, blocks[-1])
        if look.reveal("learn") > 0:
            self._draw_progress(brush, look)
        else:
            self._draw_single_update(brush, look)

    # The tune

    def _tune_choices(self) -> list[tuple[str, float]]:
        """Each tune there is, the visitor's always, and where its name stands."""
        names = (*BUILT_IN_TUNES, VISITOR_TUNE)
        left = 960 - _TUNE_CHOICE_WIDTH_PX * (len(names) - 1) / 2
        return [(name, left + _TUNE_CHOICE_WIDTH_PX * k) for k, name in enumerate(names)]

    def _draw_tune_choice(self, brush: LessonRenderer, look: LessonFrame) -> None:
        walk = self.walkthrough
        for choice, x in self._tune_choices():
            chosen, offered = choice == walk.tune_choice, choice in walk.tune_choices
            name = self.text(choice if offered else "play_one")
            colour = TEXT_COLOUR if chosen else LABEL_COLOUR
            brush.text(
                name, (x, _TUNE_CHOICES_Y - 16), 24, colour, 1.0 if offered else 0.7, "centre"
            )
            if chosen:
                brush.line(
                    [(x - 80, _TUNE_CHOICES_Y + 26), (x + 80, _TUNE_CHOICES_Y + 26)],
                    TEXT_COLOUR,
                    2.0,
                    0.4,
                )
            if choice == VISITOR_TUNE and walk.visitor_note_count:
                text = f"{walk.visitor_note_count} {self.text('notes')}"
                brush.text(text, (x, _TUNE_CHOICES_Y + 34), 16, LABEL_COLOUR, 1.0, "centre")
        heard = walk.elapsed_beats if walk.is_sounding else None
        draw_note_strip(
            brush,
            _CHOICE_STRIP_RECT,
            walk.tune.notes,
            self._last_beat,
            self._pitch_span,
            look.step_reveal,
            heard,
        )

    @property
    def _last_beat(self) -> float:
        return max(4.0, self.walkthrough.tune.end)

    @property
    def _pitch_span(self) -> tuple[int, int]:
        return _pitch_span_of(self.walkthrough.tune.notes)

    def _draw_strips(self, brush: LessonRenderer, look: LessonFrame) -> None:
        walk = self.walkthrough
        brush.label(
            self.text("the_tune"),
            (_TUNE_STRIP_RECT.left - 20, _TUNE_STRIP_RECT.centery - 9),
            1.0,
            "right",
        )
        notes, span = walk.tune.notes, self._pitch_span
        shown = None if walk.is_sounding and walk.is_recital else walk.note_index
        draw_note_strip(
            brush,
            _TUNE_STRIP_RECT,
            notes,
            self._last_beat,
            span,
            look.reveal("inputs"),
            None,
            shown,
        )
        learning, noise = look.reveal("learn"), look.reveal("noise")
        if learning > 0 and walk.snapshot is not None:
            draw_correct_marks(
                brush,
                _TUNE_STRIP_RECT,
                notes,
                walk.snapshot.correct_notes,
                self._last_beat,
                learning,
            )
        if noise > 0:
            brush.label(
                self.text("it_plays"),
                (_RECITAL_STRIP_RECT.left - 20, _RECITAL_STRIP_RECT.centery - 9),
                noise,
                "right",
            )
            heard = walk.elapsed_beats if walk.is_sounding else None
            recited = walk.sounding_notes if walk.is_recital else ()
            whole = _pitch_span_of((*notes, *recited))
            draw_note_strip(
                brush, _RECITAL_STRIP_RECT, recited, self._last_beat, whole, noise, heard
            )

    # The network

    def _draw_facts(self, brush: LessonRenderer, look: LessonFrame, block: MatrixBlock) -> None:
        walk, facts = self.walkthrough, self.walkthrough.input_facts
        level = look.reveal("inputs")
        if look.is_at("inputs"):
            self._draw_fact_sources(brush, block, level)
        brush.label(self.text("told"), (GRID_LEFT_PX - 340, block.top - 26), level)
        draw_row_labels(
            brush, block, [self.text(fact.name) for fact in facts], level, GRID_LEFT_PX - 90
        )
        for row, fact in enumerate(facts):
            self._draw_fact(
                brush,
                fact,
                (GRID_LEFT_PX - 46, block.row_centre_y(row)),
                level,
                label_size_px(block),
            )
        weights = look.reveal("weights")
        if weights <= 0:
            return
        values = np.tanh(3.0 * walk.input_contributions[:, 3])
        if look.is_at("change"):
            values = np.tanh(80.0 * walk.input_contribution_change[:, 3])
        rect = block_rect(block, UNITS_PER_LAYER)
        draw_squares(brush, rect, signed_colours(values), weights)
        brush.label(self.text("weights_word"), (GRID_LEFT_PX, block.top - 26), weights)
        draw_connections(
            brush, block.bottom, np.tanh(1.5 * walk.input_contributions[:, 3].sum(axis=0)), weights
        )

    def _draw_fact_sources(self, brush: LessonRenderer, block: MatrixBlock, level: float) -> None:
        """Lead from the notes of the tune to what the network is told of them."""
        notes, here = (
            self.walkthrough.tune.notes,
            self.walkthrough.tune.notes[self.walkthrough.note_index],
        )
        bar = self.walkthrough.tune.meter.bar_beats
        onsets = {note.onset: note for note in notes}
        for row, fact in enumerate(self.walkthrough.input_facts):
            if fact.name == "last" and self.walkthrough.note_index:
                note = notes[self.walkthrough.note_index - 1]
            elif fact.pitch is not None and fact.name.startswith("ago_"):
                note = onsets.get(here.onset - bar * int(fact.name.removeprefix("ago_")), here)
            else:
                continue
            start = note_bar_rect(_TUNE_STRIP_RECT, note, self._last_beat, self._pitch_span)[
                0
            ].midtop
            end = (GRID_LEFT_PX - 4, block.row_centre_y(row))
            path = bezier(start, (start[0], end[1] + 160), (start[0], end[1]), end, 60)
            colour = PITCH_COLOURS[note.pitch % 12]
            brush.line(path, shade(colour, 0.7 * level), 2.0, 0.5 * level)

    def _draw_fact(
        self,
        brush: LessonRenderer,
        fact: InputFact,
        place: tuple[float, float],
        level: float,
        size: int,
    ) -> None:
        if fact.pitch is not None:
            brush.disc((place[0] + 22, place[1]), 6, shade(PITCH_COLOURS[fact.pitch % 12], level))
            draw_pitch_name(brush, fact.pitch, (place[0] - 4, place[1]), level, size)
        elif fact.number is not None:
            text = f"{fact.number:.2f}".rstrip("0").rstrip(".")
            brush.text(
                text,
                (place[0] - 4, place[1] - 0.72 * size),
                size,
                TEXT_COLOUR,
                level,
                "centre",
                0.0,
            )
        else:
            brush.disc((place[0] + 22, place[1]), 3, shade(RULE_COLOUR, level))

    @property
    def _cell_rows(self) -> tuple[str, ...]:
        return _CELL_ROWS if self.walkthrough.layers == 1 else _MULTI_LAYER_ROWS

    def _draw_cells(
        self, brush: LessonRenderer, look: LessonFrame, block: MatrixBlock, layer: int
    ) -> None:
        level = look.reveal("cells")
        if level <= 0:
            return
        walk = self.walkthrough
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
        squares = np.stack([colours[name] for name in self._cell_rows])
        draw_squares(brush, block_rect(block, UNITS_PER_LAYER), squares, level)
        draw_row_labels(brush, block, [self.text(name) for name in self._cell_rows], level)
        name = self.text("cells_word" if layer == 0 else "second_word").format(
            units=UNITS_PER_LAYER
        )
        brush.label(name, (GRID_LEFT_PX - 340, block.top + 2), level)
        last = layer == walk.layers - 1
        below = level if not last else look.reveal("chances")
        draw_connections(brush, block.bottom, 2.5 * says, below)

    def _draw_readout(self, brush: LessonRenderer, look: LessonFrame, block: MatrixBlock) -> None:
        level = look.reveal("chances")
        if level <= 0:
            return
        walk = self.walkthrough
        values = np.tanh(5.0 * walk.readout_contributions)
        if look.is_at("change"):
            values = np.tanh(80.0 * walk.readout_weight_change)
        draw_squares(brush, block_rect(block, UNITS_PER_LAYER), signed_colours(values), level)
        brush.label(self.text("keys_word"), (GRID_LEFT_PX - 340, block.top + 2), level)
        told = look.reveal("target")
        left = _GRID_RIGHT_PX + 24
        brush.label(self.text("chance"), (left + 34, block.top - 26), level)
        if told > 0:
            brush.label(self.text("target_word"), (left + 332, block.top - 26), told, "right")
        draw_probabilities(
            brush, block, walk.pitches, walk.probabilities, walk.target_pitch, left, level, told
        )

    # How well it does

    def _draw_single_update(self, brush: LessonRenderer, look: LessonFrame) -> None:
        walk, error, change = self.walkthrough, look.reveal("error"), look.reveal("change")
        x = 1690
        if error > 0:
            brush.label(self.text("error_word"), (x, 250), error, "centre")
            brush.number(walk.target_bits, (x, 272), 64, BACKWARD_COLOUR, error)
            brush.text(self.text("bits"), (x, 352), 18, LABEL_COLOUR, error, "centre")
        if change > 0:
            brush.label(self.text("targets_chance"), (x, 430), change, "centre")
            before, after = (
                f"{100 * share:.2f} %"
                for share in (walk.target_probability_before, walk.target_probability)
            )
            brush.text(before, (x - 24, 456), 30, LABEL_COLOUR, change, "right")
            brush.line([(x - 10, 476), (x + 10, 476)], shade(LABEL_COLOUR, change), 1.5)
            brush.polygon(
                [(x + 10, 471), (x + 10, 481), (x + 18, 476)], shade(LABEL_COLOUR, change)
            )
            brush.text(after, (x + 30, 456), 30, TEXT_COLOUR, change)
        if look.is_at("change"):
            brush.text(self.text("enlarged"), (x, 520), 18, LABEL_COLOUR, change, "centre")

    def _draw_progress(self, brush: LessonRenderer, look: LessonFrame) -> None:
        walk, level = self.walkthrough, look.reveal("learn")
        snapshot = walk.snapshot
        if snapshot is None:
            return
        right, x = int(snapshot.correct_notes.sum()), _ERROR_PLOT.left
        brush.label(self.text("known"), (x, 206), level)
        brush.text(
            f"{right} / {len(snapshot.correct_notes)}",
            (x - 3, 220),
            66,
            TEXT_COLOUR,
            level,
            tracking=0.0,
        )
        brush.label(self.text("passes"), (_ERROR_PLOT.right, 206), level, "right")
        brush.text(
            str(snapshot.updates), (_ERROR_PLOT.right, 232), 40, LABEL_COLOUR, level, "right"
        )
        errors = walk.errors.tolist()
        draw_error_curve(
            brush,
            _ERROR_PLOT,
            errors,
            self.text("error_curve"),
            level,
            _MAX_SHOWN_BITS,
            _MIN_SHOWN_PASSES,
        )
        self._draw_weight_changes(brush, level)
        if walk.current_step.name == "learn" and walk.layers == 1:
            x, y = _ERROR_PLOT.left + 6, 316
            brush.polygon([(x - 6, y + 5), (x + 6, y + 5), (x, y - 6)], shade(LABEL_COLOUR, level))
            brush.text(self.text("add_layer"), (x + 16, y - 14), 18, LABEL_COLOUR, level)

    def _draw_weight_changes(self, brush: LessonRenderer, level: float) -> None:
        """The weights from cell to cell, less what they were at first."""
        walk = self.walkthrough
        brush.label(
            self.text("changed"), (_WEIGHT_CHANGES_RECT.left, _WEIGHT_CHANGES_RECT.top - 26), level
        )
        height = _WEIGHT_CHANGES_RECT.height // walk.layers
        for layer in range(walk.layers):
            rect = pygame.Rect(
                _WEIGHT_CHANGES_RECT.left,
                _WEIGHT_CHANGES_RECT.top + layer * height,
                _WEIGHT_CHANGES_RECT.width,
                height - 4,
            )
            draw_squares(brush, rect, self._layer_change_colours(layer), level, gaps=False)
            brush.box(rect, shade(RULE_COLOUR, 0.6 * level), 1, 0)

    def _layer_change_colours(self, layer: int) -> NDArray[np.float32]:
        """The colours of a layer's changes, found anew only when there are others."""
        snapshot = self.walkthrough.snapshot
        if self._coloured_snapshot is not snapshot:
            self._coloured_snapshot, self._change_colours = snapshot, {}
        if layer not in self._change_colours:
            changes = self.walkthrough.weight_changes(layer)
            none = np.zeros((1, 1), np.float32)
            values = none if changes is None else np.tanh(8.0 * changes)
            self._change_colours[layer] = signed_colours(values)
        return self._change_colours[layer]


def _pitch_span_of(notes: Sequence[Note]) -> tuple[int, int]:
    """MIDI numbers just below and above some notes."""
    pitches = [note.pitch for note in notes]
    return min(pitches) - 1, max(pitches) + 1
