"""The last lesson: the keyboard is the visitor's, on the network just learned or on a big one."""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, mix, shade
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.create.walkthrough import HANDOVER_DELAY_S, CreateWalkthrough, NetworkOption
from visuals.lessons.drawing.renderer import TEXT_COLOUR, LessonRenderer
from visuals.lessons.shared_state import SharedLessonState
from visuals.words import Words

_OPTIONS_TOP_PX, _OPTION_HEIGHT_PX, _OPTION_WIDTH_PX, _OPTION_GAP_PX = 230, 470, 330, 30
_SPIRAL_RECT = pygame.Rect(0, 0, 280, 240)
_ROTATION_RAD_PER_S = 0.08
"""Radians a second by which the chosen body turns."""
_GOLDEN_ANGLE_RAD = np.pi * (3.0 - np.sqrt(5.0))


class CreateLesson(Lesson):
    """Every network as a body of as many lights as it has cells."""

    name = "create"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._still_spirals: dict[NetworkOption, pygame.Surface] = {}
        self.use_shared_state(SharedLessonState())

    def use_shared_state(self, bench: SharedLessonState) -> None:
        self.walkthrough: CreateWalkthrough = CreateWalkthrough(bench)

    def on_touch(self, x: float, y: float) -> None:
        for place, rect in enumerate(self.hit_targets()):
            if rect.collidepoint(x, y):
                self.walkthrough.select_option(place)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        return tuple(self._option_rects()) if self.walkthrough.current_step.arrows else ()

    def _option_rects(self) -> list[pygame.Rect]:
        count = len(self.walkthrough.options)
        whole = count * _OPTION_WIDTH_PX + (count - 1) * _OPTION_GAP_PX
        left = 960 - whole / 2
        return [
            pygame.Rect(
                round(left + k * (_OPTION_WIDTH_PX + _OPTION_GAP_PX)),
                _OPTIONS_TOP_PX,
                _OPTION_WIDTH_PX,
                _OPTION_HEIGHT_PX,
            )
            for k in range(count)
        ]

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        walk = self.walkthrough
        for rect, offer in zip(self._option_rects(), walk.options, strict=True):
            taken = offer is walk.selected_option
            others = 1.0 if look.is_at("choose") else 1.0 - 0.8 * look.step_reveal
            self._draw_option(brush, look, rect, offer, taken, 1.0 if taken else others)
        if look.is_at("play"):
            share = 1.0 - walk.handover_in_s / HANDOVER_DELAY_S
            brush.line([(760, 742), (1160, 742)], RULE_COLOUR, 1)
            brush.line([(760, 742), (760 + 400 * share, 742)], TEXT_COLOUR, 2.0, 0.5)

    def _still_spiral(self, offer: NetworkOption) -> pygame.Surface:
        """A body that does not turn, drawn once."""
        if offer not in self._still_spirals:
            surface = blank_surface(_SPIRAL_RECT.size)
            surface.set_colorkey((0, 0, 0))
            _draw_cell_spiral(surface, surface.get_rect(), offer, 0.0)
            self._still_spirals = {
                kept: body for kept, body in self._still_spirals.items() if kept.name != offer.name
            }
            self._still_spirals[offer] = surface
        return self._still_spirals[offer]

    def _draw_option(
        self,
        brush: LessonRenderer,
        look: LessonFrame,
        rect: pygame.Rect,
        offer: NetworkOption,
        taken: bool,
        level: float,
    ) -> None:
        if taken:
            brush.box(rect, shade(LABEL_COLOUR, 0.9), 1, 16)
        name = self._words.style_title(offer.name, offer.title)
        colour = TEXT_COLOUR if taken else mix(LABEL_COLOUR, TEXT_COLOUR, 0.3)
        brush.text(name, (rect.centerx, rect.top + 22), 25, colour, level, "centre")
        body = _SPIRAL_RECT.copy()
        body.center = rect.centerx, rect.top + 204
        if taken:
            _draw_cell_spiral(brush.surface, body, offer, _ROTATION_RAD_PER_S * look.time_s)
        else:
            still = self._still_spiral(offer)
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
            brush.text(self.text(word), (rect.centerx + 6, y + 4), 18, LABEL_COLOUR, level)
            y += 36


def _draw_cell_spiral(
    surface: pygame.Surface, rect: pygame.Rect, offer: NetworkOption, turned: float
) -> None:
    """Cells as the seeds of a sunflower (Vogel 1979), each in the colour of its favourite tone."""
    count = offer.layers * offer.units
    place = np.arange(count)
    radius = np.sqrt((place + 0.5) / count) * rect.height / 2 * min(1.0, np.sqrt(count / 300))
    angle = place * _GOLDEN_ANGLE_RAD + turned
    across = rect.centerx + radius * np.cos(angle)
    down = rect.centery + radius * np.sin(angle)
    size = max(2.0, min(5.0, 52.0 / np.sqrt(count)))
    for x, y, tone in zip(across, down, offer.preference.ravel().tolist(), strict=True):
        pygame.draw.aacircle(surface, PITCH_COLOURS[tone], (float(x), float(y)), size)
