"""Arcs from a note back to earlier notes.

They lead from a note of the network to the notes that raised or lowered its probability, and from a
visitor's note to the earlier notes of the phrase that the network still has in mind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, NoteAttribution, NoteCue, NoteSource
from visuals.drawing.line_renderer import unit_across
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, VISITOR_COLOUR, Colour
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.timeline import TimedCue, Timeline
from visuals.widgets.piano_roll import PianoRoll

MAX_ARCS = 9  # number of arcs of a note
MIN_RELATIVE_SHARE = 0.06  # smallest contribution that has an arc, as a share of the largest
POINTS_PER_ARC = 49
OPPOSING_ARC_COLOUR: Colour = (120, 132, 158)
"""Colour of arcs from notes that lowered the probability."""
ARC_PALETTE = (*PITCH_COLOURS, VISITOR_COLOUR, OPPOSING_ARC_COLOUR)
VISITOR_INDEX, OPPOSING_INDEX = len(PITCH_COLOURS), len(PITCH_COLOURS) + 1
MAX_FULL_MEMORIES = 3.0  # number of arcs of a visitor's note that can be fully bright
MAX_MEMORY_NS = 12 * SECOND  # age of the earliest notes of a phrase that have arcs, ns
ARC_TRAVEL_S = 0.5  # travel time of the light along an arc, seconds; it arrives as the note sounds
_BASE_ARC_HEIGHT_PX, _ARC_HEIGHT_PER_WIDTH, _MAX_ARC_HEIGHT_PX = 70.0, 0.34, 300.0
_MIN_LIGHT, _MIN_ARC_LEVEL = 0.03, 0.03  # of a note and of an arc that are drawn
_BEADS_PER_ARC = 4
_BEAD_GAP = 0.02  # distance between the beads, as a share of the arc


@dataclass(frozen=True, slots=True)
class NoteCause:
    """An earlier note, and its contribution relative to the strongest, -1 to 1."""

    timed: TimedCue
    weight: float


def strongest_causes(attribution: NoteAttribution, cues: tuple[TimedCue, ...]) -> list[NoteCause]:
    """The strongest contributions of notes that are still in `cues`, weakest first."""
    known = {timed.cue.serial: timed for timed in cues}
    largest = max(1e-9, float(np.abs(attribution.contributions).max(initial=0.0)))
    causes = [
        NoteCause(known[serial], float(share) / largest)
        for serial, share in zip(
            attribution.cause_serials.tolist(), attribution.contributions, strict=True
        )
        if serial in known and abs(share) > MIN_RELATIVE_SHARE * largest
    ]
    return sorted(causes, key=lambda cause: abs(cause.weight))[-MAX_ARCS:]


def remembered_notes(timed: TimedCue, cues: tuple[TimedCue, ...]) -> list[NoteCause]:
    """Earlier notes of a visitor's phrase, by the likeness of the states after both notes.

    The likeness is the cosine of the angle between the states of the last layer, at least 0.
    """
    causes = [
        NoteCause(earlier, _likeness(timed.cue, earlier.cue))
        for earlier in cues
        if earlier.cue.source is NoteSource.VISITOR and 0 < timed.due - earlier.due < MAX_MEMORY_NS
    ]
    return sorted(causes, key=lambda cause: cause.weight)[-MAX_ARCS:]


def _likeness(later: NoteCue, earlier: NoteCue) -> float:
    now, then = (cue.activations[-1, HIDDEN_INDEX] for cue in (later, earlier))
    size = float(np.linalg.norm(now) * np.linalg.norm(then))
    return max(0.0, float(now @ then) / max(size, 1e-9))


class KnownCauses:
    """The causes of notes, found once for each note; `follow` is to be called for each frame."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._cues: tuple[TimedCue, ...] = ()
        # by the identity of a cue: of those cues, and what is known of the causes of some of them
        self._known: dict[int, TimedCue] = {}
        self._causes: dict[int, tuple[NoteAttribution | None, list[NoteCause]]] = {}

    def follow(self, timeline: Timeline) -> None:
        """Take the cues of a frame, and forget the causes of those that are gone."""
        self._timeline, cues = timeline, timeline.cues
        if cues != self._cues:  # mostly the same objects as in the last frame
            self._cues, self._known = cues, {id(timed.cue): timed for timed in cues}
            self._causes = {
                key: causes for key, causes in self._causes.items() if key in self._known
            }

    def of(self, timed: TimedCue) -> list[NoteCause]:
        """What a note is due to, weakest first; nothing if it is not known."""
        by_visitor = timed.cue.source is NoteSource.VISITOR
        attribution = None if by_visitor else self._timeline.attribution(timed.cue.serial)
        told, found = self._causes.get(id(timed.cue), (None, None))
        if found is None or told is not attribution:
            if by_visitor:
                found = remembered_notes(timed, self._cues)
            elif attribution is not None:
                found = strongest_causes(attribution, self._cues)
            else:
                return []
            self._causes[id(timed.cue)] = attribution, found
        # an earlier note may be gone by now, or have ended
        return [
            NoteCause(self._known[id(cause.timed.cue)], cause.weight)
            for cause in found
            if id(cause.timed.cue) in self._known
        ]


_ARC_SHARE = np.linspace(0.0, 1.0, POINTS_PER_ARC)
_ARC_ADVANCE = _ARC_SHARE - 0.12 * np.sin(2 * np.pi * _ARC_SHARE) / 2
_ARC_RISE = np.sin(np.pi * _ARC_SHARE) ** 0.8
"""Shares of each point of an arc: of the way, of the distance across, of the height."""


def arc_paths(starts: Floats, ends: Floats, sides: Floats, steepness: float = 1.0) -> Floats:
    """Curves over (side -1) or below (side 1) pairs of points (n, 2), as (n, POINTS_PER_ARC, 2)."""
    ways = (ends - starts)[:, None]  # (arcs, 1, 2)
    rise = _BASE_ARC_HEIGHT_PX + steepness * _ARC_HEIGHT_PER_WIDTH * np.abs(ways[..., 0])
    height = sides[:, None] * np.minimum(_MAX_ARC_HEIGHT_PX, rise)  # (arcs, 1)
    paths = starts[:, None] + ways * np.stack([_ARC_ADVANCE, _ARC_SHARE], axis=1)
    paths[..., 1] += height * _ARC_RISE
    return paths


@dataclass(frozen=True, slots=True)
class _Arc:
    """An arc to be drawn; `light` is the brightness of its note, `level` its own, 0 to 1."""

    cause: NoteCause
    foot: tuple[float, float]
    head: tuple[float, float]
    colour: int
    light: float
    level: float
    thickness: int  # number of lines, each a pixel below the other
    progress: float  # share of the way at which its beads are; they are seen between 0 and 1


class CauseArcs:
    """Draws the arcs between the notes of a piano roll.

    Attributes
    ----------
    piano_roll : PianoRoll
        The roll, which may change from frame to frame.
    causes : KnownCauses
        Those of the frame that was drawn last.
    """

    def __init__(self, piano_roll: PianoRoll, steepness: float = 1.0) -> None:
        self.piano_roll, self._steepness = piano_roll, steepness
        self.causes = KnownCauses()
        self._bead = glow_atlas(14, core=2.2, halo=0.6, white=0.8, colours=ARC_PALETTE)
        self._cause_light = glow_atlas(30, core=3.5, halo=0.6, white=0.6, colours=ARC_PALETTE)

    def draw(
        self, strokes: GlowingLines, frame: Frame, notes: Iterable[tuple[TimedCue, float]]
    ) -> list[PlacedSprite]:
        """Add the arcs of notes, each at a brightness of 0 to 1, to `strokes`; return their lights.

        Opposing arcs are dashed, so that they differ in more than colour.
        """
        self.causes.follow(frame.timeline)
        arcs = [arc for timed, light in notes for arc in self._arcs_of(timed, light, frame)]
        if not arcs:
            return []
        feet, heads = (np.array([getattr(arc, end) for arc in arcs]) for end in ("foot", "head"))
        weights, levels = np.array([(arc.cause.weight, arc.level) for arc in arcs]).T
        colours, thickness = np.array([(arc.colour, arc.thickness) for arc in arcs]).T
        paths = arc_paths(feet, heads, np.where(weights < 0, 1.0, -1.0), self._steepness)
        shown = paths[:, :-1, 0] >= self.piano_roll.rect.left  # (arcs, points - 1)
        solid = shown & (weights >= 0)[:, None]
        drawn = solid | (shown & (np.arange(POINTS_PER_ARC - 1) % 3 == 0))
        for line in range(thickness.max()):
            arc, point = np.nonzero(drawn & (thickness > line)[:, None])
            start, end = paths[arc, point], paths[arc, point + 1]
            beside = line * unit_across(start, end)
            strokes.lines.add_segments(start + beside, end + beside, colours[arc], levels[arc])
        arc, point = np.nonzero(solid)
        glow = 0.3 * levels * weights
        strokes.add_glow(paths[arc, point], paths[arc, point + 1], colours[arc], glow[arc])
        return [
            light
            for arc, path in zip(arcs, paths, strict=True)
            if arc.cause.weight >= 0
            for light in self._lights(arc, path)
        ]

    def _arcs_of(self, timed: TimedCue, light: float, frame: Frame) -> list[_Arc]:
        """The arcs of a note; none if what they lead to is not known."""
        causes = self.causes.of(timed) if light >= _MIN_LIGHT else []
        by_visitor = timed.cue.source is NoteSource.VISITOR
        travelled = frame.seconds_since(timed.due) / ARC_TRAVEL_S
        progress = 1.0 - travelled if by_visitor else 1.0 + travelled
        if by_visitor:  # arcs from everything are no brighter than a few
            light *= min(1.0, (MAX_FULL_MEMORIES / max(1.0, sum(c.weight for c in causes))) ** 0.7)
        head, arcs = self._arc_end(timed, frame.time), []
        for cause in causes:
            opposes = cause.weight < 0
            colour = VISITOR_INDEX if by_visitor else cause.timed.cue.pitch % 12
            level = light * (0.15 + 0.85 * abs(cause.weight) ** 0.7)
            if level < _MIN_ARC_LEVEL:
                continue
            arcs.append(
                _Arc(
                    cause,
                    self.arc_start(cause.timed, frame.time),
                    head,
                    OPPOSING_INDEX if opposes else colour,
                    light,
                    0.75 * level if opposes else level,
                    1 if opposes else 1 + round((1 if by_visitor else 3) * cause.weight),
                    progress,
                )
            )
        return arcs

    def _lights(self, arc: _Arc, path: Floats) -> list[PlacedSprite]:
        """The light of a cause, and the beads on their way to the note."""
        weight, by_visitor = arc.cause.weight, arc.colour == VISITOR_INDEX
        own = 0.3 if by_visitor else 1.0  # a visitor's notes are bright themselves
        lights = [(self._cause_light, own * arc.light * weight, arc.foot)]
        if 0.0 < arc.progress < 1.0:
            strength = arc.light if by_visitor else 1.0
            for bead in range(_BEADS_PER_ARC):
                along = arc.progress - _BEAD_GAP * bead
                if along > 0:
                    point = path[int(along * (POINTS_PER_ARC - 1))].tolist()
                    lights.append((self._bead, strength * weight / (1 + bead), point))
        return [
            atlas.sprite_centred_at(arc.colour, level, x, y)
            for atlas, level, (x, y) in lights
            if x >= self.piano_roll.rect.left
        ]

    def _arc_end(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """The start of a note, or its point at the line of the present while it sounds."""
        x, y = self.piano_roll.x(timed.due, time), self.piano_roll.y(timed.cue.pitch)
        return (max(x, self.piano_roll.now_x) if timed.is_sounding(time) else x), y

    def arc_start(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """The middle of the part of a note that has sounded."""
        middle = (timed.due + min(timed.end_at(time), time)) // 2
        x = min(self.piano_roll.now_x, self.piano_roll.x(middle, time))
        return x, self.piano_roll.y(timed.cue.pitch)
