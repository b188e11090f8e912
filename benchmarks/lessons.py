"""What the lessons' small networks learn from many seeds, and how long their pictures take.

    python benchmarks/lessons.py [--seeds 100]

Drawing is timed beside the Waves in the same run, frame by frame in turn: ratios hold on any
machine, milliseconds only on this one.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pygame
from demo_performance import DemoPerformance

from messages.clock import SECOND
from midi_data import songs
from rnn.teaching.mlp import TinyMlp
from rnn.teaching.perceptron import XOR_SONGS
from rnn.teaching.tiny_lstm import TinyLstmLearner
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.input.lesson_actions import LessonAction
from visuals.lessons import lesson_types
from visuals.lessons.browser import LessonBrowser
from visuals.lessons.memory.walkthrough import TRAINING_PASSES
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.scene import SceneResources
from visuals.scenes.waves.scene import WavesScene
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

MAX_STEPS = 900
FRAMES = 90


def main() -> None:
    """Measure, and write lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    seeds = parser.parse_args().seeds
    for hidden in (1, 2, 3):
        sys.stdout.write(f"{hidden} hidden: {_part(hidden, seeds)}\n")
    sys.stdout.write(f"tune of {len(songs.frere_jacques().notes)} notes: {_learn(seeds)}\n")
    for line in _draw():
        sys.stdout.write(line + "\n")


def _part(hidden: int, seeds: int) -> str:
    steps = []
    for seed in range(seeds):
        layers = TinyMlp(hidden, seed=seed)
        while layers.steps < MAX_STEPS and layers.error(XOR_SONGS) > 0.2:
            layers.learn(XOR_SONGS)
        if layers.count_mistakes(XOR_SONGS) == 0:
            steps.append(layers.steps)
    median = f", median {np.median(steps):.0f} steps" if steps else ""
    return f"no song wrong from {len(steps)} of {seeds} seeds within {MAX_STEPS} steps{median}"


def _learn(seeds: int) -> str:
    pitches = [note.pitch for note in songs.frere_jacques().notes]
    right, cut = [], []
    for seed in range(seeds):
        learner = TinyLstmLearner(pitches, seed)
        for _ in range(TRAINING_PASSES):
            learner.learn()
        right.append(learner.count_correct(learner.trace_steps()))
        cut.append(learner.count_correct(learner.trace_steps(memory=False)))
    return (
        f"after {TRAINING_PASSES} passes {min(right)}..{max(right)} of {len(pitches) - 1} right, "
        f"memory cut {min(cut)}..{max(cut)} ({seeds} seeds)"
    )


def _draw() -> list[str]:
    pygame.font.init()
    type = Typesetter()
    resources = SceneResources(type, load_words(), PianoKeyboard(type))
    network = NetworkSummary.dummy()
    browser, waves = LessonBrowser(resources), WavesScene(network, resources)
    builder, picture = FrameBuilder(network), blank_surface(PICTURE_SIZE_PX)
    performance = DemoPerformance(network.layers, network.units, SECOND, seed=1)
    browser.open()
    lines, now = [], 3 * SECOND
    for _ in lesson_types():
        for _ in range(2 * len(browser.lesson.walkthrough.steps) // 3):
            browser.handle_action(LessonAction.STEP, now)
        shares, own = [], []
        for _ in range(FRAMES):
            now += SECOND // 60
            for message in performance.poll(now):
                builder.apply_message(message)
            frame = builder.build_frame(now, 0)
            browser.update(now)
            times = []
            for draw in (browser.draw, waves.draw):
                begun = time.perf_counter()
                draw(picture, frame)
                times.append(time.perf_counter() - begun)
            shares.append(times[0] / times[1])
            own.append(1000 * times[0])
        low, middle, high = np.percentile(shares, (25, 50, 75))
        lines.append(
            f"{browser.lesson.name}: {middle:.2f} of a frame of the Waves ({low:.2f}..{high:.2f}),"
            f" {np.median(own):.1f} ms, 95th percentile {np.percentile(own, 95):.1f}"
        )
        browser.handle_action(LessonAction.NEXT, now)
    return lines


if __name__ == "__main__":
    main()
