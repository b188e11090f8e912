"""Lesson five: how soon a tune is known, and what learning it costs the picture and the clock.

    python benchmarks/song.py [--seeds 10] [--seconds 8]

Updates are counted, so they hold on any machine; milliseconds are processor time of this one.
Learning at full speed would be over before anybody saw it, so the trainer takes its time: seconds
of watching are updates at its pace. Frames and lateness are measured with the trainer's process
at work and at rest, in turn, within the run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import pygame

from installation.process.lesson_trainer_process import ProcessLessonTrainer
from messages.clock import SECOND
from midi_data import songs
from midi_data.notes import Note, Tune
from rnn.teaching.tune_learner import MAX_NOTES, TuneLearner
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.base.trainer import UPDATES_PER_SECOND
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.song.walkthrough import KNOWN_NOTE_SHARE
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

MAX_UPDATES = 500
TURNS = 3
"""Times the trainer is at rest and at work."""
CLOCK_INTERVAL_S = 0.005
"""Seconds from one deadline of the clock to the next."""


def main() -> None:
    """Measure, and write lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="0 leaves the learning out")
    parser.add_argument("--seconds", type=float, default=8.0)
    arguments = parser.parse_args()
    for name, tune in _tunes().items() if arguments.seeds else ():
        for line in _learn(name, tune, arguments.seeds):
            _say(line)
    for line in _beside(arguments.seconds):
        _say(line)


def _tunes() -> dict[str, Tune]:
    tunes = {
        "Frère Jacques": songs.frere_jacques(),
        "Ode to Joy": songs.ode_to_joy(),
        "Ah vous dirai-je": songs.ah_vous_dirai_je(),
    }
    random = np.random.default_rng(0)
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16])
    for count in (32, MAX_NOTES):
        places = np.clip(np.cumsum(random.integers(-2, 3, count)) % 20, 0, 9)
        lengths = random.choice([0.5, 1.0], count)
        onsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        rows = zip(scale[places].tolist(), onsets.tolist(), lengths.tolist(), strict=True)
        notes = tuple(Note(60 + pitch, onset, length) for pitch, onset, length in rows)
        tunes[f"{count} notes by chance"] = Tune(notes)
    return tunes


def _learn(name: str, tune: Tune, seeds: int) -> list[str]:
    alone, after, cost, looks = [], [], [], []
    for seed in range(seeds):
        learner = TuneLearner(tune, seed)
        begun = time.thread_time()
        for _ in range(10):
            learner.learn()
        cost.append((time.thread_time() - begun) / 10)
        begun = time.thread_time()
        learner.snapshot()
        looks.append(time.thread_time() - begun)
        alone.append(_until_known(learner))
        layered = TuneLearner(tune, seed)
        for _ in range(alone[-1]):
            layered.learn()
        layered.add_layer()
        after.append(_until_known(layered) - alone[-1])
    seconds = max(alone) / UPDATES_PER_SECOND
    return [
        f"{name}: {len(learner.tune.notes)} notes known after {np.median(alone):.0f} updates "
        f"({min(alone)}..{max(alone)}, {seeds} seeds), {seconds:.0f} s of watching at most; "
        f"second layer: {np.median(after):.0f} more ({min(after)}..{max(after)})",
        f"    an update {1000 * np.median(cost):.1f} ms, a snapshot {1000 * np.median(looks):.1f}",
    ]


def _until_known(learner: TuneLearner) -> int:
    while learner.snapshot().correct_notes.mean() < KNOWN_NOTE_SHARE:
        learner.learn()
        if len(learner.bits_per_note) >= MAX_UPDATES:
            break
    return len(learner.bits_per_note)


def _beside(seconds: float) -> list[str]:
    """Frames and the clock with the trainer at rest and at work."""
    pygame.font.init()
    type, trainer = Typesetter(), ProcessLessonTrainer()
    resources = SceneResources(type, load_words(), PianoKeyboard(type))
    browser = LessonBrowser(resources, None, SharedLessonState(trainer))
    draw = _drawer(browser)
    lines = []
    for name, measure in (("frames", lambda s: _frames(draw, s)), ("clock", _lateness)):
        found: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(TURNS):
            for busy in (False, True):
                if busy:
                    trainer.start(songs.frere_jacques(), 1)
                    while not trainer.poll():
                        time.sleep(0.05)
                found[busy] += measure(seconds / TURNS)
                if busy:
                    trainer.stop()
        rest, work = (np.percentile(1000 * np.array(found[k]), (50, 95, 99)) for k in (False, True))
        lines.append(
            f"{name}, ms at 50, 95, 99 %: trainer at rest {rest[0]:.2f} {rest[1]:.2f} "
            f"{rest[2]:.2f}, at work {work[0]:.2f} {work[1]:.2f} {work[2]:.2f}"
        )
    return lines


def _drawer(browser: LessonBrowser) -> Callable[[int], None]:
    """Draws lesson five at full speed; its own network comes from the trainer."""
    browser.open()
    while browser.lesson.name != "song":
        browser.handle_action(LessonAction.NEXT, SECOND)
    while browser.lesson.walkthrough.current_step.name != "noise":
        browser.handle_action(LessonAction.STEP, SECOND)
    builder, picture = FrameBuilder(NetworkSummary.dummy(2, 48)), blank_surface(PICTURE_SIZE_PX)
    browser.handle_action(LessonAction.STEP, SECOND)

    def draw(number: int) -> None:
        now = SECOND + number * SECOND // 60
        browser.handle_action(LessonAction.UP, now)  # somebody is there
        browser.update(now)
        browser.draw(picture, builder.build_frame(now, number))

    return draw


def _frames(draw: Callable[[int], None], seconds: float) -> list[float]:
    """Processor time of each frame, seconds, at 60 a second."""
    times, start = [], time.monotonic()
    while time.monotonic() - start < seconds:
        begun = time.thread_time()
        draw(len(times))
        times.append(time.thread_time() - begun)
        time.sleep(max(0.0, start + len(times) / 60 - time.monotonic()))
    return times


def _lateness(seconds: float) -> list[float]:
    """How late each deadline was met, seconds."""
    start, late = time.monotonic(), []
    for k in range(1, round(seconds / CLOCK_INTERVAL_S)):
        time.sleep(max(0.0, start + k * CLOCK_INTERVAL_S - time.monotonic()))
        late.append(time.monotonic() - start - k * CLOCK_INTERVAL_S)
    return late


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
