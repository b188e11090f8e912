from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pygame
import pytest
from demo_performance import DemoPerformance

from installation.ops.exhibit_status import MIN_MEAN_LIGHT
from messages.clock import SECOND
from messages.cues import KeyStruck, ModelChange, NoteCue, NoteSource
from messages.gestures import (
    KeyEvent,
    LessonOpenChange,
    LessonSilenceRequest,
    ModelRequest,
    QuitRequest,
)
from rnn.teaching.tune_learner import UNITS_PER_LAYER
from visuals.drawing import typography
from visuals.drawing.picture_layout import CLASSIC, LANDSCAPE, PORTRAIT
from visuals.drawing.theme import fit_rect
from visuals.hud.unit_card import CARD_SIZE_PX, card_rect
from visuals.input.key_bindings import StageCommand
from visuals.input.lesson_actions import LessonAction
from visuals.input.operator_lock import OperatorLock
from visuals.network_source import LoadedNetwork
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import UnknownSceneError
from visuals.scene_switch import PRELOAD_DELAY_FRAMES
from visuals.scenes import scene_types
from visuals.stage import Stage
from visuals.window.frame_clock import DummyStageClock
from visuals.window.presenter import WindowPresenter
from visuals.window.stage_options import StageOptions


@pytest.fixture
def window(make_stage):
    return make_stage(offscreen=False)


def pixels(stage) -> np.ndarray:
    return pygame.surfarray.array3d(stage.picture)


def test_an_unknown_scene_names_the_known_ones(make_stage):
    with pytest.raises(UnknownSceneError, match="'surf'.*waves, cortex"):
        make_stage(scene="surf")


def test_equal_cues_and_times_give_equal_pictures(make_stage):
    pictures = []
    for _ in range(2):
        stage, performance = make_stage(), DemoPerformance(2, 32, SECOND, seed=5)
        for now in range(2 * SECOND, 2 * SECOND + SECOND // 4, SECOND // 60):
            stage.messages += performance.poll(now)
            stage.show_frame(now)
        pictures.append(pixels(stage))
    assert np.array_equal(*pictures)


@pytest.mark.parametrize("scene", [scene.name for scene in scene_types()])
def test_frames_leave_no_garbage_behind(make_stage, monkeypatch, scene):
    monkeypatch.setattr(typography, "MAX_CACHED_TEXT_BYTES", 1)  # each line drops another
    stage, performance = make_stage(scene=scene), DemoPerformance(2, 32, SECOND, seed=5)

    def draw(first_second: int) -> None:
        for now in range(first_second * SECOND, (first_second + 3) * SECOND, SECOND // 10):
            stage.messages += performance.poll(now)
            stage.show_frame(now)

    draw(2)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        draw(5)
        gc.collect()
        found = {type(each) for each in gc.garbage if type(each).__module__.startswith("visuals")}
        assert not found
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_memory_is_given_back_after_a_full_collection(make_stage, gc_policy, monkeypatch):
    released = []
    monkeypatch.setattr(gc_policy, "collect_after_frame", lambda number: number == 2)
    monkeypatch.setattr(gc_policy, "release_free_memory", lambda: released.append("released"))
    stage = make_stage(gc_policy=gc_policy)
    released.clear()
    stage.show_frame(SECOND)
    assert not released
    stage.show_frame(SECOND + SECOND // 60)
    assert released == ["released"]


def test_frames_of_a_window_wait_for_their_deadlines(window):
    started = window.clock.time
    for _ in range(4):
        window.show_frame()
    assert window.clock.time - started >= 3 * SECOND // 60


def test_a_frame_with_a_given_time_does_not_wait(make_stage):
    stage = make_stage()
    before = stage.clock.time
    stage.show_frame(100 * SECOND)
    assert stage.clock.time - before < SECOND // 100


@pytest.mark.parametrize("scene", [scene.name for scene in scene_types()])
def test_only_a_scene_that_draws_nothing_leaves_the_picture_black(make_stage, monkeypatch, scene):
    stage = make_stage(scene=scene)
    stage.show_frame(SECOND)
    assert stage.picture_status.mean_light > 2 * MIN_MEAN_LIGHT
    monkeypatch.setattr(stage.scene, "draw", lambda surface, *_: surface.fill(0))
    stage.show_frame(SECOND + SECOND // 60)
    assert stage.picture_status.mean_light < MIN_MEAN_LIGHT
    assert stage.picture_status.frames == 2


def test_piano_keys_go_to_the_performer(window):
    window.press(pygame.KSCAN_A)
    window.show_frame()
    press, release = window.gestures
    assert isinstance(press, KeyEvent)
    assert (press.pitch, press.down, release.down) == (release.pitch, True, False)


def test_a_mouse_plays_the_piano_on_the_screen(window):
    x, y = window.scene.resources.keyboard.key_rect(60).midbottom
    place = {"pos": (x // 3, y // 3 - 2), "button": 1, "touch": False}
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, **place))
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONUP, **place))
    window.show_frame()
    played = [(gesture.pitch, gesture.down) for gesture in window.gestures]
    assert played == [(60, True), (60, False)]


def test_escape_asks_to_leave(window):
    window.press(pygame.KSCAN_ESCAPE)
    window.show_frame()
    assert [type(gesture) for gesture in window.gestures] == [QuitRequest]


def test_a_locked_stage_leads_home_and_does_not_leave(make_stage):
    stage = make_stage(offscreen=False, operator_lock=OperatorLock(lambda pin: False))
    stage.press(pygame.KSCAN_TAB)
    stage.show_frame()
    assert stage.view.in_lesson
    stage.press(pygame.KSCAN_ESCAPE)
    pygame.event.post(pygame.Event(pygame.QUIT))
    stage.show_frame()
    assert not stage.view.in_lesson
    assert not [one for one in stage.gestures if isinstance(one, QuitRequest)]


def test_at_some_hours_only_lessons_are_shown_and_the_picture_is_darker(make_stage):
    stage = make_stage()
    stage.view.set_house_rules(0.5, lessons_only=True)
    stage.show_frame(SECOND)
    assert stage.view.in_lesson and stage.picture_status.brightness == 0.5


def test_a_cue_of_another_network_is_left_out(make_stage, caplog):
    stage = make_stage()
    stage.messages += DemoPerformance(1, 8, SECOND).poll(2 * SECOND)
    stage.show_frame(2 * SECOND)
    assert "another network" in caplog.text
    assert stage.timeline.cues == ()


def test_opening_starts_no_mixer(make_stage):
    make_stage()
    assert pygame.mixer.get_init() is None


def test_other_scenes_and_lessons_are_built_before_they_are_asked_for(make_stage, gc_policy):
    stage = make_stage(offscreen=False, gc_policy=gc_policy)
    for k in range(PRELOAD_DELAY_FRAMES):
        stage.show_frame(SECOND + k)
    assert gc_policy.calls == []
    stage.show_until(lambda: gc_policy.calls == ["freeze"])
    for scene in scene_types():
        stage.view.select_scene(scene.name)
        stage.show_frame(2 * SECOND)
        assert stage.scene.name == scene.name


def test_garbage_collection_sees_scenes_while_another_language_replaces_them(make_stage, gc_policy):
    stage = make_stage(offscreen=False, gc_policy=gc_policy)
    for k in range(PRELOAD_DELAY_FRAMES):
        stage.show_frame(SECOND + k)
    stage.show_until(lambda: gc_policy.calls == ["freeze"])
    stage.view.set_language("ca")
    stage.show_frame(2 * SECOND)
    assert gc_policy.calls == ["freeze", "unfreeze"]
    stage.show_until(lambda: gc_policy.calls == ["freeze", "unfreeze", "freeze"])
    assert stage.scenes.shown.language == "ca"


def test_notes_are_shown_in_the_frame_nearest_to_them(window):
    for k in range(PRELOAD_DELAY_FRAMES):
        window.show_frame(SECOND + k)
    window.show_until(lambda: not window.scenes.is_building)
    performance = DemoPerformance(2, 32, window.clock.time + SECOND // 10, seed=3, tempo=200)
    for _ in range(80):
        window.messages += performance.poll(window.clock.time)
        window.show_frame()
    assert window.stage_timing.notes >= 2
    assert window.stage_timing.error_p99 < 1000 / 60 / 2 + 1


def test_a_finger_is_lifted_before_another_network_is_drawn(make_stage, network_source):
    guest = NetworkSummary.dummy(1, 16)
    network_source.networks["guest"] = LoadedNetwork(guest)
    stage = make_stage(offscreen=False, network_source=network_source)
    x, y = stage.scene.resources.keyboard.key_rect(60).midbottom
    place = {"pos": (x // 3, y // 3 - 2), "button": 1, "touch": False}
    pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, **place))
    stage.show_frame()
    assert [gesture.down for gesture in stage.gestures] == [True]
    stage.messages.append(ModelChange("guest"))
    stage.show_until(lambda: stage.scene.network is guest)
    assert [gesture.down for gesture in stage.gestures] == [True, False]


def test_the_last_lesson_hands_over_the_learned_network(make_stage, network_source):
    stage = make_stage(offscreen=False, network_source=network_source)
    browser, now = stage.lesson_browser, SECOND
    browser.open()
    for name, step in (("song", "learn"), ("create", "play")):
        while browser.lesson.name != name:
            browser.handle_action(LessonAction.NEXT, now)
        while browser.lesson.walkthrough.current_step.name != step:
            browser.handle_action(LessonAction.STEP, now)
        for _ in range(25):
            now += SECOND // 5
            browser.update(now)
    stage.show_frame(now)
    assert not browser.is_open
    (request,) = [gesture for gesture in stage.gestures if isinstance(gesture, ModelRequest)]
    stage.messages.append(ModelChange(request.path))
    stage.show_until(lambda: stage.scene.network.units == UNITS_PER_LAYER, now + SECOND)


def test_the_window_is_never_black_before_the_first_scene(make_stage):
    make_stage(offscreen=False)
    assert pygame.surfarray.array3d(pygame.display.get_surface()).max() > 120


def click(x: float, y: float, kind: int = pygame.MOUSEBUTTONDOWN) -> None:
    """Press or release the mouse at a point of the picture; the window is a third as wide."""
    pygame.event.post(pygame.Event(kind, pos=(round(x / 3), round(y / 3)), button=1, touch=False))


def test_a_card_that_is_open_closes_when_its_network_is_replaced(make_stage, network_source):
    guest = NetworkSummary.dummy(1, 16)
    network_source.networks["guest"] = LoadedNetwork(guest)
    stage = make_stage(offscreen=False, network_source=network_source, scene="cortex")
    unit = tuple(stage.scene.hit_targets.units[-1].tolist())
    click(*stage.scene.unit_position(*unit))
    stage.show_frame()
    assert stage.inspection is not None
    stage.messages.append(ModelChange("guest"))
    stage.show_until(lambda: stage.scene.network is guest)
    stage.show_frame()
    assert stage.inspection is None


def test_touches_faster_than_frames_all_arrive(window):
    x, y = window.scene.resources.keyboard.key_rect(60).midbottom
    for _ in range(50):
        click(x, y - 6)
        click(x, y - 6, pygame.MOUSEBUTTONUP)
    window.show_frame()
    assert [gesture.down for gesture in window.gestures] == 50 * [True, False]


def test_a_window_that_is_lost_in_a_lesson_leaves_the_lesson_open(window):
    window.lesson_browser.open_lesson("graph")
    window.show_frame()
    window.lesson_browser.handle_action(LessonAction.STEP, SECOND)
    place = window.lesson_browser.place
    pygame.display.quit()
    for _ in range(3):
        window.show_frame()
    assert window.lesson_browser.is_open and window.lesson_browser.place == place


def test_a_lesson_whose_window_is_lost_waits_in_silence_at_its_step(window):
    """An unplugged display: what sounded ends, and its return shows the same step."""
    window.view.apply_command(StageCommand.TOGGLE_LESSONS)
    for action in (*[LessonAction.NEXT] * 3, LessonAction.PLAY):
        window.view.apply_command(action)
    window.show_frame()
    pygame.event.post(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_A, mod=0, key=0))
    window.show_frame()
    browser = window.lesson_browser
    place = browser.place
    pygame.display.quit()
    window.show_frame()
    window.gestures.clear()
    while pygame.display.get_surface() is None:
        window.show_frame()
    window.show_frame()
    still_open = [gesture for gesture in window.gestures if isinstance(gesture, LessonOpenChange)]
    assert all(gesture.is_open for gesture in still_open)
    kinds = [type(gesture) for gesture in window.gestures if gesture not in still_open]
    assert kinds == [KeyEvent, LessonSilenceRequest]
    assert not window.gestures[0].down
    assert (browser.place, browser.player.playing) == (place, False)
    assert not browser.audio.pitches_sounding_at(window.clock.time)
    browser.handle_action(LessonAction.STEP, window.clock.time)
    window.show_frame()
    assert browser.place == (place[0], place[1] + 1)


def test_keys_are_wide_enough_for_the_screen_of_a_desk_in_scenes_and_lessons(make_stage):
    stage = make_stage(distance="desk")
    for language in ("en", "ca"):
        stage.view.set_language(language)
        stage.show_until(lambda wanted=language: stage.scenes.shown.language == wanted)
        low, high = stage.scene.resources.keyboard.place.playable_pitches
        assert high - low == 48
    assert make_stage(distance="room").scene.resources.keyboard.place.playable_pitches == (36, 96)


@pytest.mark.parametrize(
    ("window", "layout"),
    [((800, 600), CLASSIC), ((5120, 1440), LANDSCAPE), ((1080, 1920), PORTRAIT)],
)
def test_a_scene_and_a_lesson_fill_the_middle_of_any_screen(make_stage, window, layout):
    stage, pictures = make_stage(offscreen=False, width=window[0], height=window[1]), []
    for is_lesson in (False, True):
        if is_lesson:
            stage.lesson_browser.open_lesson("neuron")
        stage.show_frame(2 * SECOND)
        assert stage.picture.get_size() == layout.size
        shown = pygame.display.get_surface()
        assert shown.get_size() == window
        light = pygame.surfarray.array3d(shown).max(axis=2)
        place = fit_rect(layout.size, window)
        inside = light[place.left : place.right, place.top : place.bottom]
        assert inside[:, : place.height // 3].max() > 100  # a title
        assert inside[:, -place.height // 8 :].max() > 60  # the piano
        assert not light[: place.left].any() and not light[place.right :].any()
        assert not light[:, : place.top].any() and not light[:, place.bottom :].any()
        pictures.append(inside)
    assert np.abs(pictures[1].astype(int) - pictures[0]).max() > 100


def test_a_card_opens_where_it_hides_neither_the_prompt_nor_the_text_of_the_scene(window):
    window.show_frame(2 * SECOND)
    scene, before = window.scene, pixels(window).astype(int)
    place = scene.unit_position(*scene.hit_targets.units[len(scene.hit_targets.units) // 2])
    click(*place)
    window.show_frame(2 * SECOND + 1)
    assert window.inspection is not None
    written = np.abs(pixels(window).astype(int) - before).max(axis=2) > 60
    corners = [card_rect((x, y), CARD_SIZE_PX) for x in (0, 1920) for y in (0, 1080)]
    shares = [written[box.left : box.right, box.top : box.bottom].mean() for box in corners]
    prompt, opened = pygame.Rect(*scene.prompt_position, 470, 70), corners[int(np.argmax(shares))]
    roll = scene.piano_roll.rect
    labels = pygame.Rect(roll.left, roll.bottom, 200, prompt.top - roll.bottom)
    assert card_rect(place, CARD_SIZE_PX).colliderect(labels)  # without text it would lie there
    assert not opened.colliderect(labels) and not opened.colliderect(prompt)
    assert max(shares) > 0.03


def test_a_key_whose_cue_comes_while_its_frame_is_drawn_is_not_lit_twice(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    lights = []
    for comes_late in (False, True):
        clock, waiting = DummyStageClock(SECOND), []
        options = StageOptions(width=640, height=360, reduced_motion=True)
        network = NetworkSummary.dummy(2, 32)
        stage = Stage(
            options, network, lambda w=waiting: w.pop(0) if w else [], lambda _: None, clock=clock
        )
        stage.show_frame()
        state = np.zeros((2, 6, 32), np.float32), np.zeros(88, np.float32)
        cue = NoteCue(0, clock.time, 0, 60, 100, NoteSource.VISITOR, 1.0, *state)
        waiting += [[KeyStruck(0, cue.due, 60, 100)], [cue] if comes_late else []]
        stage.show_frame()
        lights.append(light_at_key(pixels(stage), stage))
        stage.close()
    assert lights[0] == lights[1] > 20_000


def light_at_key(picture: np.ndarray, stage: Stage) -> int:
    x, y = (round(side) for side in stage.scene.resources.keyboard.key_top(60))
    return int(picture[x - 8 : x + 9, y - 40 : y - 6].astype(int).sum())


@pytest.mark.parametrize(("is_lesson_open", "late_ms"), [(False, 0), (True, 0), (False, 60)])
def test_a_key_that_sounds_while_its_frame_is_drawn_is_lit_in_that_frame(
    monkeypatch, is_lesson_open, late_ms
):
    """Unless a lesson is open, whose keys are lit without a wave."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(WindowPresenter, "can_add_light", False)  # which lights keys sooner
    clock, late, polls = DummyStageClock(SECOND), [], []

    def poll() -> list[NoteCue]:
        polls.append(clock.time)
        if late and len(polls) % 2 == 0:  # as the frame is about to be shown
            clock.sleep(late_ms * 1_000_000)  # of a slow machine
            return [replace(late.pop(), due=clock.time)]
        return []

    options = StageOptions(width=640, height=360, reduced_motion=True)
    stage = Stage(options, NetworkSummary.dummy(2, 32), poll, lambda gesture: None, clock=clock)
    try:
        if is_lesson_open:
            stage.lesson_browser.open_lesson("neuron")
        stage.show_frame()
        before = light_at_key(pixels(stage), stage)
        polls.clear()
        nothing = np.zeros((2, 6, 32), np.float32), np.zeros(88, np.float32)
        late.append(NoteCue(0, clock.time, 0, 60, 100, NoteSource.VISITOR, 1.0, *nothing))
        stage.show_frame()
        gain = light_at_key(pixels(stage), stage) - before
        assert gain < 5_000 if is_lesson_open else gain > 20_000
        assert bool(late) is is_lesson_open
    finally:
        stage.close()


@pytest.mark.parametrize("is_lesson_open", [False, True])
def test_a_key_is_lit_on_the_window_while_the_next_frame_is_drawn(
    make_stage, monkeypatch, is_lesson_open
):
    """Before the frame is shown; unless a lesson is open, which has no piano."""
    stage = make_stage(offscreen=False)
    if is_lesson_open:
        stage.lesson_browser.open_lesson("neuron")
    stage.show_frame(SECOND)
    draw, lights = stage.lesson_browser.draw if is_lesson_open else stage.scene.draw, []

    def draw_slowly(surface: pygame.Surface, *arguments) -> None:
        lights.append(light_on_window(stage))
        stage.messages.append(KeyStruck(0, SECOND, 60, 127))
        stage.clock.sleep(1_000_000)
        surface.fill((0, 0, 0), (0, 0, 1, 1))  # any piece of the frame
        lights.append(light_on_window(stage))
        draw(surface, *arguments)

    drawn = stage.lesson_browser if is_lesson_open else stage.scene
    monkeypatch.setattr(drawn, "draw", draw_slowly)
    stage.show_frame(SECOND + 1)
    assert lights[1] == lights[0] if is_lesson_open else lights[1] > lights[0] + 100


def light_on_window(stage: Stage) -> int:
    """Light above the middle C of the piano on the window."""
    window, (x, y) = pygame.display.get_surface(), stage.scene.resources.keyboard.key_top(60)
    scale = window.get_width() / stage.picture.get_width()
    red, green, blue, _ = window.get_at((round(x * scale), round(y * scale) - 3))
    return red + green + blue
