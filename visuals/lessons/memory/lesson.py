"""Lesson four: a memory cell hears a tune, and the same network with its memory cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from rnn.teaching.tiny_lstm import CELL_COUNT, MemoryStep
from visuals.drawing.theme import LABEL_COLOUR, NOTE_NAMES, PITCH_COLOURS, RULE_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.neuron_parts import draw_pulses, fibre_path
from visuals.lessons.drawing.plots import draw_error_curve
from visuals.lessons.drawing.renderer import (
    BACKWARD_COLOUR,
    FORWARD_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
    sign_colour,
)
from visuals.lessons.memory.walkthrough import TRAINING_PASSES, MemoryWalkthrough
from visuals.words import Words

_STRIP_RECT = pygame.Rect(220, 196, 1130, 108)
_CUT_STRIP_RECT = pygame.Rect(220, 352, 1130, 108)
_PROBABILITIES_RECT, _CUT_PROBABILITIES_RECT = (
    pygame.Rect(1440, 196, 360, 108),
    pygame.Rect(1440, 352, 360, 108),
)
_ERROR_PLOT = pygame.Rect(520, 560, 680, 180)
_CELL_STATE_Y, _INPUT_Y = 572, 716
_CELL_LEFT_X, _FORGET_GATE_X, _INPUT_GATE_X, _OUTPUT_GATE_X, _CELL_RIGHT_X = (
    330,
    600,
    830,
    1130,
    1400,
)
_BODY_COLOUR = (11, 13, 21)


class MemoryLesson(Lesson):
    """What a cell keeps, writes and says, note by note."""

    name = "memory"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walkthrough: MemoryWalkthrough = MemoryWalkthrough()
        lows = [note.pitch for note in self.walkthrough.notes]
        self._lowest_pitch, self._highest_pitch = min(lows), max(lows)
        self._input_path = fibre_path((_CELL_LEFT_X + 30, _INPUT_Y), (_INPUT_GATE_X - 40, _INPUT_Y))

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        guesses = look.reveal("learn")
        self._draw_strip(brush, look, _STRIP_RECT, self.walkthrough.with_memory, guesses)
        self._draw_probabilities(
            brush, _PROBABILITIES_RECT, self.walkthrough.current_with_memory, guesses
        )
        level = look.reveal("cut")
        if guesses > 0:
            self._draw_strip_heading(
                brush, _STRIP_RECT, "with_memory", self.walkthrough.with_memory, guesses
            )
        if level > 0:
            self._draw_strip(
                brush, look, _CUT_STRIP_RECT, self.walkthrough.without_memory, level, level
            )
            self._draw_probabilities(
                brush, _CUT_PROBABILITIES_RECT, self.walkthrough.current_without_memory, level
            )
            self._draw_strip_heading(
                brush, _CUT_STRIP_RECT, "without", self.walkthrough.without_memory, level
            )
        if look.is_at("learn"):
            errors = self.walkthrough.errors
            draw_error_curve(
                brush, _ERROR_PLOT, errors, self.text("error"), guesses, 3.2, TRAINING_PASSES
            )
        if look.reveal("cell") > 0:
            self._draw_cell(brush, look)

    def _draw_strip(
        self,
        brush: LessonRenderer,
        look: LessonFrame,
        rect: pygame.Rect,
        moments: Sequence[MemoryStep],
        guesses: float,
        level: float = 1.0,
    ) -> None:
        """The tune as bars; over each note, what was guessed for it: right, or a wrong one."""
        notes, here = self.walkthrough.notes, self.walkthrough.note_index
        for k, note in enumerate(notes):
            bar = self._note_bar(rect, k, note.pitch)
            now = k == here and not look.is_at("learn", "end")
            past = k <= here or look.is_at("learn", "cell", "note", "kept", "written", "said")
            colour = shade(PITCH_COLOURS[note.pitch % 12], level * (0.75 if past else 0.35))
            brush.box(bar, colour, 0, 3)
            if now:
                brush.line([bar.midleft, bar.midright], TEXT_COLOUR, 9.0, 0.9 * level)
                brush.soft_glow(bar.center, TEXT_COLOUR, 0.25 * level)
            if k == 0 or guesses <= 0 or not (k <= here + 1 or not look.is_at("run", "cut")):
                continue
            guessed = self.walkthrough.learner.pitches[moments[k - 1].predicted_index]
            if guessed == note.pitch:
                brush.disc((bar.centerx, rect.bottom + 12), 3, shade(POSITIVE_COLOUR, guesses))
            else:
                wrong = self._note_bar(rect, k, guessed)
                brush.box(wrong, shade(BACKWARD_COLOUR, 0.9 * guesses), 1, 3)
                brush.ring((bar.centerx, rect.bottom + 12), 4, shade(BACKWARD_COLOUR, guesses), 1)

    def _note_bar(self, rect: pygame.Rect, place: int, pitch: int) -> pygame.Rect:
        note = self.walkthrough.notes[place]
        beat = rect.width / self.walkthrough.notes[-1].end
        height = rect.bottom - rect.height * (pitch - self._lowest_pitch) / (
            self._highest_pitch - self._lowest_pitch
        )
        left = rect.left + note.onset * beat
        return pygame.Rect(round(left), round(height) - 5, round(note.duration * beat) - 4, 10)

    def _draw_strip_heading(
        self,
        brush: LessonRenderer,
        rect: pygame.Rect,
        name: str,
        moments: Sequence[MemoryStep],
        level: float,
    ) -> None:
        brush.label(self.text(name), (rect.left - 24, rect.centery - 36), level, "right")
        place = (rect.left - 24, rect.centery - 14)
        text = f"{self.walkthrough.learner.count_correct(moments)} / {len(moments)}"
        brush.text(text, place, 26, TEXT_COLOUR, level, "right")
        brush.text(self.text("right"), (place[0], place[1] + 30), 18, LABEL_COLOUR, level, "right")

    def _draw_probabilities(
        self, brush: LessonRenderer, rect: pygame.Rect, moment: MemoryStep, level: float
    ) -> None:
        """How likely it holds each pitch to come next."""
        if level <= 0:
            return
        pitches = self.walkthrough.learner.pitches
        width = rect.width / len(pitches)
        if rect is _PROBABILITIES_RECT:
            brush.label(self.text("next"), (rect.left, rect.top - 28), level)
        for k, pitch in enumerate(pitches):
            share = float(moment.probabilities[k])
            colour = PITCH_COLOURS[pitch % 12]
            x = rect.left + width * (k + 0.5)
            height = round(rect.height * share)
            bar = pygame.Rect(round(x - 13), rect.bottom - height, 26, height)
            bright = 0.9 if k == moment.predicted_index else 0.5
            if height > 1:
                brush.box(bar, shade(colour, bright * level), 0, 3)
            brush.line([(x - 14, rect.bottom), (x + 14, rect.bottom)], shade(RULE_COLOUR, level), 1)
            style = TextStyle(17, "jost-400", 0.0, shade(colour, level * (0.5 + 0.5 * bright)))
            brush.typesetter.draw_note_name(
                brush.surface, NOTE_NAMES[pitch % 12], (x, rect.bottom + 5), style, "centre"
            )

    def _draw_cell(self, brush: LessonRenderer, look: LessonFrame) -> None:
        """The cell as a line that carries what it holds, through gates."""
        level, cell, moment = (
            look.reveal("cell"),
            self.walkthrough.cell_index,
            self.walkthrough.current_with_memory,
        )
        before, after = float(moment.cell_before[cell]), float(moment.cell_after[cell])
        kept, written, said = (
            float(gate[cell])
            for gate in (moment.forget_gate, moment.input_gate, moment.output_gate)
        )
        new, spoken = float(moment.candidate[cell]), float(moment.hidden[cell])
        known, wrote, told = look.reveal("kept"), look.reveal("written"), look.reveal("said")
        box = pygame.Rect(_CELL_LEFT_X - 150, 500, _CELL_RIGHT_X - _CELL_LEFT_X + 270, 270)
        brush.box(box, shade(RULE_COLOUR, 0.5 * level), 1, 18)
        number = f"{self.text('one_cell')} {cell + 1} / {CELL_COUNT}"
        brush.label(number, (box.right - 20, box.bottom - 30), level, "right")
        passed = kept * before if known > 0 else before
        held = after if wrote > 0 else passed
        self._draw_cell_state(brush, look, _CELL_LEFT_X, _FORGET_GATE_X, before, level)
        self._draw_cell_state(brush, look, _FORGET_GATE_X, _INPUT_GATE_X, passed, level)
        self._draw_cell_state(brush, look, _INPUT_GATE_X, _CELL_RIGHT_X, held, level)
        self._draw_value(brush, "held", before, (_CELL_LEFT_X + 60, _CELL_STATE_Y), level)
        self._draw_value(brush, "holds_now", after, (_CELL_RIGHT_X - 110, _CELL_STATE_Y), wrote)
        heard = look.reveal("note")
        if heard > 0:
            self._draw_input_note(brush, look, heard)
        _draw_gate(brush, (_FORGET_GATE_X, _CELL_STATE_Y), kept, known)
        self._draw_gate_label(brush, "gate_kept", kept, (_FORGET_GATE_X, _CELL_STATE_Y + 56), known)
        if wrote > 0:
            up = np.linspace((_INPUT_GATE_X, _INPUT_Y - 46), (_INPUT_GATE_X, _CELL_STATE_Y + 4), 30)
            put = written * new
            brush.line(up, shade(sign_colour(put), 0.6 * wrote), 1.6 + 7 * abs(put), 0.4 * wrote)
            draw_pulses(brush, up, look.time_s, sign_colour(put), wrote * min(1.0, 3 * abs(put)))
            _draw_gate(brush, (_INPUT_GATE_X, _INPUT_Y), written, wrote)
            self._draw_gate_label(
                brush, "gate_written", written, (_INPUT_GATE_X + 92, _INPUT_Y - 26), wrote
            )
        if told > 0:
            down = np.linspace((_OUTPUT_GATE_X, _CELL_STATE_Y), (_OUTPUT_GATE_X, _INPUT_Y - 42), 30)
            brush.line(down, shade(sign_colour(after), 0.5 * told), 3.0, 0.3 * told)
            out = fibre_path((_OUTPUT_GATE_X + 42, _INPUT_Y), (_CELL_RIGHT_X - 10, _INPUT_Y))
            brush.line(
                out, shade(sign_colour(spoken), 0.6 * told), 1.6 + 7 * abs(spoken), 0.4 * told
            )
            draw_pulses(
                brush, out, look.time_s, sign_colour(spoken), told * min(1.0, 2 * abs(spoken))
            )
            _draw_gate(brush, (_OUTPUT_GATE_X, _INPUT_Y), said, told)
            self._draw_gate_label(
                brush, "gate_said", said, (_OUTPUT_GATE_X - 92, _INPUT_Y - 26), told
            )
            place = (_CELL_RIGHT_X + 40, _INPUT_Y - 15)
            brush.number(spoken, place, 26, sign_colour(spoken), told, sign=True)

    def _draw_cell_state(
        self,
        brush: LessonRenderer,
        look: LessonFrame,
        left: float,
        right: float,
        value: float,
        level: float,
    ) -> None:
        path = np.linspace((left, _CELL_STATE_Y), (right, _CELL_STATE_Y), 30)
        width = 2.0 + 10.0 * min(1.5, abs(value))
        brush.line(path, shade(sign_colour(value), 0.6 * level), width, 0.45 * level)
        strength = level * min(1.0, 0.3 + abs(value))
        draw_pulses(brush, path, look.time_s, sign_colour(value), strength, count=1)

    def _draw_input_note(self, brush: LessonRenderer, look: LessonFrame, level: float) -> None:
        pitch = self.walkthrough.pitch
        centre = (_CELL_LEFT_X, _INPUT_Y)
        brush.disc(centre, 30, _BODY_COLOUR)
        brush.ring(centre, 30, shade(PITCH_COLOURS[pitch % 12], level), 2, 0.7 * level)
        style = TextStyle(30, "jost-300", 0.0, shade(PITCH_COLOURS[pitch % 12], level))
        place = (centre[0], centre[1] - 22)
        brush.typesetter.draw_note_name(
            brush.surface, NOTE_NAMES[pitch % 12], place, style, "centre"
        )
        brush.label(self.text("heard"), (centre[0] - 44, centre[1] - 8), level, "right")
        brush.line(self._input_path, shade(FORWARD_COLOUR, 0.4 * level), 1.6, 0.2 * level)
        draw_pulses(brush, self._input_path, look.time_s, FORWARD_COLOUR, level)

    def _draw_value(
        self,
        brush: LessonRenderer,
        name: str,
        value: float,
        place: tuple[float, float],
        level: float,
    ) -> None:
        brush.label(self.text(name), (place[0], place[1] - 50), level, "centre")
        brush.number(value, (place[0], place[1] + 12), 26, sign_colour(value), level, sign=True)

    def _draw_gate_label(
        self,
        brush: LessonRenderer,
        name: str,
        value: float,
        place: tuple[float, float],
        level: float,
    ) -> None:
        brush.label(self.text(name), place, level, "centre")
        brush.number(value, (place[0], place[1] + 18), 22, TEXT_COLOUR, level)


def _draw_gate(
    brush: LessonRenderer, centre: tuple[float, float], opened: float, level: float
) -> None:
    """An iris: the wider its hole, the more goes through."""
    if level <= 0.02:
        return
    outer, blades = 38.0, 9
    brush.disc(centre, outer, mix(_BODY_COLOUR, RULE_COLOUR, 0.35 * level))
    hole = 3.0 + (outer - 8.0) * opened
    angles = np.linspace(0, 2 * np.pi, blades, endpoint=False)
    for angle in angles:
        start = (centre[0] + outer * np.cos(angle), centre[1] + outer * np.sin(angle))
        turn = angle + 0.9
        end = (centre[0] + hole * np.cos(turn), centre[1] + hole * np.sin(turn))
        brush.line([start, end], shade(LABEL_COLOUR, 0.8 * level), 1)
    brush.disc(centre, hole, _BODY_COLOUR)
    brush.ring(centre, hole, shade(FORWARD_COLOUR, level), 2, 0.7 * level)
    brush.ring(centre, outer, shade(LABEL_COLOUR, level), 2, 0.3 * level)
