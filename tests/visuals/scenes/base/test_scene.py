"""What holds for every scene: light, touch, sizes of networks, reduced motion, and imports."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import visuals.scenes
from messages.clock import SECOND
from messages.cues import CueWithdrawal, NoteSource, Turn, TurnChange
from messages.gestures import HeldUnit
from midi_data.notes import fold_pitch
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import NOTE_NAME_POSITION, PICTURE_SIZE_PX
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.frame import NOTE_FADE_S
from visuals.scenes.base.scene import INVITING_FADE_S, NOTE_NAME_FADE_S, Scene, inviting_level
from visuals.timeline import TimedCue

NETWORK = NetworkSummary.dummy(2, 40)
SCENES = {scene.name: scene for scene in scene_types()}
SHOWING_UNITS = ("waves", "cortex", "circuit")
DUE_S = 2.0


@pytest.fixture(scope="module", params=SCENES)
def scene(request, resources) -> Scene:
    return SCENES[request.param](NETWORK, resources)


@pytest.fixture(scope="module", params=SHOWING_UNITS)
def unit_scene(request, resources) -> Scene:
    return SCENES[request.param](NETWORK, resources)


def key_light(scene: Scene, picture: np.ndarray, pitch: int = 69) -> float:
    rect = scene.resources.keyboard.key_rect(pitch).inflate(-4, -4)
    return picture[rect.left : rect.right, rect.top : rect.bottom].mean()


def test_scenes_have_their_own_names():
    assert list(SCENES) == ["waves", "cortex", "circuit", "why", "blend", "days"]


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_names_the_style_once(name, resources, monkeypatch):
    written, draw_text = [], resources.typesetter.draw_text

    def record(surface, text, *arguments):
        written.append(text)
        return draw_text(surface, text, *arguments)

    monkeypatch.setattr(resources.typesetter, "draw_text", record)
    SCENES[name](replace(NETWORK, style="irish"), resources)
    assert written.count(resources.words.style_title("irish", NETWORK.title)) == 1


def test_no_scene_imports_another():
    root = Path(visuals.scenes.__file__).parent
    for path in root.glob("*/*.py"):
        others = {f"visuals.scenes.{name}" for name in SCENES if name != path.parent.name}
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            assert ".".join((module or "").split(".")[:3]) not in others, path


def test_a_key_lights_as_its_note_falls_due(scene, make_cue, draw):
    messages = [make_cue(due_s=DUE_S, network=NETWORK)]
    before, after = (draw(scene, messages, time_s) for time_s in (DUE_S - 0.01, DUE_S + 0.1))
    assert key_light(scene, after) > key_light(scene, before) + 30


@pytest.mark.parametrize("detail", [0, 1, 2])
def test_every_level_of_detail_shows_the_note(scene, make_cue, draw, detail):
    messages = [make_cue(due_s=DUE_S, network=NETWORK)]
    assert key_light(scene, draw(scene, messages, DUE_S + 0.2, detail_level=detail)) > 60


@pytest.mark.parametrize("pitch", [0, 20, 109, 127])
def test_a_note_off_the_piano_lights_the_same_key_of_another_octave(scene, make_cue, draw, pitch):
    messages = [make_cue(due_s=DUE_S, pitch=pitch, network=NETWORK)]
    picture = draw(scene, messages, DUE_S + 0.2)
    assert key_light(scene, picture, fold_pitch(pitch)) > 60


@pytest.mark.parametrize("name", SCENES)
def test_a_withdrawn_note_never_lights(name, resources, make_cue, draw):
    cue = make_cue(due_s=DUE_S, network=NETWORK)
    withdrawn = [cue, CueWithdrawal(0, SECOND)]
    first, second = (
        draw(SCENES[name](NETWORK, resources), messages, DUE_S + 0.1)
        for messages in ([], withdrawn)
    )
    assert np.array_equal(first, second)


def test_the_name_of_the_latest_note_fades_after_the_note(scene, make_cue, draw):
    right, top = NOTE_NAME_POSITION
    messages, lights = [make_cue(due_s=DUE_S, duration_s=1.0, network=NETWORK)], []
    for time_s in (-0.5, 0.5, 1.0 + NOTE_NAME_FADE_S / 2, 1.0 + NOTE_NAME_FADE_S):
        picture = draw(scene, messages, DUE_S + time_s)
        lights.append(picture[right - 120 : right, top : top + 110].sum())
    assert lights[1] > lights[2] > lights[0] == lights[3]


def test_nothing_is_saturated_red(scene, make_cue, draw):
    cues = [make_cue(k, DUE_S + k / 8, 57 + k, network=NETWORK) for k in range(12)]
    linear = (draw(scene, cues, DUE_S + 1.0) / 255.0) ** 2.2
    red = (linear[..., 0] >= 0.8 * linear.sum(axis=2)) & (linear[..., 0] > 0.05)
    assert not red.any()


@pytest.mark.parametrize(("layers", "units"), [(1, 1), (1, 33), (3, 7)])
@pytest.mark.parametrize("name", SCENES)
def test_networks_of_any_size_are_drawn(name, layers, units, resources, make_cue, draw):
    network = NetworkSummary.dummy(layers, units)
    scene = SCENES[name](network, resources)
    rest = draw(scene, [], 0.0)
    for source in NoteSource:
        cue = make_cue(due_s=DUE_S, source=source, network=network)
        assert not np.array_equal(rest, draw(scene, [cue], DUE_S + 0.2))


@pytest.mark.parametrize("name", SCENES)
def test_the_same_messages_give_the_same_pictures(name, resources, make_cue, draw):
    cues = [make_cue(serial, DUE_S + serial / 4, network=NETWORK) for serial in range(3)]
    first, second = (draw(SCENES[name](NETWORK, resources), cues, DUE_S + 0.4) for _ in range(2))
    assert np.array_equal(first, second)


def test_with_reduced_motion_a_silent_scene_stands_still(scene, make_cue, make_frame):
    messages = [make_cue(due_s=0.0, network=NETWORK)]
    surface, pictures = blank_surface(PICTURE_SIZE_PX), []
    for time_s in (58.0, 60.0, 67.3):  # at first a cell of the Circuit is chosen
        for _ in range(12):  # trails of light settle
            scene.draw(surface, make_frame(NETWORK, messages, time_s, reduced_motion=True))
        pictures.append(np.frombuffer(surface.get_buffer().raw, np.uint8).astype(int))
    assert np.abs(pictures[2] - pictures[1]).max() <= 1


def test_a_finger_finds_each_unit_at_its_position(unit_scene):
    for layer, unit in unit_scene.hit_targets.units.tolist():
        assert unit_scene.unit_at(*unit_scene.unit_position(layer, unit)) == (layer, unit)


def test_arrow_keys_reach_every_row(unit_scene):
    targets = unit_scene.hit_targets
    reached = {targets.next_unit(None, 0, 1)}
    for direction in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        unit = targets.next_unit(None, *direction)
        for _ in range(len(targets.units)):
            unit = targets.next_unit(unit, *direction)
            reached.add(unit)
    assert len(reached) >= min(12, len(targets.units) // 3)


def test_there_is_no_unit_beside_the_scene(unit_scene):
    assert unit_scene.unit_at(1900, 30) is None
    assert unit_scene.unit_position(7, 999) is None


@pytest.mark.parametrize("name", ["why", "blend"])
def test_a_scene_without_units_has_nothing_to_select(name, resources):
    scene = SCENES[name](NETWORK, resources)
    assert scene.hit_targets is None
    assert scene.unit_at(960, 540) is None
    assert scene.unit_position(0, 0) is None


@pytest.mark.parametrize("name", ["waves", "cortex"])
def test_with_every_unit_silenced_a_scene_has_less_light(name, resources, make_cue):
    lights = []
    for held in (0, NETWORK.units):
        scene, builder = SCENES[name](NETWORK, resources), FrameBuilder(NETWORK)
        units = [HeldUnit(layer, unit, 0.0) for layer in (0, 1) for unit in range(held)]
        builder.set_held_units(units)
        signals = np.full((2, 6, NETWORK.units), 0.8)
        for k in range(8):
            builder.apply_message(make_cue(k, 1 + k / 4, 60 + k, signals=signals))
        surface = blank_surface(PICTURE_SIZE_PX)
        for number in range(20):
            frame = builder.build_frame(round((2.5 + number / 60) * SECOND), number)
            scene.draw(surface, frame)
        pixels = np.frombuffer(surface.get_buffer().raw, np.uint8).reshape(1080, 1920, 4)
        lights.append(pixels[:700, :, :3].mean())
    assert lights[1] < 0.97 * lights[0]


def test_a_scene_without_parameters_steers_nothing(resources):
    scene = SCENES["waves"](NETWORK, resources)
    assert scene.drag_steering_at(960, 540) is None
    assert scene.steer_by_arrow(1, 0) is None
    assert scene.steer_temperature(1) is None


def test_ambient_time_stops_with_reduced_motion(make_frame):
    assert make_frame(NETWORK, [], 3.0).ambient_time_s == 3.0
    assert make_frame(NETWORK, [], 3.0, reduced_motion=True).ambient_time_s == 0.0


def test_the_light_of_a_note_fades_after_its_end(make_cue, make_frame):
    cue = make_cue(due_s=1.0, duration_s=0.5, network=NETWORK)
    timed = TimedCue(cue, round(1.5 * SECOND))
    lights = []
    for time_s in (1.4, 1.6, 1.9, 1.51 + NOTE_FADE_S):
        frame = make_frame(NETWORK, [cue], time_s)
        assert frame.silence_s(timed) == pytest.approx(max(0.0, time_s - 1.5))
        lights.append(frame.light_of_note(timed))
    assert lights == sorted(lights, reverse=True)
    assert lights[0] > 0.3
    assert lights[-1] == 0.0


def test_the_output_gain_is_one_until_a_unit_is_held(make_frame):
    builder, units = FrameBuilder(NETWORK), np.array([3, 7])
    assert builder.build_frame(0, 0).output_gain(units).tolist() == [1.0, 1.0]
    builder.set_held_units([HeldUnit(1, 7, 0.0)])
    gain = builder.build_frame(SECOND, 1).output_gain(units)
    assert gain == pytest.approx([1.0, 0.0], abs=1e-3)


def inviting_levels(make_frame, *turns: tuple[float, Turn]) -> list[float]:
    """Light of the playable keys in frames from 0.5 to 8 s; turns with their begins."""
    told = [TurnChange(round(begin * SECOND), turn) for begin, turn in turns]
    return [inviting_level(make_frame(NETWORK, told, 0.5 + k / 30)) for k in range(225)]


def test_playable_keys_are_lit_as_long_as_it_is_the_visitor_s_turn(make_frame):
    visit = (1, Turn.ATTRACT), (2, Turn.LISTEN), (5, Turn.ANSWER), (7, Turn.FAREWELL)
    levels = inviting_levels(make_frame, *visit)
    assert set(levels[: 30 * 4 + 15]) == {1.0}  # from the first frame on
    assert levels[-1] == 0.0


def test_the_light_of_playable_keys_comes_and_goes_little_by_little(make_frame):
    levels = inviting_levels(make_frame, (0, Turn.ANSWER), (3, Turn.LISTEN), (5, Turn.ANSWER))
    assert (min(levels), max(levels)) == (0.0, 1.0)
    assert np.abs(np.diff(levels)).max() < 2 / 30 / INVITING_FADE_S


def test_the_piano_of_every_scene_is_brighter_in_attract_than_in_an_answer(scene, draw):
    low, high = scene.resources.keyboard.place.playable_pitches
    keyboard = scene.resources.keyboard
    rect = keyboard.key_rect(low).union(keyboard.key_rect(high))
    piano = np.s_[rect.left : rect.right, rect.top : rect.bottom]
    lights = [
        draw(scene, [TurnChange(0, turn)], 5.0)[piano].mean()
        for turn in (Turn.ATTRACT, Turn.ANSWER)
    ]
    assert lights[0] > 1.8 * lights[1]
