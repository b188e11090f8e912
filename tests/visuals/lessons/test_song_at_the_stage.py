"""Bad manners at lesson five: whatever is done in the middle of learning, nothing is left."""

from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Tune
from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import Keyboard
from visuals.lessons.actions import Action
from visuals.lessons.audio import DummyVoice
from visuals.lessons.browser import IDLE, IDLE_PLAYING, Explorer
from visuals.lessons.shared_state import Bench
from visuals.lessons.trainer import InlineWorkshop
from visuals.scenes.base import Toolkit
from visuals.timeline import SECOND
from visuals.words import languages, load_words


class Watched(InlineWorkshop):
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
def explorer(workshop, built_explorer) -> Explorer:
    """One that learns a tune."""
    toolkit = built_explorer._toolkit
    explorer = Explorer(toolkit, DummyVoice(), Bench(workshop))
    explorer.open()
    while explorer.lesson.name != "song":
        explorer.press(Action.NEXT, SECOND)
    while explorer.lesson.walk.now.name != "learn":
        explorer.press(Action.STEP, SECOND)
    explorer.run(SECOND)
    explorer.run(SECOND + SECOND // 5)
    assert workshop.at_work
    return explorer


def test_another_lesson_ends_the_learning_and_its_sound(explorer, workshop):
    explorer.run(9 * SECOND)  # it recites
    explorer.press(Action.NEXT, 9 * SECOND)
    assert not workshop.at_work
    assert not explorer._voice.is_singing(9 * SECOND)
    explorer.run(10 * SECOND)


def test_starting_over_ends_it(explorer, workshop):
    explorer.press(Action.RESTART, 2 * SECOND)
    assert not workshop.at_work
    assert explorer.lesson.walk.now.name == "tune"


@pytest.mark.parametrize("playing", [False, True])
def test_left_alone_it_ends_and_leaves_nothing(explorer, workshop, playing):
    if playing:
        explorer.press(Action.PLAY, SECOND)
    patience = IDLE_PLAYING if playing else IDLE
    explorer.run(SECOND + round((patience + 1) * SECOND))
    assert not explorer.is_open
    assert not workshop.at_work
    assert explorer._bench.learned is None
    assert explorer._bench.ear.count == 0


def test_another_language_goes_on_learning(explorer, workshop, framing):
    picture, updates = blank(SIZE), -1
    type = Typesetter()
    for k, language in enumerate(languages()):
        explorer.speak(Toolkit(type, load_words(language), Keyboard(type)))
        explorer.run((3 + k) * SECOND)
        explorer.draw(picture, framing.frame((3 + k) * SECOND, k))
        assert explorer.lesson.walk.snapshot.updates > updates
        updates = explorer.lesson.walk.snapshot.updates
    assert workshop.at_work


def test_what_was_learned_outlasts_the_lesson_but_not_the_visit(explorer):
    explorer.press(Action.NEXT, 2 * SECOND)
    assert explorer._bench.learned is not None
    explorer.close()
    assert explorer._bench.learned is None


def test_touching_anything_anywhere_breaks_nothing(explorer, framing):
    random, picture, now = np.random.default_rng(1), blank(SIZE), 2 * SECOND
    actions = (Action.STEP, Action.UP, Action.RIGHT, Action.RESTART)
    for k in range(60):
        explorer.point(*random.integers(0, 760, 2).tolist(), now)  # above the buttons
        explorer.press(actions[int(random.integers(len(actions) - (k % 9 > 0)))], now)
        now += SECOND // 10
        explorer.run(now)
        if k % 15 == 0:
            explorer.draw(picture, framing.frame(now, k))
    assert explorer.is_open


def test_a_touch_of_a_tunes_name_chooses_it(explorer):
    explorer.press(Action.RESTART, 2 * SECOND)
    name, x = explorer.lesson._choices()[1]
    explorer.point(x, 300, 2 * SECOND)
    assert explorer.lesson.walk.choice == name


def test_a_touch_of_what_was_not_played_changes_nothing(explorer):
    explorer.press(Action.RESTART, 2 * SECOND)
    _, x = explorer.lesson._choices()[-1]
    explorer.point(x, 300, 2 * SECOND)
    assert explorer.lesson.walk.choice == "frere"
