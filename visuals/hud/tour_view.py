"""Tour view: the camera of the tour, the cells it points at, and its words below the picture."""

from __future__ import annotations

import math

import numpy as np
import pygame

from messages.cues import HIDDEN_INDEX
from visuals.drawing.animation import smoothstep
from visuals.drawing.sprites import BLEND_ADD, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, TEXT_COLOUR, shade
from visuals.drawing.typography import TextStyle, wrap_words
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.tour import TOUR_PARTS, TourFocus, TourMoment
from visuals.widgets.hit_targets import UnitIndex
from visuals.widgets.unit_preferences import unit_preference

LINE_SCALE = 1.5  # size of the words, in sizes of what a visitor needs: read from 3 m, not 2
LINE_SPACING = 1.2
FADE_S, ZOOM_S = 0.5, 3.0  # time in which a line appears, and in which the camera moves, seconds
ZOOMS = {
    TourFocus.PICTURE: 1.0,
    TourFocus.CELLS: 1.25,
    TourFocus.CELL: 1.7,
    TourFocus.KEYS: 1.0,
}
MAX_MARKS = 3  # most cells that are pointed at
_MARK_RADIUS_PX, _MARK_GROWTH_PX = 30, 14
_CHANCES_HEIGHT_PX = 64  # height over the piano where the chances of its keys are drawn
_TITLE_BOTTOM_PX = 124  # of a scene: it stays out of the closer picture
_MARGIN_PX = 84  # beside the words
_LEAST_SURE = 2  # certainty of a cell's preference that may be told
_FADE_STEPS = 8


class TourView:
    """Draws over a scene what the tour adds to it.

    Parameters
    ----------
    network : NetworkSummary
        The network whose cells are pointed at.
    resources : SceneResources
    """

    def __init__(self, network: NetworkSummary, resources: SceneResources) -> None:
        self._resources = resources
        self.set_network(network)
        self._glow = glow_atlas(64, halo=0.5, power=2.0)
        scale, layout = resources.typesetter.scale, resources.layout
        self._size = round(LINE_SCALE * scale.needed)
        rows = 3 if layout.is_upright else 2
        floor = layout.keyboard.rect.top - _CHANCES_HEIGHT_PX
        height = round(LINE_SPACING * self._size * rows)
        self.words_rect = pygame.Rect(0, floor - height, layout.size[0], height)

    def set_network(self, network: NetworkSummary) -> None:
        """Point at cells of another network."""
        self._network = network
        self._chosen_for = ("", -1, -1)  # scene, part, and begin of the tour in ns
        self._cells: tuple[UnitIndex, ...] = ()

    def draw(self, surface: pygame.Surface, frame: Frame, scene: Scene, moment: TourMoment) -> None:
        """Draw the moment over the scene's picture."""
        is_close = moment.focus in (TourFocus.CELL, TourFocus.CELLS)
        if is_close and not self._has_chosen(scene, moment):
            self._chosen_for = scene.name, moment.part, moment.began_at
            self._cells = self._choose_cells(frame, scene, moment.focus)
        source = self._source(frame, scene, moment)
        view = pygame.Rect(0, 0, self.words_rect.width, self.words_rect.top)
        if source != view:
            closer = pygame.transform.smoothscale(surface.subsurface(source), view.size)
            surface.blit(closer, view)
        if is_close:
            self._draw_marks(surface, frame, scene, source, view)
        below = pygame.Rect(0, view.bottom, view.width, 0)
        below.height = self._resources.keyboard.rect.top - view.bottom
        surface.fill((0, 0, 0), below)
        if moment.focus is TourFocus.KEYS:
            box = self._resources.keyboard.rect.inflate(16, 0)
            box.top, box.height = box.top - _CHANCES_HEIGHT_PX + 2, _CHANCES_HEIGHT_PX - 4
            pygame.draw.rect(surface, TEXT_COLOUR, box, 3, 12)
        self._resources.keyboard.draw_probabilities(surface, frame.next_key_probabilities)
        self._write(surface, moment)

    def _has_chosen(self, scene: Scene, moment: TourMoment) -> bool:
        """Whether the cells are those of this part of this tour."""
        return self._chosen_for == (scene.name, moment.part, moment.began_at)

    def _choose_cells(self, frame: Frame, scene: Scene, focus: TourFocus) -> tuple[UnitIndex, ...]:
        """The cells of the scene that say most now, those whose preference can be told first."""
        targets = scene.hit_targets
        if targets is None:
            return ()
        layers, units = targets.units.T
        said = np.abs(frame.activations[layers, HIDDEN_INDEX, units])
        order = [(int(layers[k]), int(units[k])) for k in np.argsort(-said)]
        known = [unit for unit in order if self._liking(unit)]
        return tuple((known or order)[: 1 if focus is TourFocus.CELL else MAX_MARKS])

    def _places(self, scene: Scene) -> list[tuple[UnitIndex, tuple[float, float]]]:
        found = [(unit, scene.unit_position(*unit)) for unit in self._cells]
        return [(unit, place) for unit, place in found if place is not None]

    def _source(self, frame: Frame, scene: Scene, moment: TourMoment) -> pygame.Rect:
        """The part of the picture that fills the view."""
        share = 1.0 if frame.reduced_motion else min(1.0, moment.age_s / ZOOM_S)
        before, zoom = ZOOMS[moment.focus_before], ZOOMS[moment.focus]
        factor = before + (zoom - before) * smoothstep(share)
        whole = pygame.Rect(0, 0, self.words_rect.width, self.words_rect.top)
        is_chosen = self._has_chosen(scene, moment)
        places = [place for _, place in self._places(scene)] if is_chosen else []
        if not places or factor == 1.0:
            return whole
        source = pygame.Rect((0, 0), (round(whole.width / factor), round(whole.height / factor)))
        source.center = tuple(np.mean(places, axis=0).round().astype(int).tolist())
        whole.top = min(_TITLE_BOTTOM_PX, whole.height - source.height)
        whole.height -= whole.top
        return source.clamp(whole)

    def _draw_marks(
        self,
        surface: pygame.Surface,
        frame: Frame,
        scene: Scene,
        source: pygame.Rect,
        view: pygame.Rect,
    ) -> None:
        factor = view.width / source.width
        for (layer, unit), place in self._places(scene):
            if not source.collidepoint(place):
                continue
            x, y = (place[0] - source.x) * factor, (place[1] - source.y) * factor
            said = min(1.0, abs(float(frame.activations[layer, HIDDEN_INDEX, unit])))
            tone = int(self._network.preferred_pitch_class[layer, unit])
            lamp = self._glow.sprite_centred_at(tone, 0.8 * said, x, y)
            surface.fblits([lamp], BLEND_ADD)
            radius = factor * (_MARK_RADIUS_PX + _MARK_GROWTH_PX * said)
            pygame.draw.aacircle(surface, TEXT_COLOUR, (x, y), radius, 3)

    def _write(self, surface: pygame.Surface, moment: TourMoment) -> None:
        typesetter = self._resources.typesetter
        level = math.ceil(_FADE_STEPS * min(1.0, moment.age_s / FADE_S)) / _FADE_STEPS
        style = TextStyle(self._size, "jost-300", 0.5, shade(TEXT_COLOUR, level))
        rect, step = self.words_rect, round(LINE_SPACING * self._size)
        rows = wrap_words(
            self.line(moment),
            lambda text: typesetter.render(text, style).get_width() <= rect.width - 2 * _MARGIN_PX,
        )
        top = rect.centery - len(rows) * step // 2
        for row, text in enumerate(rows):
            place = rect.centerx, top + row * step
            typesetter.draw_text(surface, text, place, style, "centre")
        for number in range(1, len(TOUR_PARTS) - 1):  # a point for each of the ideas
            point = rect.right - 40, rect.centery + 22 * (number - len(TOUR_PARTS) // 2)
            is_done = number <= moment.part
            pygame.draw.aacircle(
                surface, TEXT_COLOUR if is_done else LABEL_COLOUR, point, 6, 0 if is_done else 1
            )

    def line(self, moment: TourMoment) -> str:
        """The words of a moment; what the cell pointed at wakes at is filled in."""
        words = self._resources.words
        text = words[moment.words_key]
        if "{liking}" not in text:
            return text
        liking = self._liking(self._cells[0]) if self._cells else ""
        return text.format(liking=liking) if liking else words["tour.untold"]

    def _liking(self, unit: UnitIndex) -> str:
        """What a cell wakes at, if that is sure and can be written in one piece; else empty."""
        words, preference = self._resources.words, unit_preference(self._network.atlas, unit)
        if preference.certainty < _LEAST_SURE:
            return ""
        if preference.pitch_class is None:
            return preference.text(words)
        name = words.note_name(preference.pitch_class)  # the typefaces have no accidentals
        return "" if name.endswith(("#", "b")) else f"{preference.text(words)} {name}"


def is_magnified(moment: TourMoment) -> bool:
    """Whether the camera is near the cells, so that the top of the scene is out of the picture.

    Parameters
    ----------
    moment : TourMoment

    Returns
    -------
    bool
    """
    is_leaving = moment.age_s < ZOOM_S and ZOOMS[moment.focus_before] > 1.0
    return ZOOMS[moment.focus] > 1.0 or is_leaving
