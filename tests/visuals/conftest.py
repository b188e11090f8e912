"""Fixtures that several tests of the stage share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pygame
import pytest

from messages.clock import SECOND
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from tests.hang_guard import HANG_GUARD_S
from visuals import scene_cache
from visuals.input.touch_input import UnitInspection
from visuals.network_source import LoadedNetwork, NetworkSource
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage
from visuals.window.frame_clock import DummyStageClock
from visuals.window.gc_policy import GcPolicy
from visuals.window.stage_options import StageOptions

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))  # for demo_performance

NETWORK = NetworkSummary.dummy(2, 32)


class RecordingGcPolicy(GcPolicy):
    """Remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def freeze_objects(self) -> None:
        self.calls.append("freeze")

    def unfreeze_objects(self) -> None:
        self.calls.append("unfreeze")


class MemoryNetworkSource(NetworkSource):
    """Model files in memory; saves under the names "learned-1" and so on."""

    def __init__(self) -> None:
        self.networks: dict[str, LoadedNetwork] = {}

    def load(self, path: str) -> LoadedNetwork | None:
        return self.networks.get(path)

    def save(self, snapshot: TuneLearnerSnapshot) -> str:
        path = f"learned-{len(self.networks) + 1}"
        self.networks[path] = LoadedNetwork(NetworkSummary.from_checkpoint(snapshot.checkpoint()))
        return path

    def close(self) -> None: ...


class TestedStage(Stage):
    """A stage with a dummy clock, a list of messages to come and a list of sent gestures."""

    def __init__(self, offscreen: bool = True, network=NETWORK, **arguments) -> None:
        fields = {name: arguments.pop(name) for name in list(arguments) if name in _OPTION_NAMES}
        self.clock, self.messages, self.gestures = DummyStageClock(SECOND), [], []
        super().__init__(
            StageOptions(**{"width": 640, "height": 360, **fields}),
            network,
            lambda: [self.messages.pop(0) for _ in range(len(self.messages))],
            self.gestures.append,
            offscreen,
            clock=self.clock,
            **arguments,
        )

    @property
    def inspection(self) -> UnitInspection | None:
        """The unit whose card is open."""
        return self._input.current_inspection()

    def press(self, *scancodes: int) -> None:
        """Press and release computer keys."""
        for scancode in scancodes:
            for kind in (pygame.KEYDOWN, pygame.KEYUP):
                pygame.event.post(pygame.Event(kind, scancode=scancode, mod=0, key=0))

    def show_until(self, is_reached: Callable[[], bool], now: int = 2 * SECOND) -> None:
        """Show frames of one time until scenes that are built meanwhile make something true."""
        end = monotonic() + HANG_GUARD_S
        while not is_reached():
            assert monotonic() < end
            self.show_frame(now)


TestedStage.__test__ = False
_OPTION_NAMES = StageOptions.__dataclass_fields__


@pytest.fixture
def gc_policy() -> RecordingGcPolicy:
    """A policy that only remembers its calls."""
    return RecordingGcPolicy()


@pytest.fixture
def network_source() -> MemoryNetworkSource:
    """Model files in memory."""
    return MemoryNetworkSource()


@pytest.fixture
def make_stage(monkeypatch) -> Iterator[Callable[..., TestedStage]]:
    """Makes stages off screen, or in a window of SDL's dummy driver, and closes them."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    stages = []

    def make(**arguments) -> TestedStage:
        stages.append(TestedStage(**arguments))
        if pygame.display.get_init():
            pygame.event.clear()
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()


@pytest.fixture
def hold_scenes(monkeypatch):
    """Holds back the scenes whose key fulfils a condition, until the returned event is set."""
    released, build = Event(), scene_cache.build_scene

    def hold(is_held: Callable[[scene_cache.SceneKey], bool]) -> Event:
        def build_slowly(key):
            assert not is_held(key) or released.wait(HANG_GUARD_S)
            return build(key)

        monkeypatch.setattr(scene_cache, "build_scene", build_slowly)
        return released

    yield hold
    released.set()
