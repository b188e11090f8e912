"""Lesson one: one neuron guesses what a listener will like."""

from __future__ import annotations

import pygame

from rnn.teaching.perceptron import FACT_NAMES
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, mix, shade
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.neuron_parts import (
    draw_cell_body,
    draw_fibre,
    draw_output_bar,
    draw_pulses,
    draw_sigmoid,
    draw_synapse,
    fibre_path,
)
from visuals.lessons.drawing.plots import (
    FactPlane,
    draw_error_curve,
    draw_reference_line,
    draw_song_marker,
)
from visuals.lessons.drawing.renderer import (
    BACKWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
    format_number,
    sign_colour,
)
from visuals.lessons.neuron.walkthrough import TRAINING_EPOCHS, NeuronWalkthrough
from visuals.words import Words

_FACTS_X, _SYNAPSES_X = 176, 500
_FACT_YS, _SYNAPSE_YS = (290, 450, 610), (312, 450, 588)
_CELL_CENTRE, _CELL_RADIUS_PX = (764, 450), 86
_PRODUCT_LABEL_OFFSETS = ((38, -34), (0, -34), (38, 10))
"""From a dendrite to the number of what it carries."""
_SIGMOID_RECT = pygame.Rect(914, 396, 140, 108)
_OUTPUT_BAR_RECT = pygame.Rect(1130, 330, 30, 240)
_PLANE_RECT = pygame.Rect(1392, 204, 408, 372)
_ERROR_PLOT = pygame.Rect(1392, 668, 408, 92)


class NeuronLesson(Lesson):
    """Facts in, weights, sum, squash, guess; then answer, miss and nudges."""

    name = "neuron"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walkthrough: NeuronWalkthrough = NeuronWalkthrough()
        self._axons = [
            fibre_path((_FACTS_X + 34, a), (_SYNAPSES_X - 24, b))
            for a, b in zip(_FACT_YS, _SYNAPSE_YS, strict=True)
        ]
        ends = [
            (_CELL_CENTRE[0] - _CELL_RADIUS_PX + 4, _CELL_CENTRE[1] + 26 * k) for k in (-1, 0, 1)
        ]
        self._dendrites = [
            fibre_path((_SYNAPSES_X + 24, y), end) for y, end in zip(_SYNAPSE_YS, ends, strict=True)
        ]
        self._axon_out = fibre_path(
            (_CELL_CENTRE[0] + _CELL_RADIUS_PX, 450), (_SIGMOID_RECT.left, 450)
        )
        self._output_path = fibre_path((_SIGMOID_RECT.right, 450), (_OUTPUT_BAR_RECT.left - 8, 450))
        self._fact_plane = FactPlane(_PLANE_RECT, -1.0, 1.0)

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        self._draw_fibres(brush, look)
        self._draw_facts(brush, look)
        self._draw_synapses(brush, look)
        self._draw_cell(brush, look)
        self._draw_guess(brush, look)
        self._draw_songs(brush, look)
        self._draw_error(brush, look)

    def _draw_fibres(self, brush: LessonRenderer, look: LessonFrame) -> None:
        facts = self.walkthrough.songs[self.walkthrough.song_index].facts
        guess, learning = self.walkthrough.guess, look.is_at("nudge")
        for k, axon in enumerate(self._axons):
            level = look.reveal("axons")
            draw_fibre(brush, axon, 0.35 * abs(facts[k]), LABEL_COLOUR, level)
            draw_pulses(brush, axon, look.time_s + 0.3 * k, TEXT_COLOUR, level * abs(facts[k]))
            level = look.reveal("sum")
            product = guess.products[k]
            draw_fibre(brush, self._dendrites[k], product, sign_colour(product), level)
            if learning:
                draw_pulses(brush, self._dendrites[k], look.time_s, BACKWARD_COLOUR, 1.0, back=True)
            else:
                strength = level * min(1.0, 2 * abs(product))
                draw_pulses(brush, self._dendrites[k], look.time_s, sign_colour(product), strength)
            if not learning and level > 0:
                x, y = self._dendrites[k][22]
                across, down = _PRODUCT_LABEL_OFFSETS[k]
                place = (x + across, y + down)
                brush.number(product, place, 18, sign_colour(product), level, sign=True)
        colour = sign_colour(guess.total)
        for path, name in ((self._axon_out, "squash"), (self._output_path, "squash")):
            level = look.reveal(name)
            draw_fibre(brush, path, 0.3 * guess.total, colour, level)
            if learning:
                draw_pulses(brush, path, look.time_s, BACKWARD_COLOUR, level, back=True, count=1)
            else:
                draw_pulses(brush, path, look.time_s, colour, level, count=1)

    def _draw_facts(self, brush: LessonRenderer, look: LessonFrame) -> None:
        for k, value in enumerate(self.walkthrough.songs[self.walkthrough.song_index].facts):
            centre = (_FACTS_X, _FACT_YS[k])
            brush.disc(centre, 34, (13, 15, 24))
            brush.ring(centre, 34, mix(RULE_COLOUR, TEXT_COLOUR, abs(value)), 2, 0.5 * abs(value))
            brush.number(value, (centre[0], centre[1] - 15), 22, TEXT_COLOUR, sign=True, digits=1)
            brush.text(
                self.text(FACT_NAMES[k]),
                (centre[0], centre[1] - 74),
                24,
                TEXT_COLOUR,
                0.9,
                "centre",
            )

    def _draw_synapses(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("synapses")
        if level <= 0:
            return
        brush.label(self.text("weights"), (_SYNAPSES_X, 206), level, "centre")
        for k, weight in enumerate(self.walkthrough.neuron.weights):
            centre = (_SYNAPSES_X, _SYNAPSE_YS[k])
            draw_synapse(brush, centre, float(weight), level)
            place = (centre[0], centre[1] - 62)
            brush.number(float(weight), place, 24, sign_colour(float(weight)), level, sign=True)
            if look.is_at("hands") and k == self.walkthrough.selected_weight:
                brush.ring(centre, 31, TEXT_COLOUR, 2, 0.6)
                for side in (-1, 1):
                    tip = centre[0] + side * 52
                    points = [(tip, centre[1]), (tip - side * 11, centre[1] - 8)]
                    brush.polygon([*points, (tip - side * 11, centre[1] + 8)], TEXT_COLOUR)
            if self.walkthrough.last_update is not None and look.is_at("nudge", "learn"):
                change = self.walkthrough.last_update.weight_changes[k]
                place = (centre[0], centre[1] + 30)
                brush.number(change, place, 18, BACKWARD_COLOUR, level, sign=True, digits=3)

    def _draw_cell(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("axons")
        guess, known = self.walkthrough.guess, look.reveal("sum")
        excitement = 0.5 + (guess.output - 0.5) * known
        draw_cell_body(brush, _CELL_CENTRE, _CELL_RADIUS_PX, excitement, level)
        brush.label(
            self.text("neuron"),
            (_CELL_CENTRE[0], _CELL_CENTRE[1] + _CELL_RADIUS_PX + 18),
            level,
            "centre",
        )
        if known > 0:
            brush.label(
                self.text("sum_word"), (_CELL_CENTRE[0], _CELL_CENTRE[1] - 44), known, "centre"
            )
            colour = sign_colour(guess.total)
            brush.number(
                guess.total, (_CELL_CENTRE[0], _CELL_CENTRE[1] - 24), 38, colour, known, sign=True
            )
        level = look.reveal("squash")
        if level > 0:
            draw_sigmoid(brush, _SIGMOID_RECT, guess.total, level)
            place = (_SIGMOID_RECT.centerx, _SIGMOID_RECT.bottom + 12)
            brush.label(self.text("squash_word"), place, level, "centre")

    def _draw_guess(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("squash")
        if level <= 0:
            return
        output = self.walkthrough.guess.output
        top = draw_output_bar(brush, _OUTPUT_BAR_RECT, output, level)
        brush.label(
            self.text("guess"),
            (_OUTPUT_BAR_RECT.centerx, _OUTPUT_BAR_RECT.bottom + 12),
            level,
            "centre",
        )
        place = (_OUTPUT_BAR_RECT.centerx, _OUTPUT_BAR_RECT.bottom + 32)
        brush.number(output, place, 24, mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, output), level)
        level = look.reveal("answer")
        if level <= 0:
            return
        liked = self.walkthrough.songs[self.walkthrough.song_index].liked
        centre = (
            _OUTPUT_BAR_RECT.centerx + 72,
            _OUTPUT_BAR_RECT.top if liked else _OUTPUT_BAR_RECT.bottom,
        )
        draw_song_marker(brush, centre, liked, level=level, radius=13)
        brush.soft_glow(centre, POSITIVE_COLOUR if liked else NEGATIVE_COLOUR, 0.5 * level)
        low = 0 if liked else 30
        brush.label(self.text("answer_word"), (centre[0] + 22, centre[1] - 34 + low), level)
        place = (centre[0] + 22, centre[1] - 16 + low)
        brush.number(liked, place, 24, TEXT_COLOUR, level, "left", digits=0)
        if look.is_at("miss", "nudge", "learn"):
            self._draw_miss(brush, look, top, centre)

    def _draw_miss(
        self, brush: LessonRenderer, look: LessonFrame, top: float, answer: tuple[float, float]
    ) -> None:
        shown = look.reveal("miss")
        x = answer[0]
        end = top + (answer[1] - top) * shown
        brush.line([(_OUTPUT_BAR_RECT.right + 8, top), (x, top)], shade(BACKWARD_COLOUR, 0.5), 1)
        brush.line([(x, top), (x, end)], BACKWARD_COLOUR, 3.0, 0.8)
        liked = self.walkthrough.songs[self.walkthrough.song_index].liked
        miss = liked - self.walkthrough.guess.output
        if look.is_at("nudge", "learn") and self.walkthrough.last_update is not None:
            miss = self.walkthrough.last_update.residual
        y = (top + answer[1]) / 2 - 26
        # clear of the answer's own words
        place = (x + 18, max(y, answer[1] + 26) if liked else min(y, answer[1] - 52))
        brush.label(self.text("miss_word"), place, shown)
        brush.number(miss, (place[0], place[1] + 18), 24, BACKWARD_COLOUR, shown, "left", sign=True)

    def _draw_songs(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("songs")
        if level <= 0:
            return
        weights = [float(weight) for weight in self.walkthrough.neuron.weights]
        # without a piano and with one: the larger side first, that both can be seen
        for order, piano in enumerate(sorted((-1.0, 1.0), key=lambda p: -p * weights[2])):
            lean = weights[2] * piano
            tint = (0.07 + 0.06 * order) * level
            self._fact_plane.draw_positive_side(brush, weights[0], weights[1], lean, tint)
        for piano in (-1.0, 1.0):
            bright = (0.9 if piano > 0 else 0.45) * level
            self._fact_plane.draw_border(brush, weights[0], weights[1], weights[2] * piano, bright)
        self._fact_plane.draw_frame(brush, self.text("modern"), self.text("sad"), level)
        for place, song in enumerate(self.walkthrough.songs):
            at = self._fact_plane.to_picture(song.facts[0], song.facts[1])
            draw_song_marker(brush, at, song.liked, song.facts[2] > 0, level)
            wrong = (self.walkthrough.neuron.predict(song.facts).output > 0.5) != bool(song.liked)
            if wrong:
                brush.ring(at, 15, shade(BACKWARD_COLOUR, 0.75 * level), 1)
            if place == self.walkthrough.song_index:
                brush.ring(at, 20, shade(TEXT_COLOUR, level), 2)
        self._draw_legend(brush, level)

    def _draw_legend(self, brush: LessonRenderer, level: float) -> None:
        x, y = _PLANE_RECT.left, _PLANE_RECT.bottom + 17
        for solid, name in ((True, "piano"), (False, "no_piano")):
            brush.disc((x + 6, y), 5, shade(LABEL_COLOUR, level)) if solid else brush.ring(
                (x + 6, y), 5, shade(LABEL_COLOUR, level), 2
            )
            x += 18 + brush.text(self.text(name), (x + 17, y - 13), 17, LABEL_COLOUR, level) + 18

    def _draw_error(self, brush: LessonRenderer, look: LessonFrame) -> None:
        level = look.reveal("error")
        if level <= 0:
            return
        walk = self.walkthrough
        learning = bool(walk.errors)
        errors = walk.errors if learning else [walk.error]
        whole = TRAINING_EPOCHS * len(walk.songs) + 1
        draw_error_curve(brush, _ERROR_PLOT, errors, self.text("error_word"), level, whole=whole)
        if walk.best_manual_error is not None:
            name = f"{self.text('by_hand')} {format_number(walk.best_manual_error)}"
            draw_reference_line(brush, _ERROR_PLOT, walk.best_manual_error, name, level)
