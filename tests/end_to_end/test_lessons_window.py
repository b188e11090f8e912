"""Every lesson walked by real keys in a real window, from its first step to its last."""

from __future__ import annotations

import os
import re
import signal
import subprocess

import numpy as np
import pytest

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from tests.hang_guard import HANG_GUARD_S, wait_until
from visuals.lessons import lesson_types
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.question import RIGHT_ANSWERS
from visuals.words import load_words

STYLE = "fife"
HELD_S = "0.05"
"""Time for which a key is held, and before the next key, seconds."""


@pytest.fixture
def keys(display):
    """Presses keys, one after another."""

    def press(*names):
        for name in names:
            words = ["keydown", name, "sleep", HELD_S, "keyup", name, "sleep", HELD_S]
            subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": display}, check=True)

    return press


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, list[str]]]:
    """Names of the lessons, and of the steps of each, equipped as in the window."""
    state = SharedLessonState(
        probed_network=ProbedNetwork.from_checkpoint(load_checkpoint(styles.style_path(STYLE)))
    )
    found = []
    for new in lesson_types():
        lesson = new(load_words(), state)
        found.append((lesson.name, [step.name for step in lesson.walkthrough.steps]))
    return found


def test_lessons_are_walked_from_first_to_last_and_one_press_leads_back(
    display, start, keys, picture, tmp_path, steps
):
    log = tmp_path / "log.txt"
    (tmp_path / "config.toml").write_text(f'[log]\nlevel = "debug"\nfile = "{log.name}"\n')
    process = start(
        *("play", "--style", STYLE, "--seed", 3, "--scene", "waves", "--record", "played.mid"),
        DISPLAY=display,
        SDL_VIDEODRIVER="x11",
    )

    def drawn() -> list[tuple[str, str]]:
        text = log.read_text() if log.exists() else ""
        return re.findall(r"lesson (\w+), (\w+):", text)

    expected: list[tuple[str, str]] = []

    def is_drawn(lesson: str, step: str) -> None:
        expected.append((lesson, step))
        wait_until(lambda: drawn() == expected, f"step {step} of {lesson} is drawn, and no other")

    wait_until(lambda: picture().max() > 150 or process.poll() is not None, "a picture is drawn")
    assert process.poll() is None
    keys("Tab")
    is_drawn(steps[0][0], "question")
    opened = picture()
    keys("Tab")
    wait_until(lambda: np.abs(picture() - opened).mean() > 0.5, "the music is seen again")
    music = picture()
    keys("Tab")
    pictures = []
    for number, (lesson, names) in enumerate(steps):
        if number:
            keys("Next")
            is_drawn(steps[number - 1][0], "question")  # after that lesson
            keys("Next")
        if lesson in RIGHT_ANSWERS:
            is_drawn(lesson, "question")
            keys("Return")
        is_drawn(lesson, names[0])
        for name in names[1:]:
            keys("Return")
            is_drawn(lesson, name)
        pictures.append(picture())
    assert all(shot.max() > 150 for shot in pictures)
    shots = [music, *pictures]
    assert min(np.abs(a - b).mean() for a, b in zip(shots, shots[1:], strict=False)) > 0.5
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 0
