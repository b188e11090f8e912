"""Streams of light from each pole to the note, as bright as the pole's contribution to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pygame

from messages.clock import SECOND
from messages.cues import NoteSource
from visuals.drawing.animation import smoothstep
from visuals.drawing.canvas import bezier
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, Colour, shade
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats, rotate_quarter
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.blend.state_tracker import contributions_of, shares_of
from visuals.scenes.blend.style_pole import WEIGHT_RING_GAP_PX, StylePole, draw_arcs
from visuals.timeline import TimedCue

STRANDS_PER_STREAM = 7
POINTS_PER_STRAND = 30
BEAD_TRAVEL_S = 0.6
"""Travel time of a bead from a pole to the note, seconds; it arrives as the note sounds."""
CONTRIBUTION_RING_RADIUS_PX = 27.0  # radius of the ring around the note, pixels
STREAM_CROSSFADE_S = 0.5
"""Duration of the change from one note's streams to the next note's, seconds."""
_MAX_BEADS = 9
_STRAND_PLACES = np.arange(STRANDS_PER_STREAM) - STRANDS_PER_STREAM // 2
"""Place of each strand across its stream; 0 in the middle."""
_STRANDS_BY_RANK = np.argsort(np.abs(_STRAND_PLACES), kind="stable")
"""Strands in the order in which they light up, from the middle outwards."""
_STRAND_RANKS = np.argsort(_STRANDS_BY_RANK)
_WAY = np.linspace(0.0, 1.0, POINTS_PER_STRAND)  # share of the way of each point of a strand
_SWAY_PHASES = 2 * np.pi * 0.8 * _WAY + 1.7 * _STRAND_PLACES[:, None]  # at time 0, radians
_SPREAD_SHARES = np.sin(np.pi * _WAY) ** 0.9
_FOOT_OFFSETS = 5.0 * _STRAND_PLACES[:, None] * (1.0 - _WAY) ** 2
"""What keeps the strands side by side at the pole, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class _TravellingNote:
    """A note whose beads are on their way."""

    is_visitors: bool
    travelled: float  # time since it sounded, in travel times; negative while it is to come
    contributions: list[float]  # of each pole


class ContributionStreams:
    """Draws the streams of some poles.

    Attributes
    ----------
    palette : tuple of Colour
        Colours of the lines: one for each pole, then that of arrows.
    """

    def __init__(self, poles: Sequence[StylePole]) -> None:
        self._poles = poles
        arrow = shade(LABEL_COLOUR, 0.9)
        self.palette: tuple[Colour, ...] = (*(pole.colour for pole in poles), arrow)
        palette = (*(pole.colour for pole in poles), TEXT_COLOUR)
        self._bead = glow_atlas(13, core=1.9, halo=0.6, white=0.8, colours=palette)

    def draw(
        self,
        strokes: GlowingLines,
        frame: Frame,
        point: Floats,
        weights: Floats,
        contributions: Floats,
    ) -> list[PlacedSprite]:
        """Add the streams to a point (2,) to `strokes`, and return their beads.

        `weights` (poles,) are those of the blend; `contributions` (poles,) to the note include its
        light, 0 to 1.
        """
        sprites, travelling = list[PlacedSprite](), self._travelling_notes(frame)
        for number, pole in enumerate(self._poles):
            strands = _strands(pole, point, frame.ambient_time_s)
            weight, contribution = float(weights[number]), float(contributions[number])
            # the more a pole contributes, the more of its strands are lit
            lit = (1.4 * contribution * STRANDS_PER_STREAM - _STRAND_RANKS).clip(0.0, 1.0)
            level = 0.15 + 0.22 * weight + 0.63 * lit * (0.45 + 0.55 * contribution)
            glow_level = 0.2 * lit * (0.3 + 0.7 * contribution)
            strokes.add(strands, number, level, glow_level, stride=3)
            sprites += self._beads(travelling, number, strands)
        return sprites

    def contributions(self, frame: Frame) -> Floats:
        """Contribution of each pole to the sounding note, cross-faded, shape (poles,)."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return np.zeros(len(self._poles))
        current = self._contributions_to(latest, frame)
        before = frame.timeline.latest_cue(latest.due - 1)
        if before is None:
            return current
        share = smoothstep(frame.seconds_since(latest.due) / STREAM_CROSSFADE_S)
        return (1.0 - share) * self._contributions_to(before, frame) + share * current

    def draw_contribution_ring(
        self, surface: pygame.Surface, point: Floats, contributions: Floats, light: float
    ) -> None:
        """Draw the ring around the note, with an arc for each pole's contribution."""
        radius, around = CONTRIBUTION_RING_RADIUS_PX, np.linspace(0, 2 * np.pi, 61)
        draw_arcs(surface, shade(RULE_COLOUR, 1.1), point, (radius,), around)
        if contributions.sum() < 1e-6:
            return
        start = -np.pi / 2
        for pole, share in zip(self._poles, contributions.tolist(), strict=True):
            end = start + 2 * np.pi * share
            if share > 0.01:
                gap = 0.05 if share < 0.98 else 0.0
                angles = np.linspace(start + gap, max(start + gap, end - gap), 40)
                colour = shade(pole.colour, 0.4 + 0.6 * light)
                draw_arcs(surface, colour, point, (radius - 1.2, radius, radius + 1.2), angles)
            start = end

    def add_direction_arrows(
        self, lines: LineBatch, point: Floats, directions: Sequence[Floats]
    ) -> None:
        """Add small arrows around the blend point, in the directions in which it can move."""
        for direction in directions:
            across = rotate_quarter(direction)
            tip = point + direction * (CONTRIBUTION_RING_RADIUS_PX + 21)
            foot = point + direction * (CONTRIBUTION_RING_RADIUS_PX + 12)
            arrow = np.stack([foot - 7 * across, tip, foot + 7 * across])
            lines.add_lines(arrow[None], len(self.palette) - 1, 1.0)

    def _contributions_to(self, timed: TimedCue, frame: Frame) -> Floats:
        """Contribution of each pole to a note; none to a visitor's note."""
        shares = shares_of(timed.cue, frame.timeline, len(self._poles))
        if shares is None or timed.cue.source is NoteSource.VISITOR:
            return np.zeros(len(self._poles))
        return contributions_of(shares)

    def _travelling_notes(self, frame: Frame) -> list[_TravellingNote]:
        """Coming notes, whose beads arrive as they sound, and a visitor's, whose beads leave."""
        notes, reach = [], round(BEAD_TRAVEL_S * SECOND)
        for timed in frame.timeline.cues_between(frame.time - reach, frame.time + reach):
            travelled = frame.seconds_since(timed.due) / BEAD_TRAVEL_S
            is_visitors = timed.cue.source is NoteSource.VISITOR
            if is_visitors or travelled <= 0.0:
                contributions = self._contributions_to(timed, frame).tolist()
                notes.append(_TravellingNote(is_visitors, travelled, contributions))
        return notes

    def _beads(
        self, travelling: Sequence[_TravellingNote], number: int, strands: Floats
    ) -> list[PlacedSprite]:
        """Beads of notes on the strands of a pole."""
        sprites: list[PlacedSprite] = []
        for note in travelling:
            if note.is_visitors:
                sprites += self._swarm(len(self._poles), strands[:, ::-1], note.travelled, 0.5)
            else:
                share = note.contributions[number]
                sprites += self._swarm(number, strands, 1.0 + note.travelled, share)
        return sprites

    def _swarm(
        self, colour: int, strands: Floats, travelled: float, share: float
    ) -> list[PlacedSprite]:
        """Beads on several strands; their number grows with the share."""
        sprites: list[PlacedSprite] = []
        if not 0.0 < travelled < 1.0 or share < 0.02:
            return sprites
        level = (0.35 + 0.6 * travelled) * (0.5 + 0.5 * share)
        for bead in range(max(1, round(_MAX_BEADS * share))):
            along = travelled - 0.035 * (bead // 2)
            if along > 0.0:
                strand = strands[_STRANDS_BY_RANK[bead % STRANDS_PER_STREAM]]
                x, y = strand[int(along * (POINTS_PER_STRAND - 1))].tolist()
                sprites.append(self._bead.sprite_centred_at(colour, level, x, y))
        return sprites


def _strands(pole: StylePole, point: Floats, time_s: float) -> Floats:
    """Curves from a pole to a point, swaying slowly, (STRANDS_PER_STREAM, POINTS_PER_STRAND, 2)."""
    along = point - pole.centre
    distance = max(1.0, float(np.hypot(*along)))
    along = along / distance
    start = pole.centre + along * (pole.radius + WEIGHT_RING_GAP_PX + 4)
    end = point - along * (CONTRIBUTION_RING_RADIUS_PX + 5)
    reach = max(10.0, distance - pole.radius - CONTRIBUTION_RING_RADIUS_PX)
    leave, arrive = start + along * 0.3 * reach, end - along * 0.3 * reach
    spine = bezier(start, leave, arrive, end, POINTS_PER_STRAND)
    spread = min(12.0, 0.04 * reach + 3.0)
    sway = np.sin(_SWAY_PHASES - 2 * np.pi * 0.16 * time_s)
    offset = spread * (_STRAND_PLACES[:, None] + 0.3 * sway) * _SPREAD_SHARES + _FOOT_OFFSETS
    return spine[None] + offset[..., None] * rotate_quarter(along)
