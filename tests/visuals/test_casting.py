from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midi_data import songs
from rnn import styles
from rnn.apprentice import UNITS, Apprentice
from rnn.checkpoint import load, save
from visuals.anatomy import Anatomy
from visuals.casting import Casting
from visuals.cues import KEYS, Cue, Source, StyleChange
from visuals.gestures import Adopt
from visuals.lessons.actions import Action
from visuals.pacing import DummyStageClock
from visuals.scenes import scene_types
from visuals.stage import Stage, StageSettings
from visuals.timeline import SECOND

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
        stage.frame(now + SECOND)
        assert stage.scene.anatomy.units == UNITS
        waiting.append(StyleChange())
        stage.frame(now + 2 * SECOND)
        assert not Path(adopt.path).exists()
    finally:
        stage.close()
