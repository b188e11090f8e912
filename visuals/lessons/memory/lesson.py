"""Lesson four: a memory cell hears a tune, and the same network with its memory cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from rnn.teaching.tiny_lstm import CELLS, Moment
from visuals.drawing.theme import DIM, FAINT, NOTE_NAMES, PITCH_COLOURS, mix, shade
from visuals.drawing.typography import TextStyle
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.neuron_parts import draw_pulses, fibre
from visuals.lessons.drawing.plots import draw_errors
from visuals.lessons.drawing.renderer import BACKWARD, FORWARD, INK, LIKE, Brush, signed
from visuals.lessons.memory.walkthrough import PASSES, MemoryWalk
from visuals.words import Words

_STRIP = pygame.Rect(220, 196, 1130, 108)
_CUT = pygame.Rect(220, 352, 1130, 108)
_CHANCES, _CHANCES_CUT = pygame.Rect(1440, 196, 360, 108), pygame.Rect(1440, 352, 360, 108)
_ERRORS = pygame.Rect(520, 560, 680, 180)
_BUS_Y, _IN_Y = 572, 716
_LEFT, _FORGET, _WRITE, _SAY, _RIGHT = 330, 600, 830, 1130, 1400
_BODY = (11, 13, 21)


class Memory(Lesson):
    """What a cell keeps, writes and says, note by note."""

    name = "memory"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walk: MemoryWalk = MemoryWalk()
        lows = [note.pitch for note in self.walk.notes]
        self._low, self._high = min(lows), max(lows)
        self._write_path = fibre((_LEFT + 30, _IN_Y), (_WRITE - 40, _IN_Y))

    def draw(self, brush: Brush, look: Look) -> None:
        guesses = look.seen("learn")
        self._draw_strip(brush, look, _STRIP, self.walk.with_memory, guesses)
        self._draw_chances(brush, _CHANCES, self.walk.moment, guesses)
        level = look.seen("cut")
        if guesses > 0:
            self._head(brush, _STRIP, "with_memory", self.walk.with_memory, guesses)
        if level > 0:
            self._draw_strip(brush, look, _CUT, self.walk.without, level, level)
            self._draw_chances(brush, _CHANCES_CUT, self.walk.moment_without, level)
            self._head(brush, _CUT, "without", self.walk.without, level)
        if look.is_at("learn"):
            errors = self.walk.errors
            draw_errors(brush, _ERRORS, errors, self.say("error"), guesses, 3.2, PASSES)
        if look.seen("cell") > 0:
            self._draw_cell(brush, look)

    def _draw_strip(
        self,
        brush: Brush,
        look: Look,
        rect: pygame.Rect,
        moments: Sequence[Moment],
        guesses: float,
        level: float = 1.0,
    ) -> None:
        """The tune as bars; over each note, what was guessed for it: right, or a wrong one."""
        notes, here = self.walk.notes, self.walk.place_heard
        for k, note in enumerate(notes):
            bar = self._bar(rect, k, note.pitch)
            now = k == here and not look.is_at("learn", "end")
            past = k <= here or look.is_at("learn", "cell", "note", "kept", "written", "said")
            colour = shade(PITCH_COLOURS[note.pitch % 12], level * (0.75 if past else 0.35))
            brush.box(bar, colour, 0, 3)
            if now:
                brush.line([bar.midleft, bar.midright], INK, 9.0, 0.9 * level)
                brush.lamp(bar.center, INK, 0.25 * level)
            if k == 0 or guesses <= 0 or not (k <= here + 1 or not look.is_at("run", "cut")):
                continue
            guessed = self.walk.learner.pitches[moments[k - 1].guess]
            if guessed == note.pitch:
                brush.disc((bar.centerx, rect.bottom + 12), 3, shade(LIKE, guesses))
            else:
                wrong = self._bar(rect, k, guessed)
                brush.box(wrong, shade(BACKWARD, 0.9 * guesses), 1, 3)
                brush.ring((bar.centerx, rect.bottom + 12), 4, shade(BACKWARD, guesses), 1)

    def _bar(self, rect: pygame.Rect, place: int, pitch: int) -> pygame.Rect:
        note = self.walk.notes[place]
        beat = rect.width / self.walk.notes[-1].end
        height = rect.bottom - rect.height * (pitch - self._low) / (self._high - self._low)
        left = rect.left + note.onset * beat
        return pygame.Rect(round(left), round(height) - 5, round(note.duration * beat) - 4, 10)

    def _head(
        self, brush: Brush, rect: pygame.Rect, name: str, moments: Sequence[Moment], level: float
    ) -> None:
        brush.label(self.say(name), (rect.left - 24, rect.centery - 36), level, "right")
        place = (rect.left - 24, rect.centery - 14)
        text = f"{self.walk.learner.right(moments)} / {len(moments)}"
        brush.text(text, place, 26, INK, level, "right")
        brush.text(self.say("right"), (place[0], place[1] + 30), 18, DIM, level, "right")

    def _draw_chances(self, brush: Brush, rect: pygame.Rect, moment: Moment, level: float) -> None:
        """How likely it holds each pitch to come next."""
        if level <= 0:
            return
        pitches = self.walk.learner.pitches
        width = rect.width / len(pitches)
        if rect is _CHANCES:
            brush.label(self.say("next"), (rect.left, rect.top - 28), level)
        for k, pitch in enumerate(pitches):
            share = float(moment.chances[k])
            colour = PITCH_COLOURS[pitch % 12]
            x = rect.left + width * (k + 0.5)
            height = round(rect.height * share)
            bar = pygame.Rect(round(x - 13), rect.bottom - height, 26, height)
            bright = 0.9 if k == moment.guess else 0.5
            if height > 1:
                brush.box(bar, shade(colour, bright * level), 0, 3)
            brush.line([(x - 14, rect.bottom), (x + 14, rect.bottom)], shade(FAINT, level), 1)
            style = TextStyle(17, "jost-400", 0.0, shade(colour, level * (0.5 + 0.5 * bright)))
            brush.type.put_note(
                brush.surface, NOTE_NAMES[pitch % 12], (x, rect.bottom + 5), style, "centre"
            )

    def _draw_cell(self, brush: Brush, look: Look) -> None:
        """The cell as a line that carries what it holds, through gates."""
        level, cell, moment = look.seen("cell"), self.walk.cell, self.walk.moment
        before, after = float(moment.before[cell]), float(moment.after[cell])
        kept, written, said = (
            float(gate[cell]) for gate in (moment.kept, moment.written, moment.said)
        )
        new, spoken = float(moment.new[cell]), float(moment.spoken[cell])
        known, wrote, told = look.seen("kept"), look.seen("written"), look.seen("said")
        box = pygame.Rect(_LEFT - 150, 500, _RIGHT - _LEFT + 270, 270)
        brush.box(box, shade(FAINT, 0.5 * level), 1, 18)
        number = f"{self.say('one_cell')} {cell + 1} / {CELLS}"
        brush.label(number, (box.right - 20, box.bottom - 30), level, "right")
        passed = kept * before if known > 0 else before
        held = after if wrote > 0 else passed
        self._draw_bus(brush, look, _LEFT, _FORGET, before, level)
        self._draw_bus(brush, look, _FORGET, _WRITE, passed, level)
        self._draw_bus(brush, look, _WRITE, _RIGHT, held, level)
        self._value(brush, "held", before, (_LEFT + 60, _BUS_Y), level)
        self._value(brush, "holds_now", after, (_RIGHT - 110, _BUS_Y), wrote)
        heard = look.seen("note")
        if heard > 0:
            self._draw_heard(brush, look, heard)
        _draw_gate(brush, (_FORGET, _BUS_Y), kept, known)
        self._gate_words(brush, "gate_kept", kept, (_FORGET, _BUS_Y + 56), known)
        if wrote > 0:
            up = np.linspace((_WRITE, _IN_Y - 46), (_WRITE, _BUS_Y + 4), 30)
            put = written * new
            brush.line(up, shade(signed(put), 0.6 * wrote), 1.6 + 7 * abs(put), 0.4 * wrote)
            draw_pulses(brush, up, look.time, signed(put), wrote * min(1.0, 3 * abs(put)))
            _draw_gate(brush, (_WRITE, _IN_Y), written, wrote)
            self._gate_words(brush, "gate_written", written, (_WRITE + 92, _IN_Y - 26), wrote)
        if told > 0:
            down = np.linspace((_SAY, _BUS_Y), (_SAY, _IN_Y - 42), 30)
            brush.line(down, shade(signed(after), 0.5 * told), 3.0, 0.3 * told)
            out = fibre((_SAY + 42, _IN_Y), (_RIGHT - 10, _IN_Y))
            brush.line(out, shade(signed(spoken), 0.6 * told), 1.6 + 7 * abs(spoken), 0.4 * told)
            draw_pulses(brush, out, look.time, signed(spoken), told * min(1.0, 2 * abs(spoken)))
            _draw_gate(brush, (_SAY, _IN_Y), said, told)
            self._gate_words(brush, "gate_said", said, (_SAY - 92, _IN_Y - 26), told)
            place = (_RIGHT + 40, _IN_Y - 15)
            brush.number(spoken, place, 26, signed(spoken), told, sign=True)

    def _draw_bus(
        self, brush: Brush, look: Look, left: float, right: float, value: float, level: float
    ) -> None:
        path = np.linspace((left, _BUS_Y), (right, _BUS_Y), 30)
        width = 2.0 + 10.0 * min(1.5, abs(value))
        brush.line(path, shade(signed(value), 0.6 * level), width, 0.45 * level)
        strength = level * min(1.0, 0.3 + abs(value))
        draw_pulses(brush, path, look.time, signed(value), strength, count=1)

    def _draw_heard(self, brush: Brush, look: Look, level: float) -> None:
        pitch = self.walk.pitch
        centre = (_LEFT, _IN_Y)
        brush.disc(centre, 30, _BODY)
        brush.ring(centre, 30, shade(PITCH_COLOURS[pitch % 12], level), 2, 0.7 * level)
        style = TextStyle(30, "jost-300", 0.0, shade(PITCH_COLOURS[pitch % 12], level))
        place = (centre[0], centre[1] - 22)
        brush.type.put_note(brush.surface, NOTE_NAMES[pitch % 12], place, style, "centre")
        brush.label(self.say("heard"), (centre[0] - 44, centre[1] - 8), level, "right")
        brush.line(self._write_path, shade(FORWARD, 0.4 * level), 1.6, 0.2 * level)
        draw_pulses(brush, self._write_path, look.time, FORWARD, level)

    def _value(
        self, brush: Brush, name: str, value: float, place: tuple[float, float], level: float
    ) -> None:
        brush.label(self.say(name), (place[0], place[1] - 50), level, "centre")
        brush.number(value, (place[0], place[1] + 12), 26, signed(value), level, sign=True)

    def _gate_words(
        self, brush: Brush, name: str, value: float, place: tuple[float, float], level: float
    ) -> None:
        brush.label(self.say(name), place, level, "centre")
        brush.number(value, (place[0], place[1] + 18), 22, INK, level)


def _draw_gate(brush: Brush, centre: tuple[float, float], opened: float, level: float) -> None:
    """An iris: the wider its hole, the more goes through."""
    if level <= 0.02:
        return
    outer, blades = 38.0, 9
    brush.disc(centre, outer, mix(_BODY, FAINT, 0.35 * level))
    hole = 3.0 + (outer - 8.0) * opened
    angles = np.linspace(0, 2 * np.pi, blades, endpoint=False)
    for angle in angles:
        start = (centre[0] + outer * np.cos(angle), centre[1] + outer * np.sin(angle))
        turn = angle + 0.9
        end = (centre[0] + hole * np.cos(turn), centre[1] + hole * np.sin(turn))
        brush.line([start, end], shade(DIM, 0.8 * level), 1)
    brush.disc(centre, hole, _BODY)
    brush.ring(centre, hole, shade(FORWARD, level), 2, 0.7 * level)
    brush.ring(centre, outer, shade(DIM, level), 2, 0.3 * level)
