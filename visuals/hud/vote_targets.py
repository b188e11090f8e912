"""Vote targets: after an answer, two large places to touch for those who liked it or did not."""

from __future__ import annotations

import pygame

from messages.clock import SECOND
from messages.cues import NoteSource, Turn
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, shade
from visuals.drawing.typography import TextStyle
from visuals.hud.overlay import tour_button_rect
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.timeline import Timeline

OFFER_NS, THANKS_NS = 15 * SECOND, SECOND  # time in which one may vote, and the choice stays, ns
GAP_PX, MIN_WIDTH_PX = 14, 300
LIKED_COLOUR, DISLIKED_COLOUR = PITCH_COLOURS[4], LABEL_COLOUR


class VoteTargets:
    """Offers one vote on each answer, beside the prompt or where the QR code stands.

    Parameters
    ----------
    resources : SceneResources
    """

    def __init__(self, resources: SceneResources) -> None:
        self.set_resources(resources)
        self._voted: tuple[int, bool, int] | None = None  # the turn by its begin, the vote, when

    def set_resources(self, resources: SceneResources) -> None:
        """Write in another language.

        Parameters
        ----------
        resources : SceneResources
        """
        self._typesetter, self._words = resources.typesetter, resources.words

    def touch(self, x: float, y: float, scene: Scene, timeline: Timeline, now: int) -> bool | None:
        """The vote of a touch.

        Parameters
        ----------
        x, y : float
            Where, pixels.
        scene : Scene
        timeline : Timeline
        now : int
            Time, ns.

        Returns
        -------
        bool or None
            Whether the answer was liked; None if this is no vote.
        """
        if not self._is_offered(timeline, now):
            return None
        began = timeline.turn(now).due
        for is_liked, rect in target_rects(scene).items():
            if rect.collidepoint(x, y) and (self._voted is None or self._voted[0] != began):
                self._voted = began, is_liked, now
                return is_liked
        return None

    def draw(
        self, surface: pygame.Surface, scene: Scene, timeline: Timeline, time: int
    ) -> tuple[pygame.Rect, ...]:
        """Draw the targets while they are offered, and then the chosen one for a moment.

        Parameters
        ----------
        surface : Surface
        scene : Scene
        timeline : Timeline
        time : int
            Time of the frame, ns.

        Returns
        -------
        tuple of Rect
            What they cover.
        """
        if not self._is_offered(timeline, time):
            return ()
        voted = self._voted if self._voted and self._voted[0] == timeline.turn(time).due else None
        if voted is not None and time - voted[2] > THANKS_NS:
            return ()
        targets = target_rects(scene)
        for is_liked, rect in targets.items():
            level = 1.0 if voted is None or voted[1] is is_liked else 0.25
            colour = shade(LIKED_COLOUR if is_liked else DISLIKED_COLOUR, level)
            pygame.draw.rect(surface, shade(colour, 0.22), rect, border_radius=18)
            pygame.draw.rect(surface, colour, rect, 3, border_radius=18)
            size = min(self._typesetter.scale.needed, round(0.64 * rect.height))
            style = TextStyle(size, "jost-300", 0.3, shade(TEXT_COLOUR, level))
            text = self._words["vote.liked" if is_liked else "vote.disliked"]
            top = rect.centery - round(0.72 * size)
            self._typesetter.draw_text(surface, text, (rect.centerx, top), style, "centre")
        return tuple(targets.values())

    def _is_offered(self, timeline: Timeline, time: int) -> bool:
        """Whether an answer has just ended, and the visitor has not gone on."""
        turn = timeline.turn(time)
        if turn.turn is not Turn.LISTEN or not turn.due <= time < turn.due + OFFER_NS:
            return False
        has_answered = timeline.turn(turn.due - 1).turn is Turn.ANSWER
        played = timeline.cues_between(turn.due, time + 1)
        return has_answered and all(each.cue.source is not NoteSource.VISITOR for each in played)


def target_rects(scene: Scene) -> dict[bool, pygame.Rect]:
    """Two places, by whether they are for those who liked it."""
    beside = scene.layout.rects.get(f"{scene.name} votes") or scene.layout.votes_rect
    if beside is not None:
        width = (beside.width - GAP_PX) // 2
        left = pygame.Rect(beside.left, beside.top, width, beside.height)
        return {True: left, False: left.move(width + GAP_PX, 0)}
    area = scene.code_rect.inflate(max(0, MIN_WIDTH_PX - scene.code_rect.width), 0)
    free = pygame.Rect((0, 0), scene.layout.size).inflate(-2 * GAP_PX, 0)
    buttons = tour_button_rect(scene.layout)  # the button of the lessons is below it
    if buttons.left > free.centerx:
        free.width = buttons.left - GAP_PX - free.left
    area.clamp_ip(free)
    height = (area.height - GAP_PX) // 2
    upper = pygame.Rect(area.left, area.top, area.width, height)
    return {True: upper, False: upper.move(0, height + GAP_PX)}
