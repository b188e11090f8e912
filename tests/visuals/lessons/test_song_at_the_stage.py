"""Bad manners at lesson five: whatever is done in the middle of learning, nothing is left."""

from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Tune
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.lessons.actions import LessonAction
from visuals.lessons.audio import DummyLessonAudio
from visuals.lessons.browser import IDLE_TIMEOUT_S, PLAYING_IDLE_TIMEOUT_S, LessonBrowser
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.trainer import InlineLessonTrainer
from visuals.scenes.base import SceneResources
from visuals.timeline import SECOND
from visuals.words import languages, load_words


class Watched(InlineLessonTrainer):
    """Knows whether it is at work."""

    def __init__(self) -> None:
        super().__init__()
        self.at_work = False

    def start(self, tune: Tune, seed: int) -> None:
        super().start(tune, seed)
        self.at_work = True

    def stop(self) -> None:
        super().stop()
        self.at_work = False


@pytest.fixture
def workshop() -> Watched:
    return Watched()


@pytest.fixture
def explorer(workshop, built_explorer) -> LessonBrowser:
    """One that learns a tune."""
    toolkit = built_explorer._toolkit
    explorer = LessonBrowser(toolkit, DummyLessonAudio(), SharedLessonState(workshop))
    explorer.open()
    while explorer.lesson.name != "song":
        explorer.handle_action(LessonAction.NEXT, SECOND)
    while explorer.lesson.walkthrough.current_step.name != "learn":
        explorer.handle_action(LessonAction.STEP, SECOND)
    explorer.update(SECOND)
    explorer.update(SECOND + SECOND // 5)
    assert workshop.at_work
    return explorer


def test_another_lesson_ends_the_learning_and_its_sound(explorer, workshop):
    explorer.update(9 * SECOND)  # it recites
    explorer.handle_action(LessonAction.NEXT, 9 * SECOND)
    assert not workshop.at_work
    assert not explorer._audio.is_sounding(9 * SECOND)
    explorer.update(10 * SECOND)


def test_starting_over_ends_it(explorer, workshop):
    explorer.handle_action(LessonAction.RESTART, 2 * SECOND)
    assert not workshop.at_work
    assert explorer.lesson.walkthrough.current_step.name == "tune"


@pytest.mark.parametrize("playing", [False, True])
def test_left_alone_it_ends_and_leaves_nothing(explorer, workshop, playing):
    if playing:
        explorer.handle_action(LessonAction.PLAY, SECOND)
    patience = PLAYING_IDLE_TIMEOUT_S if playing else IDLE_TIMEOUT_S
    explorer.update(SECOND + round((patience + 1) * SECOND))
    assert not explorer.is_open
    assert not workshop.at_work
    assert explorer._shared_state.learned_snapshot is None
    assert explorer._shared_state.tune_capture.note_count == 0


def test_another_language_goes_on_learning(explorer, workshop, framing):
    picture, updates = blank_surface(PICTURE_SIZE_PX), -1
    type = Typesetter()
    for k, language in enumerate(languages()):
        explorer.set_resources(SceneResources(type, load_words(language), PianoKeyboard(type)))
        explorer.update((3 + k) * SECOND)
        explorer.draw(picture, framing.build_frame((3 + k) * SECOND, k))
        assert explorer.lesson.walkthrough.snapshot.updates > updates
        updates = explorer.lesson.walkthrough.snapshot.updates
    assert workshop.at_work


def test_what_was_learned_outlasts_the_lesson_but_not_the_visit(explorer):
    explorer.handle_action(LessonAction.NEXT, 2 * SECOND)
    assert explorer._shared_state.learned_snapshot is not None
    explorer.close()
    assert explorer._shared_state.learned_snapshot is None


def test_touching_anything_anywhere_breaks_nothing(explorer, framing):
    random, picture, now = np.random.default_rng(1), blank_surface(PICTURE_SIZE_PX), 2 * SECOND
    actions = (LessonAction.STEP, LessonAction.UP, LessonAction.RIGHT, LessonAction.RESTART)
    for k in range(60):
        explorer.on_touch(*random.integers(0, 760, 2).tolist(), now)  # above the buttons
        explorer.handle_action(actions[int(random.integers(len(actions) - (k % 9 > 0)))], now)
        now += SECOND // 10
        explorer.update(now)
        if k % 15 == 0:
            explorer.draw(picture, framing.build_frame(now, k))
    assert explorer.is_open


def test_a_touch_of_a_tunes_name_chooses_it(explorer):
    explorer.handle_action(LessonAction.RESTART, 2 * SECOND)
    name, x = explorer.lesson._tune_choices()[1]
    explorer.on_touch(x, 300, 2 * SECOND)
    assert explorer.lesson.walkthrough.tune_choice == name


def test_a_touch_of_what_was_not_played_changes_nothing(explorer):
    explorer.handle_action(LessonAction.RESTART, 2 * SECOND)
    _, x = explorer.lesson._tune_choices()[-1]
    explorer.on_touch(x, 300, 2 * SECOND)
    assert explorer.lesson.walkthrough.tune_choice == "frere"
