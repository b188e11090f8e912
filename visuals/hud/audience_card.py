"""Audience card: QR codes for phones, and the crowd as points of light that move a weight."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from messages.clock import SECOND
from messages.crowd import AudienceCode, CrowdLights
from messages.cues import Turn
from visuals.drawing.sprites import BLEND_ADD, blank_surface, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, shade
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene, SceneResources

QUIET_ZONE_MODULES = 4  # light border that readers need (ISO/IEC 18004)
CODE_S = 10.0  # time for which each of several codes is shown, seconds
FADE_S = 0.8  # time in which a code appears, seconds
CODE_TURNS = (Turn.ATTRACT, Turn.FAREWELL)
PAPER_COLOUR, INK_COLOUR = (176, 184, 200), (4, 6, 10)
CROWD_SIZE_PX = (330, 100)
EASING_PER_FRAME = 0.04  # share of its remaining way that a light moves in a frame
POINT_RADIUS_PX, WEIGHT_RADIUS_PX = 12, 18
CROWD_COLOUR_INDEX = 4


class AudienceCard:
    """Draws both at the scene's places for them.

    Parameters
    ----------
    resources : SceneResources
    """

    def __init__(self, resources: SceneResources) -> None:
        self.set_resources(resources)
        self._codes: tuple[AudienceCode, ...] = ()
        self._lights = CrowdLights()
        self._drawn: list[tuple[float, float]] = []  # places as drawn, the weight's first
        self._pictures: dict[tuple[AudienceCode, int], pygame.Surface] = {}
        self._point = glow_atlas(POINT_RADIUS_PX, core=2.5)
        self._weight = glow_atlas(WEIGHT_RADIUS_PX, core=3.5)

    def set_resources(self, resources: SceneResources) -> None:
        """Write in another language."""
        self._typesetter, self._words = resources.typesetter, resources.words

    def show_codes(self, codes: Sequence[AudienceCode]) -> None:
        """Show these codes in turns, and no others."""
        if tuple(codes) != self._codes:
            self._codes = tuple(codes)
            self._pictures.clear()

    def show_crowd(self, lights: CrowdLights) -> None:
        """Show this crowd, to which the lights move little by little."""
        self._lights = lights

    def places(self, frame: Frame, scene: Scene) -> list[pygame.Rect]:
        """Rectangles of the code and of the crowd's lights, as far as a frame shows them."""
        has_code = frame.timeline.turn(frame.time).turn in CODE_TURNS and self._codes
        places = [scene.code_rect] if has_code else []
        crowd = pygame.Rect(scene.crowd_position, CROWD_SIZE_PX)
        return [*places, crowd] if self._lights.voices else places

    def draw(
        self,
        surface: pygame.Surface,
        frame: Frame,
        scene: Scene,
        covered: Sequence[pygame.Rect] = (),
    ) -> None:
        """Draw what belongs to the turn of a frame, except the crowd's lights where it is covered.

        Parameters
        ----------
        surface : Surface
        frame : Frame
        scene : Scene
        covered : sequence of Rect
            What votes cover.
        """
        turn = frame.timeline.turn(frame.time)
        if turn.turn in CODE_TURNS and self._codes:
            self._draw_code(surface, frame.time, turn.due, scene.code_rect)
        crowd = pygame.Rect(scene.crowd_position, CROWD_SIZE_PX)
        if self._lights.voices and crowd.collidelist(list(covered)) < 0:
            self._draw_crowd(surface, scene.crowd_position)
        else:
            self._drawn.clear()

    def _draw_code(self, surface: pygame.Surface, time: int, began: int, rect: pygame.Rect) -> None:
        passed = max(0, time - began) / SECOND
        code = self._codes[int(passed / CODE_S) % len(self._codes)]
        since = passed if len(self._codes) == 1 else passed % CODE_S
        level = min(1.0, since / FADE_S)
        picture = self._render(code, rect.width)
        place = picture.get_rect(center=rect.center)
        picture.set_alpha(None if level == 1.0 else round(255 * level))
        surface.blit(picture, place)
        size = self._typesetter.scale.least
        style = TextStyle(size, "jost-300", 0.4, TEXT_COLOUR)
        title = self._words[f"phone.{code.kind}"]
        top = place.top - round(1.35 * size)
        self._typesetter.draw_text(surface, title, (rect.centerx, top), style, "centre")
        if code.caption and self._typesetter.scale.has_captions:
            quiet = TextStyle(size, "jost-300", 0.2, LABEL_COLOUR)
            below = place.bottom - round(0.1 * size)
            self._typesetter.draw_text(
                surface, code.caption, (rect.centerx, below), quiet, "centre"
            )

    def _render(self, code: AudienceCode, width: int) -> pygame.Surface:
        """The code with its quiet zone, as large as whole pixels allow within a width."""
        picture = self._pictures.get((code, width))
        if picture is None:
            modules = len(code.rows) + 2 * QUIET_ZONE_MODULES
            scale = max(1, width // modules)
            picture = blank_surface((modules * scale, modules * scale))
            picture.fill(PAPER_COLOUR)
            for y, row in enumerate(code.rows, QUIET_ZONE_MODULES):
                for x, is_dark in enumerate(row, QUIET_ZONE_MODULES):
                    if is_dark:
                        picture.fill(INK_COLOUR, (x * scale, y * scale, scale, scale))
            self._pictures[code, width] = picture
        return picture

    def _draw_crowd(self, surface: pygame.Surface, corner: tuple[int, int]) -> None:
        field = pygame.Rect(corner, CROWD_SIZE_PX)
        self._ease()
        surface.fill(shade(RULE_COLOUR, 0.9), (field.left, field.centery, field.width, 1))
        surface.fill(shade(RULE_COLOUR, 0.9), (field.centerx, field.top, 1, field.height))
        places = [_inside(field, place) for place in self._drawn]
        sprites = [
            self._point.sprite_centred_at(CROWD_COLOUR_INDEX, 0.8, *place) for place in places[1:]
        ]
        sprites.append(self._weight.sprite_centred_at(CROWD_COLOUR_INDEX, 1.0, *places[0]))
        surface.fblits(sprites, BLEND_ADD)
        pygame.draw.aacircle(surface, TEXT_COLOUR, places[0], 11, 2)
        size = self._typesetter.scale.least
        style = TextStyle(size, "jost-300", 0.2, LABEL_COLOUR)
        top = field.bottom - round(0.15 * size)
        for text, x, align in (("calm", field.left, "left"), ("wild", field.right, "right")):
            self._typesetter.draw_text(
                surface, self._words[f"phone.{text}"], (x, top), style, align
            )

    def _ease(self) -> None:
        """Move the lights towards their places; a new one comes from the weight."""
        wanted = [self._lights.centre, *self._lights.places]
        first = self._drawn[0] if self._drawn else self._lights.centre
        drawn = (self._drawn + [first] * len(wanted))[: len(wanted)]
        self._drawn = [
            (x + EASING_PER_FRAME * (to[0] - x), y + EASING_PER_FRAME * (to[1] - y))
            for (x, y), to in zip(drawn, wanted, strict=True)
        ]


def _inside(field: pygame.Rect, place: tuple[float, float]) -> tuple[float, float]:
    """Place on the picture of (-1..1, -1..1): to the right and upwards."""
    x = field.centerx + place[0] * (field.width / 2 - WEIGHT_RADIUS_PX)
    return x, field.centery - place[1] * (field.height / 2 - WEIGHT_RADIUS_PX)
