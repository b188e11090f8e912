"""Stage overlay: prompt, key legends, unit card and languages over every scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pygame

from messages.clock import SECOND
from messages.cues import RhythmBelief, Turn
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import EDGE_COLOUR, LABEL_COLOUR, TEXT_COLOUR
from visuals.drawing.typography import TextStyle
from visuals.hud.ghost_hand import GhostHand
from visuals.hud.prompt import VisitorPrompt, prompt_key
from visuals.hud.unit_card import CARD_COLOUR, UnitCard
from visuals.input.operator_lock import LockState, OperatorLock
from visuals.input.touch_input import UnitInspection
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.words import languages, load_words

_BUTTON_RADIUS_PX, _BUTTON_WIDTH_PX = 22, 72  # of the tour: circle and touch target
_LOCK_SIZE_PX = (400, 104)
_LOCK_STYLE = TextStyle(24, "jost-300", 0.4, TEXT_COLOUR)
_LEGEND_LEVELS = {Turn.ATTRACT: 1.0, Turn.LISTEN: 1.0, Turn.ANSWER: 1.0, Turn.FAREWELL: 0.0}


class StageOverlay:
    """Draws the overlay.

    Parameters
    ----------
    network : NetworkSummary
        The network whose units are described.
    resources : SceneResources
    language : str
        Language code of the words, two letters.
    """

    def __init__(self, network: NetworkSummary, resources: SceneResources, language: str) -> None:
        self._resources = resources
        self._prompt = VisitorPrompt(resources.typesetter, resources.words, resources.layout)
        self._hand = GhostHand(resources)
        self._language = language
        self.set_network(network)

    def set_network(self, network: NetworkSummary) -> None:
        """Describe the units of another network."""
        self._card = UnitCard(network, self._resources)

    def draw_legends(self, surface: pygame.Surface, legends: Mapping[int, str], turn: Turn) -> None:
        """Write the computer key of each pitch (MIDI number) on the piano, dimmed by the turn."""
        self._resources.keyboard.draw_legends(surface, legends, _LEGEND_LEVELS[turn])

    def draw_prompt(self, surface: pygame.Surface, frame: Frame, scene: Scene) -> None:
        """Draw the prompt at the scene's position for it, and inviting keys while nobody plays."""
        place = scene.prompt_position
        if prompt_key(frame.timeline, frame.time) in ("attract", "your_turn"):
            keyboard, seconds = self._resources.keyboard, frame.time / SECOND
            keyboard.draw_invitation(surface, seconds, frame.reduced_motion)
        self._prompt.draw(surface, place, frame.timeline, frame.time, frame.reduced_motion)

    def draw_tour_button(self, surface: pygame.Surface) -> None:
        """Draw the button that begins the tour, above that of the lessons."""
        x, y = tour_button_rect(self._resources.layout).center
        pygame.draw.aacircle(surface, EDGE_COLOUR, (x, y), _BUTTON_RADIUS_PX, 2)
        corners = [(x - 6, y - 10), (x - 6, y + 10), (x + 11, y)]
        pygame.draw.polygon(surface, LABEL_COLOUR, corners)

    def draw_languages(self, surface: pygame.Surface) -> None:
        """Write each language by its own name on its target; the present one is bright."""
        typesetter = self._resources.typesetter
        size = typesetter.scale.least
        for language, rect in language_rects(self._resources.layout).items():
            colour = TEXT_COLOUR if language == self._language else LABEL_COLOUR
            place = rect.centerx, rect.centery - 0.72 * size
            name, style = load_words(language)["language.name"], TextStyle(size, colour=colour)
            typesetter.draw_text(surface, name, place, style, "centre")

    def draw_lock(self, surface: pygame.Surface, lock: OperatorLock) -> None:
        """Ask the staff for the PIN, a dot for each digit, or say that the lock is open."""
        if lock.state is LockState.CLOSED:
            return
        words = self._resources.words
        text = words["staff.open"] if lock.state is LockState.OPEN else words["staff.pin"]
        box = pygame.Rect((0, 0), _LOCK_SIZE_PX)
        box.center = surface.get_rect().center
        pygame.draw.rect(surface, CARD_COLOUR, box, border_radius=12)
        pygame.draw.rect(surface, LABEL_COLOUR, box, 1, border_radius=12)
        place = (box.centerx, box.top + 14)
        self._resources.typesetter.draw_text(surface, text, place, _LOCK_STYLE, "centre")
        first = box.centerx - 11 * (lock.digit_count - 1)
        for digit in range(lock.digit_count):
            pygame.draw.aacircle(surface, TEXT_COLOUR, (first + 22 * digit, box.top + 78), 6)

    def draw_card(
        self,
        surface: pygame.Surface,
        frame: Frame,
        scene: Scene,
        look: UnitInspection | None,
        find_taken: Callable[[], Sequence[pygame.Rect]] = tuple,
    ) -> pygame.Rect | None:
        """Draw the card of an inspected unit where it hides the least of what is taken.

        Returns its rectangle, if the scene shows the unit.
        """
        place = None if look is None else scene.unit_position(*look.unit)
        return None if place is None else self._card.draw(surface, frame, look, place, find_taken)

    def draw_hand(
        self,
        surface: pygame.Surface,
        frame: Frame,
        scene: Scene,
        last_input: int,
        find_taken: Callable[[], Sequence[pygame.Rect]] = tuple,
    ) -> None:
        """Show how a cell is touched, if a scene shows any, while nobody plays or touches.

        The words hide nothing of what is taken, if there is room.
        """
        self._hand.draw(surface, frame, scene, last_input, find_taken)


def rhythm_line(rhythm: RhythmBelief) -> str:
    """Line of text for operators: tempo, meter and swing that are heard, and how surely.

    The tempo may be that of an external clock.

    Parameters
    ----------
    rhythm : RhythmBelief

    Returns
    -------
    str
    """
    tempo = f"{60 * SECOND / max(1, rhythm.beat_ns):5.1f}"
    swing = "straight" if rhythm.swing == 0.5 else f"swing {rhythm.swing:.2f}"
    source = "clock" if rhythm.is_external else "heard"
    return f"{source} {tempo} bpm  {rhythm.meter}  {swing}  {100 * rhythm.confidence:.0f} %"


def next_language(language: str) -> str:
    """Code of the language after another one, in a cycle.

    Parameters
    ----------
    language : str
        Code of a language.

    Returns
    -------
    str
    """
    known = languages()
    return known[(known.index(language) + 1) % len(known)]


def tour_button_rect(layout: PictureLayout = LANDSCAPE) -> pygame.Rect:
    """Touch target of the button that begins the tour.

    Parameters
    ----------
    layout : PictureLayout, optional

    Returns
    -------
    Rect
    """
    rect = pygame.Rect(0, 0, _BUTTON_WIDTH_PX, _BUTTON_WIDTH_PX)
    x, y = layout.lesson_button
    rect.center = x, y - _BUTTON_WIDTH_PX
    return rect


def language_rects(layout: PictureLayout = LANDSCAPE) -> dict[str, pygame.Rect]:
    """Touch target of each language in the row of a layout, by code.

    Parameters
    ----------
    layout : PictureLayout, optional

    Returns
    -------
    dict of str to Rect
    """
    known, row = languages(), layout.languages
    width = row.width // len(known)
    return {
        language: pygame.Rect(row.right - width * (len(known) - k), row.top, width, row.height)
        for k, language in enumerate(known)
    }
