"""Which scene and which cues are drawn while other ones are being built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import (
    KEY_COUNT,
    BlendChange,
    BlendContributions,
    ModelChange,
    NoteCue,
    NoteRelease,
    NoteSource,
    Turn,
    TurnChange,
)
from rnn.model.model_card import GenerationMark
from visuals.network_source import LoadedNetwork
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.words import load_words

GUEST_UNITS = 20
HOME = NetworkSummary.dummy(2, 32)


def cue(serial: int, layers: int, units: int, due: int) -> NoteCue:
    activations = np.full((layers, 6, units), 0.3, np.float32)
    ahead = np.zeros(KEY_COUNT, np.float32)
    return NoteCue(serial, due, SECOND, 64, 80, NoteSource.NETWORK, 1.0, activations, ahead)


@pytest.fixture
def source(network_source):
    for layers in (1, 2):
        guest = NetworkSummary.dummy(layers, GUEST_UNITS)
        network_source.networks[f"guest-{layers}"] = LoadedNetwork(guest)
    return network_source


SCENES = [scene.name for scene in scene_types()]


@pytest.mark.parametrize(("layers", "names"), [(1, SCENES), (2, SCENES[:1])])
def test_scenes_draw_a_small_guest_and_then_the_own_network(layers, names, source, make_stage):
    stage = make_stage(network=HOME, network_source=source, scene="why")
    stage.messages += [cue(0, 2, 32, SECOND)]
    stage.show_frame(2 * SECOND)
    stage.messages += [ModelChange(f"guest-{layers}"), cue(1, layers, GUEST_UNITS, 2 * SECOND)]
    for k, name in enumerate(names):
        stage.view.select_scene(name)
        stage.show_frame(2 * SECOND + k * SECOND // 4)
        network = stage.scene.network
        assert (stage.scene.name, network.layers, network.units) == (name, layers, GUEST_UNITS)
    stage.view.select_scene("why")
    stage.messages += [ModelChange(), cue(2, 2, 32, 5 * SECOND)]
    stage.show_frame(6 * SECOND)
    assert stage.scene.network is HOME


@pytest.fixture
def pending(source, make_stage, hold_scenes):
    """A window with a guest network whose scenes are held back."""
    released = hold_scenes(lambda key: key.network.units == GUEST_UNITS)
    stage = make_stage(offscreen=False, network=HOME, network_source=source, scene="why")
    stage.messages += [
        cue(0, 2, 32, SECOND),
        ModelChange("guest-1"),
        cue(1, 1, GUEST_UNITS, 2 * SECOND),
    ]
    stage.show_frame(2 * SECOND)
    return stage, released


def is_guest_shown(stage) -> bool:
    return stage.scene.network.units == GUEST_UNITS


def test_until_its_scene_is_built_the_last_network_is_drawn_and_no_cue_is_lost(pending, caplog):
    stage, released = pending
    assert stage.scene.network is HOME
    stage.messages += [TurnChange(2 * SECOND, Turn.LISTEN), NoteRelease(1, 3 * SECOND)]
    stage.show_frame(2 * SECOND + SECOND // 60)
    assert stage.timeline.turn(2 * SECOND).turn is Turn.LISTEN
    released.set()
    stage.show_until(lambda: is_guest_shown(stage), 3 * SECOND)
    (timed,) = stage.timeline.cues
    assert (timed.cue.serial, timed.end) == (1, 3 * SECOND)
    assert not caplog.records


def test_a_guest_may_be_called_off_before_it_was_drawn(pending):
    stage, released = pending
    stage.messages += [ModelChange(), cue(2, 2, 32, 3 * SECOND)]
    stage.show_frame(3 * SECOND)
    released.set()
    stage.show_frame(4 * SECOND)
    assert stage.scene.network is HOME
    assert [timed.cue.serial for timed in stage.timeline.cues][-1] == 2


def test_a_guest_told_twice_keeps_the_cues_that_came_between(pending):
    stage, released = pending
    stage.messages += [ModelChange("guest-1")]
    stage.show_frame(3 * SECOND)
    released.set()
    stage.show_until(lambda: is_guest_shown(stage), 3 * SECOND)
    assert [timed.cue.serial for timed in stage.timeline.cues] == [1]


def test_the_scene_of_a_guest_has_the_language_chosen_meanwhile(pending):
    stage, released = pending
    stage.view.set_language("ca")
    released.set()
    stage.show_until(lambda: is_guest_shown(stage), 3 * SECOND)
    assert stage.scene.resources.words is load_words("ca")


def leading(leader: int, serial: int) -> list:
    """A note and weights, the larger of which is that of `leader`."""
    weights = np.array([0.2, 0.8] if leader else [0.8, 0.2], np.float32)
    states = np.zeros((2, KEY_COUNT), np.float32), np.zeros((2, 32), np.float32)
    contributions = BlendContributions(serial, weights, weights, *states)
    return [cue(serial, 2, 32, serial * SECOND), contributions]


@pytest.mark.parametrize("scene", ["cortex", "blend"])
def test_the_network_that_leads_the_blend_is_drawn(scene, make_stage):
    networks = [NetworkSummary.dummy(2, 32, seed) for seed in (0, 1)]
    stage = make_stage(network=networks[0], partners=networks[1:], scene=scene)
    stage.messages += leading(0, 1) + leading(1, 2) + leading(0, 3)
    first, shown = stage.scene, []
    for time in (1.5, 2.5, 3.5):
        stage.show_frame(round(time * SECOND))
        shown.append((stage.scenes.shown.network, stage.scene))
    assert [network for network, _ in shown] == [networks[0], networks[1], networks[0]]
    if scene == "blend":
        assert {id(drawn) for _, drawn in shown} == {id(first)}
    else:
        assert [drawn.network for _, drawn in shown] == [networks[0], networks[1], networks[0]]
        assert shown[2][1] is first
    stage.view.select_scene("circuit")
    stage.show_frame(4 * SECOND)
    assert (stage.scene.name, stage.scene.network) == ("circuit", networks[0])


def test_a_later_generation_is_drawn_with_the_partners_of_the_first(make_stage, network_source):
    networks = [NetworkSummary.dummy(2, 32, seed) for seed in range(3)]
    later = replace(NetworkSummary.dummy(2, 32, 3), lineage=(GenerationMark(1, True, 9),))
    network_source.networks["generation-1"] = LoadedNetwork(later)
    stage = make_stage(
        network=networks[0],
        partners=networks[1:],
        scene="blend",
        network_source=network_source,
    )
    stage.messages += [
        ModelChange("generation-1"),
        BlendChange(SECOND, ("a", "b", "c"), (1.0, 0.0, 0.0)),
    ]
    stage.show_frame(2 * SECOND)
    assert stage.scene.resources.networks == (later, *networks[1:])
    assert stage.scene.network is later
