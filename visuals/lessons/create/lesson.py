"""Lesson 7: the visitor plays with the network just trained, or with one of the installation's."""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PICTURE_SIZE_PX,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    mix,
    shade,
)
from visuals.lessons.base.lesson import Lesson
from visuals.lessons.base.shared_state import NetworkOption
from visuals.lessons.create.walkthrough import HANDOVER_DELAY_S, CreateWalkthrough
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import LessonRenderer

_OPTIONS_TOP_PX, _OPTION_HEIGHT_PX, _OPTION_WIDTH_PX, _OPTION_GAP_PX = 230, 470, 330, 30
_SPIRAL_RECT = pygame.Rect(0, 0, 280, 240)
_ROTATION_RAD_PER_S = 0.08  # angular speed of the chosen network's spiral
_FADED_LEVEL = 0.2  # light of the networks that were not chosen
_GOLDEN_ANGLE_RAD = np.pi * (3.0 - np.sqrt(5.0))


class CreateLesson(Lesson[CreateWalkthrough]):
    """Each network as a spiral with a light for each of its units."""

    name = "create"
    walkthrough_type = CreateWalkthrough

    def _prepare(self) -> None:
        self._still_spirals: dict[NetworkOption, pygame.Surface] = {}

    def on_touch(self, x: float, y: float) -> None:
        for index, rect in enumerate(self.hit_targets()):
            if rect.collidepoint(x, y):
                self.walkthrough.select_option(index)

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        return tuple(self._option_rects()) if self.walkthrough.current_step.arrows else ()

    def _upright_parts(self) -> PartRows:
        rects = [rect.inflate(10, 10) for rect in self._option_rects()]
        columns = 2 if len(rects) == 4 else 3
        rows = [tuple(rects[k : k + columns]) for k in range(0, len(rects), columns)]
        return (*rows, (pygame.Rect(740, 720, 440, 44),))

    def _option_rects(self) -> list[pygame.Rect]:
        count, pitch = len(self.walkthrough.options), _OPTION_WIDTH_PX + _OPTION_GAP_PX
        left = PICTURE_SIZE_PX[0] / 2 - (count * pitch - _OPTION_GAP_PX) / 2
        size = _OPTION_WIDTH_PX, _OPTION_HEIGHT_PX
        return [pygame.Rect((round(left + k * pitch), _OPTIONS_TOP_PX), size) for k in range(count)]

    def _draw(self, renderer: LessonRenderer) -> None:
        walk, others_level = self.walkthrough, 1.0
        if not self.is_at("choose"):
            others_level -= (1.0 - _FADED_LEVEL) * self.step_reveal
        for rect, option in zip(self._option_rects(), walk.options, strict=True):
            self._draw_option(renderer, rect, option, others_level)
        if self.is_at("play"):
            share = 1.0 - walk.handover_in_s / HANDOVER_DELAY_S
            renderer.line([(760, 742), (1160, 742)], RULE_COLOUR, 1)
            renderer.line([(760, 742), (760 + 400 * share, 742)], TEXT_COLOUR, 2.0, 0.5)

    def _still_spiral(self, option: NetworkOption) -> pygame.Surface:
        """Spiral that does not rotate, from a cache with one entry for each style."""
        if option not in self._still_spirals:
            surface = blank_surface(_SPIRAL_RECT.size)
            surface.set_colorkey((0, 0, 0))
            _draw_cell_spiral(surface, surface.get_rect(), option, 0.0)
            kept = self._still_spirals.items()
            self._still_spirals = {key: one for key, one in kept if key.name != option.name}
            self._still_spirals[option] = surface
        return self._still_spirals[option]

    def _draw_option(
        self, renderer: LessonRenderer, rect: pygame.Rect, option: NetworkOption, level: float
    ) -> None:
        """Draw a network; the selected one is not faded."""
        selected = option is self.walkthrough.selected_option
        spiral, x = _SPIRAL_RECT.copy(), rect.centerx
        spiral.center = x, rect.top + 204
        if selected:
            level = 1.0
            renderer.box(rect, shade(LABEL_COLOUR, 0.9), 1, 16)
            angle = _ROTATION_RAD_PER_S * self.time_s
            _draw_cell_spiral(renderer.surface, spiral, option, angle)
        else:
            still = self._still_spiral(option)
            still.set_alpha(round(255 * 0.6 * level))
            renderer.surface.blit(still, spiral)
        level = max(0.0, (level - _FADED_LEVEL) / (1.0 - _FADED_LEVEL))  # no faint words
        colour = TEXT_COLOUR if selected else mix(LABEL_COLOUR, TEXT_COLOUR, 0.3)
        title = self._words.style_title(option.name, option.title)
        renderer.text(title, (x, rect.top + 22), 25, colour, level, "centre")
        rows = ((option.layers * option.units, "cells"), (option.weights, "weights"))
        for row, (number, word) in enumerate((*rows, (option.notes, "notes"))):
            y = rect.top + 344 + 36 * row
            text = f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
            renderer.text(text, (x - 30, y), 23, colour, level, "right", 0.0)
            renderer.text(self.text(word), (x - 14, y + 4), 18, LABEL_COLOUR, level)


def _draw_cell_spiral(
    surface: pygame.Surface, rect: pygame.Rect, option: NetworkOption, angle_rad: float
) -> None:
    """Draw units like sunflower seeds (Vogel 1979), in the colours of their pitch classes."""
    count = option.layers * option.units
    index = np.arange(count)
    radius = np.sqrt((index + 0.5) / count) * rect.height / 2 * min(1.0, np.sqrt(count / 300))
    angle = index * _GOLDEN_ANGLE_RAD + angle_rad
    across = rect.centerx + radius * np.cos(angle)
    down = rect.centery + radius * np.sin(angle)
    size = max(2.0, min(5.0, 52.0 / np.sqrt(count)))
    pitch_classes = option.preferred_pitch_class.ravel().tolist()
    for x, y, pitch_class in zip(across, down, pitch_classes, strict=True):
        pygame.draw.aacircle(surface, PITCH_COLOURS[pitch_class], (float(x), float(y)), size)
