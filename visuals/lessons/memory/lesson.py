"""Lesson 4: an LSTM cell processes a tune, and the same network without memory."""

from __future__ import annotations

import numpy as np
import pygame

from rnn.teaching.perceptron import Floats
from rnn.teaching.tiny_lstm import CELL_COUNT, MemoryStep
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, TEXT_COLOUR, mix, shade
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.lesson import Lesson, WorkedSum
from visuals.lessons.drawing.colours import (
    BACKWARD_COLOUR,
    FORWARD_COLOUR,
    POSITIVE_COLOUR,
    sign_colour,
)
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import LessonRenderer, fibre_path
from visuals.lessons.drawing.shapes import format_number, format_sum
from visuals.lessons.memory.walkthrough import TRAINING_PASSES, MemoryWalkthrough

_STRIP_RECT, _CUT_STRIP_RECT = pygame.Rect(250, 196, 1100, 108), pygame.Rect(250, 352, 1100, 108)
_HOLD_RECT = pygame.Rect(500, 374, 560, 84)
_PREDICTION_LEFT, _PREDICTION_WIDTH_PX = 1440, 320
"""Left edge and width of the predicted probabilities beside each strip."""
_ERROR_PLOT = pygame.Rect(520, 560, 680, 180)
_MAX_ERROR_BITS = 3.2
_CELL_RECT = pygame.Rect(180, 500, 1340, 270)
_CELL_STATE_Y, _INPUT_Y = 572, 716
_CELL_LEFT_X, _FORGET_X, _INPUT_X, _OUTPUT_X, _CELL_RIGHT_X = 330, 600, 830, 1130, 1400
_HELD_X = _CELL_RIGHT_X - 80  # centre of the number that the cell holds afterwards
_BODY_COLOUR = (11, 13, 21)
_GATE_RADIUS_PX, _GATE_BLADES = 38.0, 9
_INPUT_PATH = fibre_path((_CELL_LEFT_X + 30, _INPUT_Y), (_INPUT_X - 40, _INPUT_Y))
_WRITE_PATH = np.linspace((_INPUT_X, _INPUT_Y - 46), (_INPUT_X, _CELL_STATE_Y + 4), 30)
_READ_PATH = np.linspace((_OUTPUT_X, _CELL_STATE_Y), (_OUTPUT_X, _INPUT_Y - 42), 30)
_TANH_RECT, _TANH_SPAN = pygame.Rect(_OUTPUT_X - 32, 602, 64, 44), 3.0
"""Plot of tanh on the way from what is held to what is said, from -3 to 3."""
_OUTPUT_PATH = fibre_path((_OUTPUT_X + 42, _INPUT_Y), (_CELL_RIGHT_X - 10, _INPUT_Y))


class MemoryLesson(Lesson[MemoryWalkthrough]):
    """The gates and the state of a cell, note by note."""

    hint_place = (392.0, 730.0)
    name = "memory"
    walkthrough_type = MemoryWalkthrough

    def _prepare(self) -> None:
        pitches = self.walkthrough.learner.pitches
        self._lowest_pitch, self._highest_pitch = pitches[0], pitches[-1]

    def _draw(self, renderer: LessonRenderer) -> None:
        walk = self.walkthrough
        learned, cut = self.reveal("learn"), self.reveal("cut")
        self._draw_predicted_tune(renderer, True, learned, 1.0)
        renderer.label(self.text("next"), (_PREDICTION_LEFT, _STRIP_RECT.top - 22), learned)
        if self.is_at("hold"):
            self._draw_hold_button(renderer, self.step_reveal)
        elif cut > 0:
            self._draw_predicted_tune(renderer, False, cut, cut)
        if self.is_at("learn"):
            names, most = (self.text("error"), self.text("passes")), _MAX_ERROR_BITS
            renderer.draw_error_curve(
                _ERROR_PLOT, walk.errors, names, learned, most, TRAINING_PASSES
            )
        if self.reveal("cell") > 0:
            self._draw_cell(renderer)

    def _draw_predicted_tune(
        self, renderer: LessonRenderer, memory: bool, prediction_level: float, level: float
    ) -> None:
        """Draw the tune as bars, for each note whether it was predicted, and the next pitch."""
        walk, index = self.walkthrough, self.walkthrough.note_index
        rect = _STRIP_RECT if memory else _CUT_STRIP_RECT
        steps = walk.with_memory if memory else walk.without_memory
        self._draw_prediction(renderer, rect, steps[index], prediction_level)
        name, score = "with_memory" if memory else "without", walk.learner.count_correct(steps)
        x, y = rect.left - 24, rect.centery
        renderer.label(self.text(name), (x, y - 36), prediction_level, "right")
        text = f"{score} / {len(steps)}"
        renderer.text(text, (x, y - 14), 26, TEXT_COLOUR, prediction_level, "right")
        renderer.text(self.text("right"), (x, y + 16), 18, LABEL_COLOUR, prediction_level, "right")
        whole_tune = self.is_at("learn", "cell", "note", "kept", "written", "said")
        predicted_count = index + 1 if self.is_at("run", "cut", "hold") else len(walk.notes)
        for k, note in enumerate(walk.notes):
            bar, mark = self._note_bar(rect, k, note.pitch), rect.bottom + 12
            bright = 0.75 if k <= index or whole_tune else 0.35
            renderer.box(bar, shade(PITCH_COLOURS[note.pitch % 12], level * bright), 0, 3)
            if k == index and not self.is_at("learn", "end"):
                renderer.line([bar.midleft, bar.midright], TEXT_COLOUR, 9.0, 0.9 * level)
                renderer.soft_glow(bar.center, TEXT_COLOUR, 0.25 * level)
            if memory and k in walk.cut_notes:
                emptied = pygame.Rect(bar.left, mark + 10, bar.width, 6)
                renderer.box(emptied, BACKWARD_COLOUR, 0, 3)
            if k == 0 or k > predicted_count or prediction_level <= 0:
                continue
            predicted = walk.predicted_pitch(k, memory)
            if predicted == note.pitch:
                renderer.disc((bar.centerx, mark), 3, shade(POSITIVE_COLOUR, prediction_level))
            else:
                wrong = self._note_bar(rect, k, predicted)
                renderer.box(wrong, shade(BACKWARD_COLOUR, 0.9 * prediction_level), 1, 3)
                colour = shade(BACKWARD_COLOUR, prediction_level)
                renderer.ring((bar.centerx, mark), 4, colour, 1)

    def on_touch(self, x: float, y: float) -> None:
        if any(rect.collidepoint(x, y) for rect in self.hit_targets()):
            self.walkthrough.handle_arrow(LessonAction.DOWN)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        return (_HOLD_RECT,) if self.is_at("hold") else ()

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        walk, times = self.walkthrough, "\N{MULTIPLICATION SIGN}"
        step, cell, sums = walk.with_memory[walk.note_index], walk.cell_index, list[WorkedSum]()
        keep, write, say, new, before, after, hidden = (
            float(values[cell])
            for values in (
                step.forget_gate, step.input_gate, step.output_gate, step.candidate,
                step.cell_before, step.cell_after, step.hidden,
            )
        )  # fmt: skip
        if self.reveal("kept") > 0:
            text = f"{format_number(keep)} {times} {format_sum([before], keep * before)}"
            sums.append(WorkedSum((_FORGET_X, _CELL_STATE_Y), _GATE_RADIUS_PX, text))
        if self.reveal("written") > 0:
            text = f"{format_number(write)} {times} {format_sum([new], write * new)}"
            sums.append(WorkedSum((_INPUT_X, _INPUT_Y), _GATE_RADIUS_PX, text))
            text = format_sum([keep * before, write * new], after)
            sums.append(WorkedSum((_HELD_X, _CELL_STATE_Y), _GATE_RADIUS_PX, text))
        if self.reveal("said") > 0:
            text = f"tanh({format_number(after)}) = {format_number(float(np.tanh(after)))}"
            sums.append(WorkedSum(_TANH_RECT.center, 0.5 * _TANH_RECT.width, text))
            text = f"{format_number(say)} {times} tanh({format_number(after)})"
            text += f" = {format_number(hidden)}"
            sums.append(WorkedSum((_OUTPUT_X, _INPUT_Y), _GATE_RADIUS_PX, text))
        return tuple(sums)

    def _upright_parts(self) -> PartRows:
        strips, chances = pygame.Rect(80, 170, 1300, 160), pygame.Rect(1400, 160, 430, 180)
        if self.has_come("cut"):
            strips.height, chances.height = 310, 330  # with those below, without memory
        if self.is_at("tune"):
            return ((strips,),)
        return ((strips,), (chances,), (pygame.Rect(170, 490, 1390, 290),))

    def _draw_hold_button(self, renderer: LessonRenderer, level: float) -> None:
        is_cut, rect = self.walkthrough.is_cut, _HOLD_RECT
        colour = BACKWARD_COLOUR if is_cut else FORWARD_COLOUR
        if is_cut:
            renderer.box(rect, shade(colour, 0.35), 0, 16)
        renderer.box(rect, shade(colour, level), 3, 16)
        text, place = self.text("hold_button"), (rect.centerx, rect.centery - 26)
        renderer.text(text, place, 36, TEXT_COLOUR, level, "centre")

    def _note_bar(self, rect: pygame.Rect, index: int, pitch: int) -> pygame.Rect:
        note = self.walkthrough.notes[index]
        beat = rect.width / self.walkthrough.notes[-1].end
        span = self._highest_pitch - self._lowest_pitch
        y = rect.bottom - rect.height * (pitch - self._lowest_pitch) / span
        left = rect.left + note.onset * beat
        return pygame.Rect(round(left), round(y) - 5, round(note.duration * beat) - 4, 10)

    def _draw_prediction(
        self, renderer: LessonRenderer, strip: pygame.Rect, step: MemoryStep, level: float
    ) -> None:
        """Draw the probability of each pitch to come next, beside a strip."""
        if level <= 0:
            return
        pitches = self.walkthrough.learner.pitches
        width = _PREDICTION_WIDTH_PX / len(pitches)
        share = f"{100 * float(step.probabilities.max()):.0f} %"
        place = (_PREDICTION_LEFT + _PREDICTION_WIDTH_PX + 64, strip.centery - 14)
        renderer.text(share, place, 20, TEXT_COLOUR, level, "right", 0.0)
        for k, pitch in enumerate(pitches):
            x = _PREDICTION_LEFT + width * (k + 0.5)
            height = round(strip.height * float(step.probabilities[k]))
            bright = 0.9 if k == step.predicted_index else 0.5
            if height > 1:
                bar = pygame.Rect(round(x - 13), strip.bottom - height, 26, height)
                renderer.box(bar, shade(PITCH_COLOURS[pitch % 12], bright * level), 0, 3)
            base = [(x - 14, strip.bottom), (x + 14, strip.bottom)]
            renderer.line(base, shade(RULE_COLOUR, level), 1)
            renderer.note_name(pitch, (x, strip.bottom + 5), 17, level * (0.5 + 0.5 * bright))

    def _draw_cell(self, renderer: LessonRenderer) -> None:
        """Draw the cell as a line that carries its state through the gates."""
        walk, level, time_s = self.walkthrough, self.reveal("cell"), self.time_s
        step, cell = walk.with_memory[walk.note_index], walk.cell_index
        forget_gate, input_gate = float(step.forget_gate[cell]), float(step.input_gate[cell])
        output_gate, candidate = float(step.output_gate[cell]), float(step.candidate[cell])
        before, after = float(step.cell_before[cell]), float(step.cell_after[cell])
        hidden = float(step.hidden[cell])
        kept, written, said = (self.reveal(name) for name in ("kept", "written", "said"))
        renderer.box(_CELL_RECT, shade(RULE_COLOUR, 0.5 * level), 1, 18)
        number = f"{self.text('one_cell')} {cell + 1} / {CELL_COUNT}"
        renderer.label(number, (_CELL_RECT.right - 20, _CELL_RECT.bottom - 30), level, "right")
        passed = forget_gate * before if kept > 0 else before
        xs = (_CELL_LEFT_X, _FORGET_X, _INPUT_X, _CELL_RIGHT_X)
        states = (before, passed, after if written > 0 else passed)
        for left, right, state in zip(xs, xs[1:], states, strict=False):
            path = np.linspace((left, _CELL_STATE_Y), (right, _CELL_STATE_Y), 30)
            colour = sign_colour(state)
            width = 2.0 + 10.0 * min(1.5, abs(state))
            renderer.line(path, shade(colour, 0.6 * level), width, 0.45 * level)
            strength = level * min(1.0, 0.3 + abs(state))
            renderer.draw_pulses(path, time_s, colour, strength, count=1)
        for name, state, x, reveal in (
            ("held", before, _CELL_LEFT_X + 60, level),
            ("holds_now", after, _HELD_X, written),
        ):
            place, colour = (x, _CELL_STATE_Y - 50), sign_colour(state)
            renderer.labelled_number(
                self.text(name), state, place, 62, 26, colour, reveal, sign=True
            )
        self._draw_input_note(renderer, time_s, self.reveal("note"))
        place = (_FORGET_X, _CELL_STATE_Y)
        self._draw_gate(renderer, place, "gate.keep", forget_gate, (0, 56), kept)
        if written > 0:
            new = input_gate * candidate
            _draw_signal(renderer, _WRITE_PATH, time_s, new, written, 3)
            place = (_INPUT_X - 16, (_CELL_STATE_Y + _INPUT_Y) / 2 - 25)
            renderer.number(new, place, 20, sign_colour(new), written, "right", sign=True)
            place = (_INPUT_X, _INPUT_Y)
            self._draw_gate(renderer, place, "gate.write", input_gate, (92, -26), written)
        if said > 0:
            renderer.line(_READ_PATH, shade(sign_colour(after), 0.5 * said), 3.0, 0.3 * said)
            _draw_signal(renderer, _OUTPUT_PATH, time_s, hidden, said, 2)
            self._draw_tanh(renderer, after, said)
            place = (_OUTPUT_X, _INPUT_Y)
            self._draw_gate(renderer, place, "gate.say", output_gate, (-92, -26), said)
            place = (_CELL_RIGHT_X + 40, _INPUT_Y - 15)
            renderer.number(hidden, place, 26, sign_colour(hidden), said, sign=True)

    def _draw_tanh(self, renderer: LessonRenderer, held: float, level: float) -> None:
        """Draw the curve that squashes what is held, as a dot on it, and what comes out."""
        rect, squashed = _TANH_RECT, float(np.tanh(held))

        def to_picture(state: float) -> tuple[float, float]:
            x = rect.centerx + (rect.width / 2 - 5) * state / _TANH_SPAN
            return x, rect.centery - (rect.height / 2 - 5) * np.tanh(state)

        renderer.box(rect, _BODY_COLOUR, 0, 6)
        renderer.box(rect, shade(LABEL_COLOUR, 0.8 * level), 1, 6)
        curve = [to_picture(state) for state in np.linspace(-_TANH_SPAN, _TANH_SPAN, 24)]
        renderer.line(curve, shade(LABEL_COLOUR, level), 1.5)
        dot = to_picture(np.clip(held, -_TANH_SPAN, _TANH_SPAN))
        renderer.disc(dot, 4, shade(sign_colour(held), level))
        renderer.small_glow(dot, sign_colour(held), level)
        text, middle = self.text("squash_word"), rect.centery
        renderer.label(text, (rect.left - 14, middle - 10), level, "right")
        place, colour = (rect.right + 14, middle - 13), sign_colour(squashed)
        renderer.number(squashed, place, 20, colour, level, "left", sign=True)

    def _draw_input_note(self, renderer: LessonRenderer, time_s: float, level: float) -> None:
        if level <= 0:
            return
        x, y, pitch = _CELL_LEFT_X, _INPUT_Y, self.walkthrough.current_note.pitch
        renderer.disc((x, y), 30, _BODY_COLOUR)
        renderer.ring((x, y), 30, shade(PITCH_COLOURS[pitch % 12], level), 2, 0.7 * level)
        renderer.note_name(pitch, (x, y - 22), 30, level, face="jost-300")
        renderer.label(self.text("heard"), (x - 40, y - 8), level, "right")
        renderer.line(_INPUT_PATH, shade(FORWARD_COLOUR, 0.4 * level), 1.6, 0.2 * level)
        renderer.draw_pulses(_INPUT_PATH, time_s, FORWARD_COLOUR, level)

    def _draw_gate(
        self,
        renderer: LessonRenderer,
        centre: tuple[int, int],
        name: str,
        opening: float,
        label_offset: tuple[int, int],
        level: float,
    ) -> None:
        """Draw a gate as an iris, open in proportion to its value, with its name and value."""
        x, y = centre
        if level > 0.02:
            hole = 3.0 + (_GATE_RADIUS_PX - 8.0) * opening
            renderer.disc(centre, _GATE_RADIUS_PX, mix(_BODY_COLOUR, RULE_COLOUR, 0.35 * level))
            for angle in np.linspace(0, 2 * np.pi, _GATE_BLADES, endpoint=False):
                ends = [
                    (x + radius * np.cos(turn), y + radius * np.sin(turn))
                    for radius, turn in ((_GATE_RADIUS_PX, angle), (hole, angle + 0.9))
                ]
                renderer.line(ends, shade(LABEL_COLOUR, 0.8 * level), 1)
            renderer.disc(centre, hole, _BODY_COLOUR)
            renderer.ring(centre, hole, shade(FORWARD_COLOUR, level), 2, 0.7 * level)
            renderer.ring(centre, _GATE_RADIUS_PX, shade(LABEL_COLOUR, level), 2, 0.3 * level)
        place = (x + label_offset[0], y + label_offset[1])
        renderer.labelled_number(self._words[name], opening, place, 22, 22, level=level)


def _draw_signal(
    renderer: LessonRenderer, path: Floats, time_s: float, value: float, level: float, gain: float
) -> None:
    """Draw a path with pulses for a value in or out of the cell."""
    colour = sign_colour(value)
    renderer.line(path, shade(colour, 0.6 * level), 1.6 + 7 * abs(value), 0.4 * level)
    renderer.draw_pulses(path, time_s, colour, level * min(1.0, gain * abs(value)))
