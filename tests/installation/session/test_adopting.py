from __future__ import annotations

import logging
import pickle
from dataclasses import replace

import pytest

from installation.config import (
    Config,
    LiveSettings,
    RecordingSettings,
    StageSettings,
    StyleSettings,
)
from installation.engine.key_input import ComposerChange
from installation.engine.publisher import DummySubscriber
from installation.engine.run import run_virtual
from installation.session.live_session import LiveSession, load_model
from installation.session.options import PlayOptions
from installation.session.stage_factory import open_stage
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteSource
from messages.gestures import Gesture, KeyEvent, ModelRequest
from messages.wire_format import pack, unpack
from midi_data import songs
from rnn.model.checkpoint import save_checkpoint
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearner
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.browser import LessonBrowser


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.safetensors"
    save_checkpoint(path, TuneLearner(songs.ode_to_joy()).checkpoint())
    return path


@pytest.fixture
def performance(model):
    config = Config(
        style=StyleSettings(model=str(model)),
        recording=RecordingSettings(enabled=False),
        live=LiveSettings(attract=False, farewell_after=10.0, warn_before=2.0),
    )
    cues = DummySubscriber()
    performance = LiveSession(PlayOptions(config=config, seed=7), cues, VirtualClock())
    performance.heard = cues.messages
    yield performance
    performance.close()


def adopted(performance: LiveSession) -> list[ComposerChange]:
    return [event for event in performance.key_input.drain() if isinstance(event, ComposerChange)]


def test_a_network_chosen_at_the_window_is_loaded_and_handed_on(performance, small):
    performance.handle_gesture(ModelRequest(str(small), 7))
    (event,) = adopted(performance)
    assert (event.composer.layers, event.composer.units) == (1, UNITS_PER_LAYER)
    assert (event.path, event.at) == (str(small), 7)


def test_the_style_of_the_house_is_home(performance, model):
    performance.handle_gesture(ModelRequest(str(model), 7))
    assert adopted(performance) == [ComposerChange(None, "", 7)]


def test_what_cannot_be_played_is_left_alone(performance, tmp_path, caplog):
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    with caplog.at_level(logging.WARNING):
        for name in ("broken", "missing"):
            performance.handle_gesture(ModelRequest(str(tmp_path / f"{name}.safetensors"), 7))
    assert adopted(performance) == []
    assert len(caplog.records) == 2


def test_one_too_large_for_the_wire_is_left_alone(performance, tmp_path):
    path = tmp_path / "large.safetensors"
    save_checkpoint(path, TuneLearner(songs.ode_to_joy(), units=128).checkpoint())
    performance.handle_gesture(ModelRequest(str(path), 7))
    assert adopted(performance) == []


def test_what_a_lesson_learned_is_played_drawn_and_gone_with_the_visit(performance, model):
    """From the lesson to the performer and back to the stage, everything as bytes on the wire."""
    clock, told = performance._clock, performance.heard
    stage = open_stage(
        StageSettings(scene="why"),
        load_model(StyleSettings(model=str(model))),
        lambda: [unpack(pack(told.pop(0))) for _ in range(len(told))],
        lambda gesture: performance.handle_gesture(replace(sent(gesture), at=clock.now())),
        offscreen=True,
    )
    home = stage.scene.network

    def until(seconds: float) -> None:
        run_virtual(performance._performer, performance._scheduler, clock, round(seconds * SECOND))
        stage.show_frame(clock.now())

    try:
        stage.lesson_browser.open()
        _learn(stage.lesson_browser)
        until(1.0)  # its frame hands it over
        until(3.0)
        assert (stage.scene.network.layers, stage.scene.network.units) == (1, UNITS_PER_LAYER)
        for k, pitch in enumerate((64, 64, 65, 67)):
            performance.handle_gesture(KeyEvent(pitch, True, round((3.0 + 0.5 * k) * SECOND)))
            performance.handle_gesture(KeyEvent(pitch, False, round((3.4 + 0.5 * k) * SECOND)))
        until(9.0)
        shown = {timed.cue.source for timed in stage.timeline.cues}
        assert shown == {NoteSource.VISITOR, NoteSource.NETWORK}
        until(40.0)
        assert stage.scene.network is home
    finally:
        stage.close()


def test_a_stage_that_takes_over_shows_who_plays(performance, model, small):
    clock, told = performance._clock, performance.heard
    performance.handle_gesture(ModelRequest(str(small), 0))
    run_virtual(performance._performer, performance._scheduler, clock, SECOND)
    told.clear()  # the one before had all of it
    stage = open_stage(
        StageSettings(scene="why"),
        load_model(StyleSettings(model=str(model))),
        lambda: [unpack(pack(told.pop(0))) for _ in range(len(told))],
        lambda gesture: None,
        offscreen=True,
    )
    try:
        stage.show_frame(clock.now())
        assert stage.scene.network.units != UNITS_PER_LAYER
        performance.request_model_announcement(clock.now())
        run_virtual(performance._performer, performance._scheduler, clock, 2 * SECOND)
        stage.show_frame(clock.now())
        assert (stage.scene.network.layers, stage.scene.network.units) == (1, UNITS_PER_LAYER)
    finally:
        stage.close()


def sent(gesture: Gesture) -> Gesture:
    """A gesture as it comes out of the pipe."""
    return pickle.loads(pickle.dumps(gesture))


def _learn(explorer: LessonBrowser) -> None:
    """Walk through lesson five and the last until the keyboard is handed over."""
    now = 0
    for name, step in (("song", "learn"), ("create", "play")):
        while explorer.lesson.name != name:
            explorer.handle_action(LessonAction.NEXT, now)
        while explorer.lesson.walkthrough.current_step.name != step:
            explorer.handle_action(LessonAction.STEP, now)
        for _ in range(30):
            now += SECOND // 5
            explorer.update(now)
    assert not explorer.is_open
