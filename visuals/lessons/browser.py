"""Lesson browser: opens, draws and closes the lessons. It knows no window and no clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pygame

from messages.clock import SECOND
from messages.cues import KEY_COUNT
from messages.lesson_answers import LessonAnswer
from midi_data.notes import LOWEST_PITCH
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.drawing.canvas import Canvas, add_background_light
from visuals.drawing.picture_layout import LANDSCAPE
from visuals.drawing.sprites import BLEND_ADD, blank_surface
from visuals.drawing.theme import EDGE_COLOUR, LABEL_COLOUR
from visuals.drawing.typography import TextStyle
from visuals.input.lesson_actions import LessonAction
from visuals.lessons import lesson_types
from visuals.lessons.base.audio import DummyLessonAudio, GestureLessonAudio
from visuals.lessons.base.lesson import Lesson
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.drawing.part_layout import PlacedPart, place_parts
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.panel import LessonPanel
from visuals.lessons.panel_layout import GoToLesson, GoToStep, LessonExit, PanelAction
from visuals.lessons.player import LessonPlayer
from visuals.lessons.question import RIGHT_ANSWERS, LessonQuestion, answer_rects
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import SceneResources
from visuals.timeline import Timeline

IDLE_TIMEOUT_S = 75.0  # time without an action after which the lessons close, s
PLAYING_IDLE_TIMEOUT_S = 240.0  # the same while a lesson runs by itself, s
SUM_TIMEOUT_S = 8.0  # time for which a touched number shows its sum, s
ENTRY_BUTTON_RADIUS_PX, ENTRY_BUTTON_WIDTH_PX = 22, 72
"""Radius of the button that opens the lessons, and width of its hit target, pixels."""
_LESSON_RECT = LANDSCAPE.lesson_rect  # the part of a picture that a lesson draws itself, pixels
_LESSON_KEY_LEVEL = 0.8  # light of a piano key that a lesson plays, 0..1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class BuiltLessons:
    """All that takes long to build: the lessons, what draws them, and a picture without words."""

    lessons: tuple[Lesson, ...]
    renderer: LessonRenderer
    backdrop: pygame.Surface


class LessonBrowser:
    """The lessons, of which one or none is open; closing them resets everything.

    Parameters
    ----------
    resources : SceneResources
        Typesetter, words and piano keyboard.
    audio : GestureLessonAudio, optional
        Sound of all lessons; by default nothing sounds.
    shared_state : SharedLessonState, optional
        State that the lessons share.
    report_answer : callable, optional
        Takes what came of each question; without it nothing is asked.

    Attributes
    ----------
    audio : GestureLessonAudio
        A scene may sound by it, too, while no lesson is open.
    """

    def __init__(
        self,
        resources: SceneResources,
        audio: GestureLessonAudio | None = None,
        shared_state: SharedLessonState | None = None,
        report_answer: Callable[[LessonAnswer], None] | None = None,
    ) -> None:
        self._report_answer = report_answer
        self._question: LessonQuestion | None = None
        self._asked: set[tuple[int, bool]] = set()  # lessons by index, and whether after it
        self._touched_place: tuple[float, float] | None = None  # of the lesson's own drawing
        self._touched_at = 0
        self._goes_on = False  # to the next lesson, after the question
        self.audio = audio or DummyLessonAudio()
        self._shared_state = shared_state or SharedLessonState()
        self._use_resources(resources)
        self._built: BuiltLessons | None = None
        self._pending: Future[BuiltLessons] | None = None
        self._players: tuple[LessonPlayer, ...] = ()
        self._lesson_index = 0
        self._last_input_ns: int | None = None
        self._last_logged = ""
        self.is_open = self._is_held = False

    @property
    def lesson(self) -> Lesson:
        """The current lesson, open or not; raises RuntimeError before any is built."""
        if self._built is None:
            raise RuntimeError("no lesson is built")
        return self._built.lessons[self._lesson_index]

    @property
    def player(self) -> LessonPlayer:
        """Player of the current lesson."""
        return self._players[self._lesson_index]

    @property
    def is_building(self) -> bool:
        """Whether lessons are being built beside the drawing."""
        return self._pending is not None and not self._pending.done()

    def set_resources(self, resources: SceneResources) -> None:
        """Change typesetter, words and piano, as for another language; the state stays."""
        self._use_resources(resources)
        if self._built is not None:
            if self._built.backdrop.get_size() != resources.layout.size:
                self._built = replace(self._built, backdrop=_draw_backdrop(resources))
            self._write_lessons(self._built)

    def _use_resources(self, resources: SceneResources) -> None:
        self._resources, self._keyboard = resources, resources.keyboard
        self._panel = LessonPanel(resources.words, resources.typesetter, resources.layout)
        # a lesson draws itself as in landscape; other layouts show that part scaled
        layout = resources.layout
        self._drawing = None if layout is LANDSCAPE else blank_surface(LANDSCAPE.size)

    def _write_lessons(self, built: BuiltLessons) -> None:
        """Use the present words, typesetter and layout."""
        built.renderer.typesetter = self._resources.typesetter
        for lesson in built.lessons:
            lesson.set_language(self._resources.words)
            lesson.set_layout(self._resources.layout)

    def preload(self, submit: Callable[[Callable[[], BuiltLessons]], Future[BuiltLessons]]) -> None:
        """Have the lessons built beside the drawing, by a function that starts work elsewhere."""
        if self._built is None:
            self._pending = submit(self._build)

    def build_lessons(self) -> None:
        """Take over the lessons, which are built now unless that was begun elsewhere."""
        if self._built is not None:
            return
        pending, self._pending = self._pending, None
        built = self._build() if pending is None or pending.cancel() else pending.result()
        if built.backdrop.get_size() != self._resources.layout.size:  # changed meanwhile
            built = replace(built, backdrop=_draw_backdrop(self._resources))
        self._built = built
        self._write_lessons(self._built)  # the language may have changed meanwhile
        self._players = tuple(
            LessonPlayer(lesson.walkthrough, self.audio) for lesson in self._built.lessons
        )

    def _build(self) -> BuiltLessons:
        """Build the lessons; changes nothing here, so any thread may call it."""
        resources = self._resources
        lessons = tuple(new(resources.words, self._shared_state) for new in lesson_types())
        return BuiltLessons(
            lessons, LessonRenderer(resources.typesetter), _draw_backdrop(resources)
        )

    def open(self, lesson: int = 0, asks: bool = True) -> None:
        """Show a lesson from its start, and ask its question before it unless `asks` is false."""
        self.build_lessons()
        self.close()
        self.is_open = True
        self.audio.open()
        if not asks:
            self._asked.add((lesson, False))
        self._go_to(lesson)

    def close(self) -> None:
        """Close the lessons and reset everything."""
        self._close_question()
        self._asked.clear()
        self.audio.close()
        self._shared_state.reset()  # before the walkthroughs, which read it as they restart
        for player in self._players:
            player.restart()
        self._lesson_index, self._last_input_ns, self.is_open = 0, None, False
        self._is_held, self._last_logged = False, ""

    @property
    def place(self) -> tuple[int, int] | None:
        """Index of the open lesson and of its step; None while closed."""
        if not self.is_open:
            return None
        return self._lesson_index, self.player.walkthrough.step_index

    def open_lesson(self, name: str, asks: bool = True) -> None:
        """Open the lesson of a name; raises ValueError if there is none."""
        self.open([lesson.name for lesson in lesson_types()].index(name), asks)

    def reopen(self, lesson: int, step: int) -> None:
        """Open a lesson and walk to a step, as after a restart of the stage."""
        self.open(lesson, asks=False)  # the stage that is gone has asked
        for _ in range(step):
            self.player.walkthrough.advance()

    def handle_action(self, action: PanelAction, now: int) -> None:
        """Handle a visitor's action at `now`, ns; does nothing while closed."""
        if not self.is_open:
            return
        self._act(now)
        self._touched_place = None
        at_end, was_asked = self.lesson.walkthrough.at_end, self._question is not None
        self._close_question()
        if action is LessonExit.EXIT:
            self.close()
        elif action is LessonAction.STEP and was_asked:
            pass  # the lesson is next
        elif action in (LessonAction.STEP, LessonAction.NEXT) and at_end and self._ask(True):
            self._goes_on = action is LessonAction.NEXT
        elif action in (LessonAction.NEXT, LessonAction.PREVIOUS):
            self._go_to(self._lesson_index + (1 if action is LessonAction.NEXT else -1))
        elif isinstance(action, GoToLesson):
            self._go_to(action.lesson)
        elif isinstance(action, GoToStep):
            self.player.go_to_step(action.step, now)
        else:
            self.player.handle_action(action, now)

    def _go_to(self, number: int) -> None:
        """Reset the current lesson and show another from its start."""
        self.player.restart()
        self._lesson_index = number % len(self._players)
        self.player.restart()
        self._ask(is_after=False)

    def _ask(self, is_after: bool) -> bool:
        """Ask the question of the current lesson, unless that was done; returns whether it is."""
        key = self._lesson_index, is_after
        name = self.lesson.name
        if self._report_answer is None or name not in RIGHT_ANSWERS or key in self._asked:
            return False
        self._asked.add(key)
        self.audio.stop()
        self._question, self._goes_on = LessonQuestion(name, is_after), False
        return True

    def _close_question(self) -> None:
        """Report what came of the question, if one is open."""
        if self._question is not None and self._report_answer is not None:
            self._report_answer(self._question.result)
        self._question = None

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        """All rectangles where a touch has an effect now."""
        if not self.is_open:
            return (self.entry_button_rect,)
        if self._question is not None:
            return (*self._panel_targets().values(), *answer_rects(self._resources.layout))
        own = (
            part.to_shown(rect)
            for rect in (
                *self.lesson.hit_targets(),
                *self.lesson.sum_targets(),
            )
            for part in self.placed_parts()
            if part.source.contains(rect)
        )
        return (*self._panel_targets().values(), *own)

    def _panel_targets(self) -> Mapping[PanelAction, pygame.Rect]:
        arrows = self.lesson.walkthrough.current_step.arrows
        steps = len(self.lesson.walkthrough.steps)
        return self._panel.places.hit_targets(len(self._players), arrows, steps)

    @property
    def entry_button_rect(self) -> pygame.Rect:
        """Hit target of the button that opens the lessons."""
        rect = pygame.Rect(0, 0, ENTRY_BUTTON_WIDTH_PX, ENTRY_BUTTON_WIDTH_PX)
        rect.center = self._resources.layout.lesson_button
        return rect

    def placed_parts(self) -> tuple[PlacedPart, ...]:
        """The parts of the lesson's own drawing in the picture."""
        return place_parts(self.lesson.parts(), self._resources.layout.lesson_rect)

    def on_touch(self, x: float, y: float, now: int) -> None:
        """Handle a touch of the picture at `now`, ns: a button, or while closed the entry."""
        if not self.is_open:
            if self.entry_button_rect.collidepoint(x, y):
                self.open()
            return
        for action, rect in self._panel_targets().items():
            if rect.collidepoint(x, y):
                self.handle_action(action, now)
                return
        self._act(now)
        if self._question is not None:
            for index, rect in enumerate(answer_rects(self._resources.layout)):
                if rect.collidepoint(x, y):
                    self._question.give_answer(index, now)
            return
        for part in self.placed_parts():
            if part.shown.collidepoint(x, y):
                self._touched_place, self._touched_at = part.to_source(x, y), now
                self.lesson.on_touch(*self._touched_place)

    def hold(self) -> None:
        """Have the lesson wait in silence, as without a window, until a visitor acts."""
        if self.is_open and not self._is_held:
            self._is_held = True
            self.lesson.walkthrough.release()
            self.player.pause()

    def _act(self, now: int) -> None:
        """Take note that a visitor is there at `now`, ns."""
        self._last_input_ns, self._is_held = now, False

    def release(self) -> None:
        """Handle a lifted finger or key."""
        if self.is_open:
            self.lesson.walkthrough.release()

    def set_probed_network(self, probed_network: ProbedNetwork | None) -> None:
        """Use another network in the lesson on units, from its next restart on."""
        self._shared_state.probed_network = probed_network

    @property
    def has_chosen_network(self) -> bool:
        """Whether a visitor chose a network to play with, which was not taken yet."""
        return self._shared_state.chosen_network is not None

    def pop_chosen_network(self) -> TuneLearnerSnapshot | Path | None:
        """Return and forget the network that the visitor chose to play with, if any."""
        return self._shared_state.pop_chosen_network()

    def capture_played_notes(self, timeline: Timeline, now: int) -> None:
        """Keep the visitor's notes while a lesson is open; they count as actions."""
        if self.is_open and self._shared_state.tune_capture.capture_new_notes(timeline, now):
            self._act(now)
        if self._question is not None:
            self._question.hear_keys(timeline, now)

    def draw_entry_button(self, surface: pygame.Surface) -> None:
        """Draw the button that opens the lessons, beside the piano of a scene."""
        x, y = self._resources.layout.lesson_button
        pygame.draw.aacircle(surface, EDGE_COLOUR, (x, y), ENTRY_BUTTON_RADIUS_PX, 2)
        size = self._resources.typesetter.scale.least
        style = TextStyle(size, "jost-300", 0.0, LABEL_COLOUR)
        place = (x, y - 0.72 * size)
        self._resources.typesetter.draw_text(surface, "?", place, style, "centre")

    def update(self, now: int) -> None:
        """Advance to `now`, ns; closes the lessons after a choice or the idle timeout."""
        if not self.is_open:
            return
        self.audio.keep_open()
        if self._last_input_ns is None:
            self._last_input_ns = now
        if now - self._touched_at > SUM_TIMEOUT_S * SECOND:
            self._touched_place = None
        if self._question is None:
            if not self._is_held:
                self.player.update(now)
                self._ask_when_done(now)
        elif self._question.is_over(now):
            self._close_question()
            if self._goes_on:
                self._go_to(self._lesson_index + 1)
        timeout_s = PLAYING_IDLE_TIMEOUT_S if self.player.playing else IDLE_TIMEOUT_S
        is_idle = now - self._last_input_ns > timeout_s * SECOND
        if is_idle or self.has_chosen_network:
            self.close()

    def _ask_when_done(self, now: int) -> None:
        """Ask once the last step of a lesson that a visitor walked through was shown."""
        step, walk = self.lesson.walkthrough.current_step, self.lesson.walkthrough
        is_done = walk.at_end and self.player.step_age_s(now) > step.seconds
        if is_done and not self.player.playing:
            self._ask(is_after=True)

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the open lesson and the piano; raises RuntimeError if no lesson is open."""
        if self._built is None or not self.is_open:
            raise RuntimeError("no lesson is open")
        lesson, player, renderer = self.lesson, self.player, self._built.renderer
        surface.blit(self._built.backdrop, (0, 0))
        number, count, sentence = self._lesson_index, len(self._players), None
        if self._question is None:
            self._draw_lesson(surface, renderer, player.step_age_s(frame.time), frame.time / SECOND)
        else:
            renderer.begin_frame(surface)
            words, layout = self._resources.words, self._resources.layout
            self._question.draw(renderer, words, layout)
            self._keyboard.draw_invitation(surface, frame.time / SECOND, True)
            sentence = words[self._question.sentence_key]
        self._panel.draw(renderer, lesson, number, count, player.playing, sentence)
        if self._drawing is None:
            renderer.end_frame()  # the panel itself does not glow
        step = lesson.walkthrough.current_step.name if sentence is None else "question"
        shown = f"lesson {lesson.name}, {step}: {sentence or lesson.current_sentence()}"
        if shown != self._last_logged:
            self._last_logged = shown
            log.debug("%s", shown)
        ahead = np.zeros(KEY_COUNT)  # chances of the next note belong to the scenes
        self._keyboard.draw(surface, self._key_levels(frame), ahead, frame.visitor_key_light)

    def _draw_lesson(
        self, surface: pygame.Surface, renderer: LessonRenderer, age_s: float, time_s: float
    ) -> None:
        """Draw the lesson's own part, and leave the renderer ready for the panel."""
        if self._drawing is None:
            renderer.begin_frame(surface)
            self.lesson.draw(renderer, age_s, time_s)
            self.lesson.draw_sum(renderer, self._touched_place, _LESSON_RECT)
            return
        self._drawing.fill((0, 0, 0))
        renderer.parts = self.placed_parts()
        renderer.begin_frame(self._drawing)
        self.lesson.draw(renderer, age_s, time_s)
        self.lesson.draw_sum(renderer, self._touched_place, self._touched_area())
        renderer.end_frame()
        parts, renderer.parts = renderer.parts, ()
        for part in parts:
            source = self._drawing.subsurface(part.source)
            scaled = pygame.transform.smoothscale(source, part.shown.size)
            surface.blit(scaled, part.shown, None, BLEND_ADD)
        renderer.begin_frame(surface)

    def _touched_area(self) -> pygame.Rect:
        """The part of the lesson's own drawing that was touched."""
        if self._touched_place is not None:
            for part in self.placed_parts():
                if part.source.collidepoint(self._touched_place):
                    return part.source
        return _LESSON_RECT

    def _key_levels(self, frame: Frame) -> np.ndarray:
        """Light of the piano keys, 0..1, with those that the lesson plays."""
        levels, pitches = frame.key_light, self.audio.pitches_sounding_at(frame.time)
        if pitches:
            levels = levels.copy()
            keys = [pitch - LOWEST_PITCH for pitch in sorted(pitches)]
            levels[keys] = np.maximum(levels[keys], _LESSON_KEY_LEVEL)
        return levels


def _draw_backdrop(resources: SceneResources) -> pygame.Surface:
    """A picture of the resting piano, without words."""
    canvas = Canvas(resources.layout.size)
    add_background_light(canvas, resources.layout.point((820.0, 470.0)))
    backdrop = canvas.to_surface()
    resources.keyboard.draw_static(backdrop)
    return backdrop
