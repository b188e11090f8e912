"""Explorer: the lessons, one of which is open or none. It knows no window and no clock."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pygame

from midi_data.notes import LOWEST_PITCH
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.drawing.canvas import Canvas, add_background_light
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR
from visuals.drawing.typography import TextStyle
from visuals.lessons import lesson_types
from visuals.lessons.actions import LessonAction
from visuals.lessons.audio import DummyLessonAudio, LessonAudio
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.panel import (
    GoToLesson,
    LessonExit,
    LessonPanel,
    LessonProgress,
    PanelAction,
    hit_targets,
)
from visuals.lessons.player import LessonPlayer
from visuals.lessons.shared_state import SharedLessonState
from visuals.scenes.base import Frame, SceneResources
from visuals.timeline import SECOND, Timeline

IDLE_TIMEOUT_S = 75.0
"""Seconds without a touch after which the visitor has left and the scene comes back."""
PLAYING_IDLE_TIMEOUT_S = 240.0
"""The same while a lesson runs by itself: somebody may be watching."""
ENTRY_BUTTON_CENTRE, ENTRY_BUTTON_RADIUS_PX = (40, 1012), 22
ENTRY_BUTTON_RECT = pygame.Rect(4, 976, 72, 72)
"""Where a touch opens the lessons."""
_LESSON_KEY_LEVEL = 0.8

log = logging.getLogger(__name__)


class LessonBrowser:
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
        self,
        toolkit: SceneResources,
        voice: LessonAudio | None = None,
        bench: SharedLessonState | None = None,
    ) -> None:
        self._audio = voice or DummyLessonAudio()
        self._shared_state = bench or SharedLessonState()
        self._use_toolkit(toolkit)
        self._backdrop: pygame.Surface | None = None  # no words are on it
        self._lessons: tuple[Lesson, ...] = ()
        self._players: tuple[LessonPlayer, ...] = ()
        self._lesson_index = 0
        self._last_input_ns: int | None = None
        self._last_logged = ""
        self.is_open = False

    @property
    def lesson(self) -> Lesson:
        """The lesson that is open, or would be."""
        return self._lessons[self._lesson_index]

    @property
    def player(self) -> LessonPlayer:
        """Its player."""
        return self._players[self._lesson_index]

    def set_resources(self, toolkit: SceneResources) -> None:
        """Go on with other type, words and piano: in another language, wherever a visitor is."""
        self._use_toolkit(toolkit)
        for lesson in self._lessons:
            lesson.set_language(toolkit.words)
        if self.is_open:
            self.build_lessons()

    def _use_toolkit(self, toolkit: SceneResources) -> None:
        self._toolkit, self._keyboard = toolkit, toolkit.keyboard
        self._panel = LessonPanel(toolkit.words)
        self._renderer: LessonRenderer | None = None

    def build_lessons(self) -> None:
        """Build the lessons, if they are not; `open` does, but takes longer then."""
        if self._renderer is None:
            self._renderer = LessonRenderer(self._toolkit.typesetter)
        if self._backdrop is None:
            self._backdrop = self._render_backdrop()
        if not self._lessons:
            self._lessons = tuple(new(self._toolkit.words) for new in lesson_types())
            for lesson in self._lessons:
                lesson.use_shared_state(self._shared_state)
            self._players = tuple(
                LessonPlayer(lesson.walkthrough, self._audio) for lesson in self._lessons
            )

    def open(self) -> None:
        """Show the first lesson from its start."""
        self.build_lessons()
        self.close()
        self.is_open = True
        self._audio.open()

    def close(self) -> None:
        """Back to the music, and everything as at first."""
        self._audio.close()
        self._shared_state.reset()  # before the walks begin anew, or they would find what was left
        for player in self._players:
            player.restart()
        self._lesson_index, self._last_input_ns, self.is_open = 0, None, False
        self._last_logged = ""

    def handle_action(self, action: PanelAction, now: int) -> None:
        """A visitor did something; nothing happens while closed."""
        if not self.is_open:
            return
        self._last_input_ns = now
        if action is LessonExit.EXIT:
            self.close()
        elif action in (LessonAction.NEXT, LessonAction.PREVIOUS):
            self._go_to(self._lesson_index + (1 if action is LessonAction.NEXT else -1))
        elif isinstance(action, GoToLesson):
            self._go_to(action.lesson)
        else:
            self.player.handle_action(action, now)

    def _go_to(self, number: int) -> None:
        """Another lesson from its start; this one is as if never touched."""
        self.player.restart()
        self._lesson_index = number % len(self._lessons)
        self.player.restart()

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        """Where a touch does something now, whatever it is."""
        if not self.is_open:
            return (ENTRY_BUTTON_RECT,)
        return (*self._panel_targets().values(), *self.lesson.hit_targets())

    def _panel_targets(self) -> Mapping[PanelAction, pygame.Rect]:
        return hit_targets(len(self._lessons), self.lesson.walkthrough.current_step.arrows)

    def on_touch(self, x: float, y: float, now: int) -> None:
        """A visitor touched the picture at a point: a button, or while closed the door."""
        if not self.is_open:
            if ENTRY_BUTTON_RECT.collidepoint(x, y):
                self.open()
            return
        for action, rect in self._panel_targets().items():
            if rect.collidepoint(x, y):
                self.handle_action(action, now)
                return
        self._last_input_ns = now
        self.lesson.on_touch(x, y)

    def set_probed_network(self, subject: ProbedNetwork | None) -> None:
        """Another network plays: ask its cells, as soon as that lesson begins again."""
        self._shared_state.probed_network = subject

    def pop_chosen_network(self) -> TuneLearnerSnapshot | Path | None:
        """The network a visitor chose to play with since the last call, if any."""
        return self._shared_state.pop_chosen_network()

    def capture_played_notes(self, timeline: Timeline, now: int) -> None:
        """Hear what the visitor plays while a lesson is open; who plays has not left."""
        if not self.is_open:
            return
        if self._shared_state.tune_capture.capture_new_notes(timeline, now):
            self._last_input_ns = now

    def draw_entry_button(self, surface: pygame.Surface) -> None:
        """Draw the way in, beside the piano of a live scene."""
        pygame.draw.aacircle(surface, RULE_COLOUR, ENTRY_BUTTON_CENTRE, ENTRY_BUTTON_RADIUS_PX, 1)
        style = TextStyle(24, "jost-300", 0.0, LABEL_COLOUR)
        self._toolkit.typesetter.draw_text(
            surface, "?", (ENTRY_BUTTON_CENTRE[0], ENTRY_BUTTON_CENTRE[1] - 18), style, "centre"
        )

    def update(self, now: int) -> None:
        """Let time pass; a lesson nobody has touched for long closes."""
        if not self.is_open:
            return
        if self._last_input_ns is None:
            self._last_input_ns = now
        self.player.update(now)
        if self._shared_state.chosen_network is not None:
            self.close()
            return
        patience = PLAYING_IDLE_TIMEOUT_S if self.player.playing else IDLE_TIMEOUT_S
        if now - self._last_input_ns > patience * SECOND:
            self.close()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the open lesson over the whole picture, the piano as it sounds below it."""
        if self._renderer is None or self._backdrop is None or not self.is_open:
            raise RuntimeError("no lesson is open")
        lesson, player, brush = self.lesson, self.player, self._renderer
        look = LessonFrame(lesson.walkthrough, player.step_age_s(frame.time), frame.time / SECOND)
        surface.blit(self._backdrop, (0, 0))
        brush.begin_frame(surface)
        lesson.draw(brush, look)
        place = LessonProgress(
            self._lesson_index,
            len(self._lessons),
            lesson.walkthrough.step_index,
            len(lesson.walkthrough.steps),
            player.playing,
            lesson.walkthrough.current_step.arrows,
        )
        sentence = lesson.current_sentence()
        self._panel.draw(brush, lesson.text("title"), sentence, look.step_reveal, place)
        brush.end_frame()
        shown = f"lesson {lesson.name}, {lesson.walkthrough.current_step.name}: {sentence}"
        if shown != self._last_logged:
            self._last_logged = shown
            log.debug("%s", shown)
        self._keyboard.draw(
            surface, self._key_levels(frame), frame.next_key_probabilities, frame.visitor_key_light
        )

    def _key_levels(self, frame: Frame) -> np.ndarray:
        """Light of the keys: what sounds, and what the lesson sings."""
        lights, pitches = frame.key_light, self._audio.pitches_sounding_at(frame.time)
        if pitches:
            lights = lights.copy()
            keys = [pitch - LOWEST_PITCH for pitch in sorted(pitches)]
            lights[keys] = np.maximum(lights[keys], _LESSON_KEY_LEVEL)
        return lights

    def _render_backdrop(self) -> pygame.Surface:
        canvas = Canvas()
        add_background_light(canvas, (820.0, 470.0))
        ground = canvas.to_surface()
        self._keyboard.draw_static(ground)
        return ground
