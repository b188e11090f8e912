"""Lesson 5: a small network learns a tune, and plays it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pygame

from midi_data.notes import Note
from rnn.model.arrays import Array
from rnn.teaching.perceptron import logistic
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearnerSnapshot
from visuals.drawing.canvas import bezier
from visuals.drawing.picture_layout import LANDSCAPE
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PICTURE_SIZE_PX,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    shade,
)
from visuals.lessons.base.lesson import Lesson, WorkedSum
from visuals.lessons.drawing.colours import BACKWARD_COLOUR, sign_colour
from visuals.lessons.drawing.note_strip import NoteStrip
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import LessonRenderer, fibre_path
from visuals.lessons.drawing.shapes import format_number
from visuals.lessons.song.input_facts import InputFact
from visuals.lessons.song.network_grid import (
    COLUMN_WIDTH_PX,
    GRID_BOTTOM_PX,
    GRID_LEFT_PX,
    MatrixBlock,
    draw_connections,
    draw_probabilities,
    draw_squares,
    gate_colours,
    layout_blocks,
    signed_colours,
)
from visuals.lessons.song.touched_sums import (
    arriving_texts,
    cell_texts,
    chance_texts,
    changed_texts,
    wire_texts,
)
from visuals.lessons.song.walkthrough import BUILT_IN_TUNES, VISITOR_TUNE, SongWalkthrough

_TUNE_RECT, _RECITAL_RECT = pygame.Rect(300, 666, 1540, 34), pygame.Rect(300, 724, 1540, 32)
_UPRIGHT_TUNE_RECT = pygame.Rect(300, 666, 1540, 84)
_UPRIGHT_RECITAL_RECT = pygame.Rect(300, 790, 1540, 74)
"""Places of both in portrait, which has more height until all parts are shown."""
_CHOICE_RECT = pygame.Rect(240, 420, 1440, 200)
_ERROR_PLOT = pygame.Rect(1540, 376, 300, 98)
_WEIGHT_CHANGES_RECT = pygame.Rect(1540, 536, 300, 112)
_NAMES_X, _FACT_X = GRID_LEFT_PX - 340, GRID_LEFT_PX - 46
"""Left edge of the blocks' names, and centre of the facts' values."""
_PROBABILITIES_X = GRID_LEFT_PX + UNITS_PER_LAYER * COLUMN_WIDTH_PX + 24
_UPDATE_X = 1690  # centre of the numbers about the slow step
_TUNE_CHOICES_Y, _TUNE_CHOICE_WIDTH_PX = 300, 250
_WIRE_GAIN = 3.0  # what a wire carries, enlarged
_MIN_SHOWN_BEATS = 4.0
_MAX_SHOWN_BITS = 16.0
_MIN_SHOWN_PASSES = 170  # number of updates at which the error curve fills its plot
_LARGE_FACTS = MatrixBlock(214, 9, 44.0)
"""Rows of the facts while nothing but wires stands beside them."""
_WIRED_CELL, _WIRED_CELL_RADIUS_PX = (1120.0, 412.0), 96.0
_WIRES_RECT = pygame.Rect(GRID_LEFT_PX, 200, 1000, 430)
_PASSES_RECT = pygame.Rect(1172, 236, 344, 100)
_SQUARE_TOUCH_PX = 20.5  # distance from a wire, square or bar that a touch may have
_TOUCHES_PER_WIRE = 24  # places along a wire from which a touch is measured
_RESTING_TARGET_LEVEL = 0.25  # of the target while the network plays by itself
_GRID_STEPS = ("weights", "cells", "chances", "target", "error", "change")
"""Steps that show the network as squares, and stand still."""
_CELL_ROWS = ("gate.keep", "gate.write", "gate.say", "new", "holds", "says")
_FEW_CELL_ROWS = ("gate.keep", "gate.write", "gate.say", "says")
"""Rows of a layer if there are several layers, or if the picture is shown smaller."""
_EXTRA_HEIGHT_PX = 56
"""Height that 4:3 has in addition, so that the names of the rows can be read."""
_WIRE_PATHS = [
    fibre_path(
        (GRID_LEFT_PX + 8, _LARGE_FACTS.row_centre_y(row)),
        (_WIRED_CELL[0] - _WIRED_CELL_RADIUS_PX, _WIRED_CELL[1] + 14 * (row - 4)),
    )
    for row in range(_LARGE_FACTS.row_count)
]
_CELL_PLACES = [
    (
        _WIRES_RECT.right - 20.0,
        _WIRES_RECT.top + 8 + (_WIRES_RECT.height - 10) / UNITS_PER_LAYER * k,
    )
    for k in range(UNITS_PER_LAYER)
]
"""Centre of each cell while all wires are drawn."""


class SongLesson(Lesson[SongWalkthrough]):
    """Inputs, weights, cells, probabilities and target side by side, the tune below."""

    hint_place = (1190.0, 196.0)
    name = "song"
    walkthrough_type = SongWalkthrough

    def _prepare(self) -> None:
        self._coloured_snapshot: TuneLearnerSnapshot | None = None
        self._change_colours: dict[int, Array] = {}
        self._wired_snapshot: TuneLearnerSnapshot | None = None
        self._wires: pygame.Surface | None = None
        self._summed: tuple[TuneLearnerSnapshot | None, int, int] | None = None
        self._sums: tuple[WorkedSum, ...] = ()

    def current_sentence(self) -> str:
        walk = self.walkthrough
        if self.is_at("end") and not walk.is_tune_known:
            counts = {"known": walk.known_note_count, "notes": len(walk.tune.notes)}
            return self.text("end_partly").format(**counts)
        return super().current_sentence().format(units=UNITS_PER_LAYER)

    def on_touch(self, x: float, y: float) -> None:
        for index, rect in enumerate(self.pass_rects()):
            if rect.collidepoint(x, y):
                self.walkthrough.choose_pass(index)
        for choice, rect in self.tune_choice_rects().items():
            if rect.collidepoint(x, y):
                self.walkthrough.choose_tune(choice)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        if self.is_at("passes_back"):
            return tuple(self.pass_rects())
        return tuple(self.tune_choice_rects().values()) if self.is_at("tune") else ()

    def hint(self) -> tuple[str, tuple[float, float]]:
        if self.is_at("wire", "wires"):
            return f"song.touch_{self.walkthrough.current_step.name}", (930.0, 180.0)
        if self._layout.is_upright:  # below the name of the last rows
            return "song.touch_square", (_NAMES_X, self._blocks()[-1].top + 40.0)
        return "song.touch_square", self.hint_place

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        """The sums of wires, squares and bars, made once for a step of a network."""
        walk = self.walkthrough
        key = walk.snapshot, walk.step_index, self._extra_height
        if self._summed != key:
            self._summed, self._sums = key, tuple(self._make_sums())
        return self._sums

    def _make_sums(self) -> Iterator[WorkedSum]:
        walk = self.walkthrough
        if self.is_at("wire"):
            yield from self._wire_sums()
        elif self.is_at("wires"):
            starts = [(8.0 + GRID_LEFT_PX, _LARGE_FACTS.row_centre_y(row)) for row in range(9)]
            for place, text in zip(_CELL_PLACES, arriving_texts(walk), strict=True):
                lines = tuple([start, place] for start in starts)
                yield WorkedSum(place, _SQUARE_TOUCH_PX, text, lines)
        elif self.is_at(*_GRID_STEPS):
            yield from self._grid_sums()

    def _wire_sums(self) -> Iterator[WorkedSum]:
        """The sum of the wired cell, and what each of its wires brings."""
        walk, unit = self.walkthrough, self.wired_unit
        yield WorkedSum(_WIRED_CELL, _WIRED_CELL_RADIUS_PX, arriving_texts(walk)[unit])
        for path, text in zip(_WIRE_PATHS, wire_texts(walk, unit), strict=True):
            for place in path[:: len(path) // _TOUCHES_PER_WIRE].tolist():
                yield WorkedSum(tuple(place), _SQUARE_TOUCH_PX, text, (path,))

    def _grid_sums(self) -> Iterator[WorkedSum]:
        """The sums of the columns of weights, of the cells' squares, and of the bars."""
        walk = self.walkthrough
        facts, cells, chances = self._blocks()
        arriving = changed_texts(walk) if self.is_at("change") else arriving_texts(walk)
        for unit, text in enumerate(arriving):
            column = facts.rect(1).move(unit * COLUMN_WIDTH_PX, 0)
            for y in range(column.top, column.bottom + 1, column.height // 4):
                yield WorkedSum((column.centerx, y), _SQUARE_TOUCH_PX, text, _box(column))
        if self.has_come("cells"):
            texts = cell_texts(walk)
            for row, name in enumerate(self._cell_rows):
                for unit, text in enumerate(texts[name]):
                    square = cells.square(row, unit)
                    yield WorkedSum(square.center, _SQUARE_TOUCH_PX, text, _box(square))
        if self.has_come("chances"):
            for row, text in enumerate(chance_texts(walk)):
                y = chances.row_centre_y(row)
                bar = pygame.Rect(_PROBABILITIES_X, 0, 290, round(chances.row_height))
                bar.centery = round(y)
                for x in range(bar.left, bar.right, 40):
                    yield WorkedSum((x, y), _SQUARE_TOUCH_PX, text, _box(bar))
        if self.has_come("error"):
            share = walk.target_probabilities[1]
            text = f"\N{MINUS SIGN}log2({share:.4f}) = {format_number(walk.target_bits)}"
            yield WorkedSum((_UPDATE_X, 300), 70.0, text)

    def _whole(self) -> pygame.Rect:
        whole = super()._whole().copy()
        whole.height += self._extra_height
        return whole

    @property
    def _extra_height(self) -> int:
        """Height below that of the landscape layout, pixels."""
        is_whole = self._layout is LANDSCAPE or self._layout.is_upright
        return 0 if is_whole else _EXTRA_HEIGHT_PX

    def _blocks(self) -> tuple[MatrixBlock, ...]:
        """Blocks of the facts, of each layer of cells, and of the chances."""
        walk = self.walkthrough
        rows = walk.layers * [len(self._cell_rows)]
        counts = len(walk.input_facts), *rows, len(walk.pitches)
        return layout_blocks(counts, GRID_BOTTOM_PX + self._extra_height, walk.layers > 1)

    def _upright_parts(self) -> PartRows:
        if self.is_at("tune"):
            return ((pygame.Rect(450, 255, 1020, 110),), (pygame.Rect(230, 410, 1460, 230),))
        if self.is_at("inputs"):  # curves lead from the notes to the facts
            return ((pygame.Rect(70, 180, 1780, 584),),)
        last = self._recital_rect if self.has_come("noise") else self._tune_rect
        strips = (pygame.Rect(70, 660, 1780, last.bottom + 8 - 660),)
        if self.is_at("wire", "wires"):
            return ((pygame.Rect(80, 180, 1370, 464),), strips)
        grid, beside = (pygame.Rect(80, 170, 1090, 488),), self._parts_beside()
        return (grid, beside, strips) if beside else (grid, strips)

    def _parts_beside(self) -> tuple[pygame.Rect, ...]:
        """Parts right of the wall: passes, chances, and the error of one or of all updates."""
        top = self._blocks()[-1].top - 32
        chances = pygame.Rect(1172, top, 338, 658 - top)
        if self.has_come("learn"):
            passes = (pygame.Rect(1172, 196, 338, 144),) if self.is_at("passes_back") else ()
            return (*passes, chances, pygame.Rect(1510, 190, 340, 458))
        if self.has_come("error"):
            return chances, pygame.Rect(1510, 240, 340, 310)
        return (chances,) if self.has_come("chances") else ()

    def pass_rects(self) -> list[pygame.Rect]:
        """Hit target of each number of passes."""
        count, rect = len(self.walkthrough.kept_snapshots), _PASSES_RECT
        if not self.is_at("passes_back"):
            return []
        width = rect.width // max(1, count)
        return [
            pygame.Rect(rect.left + k * width, rect.top, width, rect.height) for k in range(count)
        ]

    def _draw(self, renderer: LessonRenderer) -> None:
        if self.is_at("tune"):
            self._draw_tune_choice(renderer)
            return
        self._draw_strips(renderer)
        if self.is_at("inputs", "wire", "wires"):
            self._draw_facts(renderer, _LARGE_FACTS)
            self._draw_wires(renderer)
            return
        blocks = self._blocks()
        self._draw_facts(renderer, blocks[0])
        for layer, block in enumerate(blocks[1:-1]):
            self._draw_cells(renderer, block, layer)
        self._draw_readout(renderer, blocks[-1])
        if self.reveal("learn") > 0:
            self._draw_progress(renderer, self.reveal("learn"))
        else:
            self._draw_single_update(renderer)

    # The tune

    def tune_choice_rects(self) -> dict[str, pygame.Rect]:
        """Hit target of each tune's title by its key, the visitor's always included."""
        names, width = (*BUILT_IN_TUNES, VISITOR_TUNE), _TUNE_CHOICE_WIDTH_PX
        left, top = (PICTURE_SIZE_PX[0] - width * len(names)) // 2, _TUNE_CHOICES_Y - 40
        return {name: pygame.Rect(left + width * k, top, width, 80) for k, name in enumerate(names)}

    def _draw_tune_choice(self, renderer: LessonRenderer) -> None:
        walk, y = self.walkthrough, _TUNE_CHOICES_Y
        for choice, rect in self.tune_choice_rects().items():
            x = rect.centerx
            chosen, offered = choice == walk.tune_choice, choice in walk.tune_choices
            name, level = (choice, 1.0) if offered else ("play_one", 0.85)
            colour = TEXT_COLOUR if chosen else LABEL_COLOUR
            renderer.text(self.text(name), (x, y - 16), 24, colour, level, "centre")
            if chosen:
                renderer.line([(x - 80, y + 26), (x + 80, y + 26)], TEXT_COLOUR, 2.0, 0.4)
            if choice == VISITOR_TUNE and walk.visitor_note_count:
                text = f"{walk.visitor_note_count} {self.text('notes')}"
                renderer.text(text, (x, y + 34), 16, LABEL_COLOUR, 1.0, "centre")
        beat = walk.elapsed_beats if walk.is_sounding else None
        strip = self._strip(_CHOICE_RECT, walk.tune.notes)
        strip.draw(renderer, walk.tune.notes, self.step_reveal, beat)

    @property
    def _tune_rect(self) -> pygame.Rect:
        """Rectangle of the tune's notes while the network learns."""
        rect = _UPRIGHT_TUNE_RECT if self._has_tall_strips else _TUNE_RECT
        return rect.move(0, self._extra_height)

    @property
    def _recital_rect(self) -> pygame.Rect:
        """Rectangle of the notes that the network plays."""
        rect = _UPRIGHT_RECITAL_RECT if self._has_tall_strips else _RECITAL_RECT
        return rect.move(0, self._extra_height)

    @property
    def _has_tall_strips(self) -> bool:
        return self._layout.is_upright and not self.has_come("learn")

    def _strip(self, rect: pygame.Rect, notes: Sequence[Note]) -> NoteStrip:
        """Strip as long as the tune, with the pitches of these notes."""
        pitches = [note.pitch for note in notes]
        end = max(_MIN_SHOWN_BEATS, self.walkthrough.tune.end)
        return NoteStrip(rect, end, (min(pitches) - 1, max(pitches) + 1))

    def _draw_strips(self, renderer: LessonRenderer) -> None:
        walk, notes = self.walkthrough, self.walkthrough.tune.notes
        learn_level, level = self.reveal("learn"), self.reveal("noise")
        for rect, name, label_level in (
            (self._tune_rect, "the_tune", 1.0),
            (self._recital_rect, "it_plays", level),
        ):
            place = (rect.left - 20, rect.centery - 9)
            renderer.label(self.text(name), place, label_level, "right")
        strip = self._strip(self._tune_rect, notes)
        marked = None if walk.is_sounding and walk.is_recital else walk.note_index
        strip.draw(renderer, notes, self.reveal("inputs"), marked=marked)
        if learn_level > 0 and walk.snapshot is not None:
            strip.draw_correct_marks(
                renderer, notes, walk.snapshot.correct_notes.tolist(), learn_level
            )
        if level > 0:
            beat = walk.elapsed_beats if walk.is_sounding else None
            recital = walk.sounding_notes if walk.is_recital else ()
            strip = self._strip(self._recital_rect, (*notes, *recital))
            strip.draw(renderer, recital, level, beat)

    # The network

    def _draw_facts(self, renderer: LessonRenderer, block: MatrixBlock) -> None:
        walk, facts, level = self.walkthrough, self.walkthrough.input_facts, self.reveal("inputs")
        if self.is_at("inputs"):
            self._draw_fact_sources(renderer, block, level)
        renderer.label(self.text("told"), (_NAMES_X, block.top - 26), level)
        if walk.layers == 1:  # else the rows are too low for their names, which are known by then
            names = [self.text(fact.name) for fact in facts]
            block.draw_row_labels(renderer, names, level, GRID_LEFT_PX - 90)
            for row, fact in enumerate(facts):
                _draw_fact(renderer, block, row, fact, level)
        level = self.reveal("weights")
        if level <= 0:
            return
        contributions = walk.input_contributions[:, 3]  # to the candidates
        values = np.tanh(3.0 * contributions)
        if self.is_at("change"):
            values = np.tanh(80.0 * walk.input_contribution_change[:, 3])
        draw_squares(renderer, block.rect(UNITS_PER_LAYER), signed_colours(values), level)
        heading = self.text("enlarged" if self.is_at("change") else "weights_word")
        renderer.label(heading, (GRID_LEFT_PX, block.top - 26), level)
        draw_connections(renderer, block, np.tanh(1.5 * contributions.sum(axis=0)), level)

    def _draw_wires(self, renderer: LessonRenderer) -> None:
        """Draw what each fact gives to one cell, or to all."""
        level, contributions = self.reveal("wire"), self.walkthrough.input_contributions[:, 3]
        if self.is_at("wires"):
            wires = self._all_wires(contributions)
            wires.set_alpha(round(255 * self.step_reveal))
            renderer.surface.blit(wires, _WIRES_RECT)
            return
        unit = self.wired_unit
        x, y = _WIRED_CELL
        for row, value in enumerate(contributions[:, unit].tolist()):
            path, colour = _WIRE_PATHS[row], sign_colour(value)
            renderer.draw_fibre(path, _WIRE_GAIN * value, colour, level)
            renderer.draw_pulses(path, self.time_s + 0.2 * row, colour, level * abs(value))
            place = GRID_LEFT_PX + 56, path[0, 1] - 35
            renderer.number(value, place, 20, colour, level, sign=True)
        total = float(contributions[:, unit].sum())
        output = float(logistic(_WIRE_GAIN * total))
        renderer.draw_cell_body((x, y), _WIRED_CELL_RADIUS_PX, output, level)
        label, colour = self._words["neuron.sum_word"], sign_colour(total)
        renderer.labelled_number(label, total, (x, y - 44), 22, 38, colour, level, sign=True)

    @property
    def wired_unit(self) -> int:
        """The cell that most arrives at."""
        contributions = self.walkthrough.input_contributions[:, 3]
        return int(np.abs(contributions).sum(axis=0).argmax())

    def _all_wires(self, contributions: Array) -> pygame.Surface:
        """Picture of the wires from all facts to all cells, drawn once for a network."""
        snapshot = self.walkthrough.snapshot
        if self._wired_snapshot is not snapshot or self._wires is None:
            self._wired_snapshot, self._wires = snapshot, blank_surface(_WIRES_RECT.size)
            self._wires.set_colorkey((0, 0, 0))
            ends = [(x - _WIRES_RECT.left, y - _WIRES_RECT.top) for x, y in _CELL_PLACES]
            for row, unit in np.ndindex(*contributions.shape):
                value, end = float(contributions[row, unit]), ends[unit]
                start = 8.0, _LARGE_FACTS.row_centre_y(row) - _WIRES_RECT.top
                strength = 0.2 + 0.8 * min(1.0, _WIRE_GAIN * abs(value))
                pygame.draw.aaline(self._wires, shade(sign_colour(value), strength), start, end)
            for end in ends:
                pygame.draw.aacircle(self._wires, TEXT_COLOUR, end, 3.5)
        return self._wires

    def _draw_fact_sources(
        self, renderer: LessonRenderer, block: MatrixBlock, level: float
    ) -> None:
        """Draw curves from notes of the tune to the facts about them."""
        walk = self.walkthrough
        notes, index = walk.tune.notes, walk.note_index
        bar_beats, here = walk.tune.meter.bar_beats, notes[index]
        notes_by_onset = {note.onset: note for note in notes}
        strip = self._strip(self._tune_rect, notes)
        for row, fact in enumerate(walk.input_facts):
            if fact.name == "last" and index:
                note = notes[index - 1]
            elif fact.pitch is not None and fact.name.startswith("ago_"):
                bars = int(fact.name.removeprefix("ago_"))
                note = notes_by_onset.get(here.onset - bar_beats * bars, here)
            else:
                continue
            x, y = strip.note_rect(note)[0].midtop
            end = (GRID_LEFT_PX - 4, block.row_centre_y(row))
            path = bezier((x, y), (x, end[1] + 160), (x, end[1]), end, 60)
            colour = shade(PITCH_COLOURS[note.pitch % 12], 0.7 * level)
            renderer.line(path, colour, 2.0, 0.5 * level)

    @property
    def _cell_rows(self) -> tuple[str, ...]:
        is_large = self.walkthrough.layers == 1 and not self._extra_height
        return _CELL_ROWS if is_large else _FEW_CELL_ROWS

    def _draw_cells(self, renderer: LessonRenderer, block: MatrixBlock, layer: int) -> None:
        walk, rows, level = self.walkthrough, self._cell_rows, self.reveal("cells")
        if level <= 0:
            return
        gates, cell, hidden = (array[layer] for array in walk.activations)
        input_gate, forget_gate, output_gate, candidate = gates
        colours = {
            "gate.keep": gate_colours(forget_gate),
            "gate.write": gate_colours(input_gate),
            "gate.say": gate_colours(output_gate),
            "new": signed_colours(candidate),
            "holds": signed_colours(np.tanh(cell)),
            "says": signed_colours(2.0 * hidden),
        }
        squares = np.stack([colours[name] for name in rows])
        draw_squares(renderer, block.rect(UNITS_PER_LAYER), squares, level)
        block.draw_row_labels(
            renderer, [self._words[name if "." in name else f"song.{name}"] for name in rows], level
        )
        name = self.text("cells_word" if layer == 0 else "second_word")
        renderer.label(name.format(units=UNITS_PER_LAYER), (_NAMES_X, block.top + 2), level)
        is_last = layer == walk.layers - 1
        below_level = self.reveal("chances") if is_last else level
        draw_connections(renderer, block, 2.5 * hidden, below_level)

    def _draw_readout(self, renderer: LessonRenderer, block: MatrixBlock) -> None:
        walk, x, level = self.walkthrough, _PROBABILITIES_X, self.reveal("chances")
        if level <= 0:
            return
        values = np.tanh(5.0 * walk.readout_contributions)
        if self.is_at("change"):
            values = np.tanh(80.0 * walk.readout_weight_change)
        draw_squares(renderer, block.rect(UNITS_PER_LAYER), signed_colours(values), level)
        target_level = self.reveal("target")
        hears_itself = walk.is_sounding and walk.is_recital  # not what it learns from
        dot_level = target_level * (_RESTING_TARGET_LEVEL if hears_itself else 1.0)
        renderer.label(self.text("keys_word"), (_NAMES_X, block.top + 2), level)
        renderer.label(self.text("chance"), (x + 34, block.top - 26), level)
        place = (x + 332, block.top - 26)
        renderer.label(self.text("target_word"), place, target_level, "right")
        pitches, target = walk.pitches, walk.target_pitch
        draw_probabilities(
            renderer, block, pitches, walk.probabilities, target, x, level, dot_level
        )

    # Error and progress

    def _draw_single_update(self, renderer: LessonRenderer) -> None:
        walk, x, level = self.walkthrough, _UPDATE_X, self.reveal("error")
        if level > 0:
            label, bits = self.text("error_word"), walk.target_bits
            renderer.labelled_number(label, bits, (x, 250), 22, 64, BACKWARD_COLOUR, level)
            renderer.text(self.text("bits"), (x, 352), 18, LABEL_COLOUR, level, "centre")
        level = self.reveal("change")
        if level > 0:
            colour = shade(LABEL_COLOUR, level)
            renderer.label(self.text("targets_chance"), (x, 430), level, "centre")
            before, after = (f"{100 * share:.2f} %" for share in walk.target_probabilities)
            renderer.text(before, (x - 24, 456), 30, LABEL_COLOUR, level, "right")
            renderer.line([(x - 10, 476), (x + 10, 476)], colour, 1.5)
            renderer.arrow_head((x + 18, 476), (1, 0), 8, 5, colour)
            renderer.text(after, (x + 30, 456), 30, TEXT_COLOUR, level)

    def _draw_progress(self, renderer: LessonRenderer, level: float) -> None:
        walk, snapshot, left = self.walkthrough, self.walkthrough.snapshot, _ERROR_PLOT.left
        if snapshot is None:
            return
        correct, right = snapshot.correct_notes, _ERROR_PLOT.right
        score = f"{int(correct.sum())} / {len(correct)}"
        renderer.label(self.text("known"), (left, 206), level)
        renderer.text(score, (left - 3, 220), 66, TEXT_COLOUR, level, tracking=0.0)
        renderer.label(self.text("passes"), (right, 206), level, "right")
        renderer.text(str(snapshot.updates), (right, 232), 40, LABEL_COLOUR, level, "right")
        errors = snapshot.bits_per_note.tolist()
        names = self.text("error_curve"), self.text("passes")
        most, length = _MAX_SHOWN_BITS, _MIN_SHOWN_PASSES
        renderer.draw_error_curve(_ERROR_PLOT, errors, names, level, most, length)
        self._draw_weight_changes(renderer, level)
        self._draw_passes(renderer)
        if walk.current_step.name == "learn" and walk.layers == 1:
            renderer.arrow_head((left + 6, 310), (0, -1), 11, 6, shade(LABEL_COLOUR, level))
            renderer.text(self.text("add_layer"), (left + 22, 302), 18, LABEL_COLOUR, level)

    def _draw_passes(self, renderer: LessonRenderer) -> None:
        """Draw a dot for each number of passes that can be heard again."""
        walk, rects, y = self.walkthrough, self.pass_rects(), _PASSES_RECT.centery + 22
        if not rects:
            return
        renderer.label(self.text("passes"), (rects[0].left + 8, 206))
        renderer.line([(rects[0].centerx, y), (rects[-1].centerx, y)], LABEL_COLOUR, 2.0)
        for index, (rect, kept) in enumerate(zip(rects, walk.kept_snapshots, strict=True)):
            chosen = index == walk.pass_index
            colour = TEXT_COLOUR if chosen else LABEL_COLOUR
            renderer.disc((rect.centerx, y), 12 if chosen else 8, colour)
            renderer.text(str(kept.updates), (rect.centerx, y - 60), 26, colour, 1.0, "centre", 0.0)

    def _draw_weight_changes(self, renderer: LessonRenderer, level: float) -> None:
        """Draw the changes of the recurrent weights of each layer."""
        frame, layers = _WEIGHT_CHANGES_RECT, self.walkthrough.layers
        renderer.label(self.text("changed"), (frame.left, frame.top - 26), level)
        height = frame.height // layers
        for layer in range(layers):
            rect = pygame.Rect(frame.left, frame.top + layer * height, frame.width, height - 4)
            draw_squares(renderer, rect, self._layer_change_colours(layer), level, gaps=False)
            renderer.box(rect, shade(RULE_COLOUR, 0.6 * level), 1, 0)

    def _layer_change_colours(self, layer: int) -> Array:
        """Colours of a layer's weight changes, cached for the current snapshot."""
        snapshot = self.walkthrough.snapshot
        if self._coloured_snapshot is not snapshot:
            self._coloured_snapshot, self._change_colours = snapshot, {}
        if layer not in self._change_colours:
            changes = self.walkthrough.weight_changes(layer)
            values = np.zeros((1, 1), np.float32) if changes is None else np.tanh(8.0 * changes)
            self._change_colours[layer] = signed_colours(values)
        return self._change_colours[layer]


def _draw_fact(
    renderer: LessonRenderer, block: MatrixBlock, row: int, fact: InputFact, level: float
) -> None:
    """Draw the value of a fact in its row."""
    x, y, size = _FACT_X, block.row_centre_y(row), block.label_size_px
    if fact.pitch is not None:
        renderer.disc((x + 22, y), 6, shade(PITCH_COLOURS[fact.pitch % 12], level))
        block.draw_pitch_name(renderer, row, fact.pitch, x - 4, level)
    elif fact.number is not None:
        text = f"{fact.number:.2f}".rstrip("0").rstrip(".")
        place = (x - 4, y - 0.72 * size)
        renderer.text(text, place, size, TEXT_COLOUR, level, "centre", 0.0, block.has_room)
    elif fact.name == "always":
        renderer.disc((x + 22, y), 6, shade(TEXT_COLOUR, level))
    else:  # there was no note
        renderer.line([(x - 10, y), (x + 2, y)], shade(LABEL_COLOUR, level), 2.0)


def _box(rect: pygame.Rect) -> tuple[list[tuple[int, int]]]:
    """Outline of a rectangle."""
    corners = [rect.topleft, rect.topright, rect.bottomright, rect.bottomleft, rect.topleft]
    return (corners,)
