"""A model chosen or learned at the window is played, drawn, and gone with the visit."""

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
from installation.session.live_session import LiveSession
from installation.session.model_loading import load_model
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
def small_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.safetensors"
    save_checkpoint(path, TuneLearner(songs.ode_to_joy()).checkpoint())
    return path


@pytest.fixture
def session(model):
    config = Config(
        style=StyleSettings(model=str(model)),
        recording=RecordingSettings(enabled=False),
        live=LiveSettings(attract=False, farewell_after=10.0, warn_before=2.0),
    )
    cues = DummySubscriber()
    clock = VirtualClock()
    session = LiveSession(PlayOptions(config=config, seed=7), cues, clock)
    session.heard, session.clock = cues.messages, clock
    yield session
    session.close()


def composer_changes(session: LiveSession) -> list[ComposerChange]:
    return [event for event in session.key_input.drain() if isinstance(event, ComposerChange)]


def test_a_model_chosen_at_the_window_is_loaded(session, small_model):
    session.window.handle_gesture(ModelRequest(str(small_model), 7))
    (event,) = composer_changes(session)
    assert (event.composer.layers, event.composer.units) == (1, UNITS_PER_LAYER)
    assert (event.path, event.at) == (str(small_model), 7)


def test_the_default_model_ends_the_guests_turn(session, model):
    session.window.handle_gesture(ModelRequest(str(model), 7))
    assert composer_changes(session) == [ComposerChange(None, "", 7)]


def test_a_model_that_cannot_be_loaded_is_ignored(session, tmp_path, caplog):
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    with caplog.at_level(logging.WARNING):
        for name in ("broken", "missing"):
            session.window.handle_gesture(ModelRequest(str(tmp_path / f"{name}.safetensors"), 7))
    assert composer_changes(session) == []
    assert len(caplog.records) == 2


def test_a_model_too_large_for_the_cues_is_ignored(session, tmp_path):
    path = tmp_path / "large.safetensors"
    save_checkpoint(path, TuneLearner(songs.ode_to_joy(), units=128).checkpoint())
    session.window.handle_gesture(ModelRequest(str(path), 7))
    assert composer_changes(session) == []


def test_a_network_that_a_lesson_trained_plays_until_the_visit_ends(session, model):
    """From the lesson to the performer and back to the stage, everything as bytes on the wire."""
    clock, messages = session.clock, session.heard
    stage = open_stage(
        StageSettings(scene="why"),
        load_model(StyleSettings(model=str(model))),
        lambda: [unpack(pack(messages.pop(0))) for _ in range(len(messages))],
        lambda gesture: session.window.handle_gesture(replace(sent(gesture), at=clock.now())),
        offscreen=True,
    )
    home = stage.scene.network

    def until(seconds: float) -> None:
        run_virtual(session.performer, session.scheduler, clock, round(seconds * SECOND))
        stage.show_frame(clock.now())

    try:
        stage.lesson_browser.open()
        learn_tune(stage.lesson_browser)
        until(1.0)  # its frame hands it over
        until(3.0)
        assert (stage.scene.network.layers, stage.scene.network.units) == (1, UNITS_PER_LAYER)
        for k, pitch in enumerate((64, 64, 65, 67)):
            session.window.handle_gesture(KeyEvent(pitch, True, round((3.0 + 0.5 * k) * SECOND)))
            session.window.handle_gesture(KeyEvent(pitch, False, round((3.4 + 0.5 * k) * SECOND)))
        until(9.0)
        shown = {timed.cue.source for timed in stage.timeline.cues}
        assert shown == {NoteSource.VISITOR, NoteSource.NETWORK}
        until(40.0)
        assert stage.scene.network is home
    finally:
        stage.close()


def test_a_new_stage_shows_the_model_that_plays(session, model, small_model):
    clock, messages = session.clock, session.heard
    session.window.handle_gesture(ModelRequest(str(small_model), 0))
    run_virtual(session.performer, session.scheduler, clock, SECOND)
    messages.clear()  # an earlier stage has read them all
    stage = open_stage(
        StageSettings(scene="why"),
        load_model(StyleSettings(model=str(model))),
        lambda: [unpack(pack(messages.pop(0))) for _ in range(len(messages))],
        lambda gesture: None,
        offscreen=True,
    )
    try:
        stage.show_frame(clock.now())
        assert stage.scene.network.units != UNITS_PER_LAYER
        session.request_model_announcement(clock.now())
        run_virtual(session.performer, session.scheduler, clock, 2 * SECOND)
        stage.show_frame(clock.now())
        assert (stage.scene.network.layers, stage.scene.network.units) == (1, UNITS_PER_LAYER)
    finally:
        stage.close()


def sent(gesture: Gesture) -> Gesture:
    """A gesture as it comes out of the pipe."""
    return pickle.loads(pickle.dumps(gesture))


def learn_tune(browser: LessonBrowser) -> None:
    """Walk through lesson five and the last until the keyboard is handed over."""
    now = 0
    for name, step in (("song", "learn"), ("create", "play")):
        while browser.lesson.name != name:
            browser.handle_action(LessonAction.NEXT, now)
        while browser.lesson.walkthrough.current_step.name != step:
            browser.handle_action(LessonAction.STEP, now)
        for _ in range(30):
            now += SECOND // 5
            browser.update(now)
    assert not browser.is_open
