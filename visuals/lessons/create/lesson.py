"""The last lesson: the keyboard is the visitor's, on the network just learned or on a big one."""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.sprites import blank
from visuals.drawing.theme import DIM, FAINT, PITCH_COLOURS, mix, shade
from visuals.lessons.base import Lesson, Look
from visuals.lessons.create.walkthrough import HANDED_OVER_AFTER, CreateWalk, Offer
from visuals.lessons.drawing.renderer import INK, Brush
from visuals.lessons.shared_state import Bench
from visuals.words import Words

_TOP, _HEIGHT, _WIDTH, _SPACE = 230, 470, 330, 30
_DOTS = pygame.Rect(0, 0, 280, 240)
_TURNING = 0.08
"""Radians a second by which the chosen body turns."""
_GOLDEN = np.pi * (3.0 - np.sqrt(5.0))


class Create(Lesson):
    """Every network as a body of as many lights as it has cells."""

    name = "create"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._bodies: dict[Offer, pygame.Surface] = {}
        self.equip(Bench())

    def equip(self, bench: Bench) -> None:
        self.walk: CreateWalk = CreateWalk(bench)

    def point(self, x: float, y: float) -> None:
        for place, rect in enumerate(self.targets()):
            if rect.collidepoint(x, y):
                self.walk.choose(place)

    def targets(self) -> tuple[pygame.Rect, ...]:
        return tuple(self._places()) if self.walk.now.turns else ()

    def _places(self) -> list[pygame.Rect]:
        count = len(self.walk.offers)
        whole = count * _WIDTH + (count - 1) * _SPACE
        left = 960 - whole / 2
        return [
            pygame.Rect(round(left + k * (_WIDTH + _SPACE)), _TOP, _WIDTH, _HEIGHT)
            for k in range(count)
        ]

    def draw(self, brush: Brush, look: Look) -> None:
        walk = self.walk
        for rect, offer in zip(self._places(), walk.offers, strict=True):
            taken = offer is walk.chosen
            others = 1.0 if look.is_at("choose") else 1.0 - 0.8 * look.fresh
            self._draw_offer(brush, look, rect, offer, taken, 1.0 if taken else others)
        if look.is_at("play"):
            share = 1.0 - walk.left / HANDED_OVER_AFTER
            brush.line([(760, 742), (1160, 742)], FAINT, 1)
            brush.line([(760, 742), (760 + 400 * share, 742)], INK, 2.0, 0.5)

    def _still(self, offer: Offer) -> pygame.Surface:
        """A body that does not turn, drawn once."""
        if offer not in self._bodies:
            surface = blank(_DOTS.size)
            surface.set_colorkey((0, 0, 0))
            _draw_body(surface, surface.get_rect(), offer, 0.0)
            self._bodies = {
                kept: body for kept, body in self._bodies.items() if kept.name != offer.name
            }
            self._bodies[offer] = surface
        return self._bodies[offer]

    def _draw_offer(
        self, brush: Brush, look: Look, rect: pygame.Rect, offer: Offer, taken: bool, level: float
    ) -> None:
        if taken:
            brush.box(rect, shade(DIM, 0.9), 1, 16)
        name = self._words.style(offer.name, offer.title)
        colour = INK if taken else mix(DIM, INK, 0.3)
        brush.text(name, (rect.centerx, rect.top + 22), 25, colour, level, "centre")
        body = _DOTS.copy()
        body.center = rect.centerx, rect.top + 204
        if taken:
            _draw_body(brush.surface, body, offer, _TURNING * look.time)
        else:
            still = self._still(offer)
            still.set_alpha(round(255 * 0.6 * level))
            brush.surface.blit(still, body)
        y = rect.top + 344
        for number, word in (
            (offer.layers * offer.units, "cells"),
            (offer.weights, "weights"),
            (offer.notes, "notes"),
        ):
            text = f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
            brush.text(text, (rect.centerx - 10, y), 23, colour, level, "right", 0.0)
            brush.text(self.say(word), (rect.centerx + 6, y + 4), 18, DIM, level)
            y += 36


def _draw_body(surface: pygame.Surface, rect: pygame.Rect, offer: Offer, turned: float) -> None:
    """Cells as the seeds of a sunflower (Vogel 1979), each in the colour of its favourite tone."""
    count = offer.layers * offer.units
    place = np.arange(count)
    radius = np.sqrt((place + 0.5) / count) * rect.height / 2 * min(1.0, np.sqrt(count / 300))
    angle = place * _GOLDEN + turned
    across = rect.centerx + radius * np.cos(angle)
    down = rect.centery + radius * np.sin(angle)
    size = max(2.0, min(5.0, 52.0 / np.sqrt(count)))
    for x, y, tone in zip(across, down, offer.preference.ravel().tolist(), strict=True):
        pygame.draw.aacircle(surface, PITCH_COLOURS[tone], (float(x), float(y)), size)
