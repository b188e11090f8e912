"""Why: the note that sounds, and arcs back to the notes that called for it.

An arc is as bright as what that note did to the probability of the one that sounds, measured in the
network itself (gradient times input); dashed arcs below are of notes that spoke against it.
"""

from __future__ import annotations

import numpy as np
import pygame

from messages.cues import Source
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import charge
from visuals.drawing.bloom import Glow
from visuals.drawing.canvas import Canvas, bezier, vignette
from visuals.drawing.sprites import ADD, Placed, glow_atlas
from visuals.drawing.theme import (
    DIM,
    FAINT,
    NOTE_NAMES,
    PITCH_COLOURS,
    TITLE_PLACE,
    mix,
    shade,
)
from visuals.drawing.typography import SUBTITLE, TITLE, TextStyle
from visuals.hud.note_name_label import NoteName
from visuals.hud.piano_roll import MOST_BITS, Ribbon
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame, Scene, Toolkit
from visuals.scenes.why.cause_arcs import Arcs, causes
from visuals.timeline import SECOND, TimedCue

RIBBON_RECT = pygame.Rect(80, 420, 1760, 330)
NOW, SPEED = 470.0, 118.0
"""x of NOW, and pixels a second."""
GLOW_RECT = pygame.Rect(64, 144, 1792, 840)
"""What may glow: arcs, and threads down to the keys."""
PITCHES = (50, 88)
"""At the lower and upper edge of the ribbon."""
NAMED = 3
"""The strongest causes, written by name."""
_SCALE = pygame.Rect(1290, 198, 550, 4)
_TRACK = shade(FAINT, 0.8)
_RECENT = 4 * SECOND
_STEPS = 10


class Why(Scene):
    """What caused the note that sounds."""

    name = "why"
    prompt_place = (80, 836)

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        super().__init__(anatomy, toolkit)
        self._ribbon = Ribbon(RIBBON_RECT, NOW, SPEED, thickness=14, pitches=PITCHES, stems=False)
        self._arcs = Arcs(self._ribbon)
        self._note_name = NoteName(toolkit.type)
        self._glow = Glow(GLOW_RECT)
        self._heart = glow_atlas(60, core=9, halo=0.7, white=0.5)
        self._bead = glow_atlas(12, core=3, halo=0.5, white=0.5)
        self._background = self._draw_background()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        surface.blit(self._background, (0, 0))
        self._glow.begin()
        lights: list[Placed] = []
        lit = [(self._light(timed, frame), timed) for timed in _near(frame)]
        for light, timed in sorted(lit, key=lambda pair: pair[0]):  # lines cover one another
            lights += self._arcs.draw(surface, self._glow, frame, timed, light)
            lights += self._fall(surface, timed, light, frame)
        self._ribbon.draw(surface, frame.timeline, frame.time)
        surface.fblits(lights, ADD)
        if frame.detail > 0:
            self._glow.add_to(surface)
        self._name_causes(surface, frame)
        self._draw_surprise(surface, frame)
        self.toolkit.keyboard.draw(surface, frame.keys, frame.ahead, frame.visitor)
        self._note_name.draw(surface, frame.timeline, frame.time)

    def _light(self, timed: TimedCue, frame: Frame) -> float:
        """How bright the arcs of a note are; those of the latest note stay till the next."""
        if timed.due > frame.time:
            return 0.5 * charge(timed, frame.time, 0.5)
        following = frame.timeline.following(timed.due)
        age = (frame.time - timed.due) / SECOND
        rise = 0.5 + 0.5 * min(1.0, age / 0.12)
        left = 1.0
        if following is not None and following.due <= frame.time:
            left = max(0.0, 1.0 - (frame.time - following.due) / SECOND / 0.4)
        over = max(0, frame.time - timed.end_at(frame.time)) / SECOND
        return rise * left * max(0.0, 1.0 - over / 2.5)

    def _fall(
        self, surface: pygame.Surface, timed: TimedCue, light: float, frame: Frame
    ) -> list[Placed]:
        """The thread from a note on the ribbon to its key."""
        pitch = fold_pitch(timed.cue.pitch)
        key = float(frame.keys[pitch - LOWEST_PITCH])
        if timed.due > frame.time or key * light < 0.03:
            return []
        tone, y = timed.cue.pitch % 12, self._ribbon.y(timed.cue.pitch)
        end = self.toolkit.keyboard.top(pitch)
        colour = shade(PITCH_COLOURS[tone], 0.9 * key * light)
        path = bezier((NOW, y), (NOW, 900), (end[0], 800), end, 36)
        pygame.draw.aalines(surface, colour, False, path.tolist())
        self._glow.draw(shade(colour, 0.3), path[::3].tolist())
        return [self._heart.placed(tone, 0.8 * key * light, NOW, y)]

    def _name_causes(self, surface: pygame.Surface, frame: Frame) -> None:
        """The names of the strongest causes, where they lie."""
        latest = frame.timeline.latest(frame.time)
        reasons = None if latest is None else frame.timeline.reasons(latest.cue.serial)
        if latest is None or reasons is None:
            return
        light = self._light(latest, frame)
        strongest = causes(reasons, frame.timeline.cues)[-NAMED:]
        for cause in (cause for cause in strongest if cause.weight > 0):
            level = round(light * _STEPS * cause.weight**0.5) / _STEPS
            x = self._ribbon.x(cause.timed.due, frame.time)
            if level > 0 and x < RIBBON_RECT.right:
                tone = cause.timed.cue.pitch % 12
                style = TextStyle(30, "jost-300", 0.0, shade(PITCH_COLOURS[tone], level))
                y = self._ribbon.y(cause.timed.cue.pitch) + 12
                self.toolkit.type.put_note(surface, NOTE_NAMES[tone], (x, y), style, "centre")

    def _draw_surprise(self, surface: pygame.Surface, frame: Frame) -> None:
        """Where the latest note lies between expected and surprising."""
        latest = frame.timeline.latest(frame.time)
        if latest is None:
            return
        light = max(0.25, self._light(latest, frame))
        before = frame.timeline.between(frame.time - _RECENT, latest.due)
        for timed in before:
            old = 1.0 - (frame.time - timed.due) / _RECENT
            if timed.due < latest.due and old > 0.1:
                colour = mix(_TRACK, PITCH_COLOURS[timed.cue.pitch % 12], 0.7 * old)
                pygame.draw.aacircle(surface, colour, (_surprise_x(timed), _SCALE.centery), 4)
        place = (_surprise_x(latest), _SCALE.centery)
        tone = latest.cue.pitch % 12
        pygame.draw.aacircle(surface, shade(PITCH_COLOURS[tone], light), place, 9)
        surface.fblits([self._bead.placed(tone, light, *place)], ADD)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        vignette(canvas, (NOW, float(RIBBON_RECT.centery)))
        y = RIBBON_RECT.top - 12.0
        while y < RIBBON_RECT.bottom:
            canvas.circle((NOW, y), 0.9, shade(FAINT, 1.2))
            y += 9
        canvas.settle()
        surface = canvas.surface()
        type, words = self.toolkit.type, self.toolkit.words
        self._ribbon.draw_static(surface, type, words)
        surface.fill(_TRACK, _SCALE)
        label = TextStyle(14, "jost-400", 3.2, DIM)
        y = _SCALE.bottom + 14
        type.put(surface, words["why.expected"], (_SCALE.left, y), label)
        type.put(surface, words["why.surprising"], (_SCALE.right, y), label, "right")
        type.put(surface, words["why.title"], TITLE_PLACE, TITLE)
        quiet = TextStyle(SUBTITLE.size, SUBTITLE.face, SUBTITLE.tracking, DIM)
        type.put(surface, words["why.subtitle"], (TITLE_PLACE[0] + 3, 128), quiet)
        self.toolkit.keyboard.draw_static(surface)
        return surface


def _near(frame: Frame) -> list[TimedCue]:
    """Notes of the network about now: those that have arcs, or will in a moment."""
    start, end = frame.time - _RECENT, frame.time + SECOND
    return [
        timed
        for timed in frame.timeline.cues
        if start < timed.due < end and timed.cue.source is Source.NETWORK
    ]


def _surprise_x(timed: TimedCue) -> float:
    share = float(np.clip(timed.cue.surprise / MOST_BITS, 0.0, 1.0))
    return _SCALE.left + share * _SCALE.width
