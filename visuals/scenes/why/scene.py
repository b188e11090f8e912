"""Why: the note that sounds, and arcs back to the notes that called for it.

An arc is as bright as what that note did to the probability of the one that sounds, measured in the
network itself (gradient times input); dashed arcs below are of notes that spoke against it.
"""

from __future__ import annotations

import numpy as np
import pygame

from messages.cues import NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas, add_background_light, bezier
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import (
    LABEL_COLOUR,
    NOTE_NAMES,
    PITCH_COLOURS,
    RULE_COLOUR,
    TITLE_POSITION,
    mix,
    shade,
)
from visuals.drawing.typography import SUBTITLE_STYLE, TITLE_STYLE, TextStyle
from visuals.hud.note_name_label import NoteNameLabel
from visuals.hud.piano_roll import MAX_SURPRISE_BITS, PianoRoll
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame, Scene, SceneResources
from visuals.scenes.why.cause_arcs import CauseArcs, strongest_causes
from visuals.timeline import SECOND, TimedCue

PIANO_ROLL_RECT = pygame.Rect(80, 420, 1760, 330)
PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S = 470.0, 118.0
"""x of PIANO_ROLL_NOW_X_PX, and pixels a second."""
GLOW_RECT = pygame.Rect(64, 144, 1792, 840)
"""What may glow: arcs, and threads down to the keys."""
PITCH_RANGE = (50, 88)
"""At the lower and upper edge of the ribbon."""
MAX_NAMED_CAUSES = 3
"""The strongest causes, written by name."""
_SURPRISE_SCALE_RECT = pygame.Rect(1290, 198, 550, 4)
_SURPRISE_SCALE_COLOUR = shade(RULE_COLOUR, 0.8)
_RECENT_NOTES_NS = 4 * SECOND
_STEPS = 10


class WhyScene(Scene):
    """What caused the note that sounds."""

    name = "why"
    prompt_position = (80, 836)

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources) -> None:
        super().__init__(anatomy, toolkit)
        self._piano_roll = PianoRoll(
            PIANO_ROLL_RECT,
            PIANO_ROLL_NOW_X_PX,
            PIANO_ROLL_SPEED_PX_PER_S,
            thickness=14,
            pitches=PITCH_RANGE,
            stems=False,
        )
        self._arcs = CauseArcs(self._piano_roll)
        self._note_name = NoteNameLabel(toolkit.typesetter)
        self._glow = GlowLayer(GLOW_RECT)
        self._note_light = glow_atlas(60, core=9, halo=0.7, white=0.5)
        self._bead = glow_atlas(12, core=3, halo=0.5, white=0.5)
        self._background = self._draw_background()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        surface.blit(self._background, (0, 0))
        self._glow.begin_frame()
        lights: list[PlacedSprite] = []
        lit = [(self._arc_brightness(timed, frame), timed) for timed in _notes_near_now(frame)]
        for light, timed in sorted(lit, key=lambda pair: pair[0]):  # lines cover one another
            lights += self._arcs.draw(surface, self._glow, frame, timed, light)
            lights += self._draw_key_thread(surface, timed, light, frame)
        self._piano_roll.draw(surface, frame.timeline, frame.time)
        surface.fblits(lights, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        self._write_cause_names(surface, frame)
        self._draw_surprise(surface, frame)
        self.resources.keyboard.draw(
            surface, frame.key_light, frame.next_key_probabilities, frame.visitor_key_light
        )
        self._note_name.draw(surface, frame.timeline, frame.time)

    def _arc_brightness(self, timed: TimedCue, frame: Frame) -> float:
        """How bright the arcs of a note are; those of the latest note stay till the next."""
        if timed.due > frame.time:
            return 0.5 * anticipation_level(timed, frame.time, 0.5)
        following = frame.timeline.next_cue(timed.due)
        age = (frame.time - timed.due) / SECOND
        rise = 0.5 + 0.5 * min(1.0, age / 0.12)
        left = 1.0
        if following is not None and following.due <= frame.time:
            left = max(0.0, 1.0 - (frame.time - following.due) / SECOND / 0.4)
        over = max(0, frame.time - timed.end_at(frame.time)) / SECOND
        return rise * left * max(0.0, 1.0 - over / 2.5)

    def _draw_key_thread(
        self, surface: pygame.Surface, timed: TimedCue, light: float, frame: Frame
    ) -> list[PlacedSprite]:
        """The thread from a note on the ribbon to its key."""
        pitch = fold_pitch(timed.cue.pitch)
        key = float(frame.key_light[pitch - LOWEST_PITCH])
        if timed.due > frame.time or key * light < 0.03:
            return []
        tone, y = timed.cue.pitch % 12, self._piano_roll.y(timed.cue.pitch)
        end = self.resources.keyboard.key_top(pitch)
        colour = shade(PITCH_COLOURS[tone], 0.9 * key * light)
        path = bezier((PIANO_ROLL_NOW_X_PX, y), (PIANO_ROLL_NOW_X_PX, 900), (end[0], 800), end, 36)
        pygame.draw.aalines(surface, colour, False, path.tolist())
        self._glow.draw_line(shade(colour, 0.3), path[::3].tolist())
        return [self._note_light.sprite_centred_at(tone, 0.8 * key * light, PIANO_ROLL_NOW_X_PX, y)]

    def _write_cause_names(self, surface: pygame.Surface, frame: Frame) -> None:
        """The names of the strongest causes, where they lie."""
        latest = frame.timeline.latest_cue(frame.time)
        reasons = None if latest is None else frame.timeline.attribution(latest.cue.serial)
        if latest is None or reasons is None:
            return
        light = self._arc_brightness(latest, frame)
        strongest = strongest_causes(reasons, frame.timeline.cues)[-MAX_NAMED_CAUSES:]
        for cause in (cause for cause in strongest if cause.weight > 0):
            level = round(light * _STEPS * cause.weight**0.5) / _STEPS
            x = self._piano_roll.x(cause.timed.due, frame.time)
            if level > 0 and x < PIANO_ROLL_RECT.right:
                tone = cause.timed.cue.pitch % 12
                style = TextStyle(30, "jost-300", 0.0, shade(PITCH_COLOURS[tone], level))
                y = self._piano_roll.y(cause.timed.cue.pitch) + 12
                self.resources.typesetter.draw_note_name(
                    surface, NOTE_NAMES[tone], (x, y), style, "centre"
                )

    def _draw_surprise(self, surface: pygame.Surface, frame: Frame) -> None:
        """Where the latest note lies between expected and surprising."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return
        light = max(0.25, self._arc_brightness(latest, frame))
        before = frame.timeline.cues_between(frame.time - _RECENT_NOTES_NS, latest.due)
        for timed in before:
            old = 1.0 - (frame.time - timed.due) / _RECENT_NOTES_NS
            if timed.due < latest.due and old > 0.1:
                colour = mix(_SURPRISE_SCALE_COLOUR, PITCH_COLOURS[timed.cue.pitch % 12], 0.7 * old)
                pygame.draw.aacircle(
                    surface, colour, (_surprise_x(timed), _SURPRISE_SCALE_RECT.centery), 4
                )
        place = (_surprise_x(latest), _SURPRISE_SCALE_RECT.centery)
        tone = latest.cue.pitch % 12
        pygame.draw.aacircle(surface, shade(PITCH_COLOURS[tone], light), place, 9)
        surface.fblits([self._bead.sprite_centred_at(tone, light, *place)], BLEND_ADD)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        add_background_light(canvas, (PIANO_ROLL_NOW_X_PX, float(PIANO_ROLL_RECT.centery)))
        y = PIANO_ROLL_RECT.top - 12.0
        while y < PIANO_ROLL_RECT.bottom:
            canvas.draw_circle((PIANO_ROLL_NOW_X_PX, y), 0.9, shade(RULE_COLOUR, 1.2))
            y += 9
        canvas.flatten_strokes()
        surface = canvas.to_surface()
        type, words = self.resources.typesetter, self.resources.words
        self._piano_roll.draw_static(surface, type, words)
        surface.fill(_SURPRISE_SCALE_COLOUR, _SURPRISE_SCALE_RECT)
        label = TextStyle(14, "jost-400", 3.2, LABEL_COLOUR)
        y = _SURPRISE_SCALE_RECT.bottom + 14
        type.draw_text(surface, words["why.expected"], (_SURPRISE_SCALE_RECT.left, y), label)
        type.draw_text(
            surface, words["why.surprising"], (_SURPRISE_SCALE_RECT.right, y), label, "right"
        )
        type.draw_text(surface, words["why.title"], TITLE_POSITION, TITLE_STYLE)
        quiet = TextStyle(
            SUBTITLE_STYLE.size, SUBTITLE_STYLE.face, SUBTITLE_STYLE.tracking, LABEL_COLOUR
        )
        type.draw_text(surface, words["why.subtitle"], (TITLE_POSITION[0] + 3, 128), quiet)
        self.resources.keyboard.draw_static(surface)
        return surface


def _notes_near_now(frame: Frame) -> list[TimedCue]:
    """Notes of the network about now: those that have arcs, or will in a moment."""
    start, end = frame.time - _RECENT_NOTES_NS, frame.time + SECOND
    return [
        timed
        for timed in frame.timeline.cues
        if start < timed.due < end and timed.cue.source is NoteSource.NETWORK
    ]


def _surprise_x(timed: TimedCue) -> float:
    share = float(np.clip(timed.cue.surprise / MAX_SURPRISE_BITS, 0.0, 1.0))
    return _SURPRISE_SCALE_RECT.left + share * _SURPRISE_SCALE_RECT.width
