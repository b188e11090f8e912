from __future__ import annotations

from itertools import pairwise

import numpy as np
import pygame
import pytest

from visuals.anatomy import Anatomy
from visuals.gestures import Key, Leave
from visuals.pacing import DummyStageClock
from visuals.rehearsal import Rehearsal
from visuals.scenes import scene_types
from visuals.stage import PREPARED_EVERY, Stage, StageSettings, UnknownSceneError
from visuals.timeline import SECOND

ANATOMY = Anatomy.dummy(2, 32)


def make_stage(offscreen: bool = True, sink=lambda gesture: None, poll=tuple, **settings) -> Stage:
    return Stage(
        StageSettings(**settings), ANATOMY, poll, sink, offscreen, clock=DummyStageClock(SECOND)
    )


def pixels(stage: Stage, path) -> np.ndarray:
    stage.save_screenshot(path)
    return pygame.surfarray.array3d(pygame.image.load(path))


@pytest.fixture
def windowed(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    gestures: list = []
    stage = make_stage(offscreen=False, sink=gestures.append, width=640, height=360)
    pygame.event.clear()
    yield stage, gestures
    stage.close()


def test_unknown_scene_names_the_known():
    with pytest.raises(UnknownSceneError, match="'surf'.*waves, cortex"):
        make_stage(scene="surf")


def test_screenshot_is_the_whole_picture_and_leaves_nothing_else(tmp_path):
    stage = make_stage()
    stage.frame(SECOND)
    assert pixels(stage, tmp_path / "shots" / "a.png").shape == (1920, 1080, 3)
    assert [path.name for path in (tmp_path / "shots").iterdir()] == ["a.png"]


def test_same_cues_and_times_give_the_same_picture(tmp_path):
    pictures = []
    for take in range(2):
        rehearsal = Rehearsal(2, 32, SECOND, seed=5)
        now = [0]
        stage = make_stage(poll=lambda now=now, cues=rehearsal: cues.poll(now[0]))
        for now[0] in range(2 * SECOND, 2 * SECOND + SECOND // 4, SECOND // 60):
            stage.frame(now[0])
        pictures.append(pixels(stage, tmp_path / f"{take}.png"))
    assert np.array_equal(*pictures)


def test_frames_of_a_window_wait_for_their_deadlines(windowed):
    stage, _ = windowed
    started = stage._clock.time
    for _ in range(4):
        stage.frame()
    assert stage._clock.time - started >= 3 * SECOND // 60


def test_keys_at_the_window_go_to_the_performer(windowed):
    stage, gestures = windowed
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_A, mod=0, key=0))
    pygame.event.post(pygame.Event(pygame.KEYUP, scancode=pygame.KSCAN_A, mod=0, key=0))
    stage.frame()
    assert [(type(g), g.scancode, g.down) for g in gestures] == [
        (Key, pygame.KSCAN_A, True),
        (Key, pygame.KSCAN_A, False),
    ]


def test_escape_asks_to_leave(windowed):
    stage, gestures = windowed
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_ESCAPE, mod=0, key=0))
    stage.frame()
    assert [type(gesture) for gesture in gestures] == [Leave]


def test_f2_changes_the_scene_little_by_little(windowed, tmp_path):
    stage, gestures = windowed
    stage.frame()
    before = pixels(stage, tmp_path / "before.png").astype(int)
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_F2, mod=0, key=0))
    stage.frame()
    first = pixels(stage, tmp_path / "first.png").astype(int)
    assert stage.scene.name == "cortex"
    assert gestures == []
    for k in range(3):
        stage.frame(stage._clock.time + k * SECOND)
    after = pixels(stage, tmp_path / "after.png").astype(int)
    assert np.abs(first - before).mean() < 0.1 * np.abs(after - before).mean()


def test_a_cue_of_another_network_is_left_out(caplog):
    cues = Rehearsal(1, 8, SECOND).poll(2 * SECOND)
    waiting = [cues]
    stage = make_stage(poll=lambda: waiting.pop() if waiting else [])
    stage.frame(2 * SECOND)
    assert "another network" in caplog.text
    assert stage._framing.timeline.cues == ()


def test_opening_starts_no_mixer():
    make_stage()
    assert pygame.mixer.get_init() is None


def test_frame_given_a_time_does_not_wait():
    stage = make_stage()
    clock = stage._clock
    before = clock.time
    stage.frame(100 * SECOND)
    assert clock.time - before < SECOND // 100


def test_other_scenes_are_ready_before_they_are_asked_for(windowed):
    stage, _ = windowed
    names = [scene.name for scene in scene_types()]
    built = []
    for k in range(PREPARED_EVERY * (len(names) + 1)):
        stage.frame(SECOND + k)
        built.append(len(stage._scenes))
    assert list(stage._scenes) == names
    assert max(later - earlier for earlier, later in pairwise(built)) == 1


def test_f10_goes_on_in_the_next_language(windowed, tmp_path):
    stage, _ = windowed
    stage.frame(SECOND)
    before = pixels(stage, tmp_path / "before.png")
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_F10, mod=0, key=0))
    for k in range(4):
        stage.frame((2 + k) * SECOND)
    after = pixels(stage, tmp_path / "after.png")
    assert stage._language != "en"
    assert not np.array_equal(before, after)


def test_minus_darkens_and_equals_brightens(windowed, tmp_path):
    stage, gestures = windowed
    lights = []
    for scancode in (None, pygame.KSCAN_MINUS, pygame.KSCAN_MINUS, pygame.KSCAN_EQUALS):
        if scancode is not None:
            pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=scancode, mod=0, key=0))
        stage.frame(SECOND)
        lights.append(pixels(stage, tmp_path / "light.png").mean())
    assert lights[0] > lights[1] > lights[2]
    assert lights[2] < lights[3] < lights[0]
    assert gestures == []


def test_f12_shows_an_operator_how_punctual_it_is(windowed, tmp_path):
    stage, _ = windowed
    stage.frame()
    before = pixels(stage, tmp_path / "before.png")
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_F12, mod=0, key=0))
    stage.frame(stage._clock.time)
    after = pixels(stage, tmp_path / "after.png")
    corner = np.s_[1500:1800, 172:240]
    assert after[corner].mean() > before[corner].mean() + 2


def test_while_nobody_plays_scenes_take_turns():
    stage = make_stage(rotate=10.0)
    for second in range(12):
        stage.frame(second * SECOND)
    assert stage.scene.name == "cortex"


def test_a_mouse_plays_the_piano_on_the_screen(windowed):
    stage, gestures = windowed
    x, y = stage._toolkit.keyboard.key(60).midbottom
    place = {"pos": (x // 3, y // 3 - 2), "button": 1, "touch": False}
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, **place))
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONUP, **place))
    stage.frame()
    assert [(gesture.pitch, gesture.down) for gesture in gestures] == [(60, True), (60, False)]
