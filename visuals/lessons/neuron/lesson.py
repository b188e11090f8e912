"""Lesson 1: one neuron guesses whether a listener likes a song."""

from __future__ import annotations

import pygame

from rnn.teaching.perceptron import FACT_NAMES
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, mix, shade
from visuals.lessons.base.lesson import Lesson, WorkedSum
from visuals.lessons.drawing.colours import (
    BACKWARD_COLOUR,
    FORWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    sign_colour,
)
from visuals.lessons.drawing.fact_plane import FactPlane
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import (
    BODY_COLOUR,
    LessonRenderer,
    fibre_path,
    fibre_width_px,
)
from visuals.lessons.drawing.shapes import format_number, format_sum
from visuals.lessons.neuron.walkthrough import (
    LEARNING_RATE,
    TRAINING_EPOCHS,
    NeuronWalkthrough,
)

_FACTS_X, _SYNAPSES_X = 176, 500
_FACT_YS, _SYNAPSE_YS, _DENDRITE_YS = (290, 450, 610), (312, 450, 588), (424, 450, 476)
_CELL_X, _CELL_Y, _CELL_RADIUS_PX = 764, 450, 86
_PRODUCT_LABEL_OFFSETS = ((38, -34), (0, -34), (38, 10))  # offset from a dendrite to its product
_SIGMOID_RECT = pygame.Rect(914, 396, 140, 108)
_OUTPUT_BAR_RECT = pygame.Rect(1112, 330, 30, 240)
_PLANE_RECT = pygame.Rect(1392, 204, 408, 372)
_ERROR_PLOT = pygame.Rect(1392, 668, 408, 68)
_AXONS = [
    fibre_path((_FACTS_X + 34, a), (_SYNAPSES_X - 24, b))
    for a, b in zip(_FACT_YS, _SYNAPSE_YS, strict=True)
]
_DENDRITES = [
    fibre_path((_SYNAPSES_X + 24, a), (_CELL_X - _CELL_RADIUS_PX + 4, b))
    for a, b in zip(_SYNAPSE_YS, _DENDRITE_YS, strict=True)
]
_OUTPUT_FIBRES = (
    fibre_path((_CELL_X + _CELL_RADIUS_PX, _CELL_Y), (_SIGMOID_RECT.left, _CELL_Y)),
    fibre_path((_SIGMOID_RECT.right, _CELL_Y), (_OUTPUT_BAR_RECT.left - 8, _CELL_Y)),
)
_TIMES = "\N{MULTIPLICATION SIGN}"
_FACT_PLANE = FactPlane(_PLANE_RECT, 0.0, 1.0)


class NeuronLesson(Lesson[NeuronWalkthrough]):
    """Facts, weights, sum, logistic function, guess; then answer, residual and updates."""

    name = "neuron"
    walkthrough_type = NeuronWalkthrough

    def _draw(self, renderer: LessonRenderer) -> None:
        self._draw_fibres(renderer)
        self._draw_facts(renderer)
        self._draw_synapses(renderer)
        self._draw_cell(renderer)
        self._draw_guess(renderer)
        self._draw_songs(renderer)
        self._draw_error(renderer)

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        walk, sums = self.walkthrough, list[WorkedSum]()
        if self.reveal("sum") <= 0:
            return ()
        guess = walk.guess
        rows = zip(walk.song.facts, walk.neuron.weights.tolist(), guess.products, strict=True)
        for y, (fact, weight, product) in zip(_SYNAPSE_YS, rows, strict=True):
            text = f"{fact:.1f} {_TIMES} {format_sum([weight], product)}"
            if self.is_at("nudge") and walk.last_update is not None:
                miss = (
                    f"{LEARNING_RATE} {_TIMES} {format_number(walk.last_update.residual, digits=3)}"
                )
                change = LEARNING_RATE * walk.last_update.residual * fact
                text = f"{miss} {_TIMES} {fact:.1f} = {format_number(change, digits=3)}"
            sums.append(WorkedSum((_SYNAPSES_X, y), 30.0, text))
        text = format_sum(guess.products, guess.total)
        sums.append(WorkedSum((_CELL_X, _CELL_Y), _CELL_RADIUS_PX, text))
        if self.reveal("squash") > 0:
            power = format_number(-guess.total)
            text = f"1 / (1 + e^{power}) = {format_number(guess.output)}"
            sums.append(WorkedSum(_SIGMOID_RECT.center, 54.0, text))
        return tuple(sums)

    def _upright_parts(self) -> PartRows:
        neuron = pygame.Rect(76, 190, 1294, 590)
        if not self.has_come("songs"):
            return ((neuron,),)
        plots = (pygame.Rect(1352, 180, 488, 460), pygame.Rect(1352, 640, 488, 140))
        return ((neuron,), plots)

    def _draw_fibres(self, renderer: LessonRenderer) -> None:
        guess, time_s, learning = self.walkthrough.guess, self.time_s, self.is_at("nudge")
        level, sum_level = self.reveal("axons"), self.reveal("sum")
        for k, fact in enumerate(self.walkthrough.song.facts):
            renderer.draw_fibre(_AXONS[k], 0.35 * abs(fact), LABEL_COLOUR, level)
            renderer.draw_pulses(_AXONS[k], time_s + 0.3 * k, TEXT_COLOUR, level * abs(fact))
            product, path = guess.products[k], _DENDRITES[k]
            colour = sign_colour(product)
            renderer.draw_fibre(path, product, colour, sum_level)
            if learning:
                renderer.draw_pulses(path, time_s, BACKWARD_COLOUR, 1.0, back=True)
                continue
            renderer.draw_pulses(path, time_s, colour, sum_level * min(1.0, 2 * abs(product)))
            place = path[22] + _PRODUCT_LABEL_OFFSETS[k]
            if k == 1:  # above a fibre that runs level
                place[1] -= fibre_width_px(product) / 2
            renderer.number(product, place, 18, colour, sum_level, sign=True)
        colour, level = sign_colour(guess.total), self.reveal("squash")
        for path in _OUTPUT_FIBRES:
            renderer.draw_fibre(path, 0.3 * guess.total, colour, level)
            pulse_colour = BACKWARD_COLOUR if learning else colour
            renderer.draw_pulses(path, time_s, pulse_colour, level, learning, count=1)

    def _draw_facts(self, renderer: LessonRenderer) -> None:
        for name, value, y in zip(FACT_NAMES, self.walkthrough.song.facts, _FACT_YS, strict=True):
            x = _FACTS_X
            renderer.disc((x, y), 34, BODY_COLOUR)
            renderer.draw_level((x, y), 34, value, shade(FORWARD_COLOUR, 0.45))
            renderer.ring((x, y), 34, mix(RULE_COLOUR, TEXT_COLOUR, value), 2, 0.5 * value)
            renderer.number(value, (x, y - 15), 22, TEXT_COLOUR, digits=1)
            renderer.text(self.text(name), (x, y - 74), 24, TEXT_COLOUR, 0.9, "centre")

    def _draw_synapses(self, renderer: LessonRenderer) -> None:
        walk, level = self.walkthrough, self.reveal("synapses")
        if level <= 0:
            return
        renderer.label(self.text("weights"), (_SYNAPSES_X, 206), level, "centre")
        for k, weight in enumerate(walk.neuron.weights.tolist()):
            x, y = _SYNAPSES_X, _SYNAPSE_YS[k]
            renderer.draw_synapse((x, y), weight, level)
            renderer.number(weight, (x, y - 62), 24, sign_colour(weight), level, sign=True)
            if self.is_at("hands") and k == walk.selected_weight:
                renderer.ring((x, y), 31, TEXT_COLOUR, 2, 0.6)
                for side in (-1, 1):
                    renderer.arrow_head((x + side * 52, y), (side, 0), 11, 8, TEXT_COLOUR)
            if walk.last_update is not None and self.is_at("nudge", "learn"):
                change, place = walk.last_update.weight_changes[k], (x, y + 30)
                renderer.number(change, place, 18, BACKWARD_COLOUR, level, sign=True, digits=3)

    def _draw_cell(self, renderer: LessonRenderer) -> None:
        x, y, guess = _CELL_X, _CELL_Y, self.walkthrough.guess
        level, sum_level = self.reveal("axons"), self.reveal("sum")
        output = 0.5 + (guess.output - 0.5) * sum_level
        renderer.draw_cell_body((x, y), _CELL_RADIUS_PX, output, level)
        renderer.label(self.text("neuron"), (x, y + _CELL_RADIUS_PX + 18), level, "centre")
        label, colour = self.text("sum_word"), sign_colour(guess.total)
        renderer.labelled_number(
            label, guess.total, (x, y - 44), 20, 38, colour, sum_level, sign=True
        )
        level = self.reveal("squash")
        if level > 0:
            renderer.draw_sigmoid(_SIGMOID_RECT, guess.total, level)
            place = (_SIGMOID_RECT.centerx, _SIGMOID_RECT.bottom + 30)
            renderer.label(self.text("squash_word"), place, level, "centre")

    def _draw_guess(self, renderer: LessonRenderer) -> None:
        level, bar = self.reveal("squash"), _OUTPUT_BAR_RECT
        if level <= 0:
            return
        output, liked = self.walkthrough.guess.output, self.walkthrough.song.liked
        top = renderer.draw_output_bar(bar, output, level)
        place = (bar.centerx, bar.bottom + 12)
        colour = mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, output)
        if self.is_at("nudge", "learn"):
            self._write_guesses(renderer, output, place)
        else:
            renderer.labelled_number(self.text("guess"), output, place, 20, 24, colour, level)
        level = self.reveal("answer")
        if level <= 0:
            return
        x, y = bar.centerx + 72, bar.top if liked else bar.bottom
        renderer.draw_song_marker((x, y), liked, level=level, radius=13)
        renderer.soft_glow((x, y), sign_colour(liked - 0.5), 0.5 * level)
        label, place = self.text("answer_word"), (x + 22, y - 34 if liked else y - 4)
        renderer.labelled_number(label, liked, place, 18, 24, TEXT_COLOUR, level, "left", digits=0)
        if self.is_at("miss", "nudge", "learn"):
            self._draw_residual(renderer, top, (x, y))

    def _write_guesses(
        self, renderer: LessonRenderer, output: float, place: tuple[int, int]
    ) -> None:
        """Write the guess that missed, and the guess with the nudged weights."""
        x, y, arrow_y = place[0] - 14, place[1], place[1] + 35
        renderer.label(self.text("guess"), place, 1.0, "centre")
        for guess, left, align in ((self._missed_guess(), -22, "right"), (output, 24, "left")):
            colour = mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, guess)
            renderer.number(guess, (x + left, y + 20), 24, colour, 1.0, align)
        renderer.line([(x - 12, arrow_y), (x + 8, arrow_y)], LABEL_COLOUR, 1.5)
        renderer.arrow_head((x + 14, arrow_y), (1, 0), 8, 5, LABEL_COLOUR)

    def _missed_guess(self) -> float:
        """The guess before the last change of the weights; the present one before any."""
        walk = self.walkthrough
        if walk.last_update is None:
            return walk.guess.output
        return walk.song.liked - walk.last_update.residual

    def _draw_residual(self, renderer: LessonRenderer, top: float, answer: tuple[int, int]) -> None:
        """Draw the distance from the guess, at `top`, to the answer."""
        walk, level, (x, answer_y) = self.walkthrough, self.reveal("miss"), answer
        if self.is_at("nudge", "learn"):  # the guess has moved since
            top = _OUTPUT_BAR_RECT.bottom - _OUTPUT_BAR_RECT.height * self._missed_guess()
        end = top + (answer_y - top) * level
        guess_line = [(_OUTPUT_BAR_RECT.right + 8, top), (x, top)]
        renderer.line(guess_line, shade(BACKWARD_COLOUR, 0.5), 1)
        renderer.line([(x, top), (x, end)], BACKWARD_COLOUR, 3.0, 0.8)
        residual = walk.song.liked - walk.guess.output
        if self.is_at("nudge", "learn") and walk.last_update is not None:
            residual = walk.last_update.residual
        y = (top + answer_y) / 2 - 26
        y = max(y, answer_y + 26) if walk.song.liked else min(y, answer_y - 52)
        label, colour = self.text("miss_word"), BACKWARD_COLOUR
        renderer.labelled_number(
            label, residual, (x + 18, y), 18, 24, colour, level, "left", sign=True
        )

    def _draw_songs(self, renderer: LessonRenderer) -> None:
        walk, level = self.walkthrough, self.reveal("songs")
        if level <= 0:
            return
        modern, sad, piano = walk.neuron.weights.tolist()
        # songs without and with a piano: the larger side first, so that both show
        for order, fact in enumerate(sorted((0.0, 1.0), key=lambda fact: -fact * piano)):
            tint = (0.16 + 0.16 * order) * level
            _FACT_PLANE.draw_positive_side(renderer, modern, sad, piano * fact, tint)
        for fact in (0.0, 1.0):
            _FACT_PLANE.draw_border(renderer, modern, sad, piano * fact, level, dashed=not fact)
        _FACT_PLANE.draw_frame(renderer, self.text("modern"), self.text("sad"), level)
        for index, song in enumerate(walk.songs):
            place = _FACT_PLANE.to_picture(song.facts[0], song.facts[1])
            renderer.draw_song_marker(place, song.liked, song.facts[2] > 0.5, level)
            if not walk.neuron.is_correct(song):
                renderer.ring(place, 15, shade(BACKWARD_COLOUR, 0.75 * level), 1)
            if index == walk.song_index:
                renderer.ring(place, 20, shade(TEXT_COLOUR, level), 2)
        x, y, colour = _PLANE_RECT.left, _PLANE_RECT.bottom + 46, shade(TEXT_COLOUR, level)
        draws = (renderer.line, renderer.dashed_line)
        for width, name, draw in zip((0, 2), ("piano", "no_piano"), draws, strict=True):
            renderer.ring((x + 8, y), 8, colour, width)
            draw([(x + 22, y), (x + 52, y)], colour, 2.0)
            x += 84 + renderer.text(self.text(name), (x + 60, y - 14), 20, LABEL_COLOUR, level)
        renderer.ring((x + 8, y), 11, shade(BACKWARD_COLOUR, level), 2)
        renderer.text(self.text("wrong"), (x + 26, y - 14), 20, LABEL_COLOUR, level)

    def _draw_error(self, renderer: LessonRenderer) -> None:
        walk, level = self.walkthrough, self.reveal("error")
        if level <= 0:
            return
        errors, length = walk.errors or [walk.error], TRAINING_EPOCHS * len(walk.songs) + 1
        names = self.text("error_word"), self.text("songs_heard")
        renderer.draw_error_curve(_ERROR_PLOT, errors, names, level, full_length=length)
        best = walk.best_manual_error
        if best is not None:
            name = f"{self.text('by_hand')} {format_number(best)}"
            renderer.draw_reference_line(_ERROR_PLOT, best, name, level)
