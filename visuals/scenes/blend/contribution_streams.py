"""Streams of a blend: light from each pole to the note, as much as came from that pole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import NoteSource
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import bezier
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, shade
from visuals.scenes.base import Frame
from visuals.scenes.blend.state_tracker import contributions_of, shares_of
from visuals.scenes.blend.style_pole import WEIGHT_RING_GAP_PX, StylePole
from visuals.timeline import SECOND, TimedCue

Floats = NDArray[np.float64]

STRANDS_PER_STREAM = 7
POINTS_PER_STRAND = 30
BEAD_TRAVEL_S = 0.6
"""Seconds the light takes from a pole to the note; it arrives as the note sounds."""
CONTRIBUTION_RING_RADIUS_PX = 27.0
"""Radius of the ring that tells who made the note, pixels."""
STREAM_CROSSFADE_S = 0.5
"""Seconds in which a note's streams give way to those of the next."""
_MAX_BEADS = 9


class ContributionStreams:
    """Draws the streams of some poles.

    Parameters
    ----------
    poles : sequence of Pole
    """

    def __init__(self, poles: Sequence[StylePole]) -> None:
        self._poles = poles
        palette = [pole.colour for pole in poles] + [TEXT_COLOUR]
        self._bead = glow_atlas(13, core=1.9, halo=0.6, white=0.8, colours=palette)
        # the strand in the middle is lit first
        self._order = np.argsort(
            np.abs(np.arange(STRANDS_PER_STREAM) - STRANDS_PER_STREAM // 2), kind="stable"
        )

    def draw(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        frame: Frame,
        heart: Floats,
        weights: Floats,
        light: float,
    ) -> list[PlacedSprite]:
        """Draw the streams to the note at `heart`; return lights still to be added.

        `light` is how bright what sounds is, 0..1.
        """
        parts = self.contributions(frame)
        lights: list[PlacedSprite] = []
        for number, pole in enumerate(self._poles):
            strands = self._strands(pole, heart, frame.ambient_time_s)
            part = float(parts[number]) * light
            self._draw_strands(surface, glow, pole, strands, float(weights[number]), part)
            lights += self._beads(frame, number, strands)
        return lights

    def contributions(self, frame: Frame) -> Floats:
        """How much of what sounds came from each pole, shape (poles,), moving softly."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return np.zeros(len(self._poles))
        now = self._contributions_of(latest, frame)
        before = frame.timeline.latest_cue(latest.due - 1)
        if before is None:
            return now
        share = min(1.0, (frame.time - latest.due) / SECOND / STREAM_CROSSFADE_S)
        share = share * share * (3.0 - 2.0 * share)
        return (1.0 - share) * self._contributions_of(before, frame) + share * now

    def draw_contribution_ring(
        self, surface: pygame.Surface, heart: Floats, parts: Floats, light: float
    ) -> None:
        """The ring about the note, each pole's arc as long as its part of it."""
        pygame.draw.aacircle(
            surface, shade(RULE_COLOUR, 1.1), heart, CONTRIBUTION_RING_RADIUS_PX, 1
        )
        if parts.sum() < 1e-6:
            return
        start = -np.pi / 2
        for pole, part in zip(self._poles, parts, strict=True):
            end = start + 2 * np.pi * float(part)
            if part > 0.01:
                gap = 0.05 if part < 0.98 else 0.0
                angle = np.linspace(start + gap, max(start + gap, end - gap), 40)
                around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
                for offset in (-1.2, 0.0, 1.2):
                    points = (heart + around * (CONTRIBUTION_RING_RADIUS_PX + offset)).tolist()
                    colour = shade(pole.colour, 0.4 + 0.6 * light)
                    pygame.draw.aalines(surface, colour, False, points)
            start = end

    def _contributions_of(self, timed: TimedCue, frame: Frame) -> Floats:
        """How much of a note came from each pole; of a visitor's, nothing."""
        shares = shares_of(timed.cue, frame.timeline, len(self._poles))
        if timed.cue.source is NoteSource.VISITOR:
            shares = None
        return np.zeros(len(self._poles)) if shares is None else contributions_of(shares)

    def _strands(self, pole: StylePole, heart: Floats, seconds: float) -> Floats:
        """Curves from a pole to the heart, shape (STRANDS, POINTS, 2); they sway slowly."""
        along = heart - pole.middle
        distance = max(1.0, float(np.hypot(*along)))
        along = along / distance
        across = np.array([-along[1], along[0]])
        start = pole.middle + along * (pole.radius + WEIGHT_RING_GAP_PX + 4)
        end = heart - along * (CONTRIBUTION_RING_RADIUS_PX + 5)
        reach = max(10.0, distance - pole.radius - CONTRIBUTION_RING_RADIUS_PX)
        spine = bezier(
            start, start + along * 0.3 * reach, end - along * 0.3 * reach, end, POINTS_PER_STRAND
        )
        share = np.linspace(0.0, 1.0, POINTS_PER_STRAND)
        places = np.arange(STRANDS_PER_STREAM) - STRANDS_PER_STREAM // 2
        spread = min(12.0, 0.04 * reach + 3.0)
        sway = np.sin(2 * np.pi * (0.8 * share[None] - 0.16 * seconds) + 1.7 * places[:, None])
        offset = (spread * places[:, None] + 0.3 * spread * sway) * np.sin(np.pi * share) ** 0.9
        foot = 5.0 * places[:, None] * (1.0 - share) ** 2  # they leave the pole side by side
        return spine[None] + (offset + foot)[..., None] * across

    def _draw_strands(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        pole: StylePole,
        strands: Floats,
        weight: float,
        part: float,
    ) -> None:
        for rank in range(STRANDS_PER_STREAM - 1, -1, -1):
            strand = strands[self._order[rank]]
            lit = float(np.clip(1.4 * part * STRANDS_PER_STREAM - rank, 0.0, 1.0))
            level = 0.15 + 0.22 * weight + 0.63 * lit * (0.45 + 0.55 * part)
            pygame.draw.aalines(surface, shade(pole.colour, level), False, strand.tolist())
            if lit > 0.05:
                glow.draw_line(
                    shade(pole.colour, 0.2 * lit * (0.3 + 0.7 * part)), strand[::3].tolist()
                )

    def _beads(self, frame: Frame, number: int, strands: Floats) -> list[PlacedSprite]:
        """Beads of coming notes, which arrive as they sound, and of a visitor's, which leave."""
        lights = []
        reach = round(BEAD_TRAVEL_S * SECOND)
        for timed in frame.timeline.cues_between(frame.time - reach, frame.time + reach):
            flown = (frame.time - timed.due) / SECOND / BEAD_TRAVEL_S  # 0 as it sounds
            if timed.cue.source is NoteSource.VISITOR:
                lights += self._swarm(len(self._poles), strands[:, ::-1], flown, 0.5)
            elif flown <= 0.0:
                part = float(self._contributions_of(timed, frame)[number])
                lights += self._swarm(number, strands, 1.0 + flown, part)
        return lights

    def _swarm(self, colour: int, strands: Floats, flown: float, part: float) -> list[PlacedSprite]:
        """Beads underway: the larger the part, the more."""
        if not 0.0 < flown < 1.0 or part < 0.02:
            return []
        lights = []
        for bead in range(max(1, round(_MAX_BEADS * part))):
            strand = strands[self._order[bead % STRANDS_PER_STREAM]]
            along = flown - 0.035 * (bead // 2)
            if along > 0.0:
                x, y = strand[int(along * (POINTS_PER_STRAND - 1))].tolist()
                level = (0.35 + 0.6 * flown) * (0.5 + 0.5 * part)
                lights.append(self._bead.sprite_centred_at(colour, level, x, y))
        return lights


def draw_direction_arrows(surface: pygame.Surface, heart: Floats, ways: Sequence[Floats]) -> None:
    """Small arrows about the heart, towards where it can be moved."""
    for way in ways:
        across = np.array([-way[1], way[0]])
        tip = heart + way * (CONTRIBUTION_RING_RADIUS_PX + 21)
        feet = [
            heart + way * (CONTRIBUTION_RING_RADIUS_PX + 12) + side * 7 * across for side in (-1, 1)
        ]
        points = [feet[0].tolist(), tip.tolist(), feet[1].tolist()]
        pygame.draw.aalines(surface, shade(LABEL_COLOUR, 0.9), False, points)
