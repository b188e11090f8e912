from __future__ import annotations

from pathlib import Path
from threading import Event
from time import monotonic

import numpy as np
import pytest

from messages.cues import KEYS, Cue, Release, Source, StyleChange, Turn, TurnChange
from messages.gestures import Adopt
from midi_data import songs
from rnn import styles
from rnn.model.checkpoint import load, save
from rnn.teaching.tune_learner import UNITS, Apprentice
from visuals import stage as stage_module
from visuals.lessons.actions import Action
from visuals.network_summary import Anatomy
from visuals.scenes import scene_types
from visuals.stage import Stage, StageSettings
from visuals.stage_networks import Casting
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock
from visuals.words import load_words

HOME = (Anatomy.dummy(2, 32),)


@pytest.fixture(scope="module")
def learned():
    return Apprentice(songs.ode_to_joy()).snapshot()


@pytest.fixture
def casting():
    casting = Casting(HOME)
    yield casting
    casting.close()


def cue(serial: int, layers: int, units: int, due: int) -> Cue:
    shape = (layers, 6, units)
    activations = np.full(shape, 0.3, np.float32)
    return Cue(
        serial, due, SECOND, 64, 80, Source.NETWORK, 1.0, activations, np.zeros(KEYS, np.float32)
    )


def test_a_learned_network_is_written_read_and_gone_once_it_plays_no_more(casting, learned):
    path = casting.write(learned)
    assert load(path).network.sizes.units == UNITS
    (anatomy,) = casting.read(str(path))
    assert (anatomy.layers, anatomy.units) == (1, UNITS)
    assert casting.read(str(path))[0] is anatomy
    assert path.exists()
    assert casting.read("") is HOME
    assert not path.exists()


@pytest.mark.parametrize("closed", [False, True])
def test_another_stage_reads_what_one_that_died_has_left_and_clears_it_up(learned, closed):
    dead, heir = Casting(HOME), Casting(HOME)
    path = dead.write(learned)
    dead.read(str(path))
    assert heir.read(str(path))[0].units == UNITS
    if closed:
        heir.close()
    else:
        heir.read("")
    assert not path.parent.exists()
    dead.close()


def test_the_house_comes_back_with_an_empty_path(casting):
    assert casting.read("") is HOME


def test_files_of_others_are_left_alone(casting):
    path = styles.path_of(styles.names()[0])
    assert casting.read(str(path))[0].layers == 2
    assert path.exists()


def test_what_cannot_be_read_leaves_the_house_on(casting, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    assert casting.read(str(tmp_path / "broken.safetensors")) is HOME
    assert casting.read(str(tmp_path / "missing.safetensors")) is HOME


def test_closed_it_leaves_nothing_behind(casting, learned):
    path = casting.write(learned)
    casting.close()
    assert not path.parent.exists()


SCENES = [scene.name for scene in scene_types()]


@pytest.mark.parametrize(("layers", "scenes"), [(1, SCENES), (2, SCENES[:1])])
def test_scenes_draw_the_small_network_and_then_the_house(layers, scenes, tmp_path):
    apprentice = Apprentice(songs.ode_to_joy(), layers=layers)
    path = tmp_path / "small.safetensors"
    save(path, apprentice.checkpoint())
    waiting: list = []

    def poll():
        found = list(waiting)
        waiting.clear()
        return found

    stage = Stage(StageSettings(scene="why"), HOME[0], poll, lambda gesture: None, offscreen=True)
    try:
        home = stage.scene
        waiting.extend([cue(0, 2, 32, SECOND)])
        stage.frame(2 * SECOND)
        waiting.extend([StyleChange(str(path)), cue(1, layers, UNITS, 2 * SECOND)])
        for k, name in enumerate(scenes):
            stage.frame(2 * SECOND + k * SECOND // 4)
            stage.choose(name)
            assert (stage.scene.anatomy.layers, stage.scene.anatomy.units) == (layers, UNITS)
        assert stage._explorer._bench.subject.units == UNITS
        stage.frame(4 * SECOND)
        stage.choose("why")
        waiting.extend([StyleChange(), cue(2, 2, 32, 5 * SECOND)])
        stage.frame(6 * SECOND)
        assert stage.scene is home
        assert stage._explorer._bench.subject is None
    finally:
        stage.close()


def test_a_finger_on_a_unit_lets_go_before_another_network_is_drawn(monkeypatch):
    stage = Stage(StageSettings(scene="why"), HOME[0], tuple, lambda gesture: None, offscreen=True)
    let_go: list[int] = []
    monkeypatch.setattr(stage._console, "let_go", lambda now: let_go.append(now) or [])
    try:
        stage._recast(str(styles.path_of(styles.names()[0])))
    finally:
        stage.close()
    assert len(let_go) == 1


def draw_until(stage: Stage, units: int, now: int) -> None:
    """Draw until a network of so many units is shown, whose scenes are built beside."""
    end = monotonic() + 20
    while stage.scene.anatomy.units != units:
        assert monotonic() < end
        stage.frame(now)


@pytest.fixture
def coming(monkeypatch, tmp_path):
    """A stage in whose window another network comes, its scenes held back until it is let go."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    path = tmp_path / "small.safetensors"
    save(path, Apprentice(songs.ode_to_joy()).checkpoint())
    waiting, go = [], Event()
    real = stage_module._scene

    def slow(name, anatomy, toolkit):
        if anatomy.units == UNITS:
            assert go.wait(20)
        return real(name, anatomy, toolkit)

    monkeypatch.setattr(stage_module, "_scene", slow)
    stage = Stage(
        StageSettings(scene="why", width=640, height=360),
        HOME[0],
        lambda: [waiting.pop(0) for _ in range(len(waiting))],
        lambda gesture: None,
        clock=DummyStageClock(SECOND),
    )
    waiting += [cue(0, 2, 32, SECOND), StyleChange(str(path)), cue(1, 1, UNITS, 2 * SECOND)]
    stage.frame(2 * SECOND)
    yield stage, waiting, go
    go.set()
    stage.close()


def test_while_its_scenes_are_built_the_last_network_is_drawn_and_nothing_is_lost(coming, caplog):
    stage, waiting, go = coming
    assert stage.scene.anatomy is HOME[0]
    waiting += [TurnChange(2 * SECOND, Turn.LISTEN), Release(1, 3 * SECOND)]
    stage.frame(2 * SECOND + SECOND // 60)
    assert stage._framing.timeline.turn(2 * SECOND).turn is Turn.LISTEN
    go.set()
    draw_until(stage, UNITS, 3 * SECOND)
    (timed,) = stage._framing.timeline.cues
    assert (timed.cue.serial, timed.end) == (1, 3 * SECOND)
    assert not caplog.records


def test_it_may_be_called_off_before_it_was_drawn(coming):
    stage, waiting, go = coming
    waiting += [StyleChange(), cue(2, 2, 32, 3 * SECOND)]
    stage.frame(3 * SECOND)
    go.set()
    stage.frame(4 * SECOND)
    assert stage.scene.anatomy is HOME[0]
    assert [timed.cue.serial for timed in stage._framing.timeline.cues][-1] == 2


def test_another_language_meanwhile_is_that_of_its_scenes(coming):
    stage, _, go = coming
    stage.speak("ca")
    go.set()
    draw_until(stage, UNITS, 3 * SECOND)
    assert stage.scene.toolkit.words is load_words("ca")
    assert stage._translated is None


def test_the_last_lesson_hands_over_what_was_learned(monkeypatch):
    """Through lesson five to the last: the file can be played, and is gone once it is told."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    gestures, waiting = [], []
    clock = DummyStageClock(SECOND)
    settings = StageSettings(width=640, height=360)
    stage = Stage(
        settings,
        HOME[0],
        lambda: [waiting.pop()] if waiting else [],
        gestures.append,
        clock=clock,
    )
    try:
        explorer = stage._explorer
        explorer.open()
        now = SECOND
        for name, step in (("song", "learn"), ("create", "play")):
            while explorer.lesson.name != name:
                explorer.press(Action.NEXT, now)
            while explorer.lesson.walk.now.name != step:
                explorer.press(Action.STEP, now)
            for _ in range(25):
                now += SECOND // 5
                explorer.run(now)
        stage.frame(now)
        assert not explorer.is_open
        (adopt,) = [gesture for gesture in gestures if isinstance(gesture, Adopt)]
        assert load(Path(adopt.path)).network.sizes.units == UNITS
        waiting.append(StyleChange(adopt.path))
        draw_until(stage, UNITS, now + SECOND)
        waiting.append(StyleChange())
        stage.frame(now + 2 * SECOND)
        assert not Path(adopt.path).exists()
    finally:
        stage.close()
