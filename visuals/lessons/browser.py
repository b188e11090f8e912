"""Explorer: the lessons, one of which is open or none. It knows no window and no clock."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pygame

from midi_data.notes import LOWEST_PITCH
from rnn.teaching.probed_network import Subject
from rnn.teaching.tune_learner import Snapshot
from visuals.drawing.canvas import Canvas, vignette
from visuals.drawing.theme import DIM, FAINT
from visuals.drawing.typography import TextStyle
from visuals.lessons import lesson_types
from visuals.lessons.actions import Action
from visuals.lessons.audio import DummyVoice, Voice
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.renderer import Brush
from visuals.lessons.panel import Back, Goto, Panel, Place, Press, targets
from visuals.lessons.player import Player
from visuals.lessons.shared_state import Bench
from visuals.scenes.base import Frame, Toolkit
from visuals.timeline import SECOND, Timeline

IDLE = 75.0
"""Seconds without a touch after which the visitor has left and the scene comes back."""
IDLE_PLAYING = 240.0
"""The same while a lesson runs by itself: somebody may be watching."""
DOOR, DOOR_RADIUS = (40, 1012), 22
DOOR_RECT = pygame.Rect(4, 976, 72, 72)
"""Where a touch opens the lessons."""
_KEY_LIGHT = 0.8

log = logging.getLogger(__name__)


class Explorer:
    """Opens, shows and closes the lessons.

    Closing one puts all back as at first: the next visitor finds nothing of the last one.

    Parameters
    ----------
    toolkit : Toolkit
    voice : Voice, optional
        Of every lesson.
    bench : Bench, optional
        Where lessons have a network learn.

    Attributes
    ----------
    is_open : bool
    """

    def __init__(
        self, toolkit: Toolkit, voice: Voice | None = None, bench: Bench | None = None
    ) -> None:
        self._voice = voice or DummyVoice()
        self._bench = bench or Bench()
        self._furnish(toolkit)
        self._ground: pygame.Surface | None = None  # no words are on it
        self._lessons: tuple[Lesson, ...] = ()
        self._players: tuple[Player, ...] = ()
        self._number = 0
        self._touched: int | None = None
        self._told = ""
        self.is_open = False

    @property
    def lesson(self) -> Lesson:
        """The lesson that is open, or would be."""
        return self._lessons[self._number]

    @property
    def player(self) -> Player:
        """Its player."""
        return self._players[self._number]

    def speak(self, toolkit: Toolkit) -> None:
        """Go on with other type, words and piano: in another language, wherever a visitor is."""
        self._furnish(toolkit)
        for lesson in self._lessons:
            lesson.speak(toolkit.words)
        if self.is_open:
            self.prepare()

    def _furnish(self, toolkit: Toolkit) -> None:
        self._toolkit, self._keyboard = toolkit, toolkit.keyboard
        self._panel = Panel(toolkit.words)
        self._brush: Brush | None = None

    def prepare(self) -> None:
        """Build the lessons, if they are not; `open` does, but takes longer then."""
        if self._brush is None:
            self._brush = Brush(self._toolkit.type)
        if self._ground is None:
            self._ground = self._paint_ground()
        if not self._lessons:
            self._lessons = tuple(new(self._toolkit.words) for new in lesson_types())
            for lesson in self._lessons:
                lesson.equip(self._bench)
            self._players = tuple(Player(lesson.walk, self._voice) for lesson in self._lessons)

    def open(self) -> None:
        """Show the first lesson from its start."""
        self.prepare()
        self.close()
        self.is_open = True
        self._voice.open()

    def close(self) -> None:
        """Back to the music, and everything as at first."""
        self._voice.close()
        self._bench.clear()  # before the walks begin anew, or they would find what was left
        for player in self._players:
            player.restart()
        self._number, self._touched, self.is_open = 0, None, False
        self._told = ""

    def press(self, action: Press, now: int) -> None:
        """A visitor did something; nothing happens while closed."""
        if not self.is_open:
            return
        self._touched = now
        if action is Back.BACK:
            self.close()
        elif action in (Action.NEXT, Action.BEFORE):
            self._go_to(self._number + (1 if action is Action.NEXT else -1))
        elif isinstance(action, Goto):
            self._go_to(action.lesson)
        else:
            self.player.press(action, now)

    def _go_to(self, number: int) -> None:
        """Another lesson from its start; this one is as if never touched."""
        self.player.restart()
        self._number = number % len(self._lessons)
        self.player.restart()

    def targets(self) -> tuple[pygame.Rect, ...]:
        """Where a touch does something now, whatever it is."""
        if not self.is_open:
            return (DOOR_RECT,)
        return (*self._targets().values(), *self.lesson.targets())

    def _targets(self) -> Mapping[Press, pygame.Rect]:
        return targets(len(self._lessons), self.lesson.walk.now.turns)

    def point(self, x: float, y: float, now: int) -> None:
        """A visitor touched the picture at a point: a button, or while closed the door."""
        if not self.is_open:
            if DOOR_RECT.collidepoint(x, y):
                self.open()
            return
        for action, rect in self._targets().items():
            if rect.collidepoint(x, y):
                self.press(action, now)
                return
        self._touched = now
        self.lesson.point(x, y)

    def study(self, subject: Subject | None) -> None:
        """Another network plays: ask its cells, as soon as that lesson begins again."""
        self._bench.subject = subject

    def take_chosen(self) -> Snapshot | Path | None:
        """The network a visitor chose to play with since the last call, if any."""
        return self._bench.take_chosen()

    def listen(self, timeline: Timeline, now: int) -> None:
        """Hear what the visitor plays while a lesson is open; who plays has not left."""
        if not self.is_open:
            return
        if self._bench.ear.listen(timeline, now):
            self._touched = now

    def draw_door(self, surface: pygame.Surface) -> None:
        """Draw the way in, beside the piano of a live scene."""
        pygame.draw.aacircle(surface, FAINT, DOOR, DOOR_RADIUS, 1)
        style = TextStyle(24, "jost-300", 0.0, DIM)
        self._toolkit.type.put(surface, "?", (DOOR[0], DOOR[1] - 18), style, "centre")

    def run(self, now: int) -> None:
        """Let time pass; a lesson nobody has touched for long closes."""
        if not self.is_open:
            return
        if self._touched is None:
            self._touched = now
        self.player.run(now)
        if self._bench.chosen is not None:
            self.close()
            return
        patience = IDLE_PLAYING if self.player.playing else IDLE
        if now - self._touched > patience * SECOND:
            self.close()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the open lesson over the whole picture, the piano as it sounds below it."""
        if self._brush is None or self._ground is None or not self.is_open:
            raise RuntimeError("no lesson is open")
        lesson, player, brush = self.lesson, self.player, self._brush
        look = Look(lesson.walk, player.age(frame.time), frame.time / SECOND)
        surface.blit(self._ground, (0, 0))
        brush.begin(surface)
        lesson.draw(brush, look)
        place = Place(
            self._number,
            len(self._lessons),
            lesson.walk.position,
            len(lesson.walk.steps),
            player.playing,
            lesson.walk.now.turns,
        )
        sentence = lesson.sentence()
        self._panel.draw(brush, lesson.say("title"), sentence, look.fresh, place)
        brush.end()
        shown = f"lesson {lesson.name}, {lesson.walk.now.name}: {sentence}"
        if shown != self._told:
            self._told = shown
            log.debug("%s", shown)
        self._keyboard.draw(surface, self._lights(frame), frame.ahead, frame.visitor)

    def _lights(self, frame: Frame) -> np.ndarray:
        """Light of the keys: what sounds, and what the lesson sings."""
        lights, pitches = frame.keys, self._voice.sounding(frame.time)
        if pitches:
            lights = lights.copy()
            keys = [pitch - LOWEST_PITCH for pitch in sorted(pitches)]
            lights[keys] = np.maximum(lights[keys], _KEY_LIGHT)
        return lights

    def _paint_ground(self) -> pygame.Surface:
        canvas = Canvas()
        vignette(canvas, (820.0, 470.0))
        ground = canvas.surface()
        self._keyboard.draw_static(ground)
        return ground
