from __future__ import annotations

from collections import deque
from itertools import pairwise

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, BlendContributions, NoteCue, NoteSource
from messages.gestures import KeyEvent, QuitRequest
from visuals.demo_performance import DemoPerformance
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.stage import (
    PRELOAD_INTERVAL_FRAMES,
    Stage,
    StageOptions,
    UnknownSceneError,
)
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock

ANATOMY = NetworkSummary.dummy(2, 32)


def make_stage(offscreen: bool = True, sink=lambda gesture: None, poll=tuple, **settings) -> Stage:
    return Stage(
        StageOptions(**settings), ANATOMY, poll, sink, offscreen, clock=DummyStageClock(SECOND)
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


@pytest.fixture
def windowed_relabelled(monkeypatch):
    """A window with legends on the piano."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    stage = make_stage(
        offscreen=False,
        width=640,
        height=360,
        legends=True,
    )
    pygame.event.clear()
    yield stage, []
    stage.close()


def test_unknown_scene_names_the_known():
    with pytest.raises(UnknownSceneError, match="'surf'.*waves, cortex"):
        make_stage(scene="surf")


def test_screenshot_is_the_whole_picture_and_leaves_nothing_else(tmp_path):
    stage = make_stage()
    stage.show_frame(SECOND)
    assert pixels(stage, tmp_path / "shots" / "a.png").shape == (1920, 1080, 3)
    assert [path.name for path in (tmp_path / "shots").iterdir()] == ["a.png"]


def test_same_cues_and_times_give_the_same_picture(tmp_path):
    pictures = []
    for take in range(2):
        rehearsal = DemoPerformance(2, 32, SECOND, seed=5)
        now = [0]
        stage = make_stage(poll=lambda now=now, cues=rehearsal: cues.poll(now[0]))
        for now[0] in range(2 * SECOND, 2 * SECOND + SECOND // 4, SECOND // 60):
            stage.show_frame(now[0])
        pictures.append(pixels(stage, tmp_path / f"{take}.png"))
    assert np.array_equal(*pictures)


def test_frames_of_a_window_wait_for_their_deadlines(windowed):
    stage, _ = windowed
    started = stage._clock.time
    for _ in range(4):
        stage.show_frame()
    assert stage._clock.time - started >= 3 * SECOND // 60


def test_keys_at_the_window_go_to_the_performer(windowed):
    stage, gestures = windowed
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_A, mod=0, key=0))
    pygame.event.post(pygame.Event(pygame.KEYUP, scancode=pygame.KSCAN_A, mod=0, key=0))
    stage.show_frame()
    assert [(type(g), g.pitch, g.down) for g in gestures] == [
        (KeyEvent, 60, True),
        (KeyEvent, 60, False),
    ]


def test_escape_asks_to_leave(windowed):
    stage, gestures = windowed
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_ESCAPE, mod=0, key=0))
    stage.show_frame()
    assert [type(gesture) for gesture in gestures] == [QuitRequest]


def test_f2_changes_the_scene_little_by_little(windowed, tmp_path):
    stage, gestures = windowed
    stage.show_frame()
    before = pixels(stage, tmp_path / "before.png").astype(int)
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_F2, mod=0, key=0))
    stage.show_frame()
    first = pixels(stage, tmp_path / "first.png").astype(int)
    assert stage.scene.name == "cortex"
    assert gestures == []
    for k in range(3):
        stage.show_frame(stage._clock.time + k * SECOND)
    after = pixels(stage, tmp_path / "after.png").astype(int)
    assert np.abs(first - before).mean() < 0.1 * np.abs(after - before).mean()


def test_a_cue_of_another_network_is_left_out(caplog):
    cues = DemoPerformance(1, 8, SECOND).poll(2 * SECOND)
    waiting = [cues]
    stage = make_stage(poll=lambda: waiting.pop() if waiting else [])
    stage.show_frame(2 * SECOND)
    assert "another network" in caplog.text
    assert stage._frame_builder.timeline.cues == ()


def test_opening_starts_no_mixer():
    make_stage()
    assert pygame.mixer.get_init() is None


def test_frame_given_a_time_does_not_wait():
    stage = make_stage()
    clock = stage._clock
    before = clock.time
    stage.show_frame(100 * SECOND)
    assert clock.time - before < SECOND // 100


def test_other_scenes_are_ready_before_they_are_asked_for(windowed):
    stage, _ = windowed
    names = [scene.name for scene in scene_types()]
    built = []
    for k in range(PRELOAD_INTERVAL_FRAMES * (len(names) + 1)):
        stage.show_frame(SECOND + k)
        built.append(len(stage._scenes))
    assert list(stage._scenes) == names
    assert max(later - earlier for earlier, later in pairwise(built)) == 1


def test_f10_goes_on_in_the_next_language(windowed, tmp_path):
    stage, _ = windowed
    stage.show_frame(SECOND)
    before = pixels(stage, tmp_path / "before.png")
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_F10, mod=0, key=0))
    for k in range(4):
        stage.show_frame((2 + k) * SECOND)
    after = pixels(stage, tmp_path / "after.png")
    assert stage._language != "en"
    assert not np.array_equal(before, after)


def test_minus_darkens_and_equals_brightens(windowed, tmp_path):
    stage, gestures = windowed
    lights = []
    for scancode in (None, pygame.KSCAN_MINUS, pygame.KSCAN_MINUS, pygame.KSCAN_EQUALS):
        if scancode is not None:
            pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=scancode, mod=0, key=0))
        stage.show_frame(SECOND)
        lights.append(pixels(stage, tmp_path / "light.png").mean())
    assert lights[0] > lights[1] > lights[2]
    assert lights[2] < lights[3] < lights[0]
    assert gestures == []


def test_f12_shows_an_operator_how_punctual_it_is(windowed, tmp_path):
    stage, _ = windowed
    stage.show_frame()
    before = pixels(stage, tmp_path / "before.png")
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_F12, mod=0, key=0))
    stage.show_frame(stage._clock.time)
    after = pixels(stage, tmp_path / "after.png")
    corner = np.s_[1500:1800, 172:240]
    assert after[corner].mean() > before[corner].mean() + 2


def test_while_nobody_plays_scenes_take_turns():
    stage = make_stage(rotation_interval_s=10.0)
    for second in range(12):
        stage.show_frame(second * SECOND)
    assert stage.scene.name == "cortex"


def test_a_mouse_plays_the_piano_on_the_screen(windowed):
    stage, gestures = windowed
    x, y = stage._toolkit.keyboard.key_rect(60).midbottom
    place = {"pos": (x // 3, y // 3 - 2), "button": 1, "touch": False}
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, **place))
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONUP, **place))
    stage.show_frame()
    assert [(gesture.pitch, gesture.down) for gesture in gestures] == [(60, True), (60, False)]


def scanned(scancode: int, down: bool = True) -> pygame.Event:
    return pygame.Event(pygame.KEYDOWN if down else pygame.KEYUP, scancode=scancode, mod=0, key=0)


def test_with_motion_reduced_nothing_moves_while_nothing_sounds(tmp_path):
    """Ten seconds apart, the same picture; without, the prompt and the dust have moved."""
    changes = []
    for still in (False, True):
        stage = make_stage(reduced_motion=still)
        for k in range(2):
            stage.show_frame(5 * SECOND + k)
        before = pixels(stage, tmp_path / "before.png").astype(int)
        for k in range(2):
            stage.show_frame(15 * SECOND + k)
        changes.append(np.abs(pixels(stage, tmp_path / "after.png") - before).max())
    assert changes[0] > 20
    assert changes[1] == 0


def test_f9_stills_the_picture_and_is_not_a_scene(windowed):
    stage, gestures = windowed
    pygame.event.post(scanned(pygame.KSCAN_F9))
    stage.show_frame()
    assert stage._reduced_motion
    pygame.event.post(scanned(pygame.KSCAN_F9))
    stage.show_frame()
    assert not stage._reduced_motion
    assert gestures == []


def test_the_brightness_of_the_settings_holds_for_the_whole_picture(tmp_path):
    lights = []
    for brightness in (1.0, 0.4):
        stage = make_stage(brightness=brightness)
        stage.show_frame(SECOND)
        lights.append(pixels(stage, tmp_path / "light.png").mean())
    assert lights[1] == pytest.approx(0.4 * lights[0], rel=0.1)


def test_legends_follow_an_octave_up(windowed_relabelled, tmp_path):
    stage, _ = windowed_relabelled
    stage.show_frame()
    row = np.s_[80:1840, 1028:1046]
    before = pixels(stage, tmp_path / "before.png")[row].astype(int).sum(axis=(1, 2))
    pygame.event.post(scanned(pygame.KSCAN_PAGEUP))
    stage.show_frame()
    after = pixels(stage, tmp_path / "after.png")[row].astype(int).sum(axis=(1, 2))
    keyboard = stage._toolkit.keyboard
    low, high = keyboard.key_rect(50).centerx - 80, keyboard.key_rect(84).centerx - 80
    assert before[low - 6 : low + 6].sum() > after[low - 6 : low + 6].sum()
    assert before[high - 6 : high + 6].sum() < after[high - 6 : high + 6].sum()


def test_notes_are_shown_in_the_frame_nearest_to_them(windowed):
    stage, _ = windowed
    rehearsal = DemoPerformance(2, 32, stage._clock.time + SECOND // 10, seed=3, tempo=200)
    stage._poll = lambda: rehearsal.poll(stage._clock.time)
    stage._preload_tasks.clear()
    for _ in range(80):
        stage.show_frame()
    assert stage.stage_timing.notes >= 2
    assert stage.stage_timing.error_p99 < 1000 / 60 / 2 + 1


def test_garbage_is_settled_once_all_is_built_and_loosened_for_another_language(
    monkeypatch, sweeper
):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    settings = StageOptions(width=640, height=360)
    clock = DummyStageClock(SECOND)
    stage = Stage(settings, ANATOMY, tuple, print, clock=clock, sweeper=sweeper)
    try:
        stage._preload_tasks = deque([list, list])
        for k in range(2 * PRELOAD_INTERVAL_FRAMES - 1):
            stage.show_frame(SECOND + k)
        assert sweeper.told == []
        stage.show_frame(2 * SECOND)
        assert sweeper.told == ["settle"]
        stage.set_language("ca")
        assert sweeper.told == ["settle", "loosen"]
    finally:
        stage.close()


def told_by(leader: int, serial: int) -> list:
    """A note, and that `leader` of two had the larger weight as it came."""
    activations = np.full((2, 6, 32), 0.5, np.float32)
    ahead = np.zeros(KEY_COUNT, np.float32)
    cue = NoteCue(
        serial, serial * SECOND, SECOND, 60, 90, NoteSource.NETWORK, 1.0, activations, ahead
    )
    weights = np.array([0.2, 0.8] if leader else [0.8, 0.2], np.float32)
    states = np.zeros((2, KEY_COUNT), np.float32), np.zeros((2, 32), np.float32)
    return [cue, BlendContributions(serial, weights, weights, *states)]


@pytest.mark.parametrize("scene", ["cortex", "blend"])
def test_the_network_that_leads_is_the_one_that_is_drawn(scene):
    troupe = [NetworkSummary.dummy(2, 32, seed) for seed in (0, 1)]
    messages = told_by(0, 1) + told_by(1, 2) + told_by(0, 3)
    stage = Stage(
        StageOptions(scene=scene),
        troupe[0],
        lambda: [messages.pop(0) for _ in range(len(messages))],
        lambda gesture: None,
        offscreen=True,
        partners=troupe[1:],
    )
    first, shown = stage.scene, []
    for time in (1.5, 2.5, 3.5):
        stage.show_frame(round(time * SECOND))
        shown.append((stage._shown_network, stage.scene))
    assert [anatomy for anatomy, _ in shown] == [troupe[0], troupe[1], troupe[0]]
    if scene == "blend":
        assert {id(drawn) for _, drawn in shown} == {id(first)}
    else:
        assert [drawn.network for _, drawn in shown] == [troupe[0], troupe[1], troupe[0]]
        assert shown[2][1] is first
    stage.select_scene("circuit")
    assert stage.scene.network is troupe[0]
    stage.close()
