from __future__ import annotations

from pathlib import Path
from threading import Event
from time import monotonic

import numpy as np
import pytest

from messages.cues import KEY_COUNT, ModelChange, NoteCue, NoteRelease, NoteSource, Turn, TurnChange
from messages.gestures import ModelRequest
from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.teaching.tune_learner import UNITS_PER_LAYER, TuneLearner
from visuals import stage as stage_module
from visuals.lessons.actions import LessonAction
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.stage import Stage, StageOptions
from visuals.stage_networks import StageNetworks
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock
from visuals.words import load_words

HOME = (NetworkSummary.dummy(2, 32),)


@pytest.fixture(scope="module")
def learned():
    return TuneLearner(songs.ode_to_joy()).snapshot()


@pytest.fixture
def casting():
    casting = StageNetworks(HOME)
    yield casting
    casting.close()


def cue(serial: int, layers: int, units: int, due: int) -> NoteCue:
    shape = (layers, 6, units)
    activations = np.full(shape, 0.3, np.float32)
    return NoteCue(
        serial,
        due,
        SECOND,
        64,
        80,
        NoteSource.NETWORK,
        1.0,
        activations,
        np.zeros(KEY_COUNT, np.float32),
    )


def test_a_learned_network_is_written_read_and_gone_once_it_plays_no_more(casting, learned):
    path = casting.save_snapshot(learned)
    assert load_checkpoint(path).network.sizes.units == UNITS_PER_LAYER
    (anatomy,) = casting.load_networks(str(path))
    assert (anatomy.layers, anatomy.units) == (1, UNITS_PER_LAYER)
    assert casting.load_networks(str(path))[0] is anatomy
    assert path.exists()
    assert casting.load_networks("") is HOME
    assert not path.exists()


@pytest.mark.parametrize("closed", [False, True])
def test_another_stage_reads_what_one_that_died_has_left_and_clears_it_up(learned, closed):
    dead, heir = StageNetworks(HOME), StageNetworks(HOME)
    path = dead.save_snapshot(learned)
    dead.load_networks(str(path))
    assert heir.load_networks(str(path))[0].units == UNITS_PER_LAYER
    if closed:
        heir.close()
    else:
        heir.load_networks("")
    assert not path.parent.exists()
    dead.close()


def test_the_house_comes_back_with_an_empty_path(casting):
    assert casting.load_networks("") is HOME


def test_files_of_others_are_left_alone(casting):
    path = styles.style_path(styles.style_names()[0])
    assert casting.load_networks(str(path))[0].layers == 2
    assert path.exists()


def test_what_cannot_be_read_leaves_the_house_on(casting, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    assert casting.load_networks(str(tmp_path / "broken.safetensors")) is HOME
    assert casting.load_networks(str(tmp_path / "missing.safetensors")) is HOME


def test_closed_it_leaves_nothing_behind(casting, learned):
    path = casting.save_snapshot(learned)
    casting.close()
    assert not path.parent.exists()


SCENES = [scene.name for scene in scene_types()]


@pytest.mark.parametrize(("layers", "scenes"), [(1, SCENES), (2, SCENES[:1])])
def test_scenes_draw_the_small_network_and_then_the_house(layers, scenes, tmp_path):
    apprentice = TuneLearner(songs.ode_to_joy(), layers=layers)
    path = tmp_path / "small.safetensors"
    save_checkpoint(path, apprentice.checkpoint())
    waiting: list = []

    def poll():
        found = list(waiting)
        waiting.clear()
        return found

    stage = Stage(StageOptions(scene="why"), HOME[0], poll, lambda gesture: None, offscreen=True)
    try:
        home = stage.scene
        waiting.extend([cue(0, 2, 32, SECOND)])
        stage.show_frame(2 * SECOND)
        waiting.extend([ModelChange(str(path)), cue(1, layers, UNITS_PER_LAYER, 2 * SECOND)])
        for k, name in enumerate(scenes):
            stage.show_frame(2 * SECOND + k * SECOND // 4)
            stage.select_scene(name)
            assert (stage.scene.network.layers, stage.scene.network.units) == (
                layers,
                UNITS_PER_LAYER,
            )
        assert stage._lesson_browser._shared_state.probed_network.units == UNITS_PER_LAYER
        stage.show_frame(4 * SECOND)
        stage.select_scene("why")
        waiting.extend([ModelChange(), cue(2, 2, 32, 5 * SECOND)])
        stage.show_frame(6 * SECOND)
        assert stage.scene is home
        assert stage._lesson_browser._shared_state.probed_network is None
    finally:
        stage.close()


def test_a_finger_on_a_unit_lets_go_before_another_network_is_drawn(monkeypatch):
    stage = Stage(StageOptions(scene="why"), HOME[0], tuple, lambda gesture: None, offscreen=True)
    let_go: list[int] = []
    monkeypatch.setattr(stage._input, "release_fingers", lambda: let_go.append(0))
    try:
        stage._change_networks(str(styles.style_path(styles.style_names()[0])))
    finally:
        stage.close()
    assert len(let_go) == 1


def draw_until(stage: Stage, units: int, now: int) -> None:
    """Draw until a network of so many units is shown, whose scenes are built beside."""
    end = monotonic() + 20
    while stage.scene.network.units != units:
        assert monotonic() < end
        stage.show_frame(now)


@pytest.fixture
def coming(monkeypatch, tmp_path):
    """A stage in whose window another network comes, its scenes held back until it is let go."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    path = tmp_path / "small.safetensors"
    save_checkpoint(path, TuneLearner(songs.ode_to_joy()).checkpoint())
    waiting, go = [], Event()
    real = stage_module._create_scene

    def slow(name, anatomy, toolkit):
        if anatomy.units == UNITS_PER_LAYER:
            assert go.wait(20)
        return real(name, anatomy, toolkit)

    monkeypatch.setattr(stage_module, "_create_scene", slow)
    stage = Stage(
        StageOptions(scene="why", width=640, height=360),
        HOME[0],
        lambda: [waiting.pop(0) for _ in range(len(waiting))],
        lambda gesture: None,
        clock=DummyStageClock(SECOND),
    )
    waiting += [
        cue(0, 2, 32, SECOND),
        ModelChange(str(path)),
        cue(1, 1, UNITS_PER_LAYER, 2 * SECOND),
    ]
    stage.show_frame(2 * SECOND)
    yield stage, waiting, go
    go.set()
    stage.close()


def test_while_its_scenes_are_built_the_last_network_is_drawn_and_nothing_is_lost(coming, caplog):
    stage, waiting, go = coming
    assert stage.scene.network is HOME[0]
    waiting += [TurnChange(2 * SECOND, Turn.LISTEN), NoteRelease(1, 3 * SECOND)]
    stage.show_frame(2 * SECOND + SECOND // 60)
    assert stage._frame_builder.timeline.turn(2 * SECOND).turn is Turn.LISTEN
    go.set()
    draw_until(stage, UNITS_PER_LAYER, 3 * SECOND)
    (timed,) = stage._frame_builder.timeline.cues
    assert (timed.cue.serial, timed.end) == (1, 3 * SECOND)
    assert not caplog.records


def test_it_may_be_called_off_before_it_was_drawn(coming):
    stage, waiting, go = coming
    waiting += [ModelChange(), cue(2, 2, 32, 3 * SECOND)]
    stage.show_frame(3 * SECOND)
    go.set()
    stage.show_frame(4 * SECOND)
    assert stage.scene.network is HOME[0]
    assert [timed.cue.serial for timed in stage._frame_builder.timeline.cues][-1] == 2


def test_another_language_meanwhile_is_that_of_its_scenes(coming):
    stage, _, go = coming
    stage.set_language("ca")
    go.set()
    draw_until(stage, UNITS_PER_LAYER, 3 * SECOND)
    assert stage.scene.resources.words is load_words("ca")
    assert stage._language_build is None


def test_the_last_lesson_hands_over_what_was_learned(monkeypatch):
    """Through lesson five to the last: the file can be played, and is gone once it is told."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    gestures, waiting = [], []
    clock = DummyStageClock(SECOND)
    settings = StageOptions(width=640, height=360)
    stage = Stage(
        settings,
        HOME[0],
        lambda: [waiting.pop()] if waiting else [],
        gestures.append,
        clock=clock,
    )
    try:
        explorer = stage._lesson_browser
        explorer.open()
        now = SECOND
        for name, step in (("song", "learn"), ("create", "play")):
            while explorer.lesson.name != name:
                explorer.handle_action(LessonAction.NEXT, now)
            while explorer.lesson.walkthrough.current_step.name != step:
                explorer.handle_action(LessonAction.STEP, now)
            for _ in range(25):
                now += SECOND // 5
                explorer.update(now)
        stage.show_frame(now)
        assert not explorer.is_open
        (adopt,) = [gesture for gesture in gestures if isinstance(gesture, ModelRequest)]
        assert load_checkpoint(Path(adopt.path)).network.sizes.units == UNITS_PER_LAYER
        waiting.append(ModelChange(adopt.path))
        draw_until(stage, UNITS_PER_LAYER, now + SECOND)
        waiting.append(ModelChange())
        stage.show_frame(now + 2 * SECOND)
        assert not Path(adopt.path).exists()
    finally:
        stage.close()
