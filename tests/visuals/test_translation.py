"""Another language: its scenes are built beside the drawing, which goes on in the last one."""

from __future__ import annotations

from threading import Event
from time import monotonic

import numpy as np
import pytest

import visuals.stage as stage_module
from messages.cues import NoteCue, NoteSource
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage, StageOptions
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock
from visuals.words import load_words

ANATOMY = NetworkSummary.dummy(2, 32, 0)


@pytest.fixture
def translating(monkeypatch, sweeper):
    """A stage in whose window another language was asked for, its scenes held back."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    waiting: list = []
    stage = Stage(
        StageOptions(scene="why", width=640, height=360),
        ANATOMY,
        lambda: [waiting.pop(0) for _ in range(len(waiting))],
        lambda gesture: None,
        clock=DummyStageClock(SECOND),
        sweeper=sweeper,
    )
    stage.show_frame(SECOND)
    go, real = Event(), stage_module._create_scene

    def slow(name, anatomy, toolkit):
        assert go.wait(20)
        return real(name, anatomy, toolkit)

    monkeypatch.setattr(stage_module, "_create_scene", slow)
    stage.set_language("ca")
    yield stage, waiting, go
    go.set()
    stage.close()


def draw_while(stage: Stage, holds) -> None:
    end = monotonic() + 20
    while holds():
        assert monotonic() < end
        stage.show_frame(2 * SECOND)


def test_until_they_are_built_the_last_ones_are_drawn_and_nothing_is_missed(translating):
    stage, waiting, go = translating
    activations, ahead = np.zeros((2, 6, 32), np.float32), np.zeros(88, np.float32)
    waiting.append(NoteCue(1, 2 * SECOND, 0, 60, 80, NoteSource.VISITOR, 1.0, activations, ahead))
    stage.show_frame(2 * SECOND)
    assert stage.scene.resources.words is load_words("en")
    assert [timed.cue.serial for timed in stage._frame_builder.timeline.cues] == [1]
    go.set()
    draw_while(stage, lambda: stage.scene.resources.words is not load_words("ca"))
    assert [timed.cue.serial for timed in stage._frame_builder.timeline.cues] == [1]


def test_all_scenes_speak_it_and_then_garbage_is_settled(translating, sweeper):
    stage, _, go = translating
    assert sweeper.told == ["loosen"]
    go.set()
    draw_while(stage, lambda: stage._language_build is not None)
    assert sweeper.told == ["loosen", "settle"]
    assert len(stage._scenes) == 5
    assert all(scene.resources.words is load_words("ca") for scene in stage._scenes.values())


def test_a_third_language_takes_the_place_of_the_second(translating):
    stage, _, go = translating
    stage.set_language("es")
    go.set()
    draw_while(stage, lambda: stage._language_build is not None)
    assert all(scene.resources.words is load_words("es") for scene in stage._scenes.values())


def test_a_lesson_goes_on_in_it_at_once(translating):
    stage, _, _ = translating
    stage.toggle_lessons()
    stage.set_language("es")
    assert stage._lesson_browser.lesson.text("title") == load_words("es")["neuron.title"]
