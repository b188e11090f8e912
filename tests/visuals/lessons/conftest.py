from __future__ import annotations

from collections.abc import Callable

import pygame
import pytest

from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearner
from tests.walkthroughs import walk_to
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.lessons.base.audio import DummyLessonAudio
from visuals.lessons.base.lesson import Lesson
from visuals.lessons.base.shared_state import NetworkOption, SharedLessonState
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words


@pytest.fixture(scope="session")
def frame_builder() -> FrameBuilder:
    return FrameBuilder(NetworkSummary.dummy(2, 32))


@pytest.fixture(scope="session")
def network_options() -> tuple[NetworkOption, ...]:
    """Two networks, each of a style of its own."""
    learner = TuneLearner(songs.frere_jacques(), units=8)
    checkpoint = learner.checkpoint()
    return tuple(
        NetworkOption.from_checkpoint(name, learner.snapshot(), checkpoint)
        for name in ("first", "second")
    )


@pytest.fixture(scope="session")
def resources() -> SceneResources:
    pygame.font.init()
    typesetter = Typesetter()
    return SceneResources(typesetter, load_words(), PianoKeyboard(typesetter))


@pytest.fixture(scope="session")
def fading_light(resources) -> Callable[[Lesson, str], list[int]]:
    """Sums of the light of a lesson's picture at three ages of a step that fades in."""

    def measure(lesson: Lesson, step: str) -> list[int]:
        walk_to(lesson.walkthrough, step)
        sums = []
        for age_s in (0.0, 0.45, 2.0):
            surface, renderer = blank_surface(PICTURE_SIZE_PX), LessonRenderer(resources.typesetter)
            renderer.begin_frame(surface)
            lesson.draw(renderer, age_s, 0.0)
            renderer.end_frame()
            sums.append(int(pygame.surfarray.array3d(surface).sum(dtype="i8")))
        return sums

    return measure


@pytest.fixture(scope="session")
def make_browser(resources, network_options) -> Callable[..., LessonBrowser]:
    """Makes browsers that share only typesetter, words and networks."""
    style = load_checkpoint(styles.style_path("fife"))
    probed_network = ProbedNetwork.from_checkpoint(style)

    def make(audio=None, trainer=None, state=None) -> LessonBrowser:
        state = state or SharedLessonState(trainer, probed_network, lambda: network_options)
        browser = LessonBrowser(resources, audio or DummyLessonAudio(), state)
        browser.build_lessons()
        return browser

    return make


@pytest.fixture(scope="session")
def built_browser(make_browser) -> LessonBrowser:
    return make_browser()


@pytest.fixture
def browser(built_browser) -> LessonBrowser:
    built_browser.open()
    return built_browser
