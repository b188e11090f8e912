from __future__ import annotations

import pygame
import pytest

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.shared_state import SharedLessonState
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.words import load_words


@pytest.fixture(scope="session")
def framing() -> FrameBuilder:
    return FrameBuilder(NetworkSummary.dummy(2, 32))


@pytest.fixture(scope="session")
def built_explorer() -> LessonBrowser:
    pygame.font.init()
    type = Typesetter()
    bench = SharedLessonState(
        subject=ProbedNetwork.from_checkpoint(load_checkpoint(styles.style_path("fife")))
    )
    explorer = LessonBrowser(SceneResources(type, load_words(), PianoKeyboard(type)), bench=bench)
    explorer.build_lessons()
    return explorer


@pytest.fixture
def explorer(built_explorer) -> LessonBrowser:
    built_explorer.open()
    return built_explorer
