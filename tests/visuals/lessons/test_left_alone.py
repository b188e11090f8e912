"""Left alone in the middle of anything, every lesson closes, and the next visitor finds it new."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, NoteCue, NoteSource
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.lessons import lesson_types
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.audio import DummyLessonAudio
from visuals.lessons.browser import IDLE_TIMEOUT_S, LessonBrowser
from visuals.lessons.panel import GoToLesson
from visuals.lessons.shared_state import SharedLessonState
from visuals.scenes.base import SceneResources
from visuals.timeline import SECOND, Timeline
from visuals.words import load_words

NEXT_VISIT = 1000 * SECOND
TICK = SECOND // 30


@pytest.fixture(scope="module")
def make():
    """Explorers that have nothing but typefaces and the network in common."""
    pygame.font.init()
    type = Typesetter()
    toolkit = SceneResources(type, load_words(), PianoKeyboard(type))
    subject = ProbedNetwork.from_checkpoint(load_checkpoint(styles.style_path("fife")))

    def build() -> LessonBrowser:
        explorer = LessonBrowser(toolkit, DummyLessonAudio(), SharedLessonState(subject=subject))
        explorer.build_lessons()
        return explorer

    return build


@pytest.fixture(scope="module")
def untouched(make) -> LessonBrowser:
    return make()


def shown(explorer: LessonBrowser, number: int, framing) -> list[tuple[str, bytes]]:
    """The sentence and the picture of every step, on a walk through a lesson just opened."""
    picture, now, found = blank_surface(PICTURE_SIZE_PX), NEXT_VISIT, []
    explorer.open()
    explorer.handle_action(GoToLesson(number), now)
    while True:
        for _ in range(8):
            now += TICK
            explorer.update(now)
        explorer.draw(picture, framing.build_frame(now, 0))
        small = pygame.surfarray.array3d(picture)[::8, ::8]
        found.append((explorer.lesson.walkthrough.current_step.name, small.tobytes()))
        if explorer.lesson.walkthrough.at_end:
            explorer.close()
            return found
        explorer.handle_action(LessonAction.STEP, now)


def played(explorer: LessonBrowser, now: int) -> None:
    """A visitor plays a tune of eight notes."""
    timeline = Timeline()
    zeros, ahead = np.zeros((1, 6, 4), np.float32), np.zeros(KEY_COUNT, np.float32)
    explorer.capture_played_notes(timeline, now)
    for k in range(8):
        due = now + k * SECOND // 2
        timeline.apply_message(
            NoteCue(k, due, SECOND // 3, 60 + k, 80, NoteSource.VISITOR, 1.0, zeros, ahead)
        )
    explorer.capture_played_notes(timeline, now + 4 * SECOND)


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_what_one_visitor_did_is_gone_for_the_next(make, untouched, framing, number):
    """Each step is come to; weights are turned, cells, tunes and networks chosen, and learned."""
    explorer, now = make(), SECOND
    explorer.open()
    explorer.handle_action(GoToLesson(number), now)
    played(explorer, now)
    now += 4 * SECOND
    for _ in explorer.lesson.walkthrough.steps[1:]:
        for arrow in (*ARROWS, LessonAction.RIGHT, LessonAction.UP):
            if explorer.lesson.walkthrough.current_step.arrows:
                explorer.handle_action(arrow, now)
        for _ in range(20):
            now += TICK
            explorer.update(now)
        for rect in explorer.lesson.hit_targets()[::-1]:
            explorer.on_touch(*rect.center, now)
        explorer.handle_action(LessonAction.STEP, now)
    explorer.update(now)
    assert explorer.is_open
    explorer.update(now + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert not explorer.is_open
    assert not explorer._audio.is_open
    assert not explorer._audio.is_sounding(now + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert shown(explorer, number, framing) == shown(untouched, number, framing)


def test_a_tune_played_and_a_network_learned_are_not_offered_to_the_next(make):
    explorer, now = make(), SECOND
    explorer.open()
    explorer.handle_action(GoToLesson(4), now)
    played(explorer, now)
    while explorer.lesson.walkthrough.current_step.name != "learn":
        for _ in range(20):
            now += TICK
            explorer.update(now)
        explorer.handle_action(LessonAction.STEP, now)
    for _ in range(20):
        now += TICK
        explorer.update(now)
    assert explorer._shared_state.learned_snapshot.tune.name == "yours"
    explorer.update(now + round((IDLE_TIMEOUT_S + 1) * SECOND))
    assert explorer.pop_chosen_network() is None
    explorer.open()
    explorer.handle_action(GoToLesson(4), NEXT_VISIT)
    assert explorer.lesson.walkthrough.tune_choices == ("frere", "joy", "ah")
    assert explorer._shared_state.learned_snapshot is None
