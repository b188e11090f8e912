"""Memory of the stage in a real window under random keys, touches, languages and lessons.

    python benchmarks/stage_soak.py [--minutes 20] [--seed 0] [--limit 500] [--json]

The stage of the installation, 1920 by 1080 on the display or on one that Xvfb makes, draws a
made-up performance of all styles while random events are posted: keys of the piano, scenes,
lessons, languages and settings, touches anywhere, and guest networks. Resident memory is read
every ten seconds. The exit status is 1 if the peak is above the limit, or if memory grows in a run
of ten minutes or more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

from demo_performance import DemoPerformance
from window import NoWindowError, a_display

READING_INTERVAL_S = 10.0
MAX_GROWTH_MB = 25.0
"""Growth of the mean of the last third of the readings over that of the middle third."""
MIN_JUDGED_MINUTES = 10.0
"""Shortest run whose growth is judged: caches fill up in the first minutes."""
MAX_ACTIONS_PER_FRAME = 2
GUEST_CHANGE_PROBABILITY = 1 / 1500
LEADER_PROBABILITY = 1 / 200


@dataclass(slots=True)
class SoakFigures:
    """Result of a run.

    Parameters
    ----------
    minutes : float
    frames : int
        Frames that were drawn.
    readings_mb : list of float
        Resident memory every ten seconds.
    peak_mb : float
        Largest resident memory, as the system saw it.
    """

    minutes: float
    frames: int = 0
    readings_mb: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def growth_mb(self) -> float:
        """Mean of the last third of the readings less that of the middle third."""
        third = len(self.readings_mb) // 3
        if not third:
            return 0.0
        return fmean(self.readings_mb[-third:]) - fmean(self.readings_mb[third : 2 * third])


def soak(minutes: float, seed: int) -> SoakFigures:
    """Run the stage under random events in this process, which has a display."""
    import pygame

    from installation.config import StageSettings, StyleSettings
    from installation.session.blend_partners import load_blend_partners
    from installation.session.model_loading import load_model
    from installation.session.stage_factory import BetweenFramesGcPolicy, open_stage
    from messages.cues import ModelChange
    from messages.gestures import ModelRequest
    from rnn import styles

    generator = random.Random(seed)
    checkpoint = load_model(StyleSettings())
    gestures: list = []
    visitor = RandomVisitor(generator)
    performer = DemoPerformer(generator)
    stage = open_stage(
        StageSettings(width=1920, height=1080, rotate=20),
        checkpoint,
        lambda: performer.poll(time.monotonic_ns()),
        gestures.append,
        gc_policy=BetweenFramesGcPolicy(),
        partners=load_blend_partners(StyleSettings(), checkpoint),
    )
    figures, started = SoakFigures(minutes), time.monotonic()
    due = started
    guests = ["", *(str(styles.style_path(name)) for name in styles.style_names())]
    try:
        while time.monotonic() < started + 60 * minutes:
            stage.show_frame()
            figures.frames += 1
            performer.follow(stage.scenes.wanted)
            for event in visitor.events(pygame.display.get_window_size()):
                pygame.event.post(event)
            chosen = [gesture for gesture in gestures if isinstance(gesture, ModelRequest)]
            gestures.clear()
            if chosen:
                performer.tell(ModelChange(chosen[-1].path))
            elif generator.random() < GUEST_CHANGE_PROBABILITY:
                performer.tell(ModelChange(generator.choice(guests)))
            if time.monotonic() >= due:
                due += READING_INTERVAL_S
                figures.readings_mb.append(_memory_mb("VmRSS"))
                sys.stderr.write(
                    f"{time.monotonic() - started:6.0f} s: {figures.readings_mb[-1]:6.1f} MB\n"
                )
    finally:
        stage.close()
    figures.peak_mb = _memory_mb("VmHWM")
    return figures


class DemoPerformer:
    """Sends the demo performance of the network that plays, with leaders of the blend."""

    def __init__(self, generator: random.Random) -> None:
        self._generator, self._messages, self._networks = generator, [], ()
        self._performance = None
        self._leader = 0

    def tell(self, message: object) -> None:
        """Send a message with the next ones."""
        self._messages.append(message)

    def follow(self, key) -> None:
        """Play the networks of a scene's key from now on."""
        if key.networks != self._networks:
            self._networks, self._leader = key.networks, 0
            size = key.networks[0].layers, key.networks[0].units
            seed = self._generator.randrange(1000)
            self._performance = DemoPerformance(*size, time.monotonic_ns(), seed)

    def poll(self, now: int) -> list:
        """The messages since the last call."""
        messages, self._messages = self._messages, []
        for message in self._performance.poll(now) if self._performance else ():
            messages.append(message)
            if hasattr(message, "activations") and len(self._networks) > 1:
                messages.append(self._contributions(message))
        return messages

    def _contributions(self, cue):
        import numpy as np

        from messages.cues import KEY_COUNT, BlendContributions

        count = len(self._networks)
        if self._generator.random() < LEADER_PROBABILITY:
            self._leader = self._generator.randrange(count)
        weights = np.full(count, 0.1, np.float32)
        weights[self._leader] = 1.0
        states = np.zeros((count, KEY_COUNT)), np.zeros((count, cue.activations.shape[2]))
        return BlendContributions(cue.serial, weights, weights, *states)


class RandomVisitor:
    """Presses keys and touches the picture at random."""

    RARE_KEYS = ("F10", "F9", "F11", "F12", "TAB", "MINUS", "EQUALS", "F1", "F2", "F3", "F4", "F5")
    COMMON_KEYS = (
        *"ASDFGHJKLQWERTYUIOPZXCVBNM",
        *("RETURN", "SPACE", "PAGEDOWN", "PAGEUP", "UP", "DOWN", "LEFT", "RIGHT", "BACKSPACE"),
    )

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator

    def events(self, size: tuple[int, int]) -> Iterable:
        """Events of one frame."""
        draw = self._generator
        for _ in range(draw.randrange(MAX_ACTIONS_PER_FRAME + 1)):
            chance = draw.random()
            if chance < 0.004:
                yield from self._key(draw.choice(self.RARE_KEYS))
            elif chance < 0.15:
                yield from self._key(draw.choice(self.COMMON_KEYS))
            elif chance < 0.20:
                yield from self._touch(size)

    def _key(self, name: str) -> Iterable:
        import pygame

        scancode = getattr(pygame, f"KSCAN_{name}")
        for kind in (pygame.KEYDOWN, pygame.KEYUP):
            yield pygame.Event(kind, scancode=scancode, mod=0, key=0)

    def _touch(self, size: tuple[int, int]) -> Iterable:
        import pygame

        x, y = self._generator.randrange(size[0]), self._generator.randrange(size[1])
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEMOTION, pygame.MOUSEBUTTONUP):
            fields = {"rel": (0, 0), "buttons": (1, 0, 0)} if kind == pygame.MOUSEMOTION else {}
            fields = fields or {"button": 1}
            yield pygame.Event(kind, pos=(x, y), touch=False, **fields)


def _memory_mb(name: str) -> float:
    """A figure of this process's status, VmRSS or VmHWM."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError(f"no {name} in /proc/self/status")


def main() -> int:
    """Run, on a display of its own if there is none, and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=500.0, help="megabytes")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        try:
            with a_display() as display:
                command = [sys.executable, __file__, *sys.argv[1:]]
                environment = os.environ | {"DISPLAY": display}
                return subprocess.run(command, env=environment, check=False).returncode
        except NoWindowError as error:
            sys.exit(str(error))
    figures = soak(given.minutes, given.seed)
    grows = given.minutes >= MIN_JUDGED_MINUTES and figures.growth_mb > MAX_GROWTH_MB
    is_good = figures.peak_mb <= given.limit and not grows
    if given.json:
        fields = asdict(figures) | {"growth_mb": figures.growth_mb, "passed": is_good}
        sys.stdout.write(json.dumps(fields) + "\n")
    else:
        sys.stdout.write(
            f"{figures.frames} frames in {figures.minutes:g} min; peak {figures.peak_mb:.0f} MB,"
            f" growth {figures.growth_mb:+.1f} MB: {'passed' if is_good else 'FAILED'}\n"
        )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
