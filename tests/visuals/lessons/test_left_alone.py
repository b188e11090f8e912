"""Left alone in the middle of anything, every lesson closes, and the next visitor finds it new."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEYS, Cue, Source
from rnn import styles
from rnn.model.checkpoint import load
from rnn.teaching.probed_network import Subject
from visuals.drawing.sprites import blank
from visuals.drawing.theme import SIZE
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import Keyboard
from visuals.lessons import lesson_types
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.audio import DummyVoice
from visuals.lessons.browser import IDLE, Explorer
from visuals.lessons.panel import Goto
from visuals.lessons.shared_state import Bench
from visuals.scenes.base import Toolkit
from visuals.timeline import SECOND, Timeline
from visuals.words import load_words

NEXT_VISIT = 1000 * SECOND
TICK = SECOND // 30


@pytest.fixture(scope="module")
def make():
    """Explorers that have nothing but typefaces and the network in common."""
    pygame.font.init()
    type = Typesetter()
    toolkit = Toolkit(type, load_words(), Keyboard(type))
    subject = Subject.of(load(styles.path_of("fife")))

    def build() -> Explorer:
        explorer = Explorer(toolkit, DummyVoice(), Bench(subject=subject))
        explorer.prepare()
        return explorer

    return build


@pytest.fixture(scope="module")
def untouched(make) -> Explorer:
    return make()


def shown(explorer: Explorer, number: int, framing) -> list[tuple[str, bytes]]:
    """The sentence and the picture of every step, on a walk through a lesson just opened."""
    picture, now, found = blank(SIZE), NEXT_VISIT, []
    explorer.open()
    explorer.press(Goto(number), now)
    while True:
        for _ in range(8):
            now += TICK
            explorer.run(now)
        explorer.draw(picture, framing.frame(now, 0))
        small = pygame.surfarray.array3d(picture)[::8, ::8]
        found.append((explorer.lesson.walk.now.name, small.tobytes()))
        if explorer.lesson.walk.at_end:
            explorer.close()
            return found
        explorer.press(Action.STEP, now)


def played(explorer: Explorer, now: int) -> None:
    """A visitor plays a tune of eight notes."""
    timeline = Timeline()
    zeros, ahead = np.zeros((1, 6, 4), np.float32), np.zeros(KEYS, np.float32)
    explorer.listen(timeline, now)
    for k in range(8):
        due = now + k * SECOND // 2
        timeline.take(Cue(k, due, SECOND // 3, 60 + k, 80, Source.VISITOR, 1.0, zeros, ahead))
    explorer.listen(timeline, now + 4 * SECOND)


@pytest.mark.parametrize("number", range(len(lesson_types())))
def test_what_one_visitor_did_is_gone_for_the_next(make, untouched, framing, number):
    """Each step is come to; weights are turned, cells, tunes and networks chosen, and learned."""
    explorer, now = make(), SECOND
    explorer.open()
    explorer.press(Goto(number), now)
    played(explorer, now)
    now += 4 * SECOND
    for _ in explorer.lesson.walk.steps[1:]:
        for arrow in (*ARROWS, Action.RIGHT, Action.UP):
            if explorer.lesson.walk.now.turns:
                explorer.press(arrow, now)
        for _ in range(20):
            now += TICK
            explorer.run(now)
        for rect in explorer.lesson.targets()[::-1]:
            explorer.point(*rect.center, now)
        explorer.press(Action.STEP, now)
    explorer.run(now)
    assert explorer.is_open
    explorer.run(now + round((IDLE + 1) * SECOND))
    assert not explorer.is_open
    assert not explorer._voice.is_open
    assert not explorer._voice.is_singing(now + round((IDLE + 1) * SECOND))
    assert shown(explorer, number, framing) == shown(untouched, number, framing)


def test_a_tune_played_and_a_network_learned_are_not_offered_to_the_next(make):
    explorer, now = make(), SECOND
    explorer.open()
    explorer.press(Goto(4), now)
    played(explorer, now)
    while explorer.lesson.walk.now.name != "learn":
        for _ in range(20):
            now += TICK
            explorer.run(now)
        explorer.press(Action.STEP, now)
    for _ in range(20):
        now += TICK
        explorer.run(now)
    assert explorer._bench.learned.tune.name == "yours"
    explorer.run(now + round((IDLE + 1) * SECOND))
    assert explorer.take_chosen() is None
    explorer.open()
    explorer.press(Goto(4), NEXT_VISIT)
    assert explorer.lesson.walk.choices == ("frere", "joy", "ah")
    assert explorer._bench.learned is None
