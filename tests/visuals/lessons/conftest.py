from __future__ import annotations

import pygame
import pytest

from rnn import styles
from rnn.model.checkpoint import load
from rnn.teaching.probed_network import Subject
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import Framing
from visuals.hud.piano_keyboard import Keyboard
from visuals.lessons.browser import Explorer
from visuals.lessons.shared_state import Bench
from visuals.network_summary import Anatomy
from visuals.scenes.base import Toolkit
from visuals.words import load_words


@pytest.fixture(scope="session")
def framing() -> Framing:
    return Framing(Anatomy.dummy(2, 32))


@pytest.fixture(scope="session")
def built_explorer() -> Explorer:
    pygame.font.init()
    type = Typesetter()
    bench = Bench(subject=Subject.of(load(styles.path_of("fife"))))
    explorer = Explorer(Toolkit(type, load_words(), Keyboard(type)), bench=bench)
    explorer.prepare()
    return explorer


@pytest.fixture
def explorer(built_explorer) -> Explorer:
    built_explorer.open()
    return built_explorer
