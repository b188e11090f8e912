"""The drummer's waves: hidden states of its network, below those of the melody's.

Each trace is the cell that favours a part of the kit the most. Time runs as in the scene's traces,
and a light at the line of the present fires with each hit of that part.
"""

from __future__ import annotations

import numpy as np
import pygame

from messages.clock import SECOND
from midi_data.drums import DrumPart
from visuals.drawing.line_renderer import LineColumns, LineRenderer
from visuals.drawing.picture_layout import PictureLayout
from visuals.drawing.sprites import BLEND_ADD, MIN_SPRITE_LEVEL, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, shade
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.drummer import DRUM_COLOUR, DrummerCells, drummer_presence
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import SceneResources

LANES_RECT = pygame.Rect(764, 616, 620, 44)
POINTS_PER_TRACE = 54
KNOWN_S = 0.7  # time that the drummer has always composed ahead, seconds
FULL_SWING_PX = 15.0  # swing of a trace at a hidden state of 1, pixels
_MEAN_LEVEL = np.full(POINTS_PER_TRACE, 0.7 / POINTS_PER_TRACE, np.float32)
_WAVELENGTH_PX, _CARRIER_SPEED_PX_PER_S = 72.0, 85.0


class DrummerTraces:
    """Traces of the drummer's cells, with time at a speed, pixels a second."""

    def __init__(self, layout: PictureLayout, resources: SceneResources, speed: float) -> None:
        self._rect = layout.rect(LANES_RECT, "waves drummer")
        self._cells, self._renderer = DrummerCells(1), LineRenderer((DRUM_COLOUR,), adds=True)
        self._hit = glow_atlas(14, core=2.4, halo=0.6, white=0.7, colours=(DRUM_COLOUR,))
        parts = len(DrumPart)
        self._y = np.linspace(self._rect.top, self._rect.bottom, parts, dtype=np.float32)[:, None]
        x = np.linspace(self._rect.left, self._rect.right, POINTS_PER_TRACE)
        self._columns = LineColumns(x)
        lead_s = (x - self._rect.left) / speed
        known_s = lead_s[lead_s < KNOWN_S]
        self._known = np.minimum((KNOWN_S - known_s) / (KNOWN_S / 2), 1).astype(np.float32)
        self._step_ns = round(lead_s[1] * SECOND)
        self._fade = np.linspace(1.0, 0.0, POINTS_PER_TRACE - 1) ** 0.6
        # neighbours differ in phase and in wavelength
        length = _WAVELENGTH_PX * (1 + 0.09 * (np.arange(parts) * 3 % parts))[:, None]
        phase = 2 * np.pi * (x / length + np.arange(parts)[:, None] / 3)
        self._phase = phase.astype(np.float32)
        self._turn_per_s = 2 * np.pi * _CARRIER_SPEED_PX_PER_S / length
        typesetter, words = resources.typesetter, resources.words
        style = TextStyle(typesetter.scale.least, "jost-400", 0.5, shade(LABEL_COLOUR, 0.9))
        self._name = typesetter.render(words["band.drums"], style)
        place = self._name.get_rect(midleft=(self._rect.right + 10, self._rect.centery))
        self._name_rect = place.clamp(pygame.Rect((0, 0), layout.size))

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the traces; nothing while there is no drummer."""
        presence = drummer_presence(frame)
        if presence <= 0.0 or not self._cells.follow(frame.timeline):
            return
        coming = self._cells.states_ahead(frame.time, self._step_ns, len(self._known))
        present = coming[:, :1]  # at the left end no time has passed
        hidden = np.repeat(present, POINTS_PER_TRACE, axis=1)
        hidden[:, : coming.shape[1]] += (coming - present) * self._known
        height = np.copysign(np.abs(hidden) ** np.float32(0.7), hidden)  # shows quiet cells
        turn = self._turn_per_s * frame.ambient_time_s % (2 * np.pi)
        carrier = np.cos(self._phase - turn.astype(np.float32))
        y = self._y + height * (0.3 * FULL_SWING_PX + 0.7 * FULL_SWING_PX * carrier)
        level = presence * (0.2 + np.abs(height) @ _MEAN_LEVEL)
        self._renderer.draw_columns(surface, self._columns, y, level[:, None] * self._fade)
        hits = [
            self._hit.sprite_centred_at(0, light, self._rect.left, place)
            for light, place in zip(frame.part_light.tolist(), y[:, 0].tolist(), strict=True)
            if light >= MIN_SPRITE_LEVEL
        ]
        if hits:
            surface.fblits(hits, BLEND_ADD)
        surface.blit(self._name, self._name_rect, special_flags=BLEND_ADD)
