"""Lesson one: one neuron guesses what a listener will like."""

from __future__ import annotations

import pygame

from rnn.teaching.perceptron import FACTS
from visuals.drawing.theme import DIM, FAINT, mix, shade
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.neuron_parts import (
    draw_body,
    draw_fibre,
    draw_guess,
    draw_pulses,
    draw_squash,
    draw_synapse,
    fibre,
)
from visuals.lessons.drawing.plots import Plane, draw_errors, draw_level, draw_song
from visuals.lessons.drawing.renderer import BACKWARD, DISLIKE, INK, LIKE, Brush, as_number, signed
from visuals.lessons.neuron.walkthrough import ROUNDS, NeuronWalk
from visuals.words import Words

_FACT_X, _SYNAPSE_X = 176, 500
_FACT_Y, _SYNAPSE_Y = (290, 450, 610), (312, 450, 588)
_BODY, _RADIUS = (764, 450), 86
_BESIDE = ((38, -34), (0, -34), (38, 10))
"""From a dendrite to the number of what it carries."""
_SQUASH = pygame.Rect(914, 396, 140, 108)
_GUESS = pygame.Rect(1130, 330, 30, 240)
_PLANE = pygame.Rect(1392, 204, 408, 372)
_ERRORS = pygame.Rect(1392, 668, 408, 92)


class OneNeuron(Lesson):
    """Facts in, weights, sum, squash, guess; then answer, miss and nudges."""

    name = "neuron"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walk: NeuronWalk = NeuronWalk()
        self._axons = [
            fibre((_FACT_X + 34, a), (_SYNAPSE_X - 24, b))
            for a, b in zip(_FACT_Y, _SYNAPSE_Y, strict=True)
        ]
        ends = [(_BODY[0] - _RADIUS + 4, _BODY[1] + 26 * k) for k in (-1, 0, 1)]
        self._dendrites = [
            fibre((_SYNAPSE_X + 24, y), end) for y, end in zip(_SYNAPSE_Y, ends, strict=True)
        ]
        self._axon_out = fibre((_BODY[0] + _RADIUS, 450), (_SQUASH.left, 450))
        self._last = fibre((_SQUASH.right, 450), (_GUESS.left - 8, 450))
        self._plane = Plane(_PLANE, -1.0, 1.0)

    def draw(self, brush: Brush, look: Look) -> None:
        self._draw_fibres(brush, look)
        self._draw_facts(brush, look)
        self._draw_synapses(brush, look)
        self._draw_cell(brush, look)
        self._draw_guess(brush, look)
        self._draw_songs(brush, look)
        self._draw_error(brush, look)

    def _draw_fibres(self, brush: Brush, look: Look) -> None:
        facts = self.walk.songs[self.walk.song].facts
        guess, learning = self.walk.guess, look.is_at("nudge")
        for k, axon in enumerate(self._axons):
            level = look.seen("axons")
            draw_fibre(brush, axon, 0.35 * abs(facts[k]), DIM, level)
            draw_pulses(brush, axon, look.time + 0.3 * k, INK, level * abs(facts[k]))
            level = look.seen("sum")
            product = guess.products[k]
            draw_fibre(brush, self._dendrites[k], product, signed(product), level)
            if learning:
                draw_pulses(brush, self._dendrites[k], look.time, BACKWARD, 1.0, back=True)
            else:
                strength = level * min(1.0, 2 * abs(product))
                draw_pulses(brush, self._dendrites[k], look.time, signed(product), strength)
            if not learning and level > 0:
                x, y = self._dendrites[k][22]
                across, down = _BESIDE[k]
                place = (x + across, y + down)
                brush.number(product, place, 18, signed(product), level, sign=True)
        colour = signed(guess.total)
        for path, name in ((self._axon_out, "squash"), (self._last, "squash")):
            level = look.seen(name)
            draw_fibre(brush, path, 0.3 * guess.total, colour, level)
            if learning:
                draw_pulses(brush, path, look.time, BACKWARD, level, back=True, count=1)
            else:
                draw_pulses(brush, path, look.time, colour, level, count=1)

    def _draw_facts(self, brush: Brush, look: Look) -> None:
        for k, value in enumerate(self.walk.songs[self.walk.song].facts):
            centre = (_FACT_X, _FACT_Y[k])
            brush.disc(centre, 34, (13, 15, 24))
            brush.ring(centre, 34, mix(FAINT, INK, abs(value)), 2, 0.5 * abs(value))
            brush.number(value, (centre[0], centre[1] - 15), 22, INK, sign=True, digits=1)
            brush.text(self.say(FACTS[k]), (centre[0], centre[1] - 74), 24, INK, 0.9, "centre")

    def _draw_synapses(self, brush: Brush, look: Look) -> None:
        level = look.seen("synapses")
        if level <= 0:
            return
        brush.label(self.say("weights"), (_SYNAPSE_X, 206), level, "centre")
        for k, weight in enumerate(self.walk.neuron.weights):
            centre = (_SYNAPSE_X, _SYNAPSE_Y[k])
            draw_synapse(brush, centre, float(weight), level)
            place = (centre[0], centre[1] - 62)
            brush.number(float(weight), place, 24, signed(float(weight)), level, sign=True)
            if look.is_at("hands") and k == self.walk.knob:
                brush.ring(centre, 31, INK, 2, 0.6)
                for side in (-1, 1):
                    tip = centre[0] + side * 52
                    points = [(tip, centre[1]), (tip - side * 11, centre[1] - 8)]
                    brush.polygon([*points, (tip - side * 11, centre[1] + 8)], INK)
            if self.walk.nudge is not None and look.is_at("nudge", "learn"):
                change = self.walk.nudge.changes[k]
                place = (centre[0], centre[1] + 30)
                brush.number(change, place, 18, BACKWARD, level, sign=True, digits=3)

    def _draw_cell(self, brush: Brush, look: Look) -> None:
        level = look.seen("axons")
        guess, known = self.walk.guess, look.seen("sum")
        excitement = 0.5 + (guess.output - 0.5) * known
        draw_body(brush, _BODY, _RADIUS, excitement, level)
        brush.label(self.say("neuron"), (_BODY[0], _BODY[1] + _RADIUS + 18), level, "centre")
        if known > 0:
            brush.label(self.say("sum_word"), (_BODY[0], _BODY[1] - 44), known, "centre")
            colour = signed(guess.total)
            brush.number(guess.total, (_BODY[0], _BODY[1] - 24), 38, colour, known, sign=True)
        level = look.seen("squash")
        if level > 0:
            draw_squash(brush, _SQUASH, guess.total, level)
            place = (_SQUASH.centerx, _SQUASH.bottom + 12)
            brush.label(self.say("squash_word"), place, level, "centre")

    def _draw_guess(self, brush: Brush, look: Look) -> None:
        level = look.seen("squash")
        if level <= 0:
            return
        output = self.walk.guess.output
        top = draw_guess(brush, _GUESS, output, level)
        brush.label(self.say("guess"), (_GUESS.centerx, _GUESS.bottom + 12), level, "centre")
        place = (_GUESS.centerx, _GUESS.bottom + 32)
        brush.number(output, place, 24, mix(DISLIKE, LIKE, output), level)
        level = look.seen("answer")
        if level <= 0:
            return
        liked = self.walk.songs[self.walk.song].liked
        centre = (_GUESS.centerx + 72, _GUESS.top if liked else _GUESS.bottom)
        draw_song(brush, centre, liked, level=level, radius=13)
        brush.lamp(centre, LIKE if liked else DISLIKE, 0.5 * level)
        low = 0 if liked else 30
        brush.label(self.say("answer_word"), (centre[0] + 22, centre[1] - 34 + low), level)
        place = (centre[0] + 22, centre[1] - 16 + low)
        brush.number(liked, place, 24, INK, level, "left", digits=0)
        if look.is_at("miss", "nudge", "learn"):
            self._draw_miss(brush, look, top, centre)

    def _draw_miss(self, brush: Brush, look: Look, top: float, answer: tuple[float, float]) -> None:
        shown = look.seen("miss")
        x = answer[0]
        end = top + (answer[1] - top) * shown
        brush.line([(_GUESS.right + 8, top), (x, top)], shade(BACKWARD, 0.5), 1)
        brush.line([(x, top), (x, end)], BACKWARD, 3.0, 0.8)
        liked = self.walk.songs[self.walk.song].liked
        miss = liked - self.walk.guess.output
        if look.is_at("nudge", "learn") and self.walk.nudge is not None:
            miss = self.walk.nudge.miss
        y = (top + answer[1]) / 2 - 26
        # clear of the answer's own words
        place = (x + 18, max(y, answer[1] + 26) if liked else min(y, answer[1] - 52))
        brush.label(self.say("miss_word"), place, shown)
        brush.number(miss, (place[0], place[1] + 18), 24, BACKWARD, shown, "left", sign=True)

    def _draw_songs(self, brush: Brush, look: Look) -> None:
        level = look.seen("songs")
        if level <= 0:
            return
        weights = [float(weight) for weight in self.walk.neuron.weights]
        # without a piano and with one: the larger side first, that both can be seen
        for order, piano in enumerate(sorted((-1.0, 1.0), key=lambda p: -p * weights[2])):
            lean = weights[2] * piano
            tint = (0.07 + 0.06 * order) * level
            self._plane.draw_side(brush, weights[0], weights[1], lean, tint)
        for piano in (-1.0, 1.0):
            bright = (0.9 if piano > 0 else 0.45) * level
            self._plane.draw_border(brush, weights[0], weights[1], weights[2] * piano, bright)
        self._plane.draw_frame(brush, self.say("modern"), self.say("sad"), level)
        for place, song in enumerate(self.walk.songs):
            at = self._plane.at(song.facts[0], song.facts[1])
            draw_song(brush, at, song.liked, song.facts[2] > 0, level)
            wrong = (self.walk.neuron.guess(song.facts).output > 0.5) != bool(song.liked)
            if wrong:
                brush.ring(at, 15, shade(BACKWARD, 0.75 * level), 1)
            if place == self.walk.song:
                brush.ring(at, 20, shade(INK, level), 2)
        self._draw_legend(brush, level)

    def _draw_legend(self, brush: Brush, level: float) -> None:
        x, y = _PLANE.left, _PLANE.bottom + 17
        for solid, name in ((True, "piano"), (False, "no_piano")):
            brush.disc((x + 6, y), 5, shade(DIM, level)) if solid else brush.ring(
                (x + 6, y), 5, shade(DIM, level), 2
            )
            x += 18 + brush.text(self.say(name), (x + 17, y - 13), 17, DIM, level) + 18

    def _draw_error(self, brush: Brush, look: Look) -> None:
        level = look.seen("error")
        if level <= 0:
            return
        walk = self.walk
        learning = bool(walk.errors)
        errors = walk.errors if learning else [walk.error]
        whole = ROUNDS * len(walk.songs) + 1
        draw_errors(brush, _ERRORS, errors, self.say("error_word"), level, whole=whole)
        if walk.by_hand is not None:
            name = f"{self.say('by_hand')} {as_number(walk.by_hand)}"
            draw_level(brush, _ERRORS, walk.by_hand, name, level)
