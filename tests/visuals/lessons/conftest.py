from __future__ import annotations

import pygame
import pytest

from rnn import styles
from rnn.checkpoint import load
from visuals.anatomy import Anatomy
from visuals.framing import Framing
from visuals.keyboard import Keyboard
from visuals.lessons.bench import Bench
from visuals.lessons.explorer import Explorer
from visuals.lessons.subject import Subject
from visuals.scenes.base import Toolkit
from visuals.type import Typesetter
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
