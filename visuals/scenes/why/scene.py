"""Why: the sounding note, and arcs back to the notes that made it likely.

The brightness of an arc is the contribution of its note to the probability of the sounding note.
The contribution is measured in the network itself, as gradient times input. Dashed arcs below come
from notes that made the sounding note less likely.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pygame

from messages.clock import SECOND
from messages.cues import NoteSource, Turn
from midi_data.notes import fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.canvas import Canvas, add_background_light, bezier
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import poll_input
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import Scene
from visuals.scenes.base.visitor_wave import visitor_onsets
from visuals.scenes.why.band_arcs import BandArcs
from visuals.scenes.why.cause_arcs import (
    ARC_PALETTE,
    VISITOR_INDEX,
    CauseArcs,
)
from visuals.timeline import TimedCue
from visuals.widgets.piano_roll import MAX_SURPRISE_BITS, PianoRoll

PIANO_ROLL_RECT = pygame.Rect(80, 420, 1760, 330)
PIANO_ROLL_NOW_X_PX = 1450.0
ARC_FADE_S, VISITOR_ARC_FADE_S = 0.4, 2.4
"""Time in which the arcs of a note fade once the next note sounds, seconds."""
MIN_PHRASE_S, MIN_PHRASE_REACH_SEMITONES = 5.5, 7.0
"""Duration and half the range of pitches that fill the picture at least."""
ZOOM_EASING_S = 0.5  # time constant of the change of scale, seconds
MAX_NAMED_CAUSES = 3  # number of causes with a written note name
RESTING_LIGHT, RESTING_PERIOD_S = 0.35, 6.0
"""Light of the latest note's arcs in silence, and the time in which it rises and falls, seconds."""
_SURPRISE_SCALE_RECT = pygame.Rect(1240, 206, 600, 4)
_SURPRISE_SCALE_COLOUR = shade(RULE_COLOUR, 0.8)
_RECENT_NOTES_NS = 4 * SECOND
_NAME_BRIGHTNESS_STEPS = 10
_MIN_NAME_LIGHT, _MIN_NAME_BRIGHTNESS = RESTING_LIGHT, 0.85
"""Light of a cause above which it is named, and least brightness of a name: fainter ones cannot be
read."""


class WhyScene(Scene):
    """The causes of the sounding note."""

    name = "why"
    prompt_position = (80, 838)
    code_rect = pygame.Rect(60, 190, 330, 330)
    crowd_position = (440, 170)
    piano_roll = PianoRoll(PIANO_ROLL_RECT, PIANO_ROLL_NOW_X_PX, 118.0, 14, (50, 88), stems=False)
    glow_rect = pygame.Rect(64, 144, 1792, 840)  # area of the arcs and of the threads to the keys

    def _prepare(self) -> None:
        layout = self.layout  # arcs are as high as in landscape, but lower in 4:3
        steepness = min(1.0, layout.y_map[1] ** 3) / layout.x_map[1]
        self._arcs = CauseArcs(self.piano_roll, steepness)
        self._surprise_scale = self.layout.rect(_SURPRISE_SCALE_RECT, "why surprise")
        self._view, self._zoomed_at = np.array((self.piano_roll.speed, *self.piano_roll.pitches)), 0
        self._renderer = LineRenderer(ARC_PALETTE, adds=True)
        self._band_arcs = BandArcs(self.layout, self.resources)
        self._note_light = glow_atlas(60, core=9, halo=0.7, white=0.5, colours=ARC_PALETTE)
        self._surprise_light = glow_atlas(12, core=3, halo=0.5, white=0.5)

    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        self._zoom(frame)
        strokes = GlowingLines(self._renderer, self._glow)
        strength = {timed.cue.serial: level for timed, level in visitor_onsets(frame, 4.0)}
        lit_notes = [
            (timed, _arc_brightness(timed, frame) * strength.get(timed.cue.serial, 1.0))
            for timed in _notes_near_now(frame)
        ]
        poll_input(surface)
        sprites = self._arcs.draw(strokes, frame, lit_notes)
        poll_input(surface)
        for timed, light in lit_notes:
            sprites += self._draw_key_thread(strokes, timed, light, frame)
        self._band_arcs.draw(surface, strokes, frame, self._arcs.piano_roll)
        strokes.draw(surface)
        poll_input(surface)
        self._arcs.piano_roll.draw(surface, frame.timeline, frame.time, frame.taken_up)
        surface.fblits(sprites, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        latest = frame.timeline.latest_cue(frame.time)
        if latest is not None:
            light = _arc_brightness(latest, frame)
            self._write_cause_names(surface, frame, latest, light)
            self._draw_surprise(surface, frame, latest, max(0.25, light))

    def _zoom(self, frame: Frame) -> None:
        """Enlarge the visitor's phrase, while it is heard, until it fills the picture."""
        roll, target = self.piano_roll, (self.piano_roll.speed, *self.piano_roll.pitches)
        phrase = _phrase_of_turn(frame)
        if phrase:
            seconds = max(MIN_PHRASE_S, frame.seconds_since(phrase[0].due) + 0.5)
            speed = (roll.now_x - roll.rect.left) / seconds
            pitches = [timed.cue.pitch for timed in phrase]
            middle, reach = (min(pitches) + max(pitches)) / 2, (max(pitches) - min(pitches)) / 2
            reach = max(MIN_PHRASE_REACH_SEMITONES, reach + 1.5)
            target = max(roll.speed, speed), middle - reach, middle + reach
        passed = min(0.1, max(0.0, frame.seconds_since(self._zoomed_at)))
        share = 1.0 if frame.reduced_motion else 1.0 - float(np.exp(-passed / ZOOM_EASING_S))
        self._zoomed_at = frame.time
        self._view = self._view + (np.array(target) - self._view) * share
        speed, low, high = self._view.tolist()
        self._arcs.piano_roll = replace(roll, speed=speed, pitches=(low, high))

    def _draw_key_thread(
        self, strokes: GlowingLines, timed: TimedCue, light: float, frame: Frame
    ) -> list[PlacedSprite]:
        """Draw the thread from a sounding note to its key, and return the light of the note."""
        level = frame.light_of_key(timed.cue.pitch) * light
        if timed.due > frame.time or level < 0.03:
            return []
        by_visitor = timed.cue.source is NoteSource.VISITOR
        tone = VISITOR_INDEX if by_visitor else timed.cue.pitch % 12
        y = self._arcs.piano_roll.y(timed.cue.pitch)
        x, end = self.piano_roll.now_x, self.resources.keyboard.key_top(fold_pitch(timed.cue.pitch))
        path = bezier((x, y), (x, end[1] - 76), (end[0], end[1] - 176), end, 36)
        strokes.add(path[None], tone, 0.9 * level, glow_level=0.3 * level, stride=1)
        return [self._note_light.sprite_centred_at(tone, 0.8 * level, x, y)]

    def _write_cause_names(
        self, surface: pygame.Surface, frame: Frame, latest: TimedCue, light: float
    ) -> None:
        """Write the names of the strongest supporting causes below their notes."""
        if latest.cue.source is NoteSource.VISITOR:  # whose arcs lead to all notes before
            return
        for cause in self._arcs.causes.of(latest)[-MAX_NAMED_CAUSES:]:
            x, y = self._arcs.arc_start(cause.timed, frame.time)
            if cause.weight <= 0 or x <= self.piano_roll.rect.left:
                continue
            level = light * cause.weight**0.5
            if level > _MIN_NAME_LIGHT:
                pitch_class = cause.timed.cue.pitch % 12
                steps = round(max(_MIN_NAME_BRIGHTNESS, level) * _NAME_BRIGHTNESS_STEPS)
                colour = shade(PITCH_COLOURS[pitch_class], steps / _NAME_BRIGHTNESS_STEPS)
                place = (x, y + 12)  # below the foot of the arc
                name, style = (
                    self.resources.words.note_name(pitch_class),
                    TextStyle(self.resources.typesetter.scale.least, "jost-300", 0.0, colour),
                )
                self.resources.typesetter.draw_note_name(surface, name, place, style, "centre")

    def _draw_surprise(
        self, surface: pygame.Surface, frame: Frame, latest: TimedCue, light: float
    ) -> None:
        """Mark the surprise of the latest note, and of recent notes, on the scale."""
        y, start = self._surprise_scale.centery, frame.time - _RECENT_NOTES_NS
        for timed in frame.timeline.cues_between(start, latest.due):
            freshness = 1.0 - (frame.time - timed.due) / _RECENT_NOTES_NS
            if timed.due < latest.due and freshness > 0.1:
                tint = PITCH_COLOURS[timed.cue.pitch % 12]
                colour = mix(_SURPRISE_SCALE_COLOUR, tint, 0.7 * freshness)
                pygame.draw.aacircle(surface, colour, (self._surprise_x(timed), y), 4)
        x, pitch_class = self._surprise_x(latest), latest.cue.pitch % 12
        pygame.draw.aacircle(surface, shade(PITCH_COLOURS[pitch_class], light), (x, y), 9)
        surface.fblits(
            [self._surprise_light.sprite_centred_at(pitch_class, light, x, y)], BLEND_ADD
        )

    def _surprise_x(self, timed: TimedCue) -> float:
        share = float(np.clip(timed.cue.surprise / MAX_SURPRISE_BITS, 0.0, 1.0))
        return self._surprise_scale.left + share * self._surprise_scale.width

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas(self.layout.size)
        x, rect = self.piano_roll.now_x, self.piano_roll.rect
        add_background_light(canvas, (x, float(rect.centery)))
        for y in range(rect.top - 12, rect.bottom, 9):
            canvas.draw_circle((x, y), 0.9, shade(RULE_COLOUR, 1.2))
        canvas.flatten_strokes()
        words, scale = self.resources.words, self._surprise_scale
        surface = self._finish_background(canvas, words["why.subtitle"], labels=True)
        surface.fill(_SURPRISE_SCALE_COLOUR, scale)
        draw_text, y = self.resources.typesetter.draw_text, scale.bottom + 8
        label = TextStyle(self.resources.typesetter.scale.least, "jost-400", 1.5, LABEL_COLOUR)
        draw_text(surface, words["why.expected"], (scale.left, y), label)
        draw_text(surface, words["why.surprising"], (scale.right, y), label, "right")
        return surface


def _arc_brightness(timed: TimedCue, frame: Frame) -> float:
    """Brightness of a note's arcs, 0 to 1; those of the latest note rest in silence."""
    if timed.due > frame.time:
        return 0.5 * anticipation_level(timed, frame.time, 0.5)
    following = frame.timeline.next_cue(timed.due)
    rise = 0.5 + 0.5 * min(1.0, frame.seconds_since(timed.due) / 0.12)
    remaining = 1.0
    if following is not None and following.due <= frame.time:
        by_visitor = timed.cue.source is NoteSource.VISITOR
        fade_s = VISITOR_ARC_FADE_S if by_visitor else ARC_FADE_S
        remaining = max(0.0, 1.0 - frame.seconds_since(following.due) / fade_s)
    breath = math.cos(math.tau * frame.ambient_time_s / RESTING_PERIOD_S)
    resting = RESTING_LIGHT * (0.75 + 0.25 * breath)
    return rise * remaining * max(resting, 1.0 - frame.silence_s(timed) / 2.5)


def _phrase_of_turn(frame: Frame) -> list[TimedCue]:
    """The visitor's notes of this turn; none in another turn."""
    turn = frame.timeline.turn(frame.time)
    if turn.turn is not Turn.LISTEN:
        return []
    known = frame.timeline.cues_between(turn.due - SECOND, frame.time + 1)
    return [timed for timed in known if timed.cue.source is NoteSource.VISITOR]


def _notes_near_now(frame: Frame) -> list[TimedCue]:
    """The latest note, those that began recently, and those that begin within a second."""
    start, end = frame.time - _RECENT_NOTES_NS, frame.time + SECOND
    latest = frame.timeline.latest_cue(frame.time)
    if latest is not None:
        start = min(start, latest.due - 1)
    return [timed for timed in frame.timeline.cues if start < timed.due < end]
