"""Overlay: what lies over every scene - whose turn it is, legends, a unit's card, the languages."""

from __future__ import annotations

from collections.abc import Mapping

import pygame

from messages.cues import Turn
from visuals.drawing.theme import LABEL_COLOUR
from visuals.drawing.typography import TextStyle
from visuals.hud.prompt import VisitorPrompt
from visuals.hud.unit_card import UnitCard
from visuals.input.touch_input import UnitInspection
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame, Scene, SceneResources
from visuals.words import languages, load_words

LANGUAGE_BUTTON_RECT = pygame.Rect(1842, 976, 78, 72)
"""Where a touch goes on to the next language: right of the keys."""
_LANGUAGE_STYLE = TextStyle(15, "jost-300", 0.4, LABEL_COLOUR)
_LEGEND_LEVELS = {Turn.ATTRACT: 1.0, Turn.LISTEN: 1.0, Turn.ANSWER: 0.4, Turn.FAREWELL: 0.0}


class StageOverlay:
    """Draws it.

    Parameters
    ----------
    anatomy : Anatomy
        Whose units may be looked at.
    toolkit : Toolkit
    language : str
        Of the words, two letters.
    """

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources, language: str) -> None:
        self._toolkit = toolkit
        self._prompt = VisitorPrompt(toolkit.typesetter, toolkit.words)
        self._card = UnitCard(anatomy, toolkit)
        self._next_language_name = load_words(next_language(language))["language.name"]

    def set_network(self, anatomy: NetworkSummary) -> None:
        """Another network is drawn from now on."""
        self._card = UnitCard(anatomy, self._toolkit)

    def draw_legends(self, surface: pygame.Surface, legends: Mapping[int, str], turn: Turn) -> None:
        """Which computer key plays which key of the piano; fainter while the network answers."""
        self._toolkit.keyboard.draw_legends(surface, legends, _LEGEND_LEVELS[turn])

    def draw_prompt(self, surface: pygame.Surface, frame: Frame, scene: Scene) -> None:
        """What to do now, where the scene leaves room for it."""
        place = scene.prompt_position
        self._prompt.draw(surface, place, frame.timeline, frame.time, frame.reduced_motion)

    def draw_language(self, surface: pygame.Surface) -> None:
        """The next language, by its own name, where a touch goes on to it."""
        place = (LANGUAGE_BUTTON_RECT.centerx, LANGUAGE_BUTTON_RECT.centery - 9)
        self._toolkit.typesetter.draw_text(
            surface, self._next_language_name, place, _LANGUAGE_STYLE, "centre"
        )

    def draw_card(
        self, surface: pygame.Surface, frame: Frame, scene: Scene, look: UnitInspection | None
    ) -> None:
        """The card of the unit a finger looks at, if any, where the scene shows that unit."""
        place = None if look is None else scene.unit_position(*look.unit)
        if look is not None and place is not None:
            self._card.draw(surface, frame, look, place)


def next_language(language: str) -> str:
    """The one after a language, and after the last the first; two letters."""
    known = languages()
    return known[(known.index(language) + 1) % len(known)]
