from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.cues import KEY_COUNT, BlendChange, BlendContributions, NoteSource
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.scene import (
    MIN_BAR_PROBABILITY,
    BlendScene,
    StackedKeyBars,
    stacked_bar_heights,
)
from visuals.scenes.blend.temperature_slider import (
    MAX_TEMPERATURE,
    MIN_TEMPERATURE,
    TEMPERATURE_STEP,
)

UNITS = 16
NETWORKS = tuple(NetworkSummary.dummy(1, UNITS, seed) for seed in range(3))
SPACE = lay_out_blend(3)
NAMES = ("irish", "chorales", "fife")
EVEN_WEIGHTS = (1 / 3, 1 / 3, 1 / 3)
EVEN = BlendChange(0, NAMES, EVEN_WEIGHTS)


def shares(weights, given, hidden: float = 0.9) -> BlendContributions:
    """Shares of three networks in the first note."""
    ahead = np.zeros((3, KEY_COUNT), np.float32)
    ahead[:, 40] = 0.9
    states = np.full((3, UNITS), hidden, np.float32)
    return BlendContributions(0, np.array(weights, "f4"), np.array(given, "f4"), ahead, states)


@pytest.fixture
def blend(resources) -> BlendScene:
    return BlendScene(NETWORKS[0], replace(resources, networks=NETWORKS))


@pytest.fixture(scope="module")
def cue(make_cue):
    return make_cue(due_s=1.0, duration_s=0.5, signals=np.zeros((1, 6, UNITS)))


def light_beside(picture: np.ndarray, number: int) -> int:
    """Light of a stream where it leaves its pole, with the blend point in the middle."""
    pole, centre = SPACE.pole_centres[number], SPACE.corners.mean(axis=0)
    along = (centre - pole) / np.hypot(*(centre - pole))
    x, y = (pole + along * (SPACE.pole_radius + 60)).astype(int)
    return int(picture[x - 25 : x + 25, y - 25 : y + 25].sum())


@pytest.mark.parametrize("pole", range(3))
def test_the_brightest_stream_comes_from_the_pole_that_made_the_note(blend, cue, draw, pole):
    messages = [EVEN, cue, shares(EVEN_WEIGHTS, 0.5 * np.eye(3)[pole])]
    picture = draw(blend, messages, 1.7)
    assert int(np.argmax([light_beside(picture, number) for number in range(3)])) == pole


def test_a_visitors_note_comes_from_no_pole(blend, cue, draw):
    contributed = shares(EVEN_WEIGHTS, (0.9, 0.9, 0.9))
    visitor_cue = replace(cue, source=NoteSource.VISITOR)
    visitor, network = (draw(blend, [EVEN, each, contributed], 1.7) for each in (visitor_cue, cue))
    for number in range(3):
        assert light_beside(visitor, number) < light_beside(network, number)


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.4, 0.4)])
def test_the_blend_point_lies_where_the_weights_say(blend, cue, draw, weights):
    messages = [BlendChange(0, NAMES, weights), cue, shares(weights, (0.1,) * 3)]
    x, y = SPACE.point_for_weights(np.array(weights)).astype(int)
    assert draw(blend, messages, 1.2)[x - 4 : x + 4, y - 4 : y + 4].mean() > 120


def test_a_pole_shows_the_state_of_its_own_network(resources, cue, draw):
    x, y = SPACE.pole_centres[2].astype(int)
    lights = []
    for hidden in (0.0, 0.9):
        contributed = shares((1.0, 0.0, 0.0), (0.1,) * 3)
        contributed.hidden[2] = hidden
        scene = BlendScene(NETWORKS[0], replace(resources, networks=NETWORKS))
        picture = draw(scene, [cue, contributed], 1.8)
        lights.append(picture[x - 100 : x + 100, y - 100 : y + 100].sum())
    assert lights[1] > lights[0] + 20_000


def test_a_single_style_has_one_pole_and_nothing_to_move(resources, cue, draw):
    alone = BlendScene(NETWORKS[0], replace(resources, networks=NETWORKS[:1]))
    x, y = lay_out_blend(1).corners[0].astype(int)
    assert draw(alone, [cue], 1.3)[x - 4 : x + 4, y - 4 : y + 4].mean() > 120
    assert alone.drag_steering_at(x, y) is None
    assert alone.steer_by_arrow(1, 0) is None


def test_a_finger_moves_the_blend_point(blend):
    steering = blend.drag_steering_at(*SPACE.corners[0])
    assert steering(*SPACE.corners[1]) == ("blend", (0.0, 1.0, 0.0))
    name, weights = steering(*SPACE.corners.mean(axis=0))
    assert name == "blend"
    assert weights == pytest.approx(EVEN_WEIGHTS, abs=0.01)


def test_a_finger_slides_the_temperature(blend):
    steering = blend.drag_steering_at(230, 234)
    assert steering(0, 234) == ("temperature", (MIN_TEMPERATURE,))
    assert steering(1900, 234) == ("temperature", (MAX_TEMPERATURE,))


def test_keys_change_the_temperature_by_steps(blend, draw):
    draw(blend, [BlendChange(0, NAMES, EVEN_WEIGHTS, 1.2)], 1.0)
    name, (temperature,) = blend.steer_temperature(-2)
    assert name == "temperature"
    assert temperature == pytest.approx(1.2 - 2 * TEMPERATURE_STEP)


def test_keys_steer_what_was_set_and_not_what_the_crowd_wishes(blend, draw):
    wished = BlendChange(0, NAMES, (0.0, 1.0, 0.0), 1.3, (1.0, 0.0, 0.0), 1.0)
    draw(blend, [wished], 1.0)
    _, (temperature,) = blend.steer_temperature(-1)
    assert temperature == pytest.approx(1.0 - TEMPERATURE_STEP)
    _, weights = blend.steer_by_arrow(-1, 1)
    assert weights[0] > 0.5


def test_arrows_move_the_blend_point_from_its_place(blend, draw):
    draw(blend, [BlendChange(0, NAMES, (1.0, 0.0, 0.0))], 1.0)
    _, weights = blend.steer_by_arrow(-1, 1)
    assert weights[0] < 1.0
    assert weights[1] > weights[2]


def test_a_finger_beside_every_control_grasps_nothing(blend):
    assert blend.drag_steering_at(1900, 60) is None


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_bars_are_stacked_in_the_poles_proportions(count, seed):
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(count))
    predicted = random.dirichlet(np.ones(88), size=count)
    blended = weights @ predicted
    pieces = stacked_bar_heights(blended, predicted, weights)
    assert (pieces >= 0).all()
    visible = blended > MIN_BAR_PROBABILITY
    assert (pieces[:, ~visible] == 0).all()
    shares = pieces[:, visible] / pieces[:, visible].sum(axis=0)
    expected = (weights[:, None] * predicted / blended)[:, visible]
    np.testing.assert_allclose(shares, expected, atol=1e-6)


def test_a_bar_stands_over_its_key_in_the_colours_of_its_pieces(resources):
    surface, pieces = blank_surface(PICTURE_SIZE_PX), np.zeros((2, 88))
    pieces[:, 69 - LOWEST_PITCH] = (30.0, 40.0)
    StackedKeyBars(resources.keyboard, [(200, 0, 0), (0, 200, 0)]).draw(surface, pieces)
    x, top = resources.keyboard.key_top(69)
    lower, upper = (surface.get_at((round(x), round(top) - 6 - height)) for height in (15, 45))
    assert lower.r > 0 == lower.g
    assert upper.g > 0 == upper.r
    light = pygame.surfarray.array3d(surface).sum(axis=2)
    assert abs(np.nonzero(light.any(axis=1))[0].mean() - x) < 2


def test_cells_of_a_pole_that_a_visitor_s_key_changed_flare(resources, make_cue, draw):
    x, y = SPACE.pole_centres[1].astype(int)
    disc = np.s_[x - 100 : x + 100, y - 100 : y + 100]
    lights = []
    for source in (NoteSource.VISITOR, NoteSource.NETWORK):
        messages = [EVEN]
        for serial, hidden in enumerate((0.0, 0.8)):
            known = replace(shares(EVEN_WEIGHTS, (0.1,) * 3, hidden), serial=serial)
            messages += [
                make_cue(serial, 1.0 + serial, source=source, signals=np.zeros((1, 6, UNITS))),
                known,
            ]
        scene = BlendScene(NETWORKS[0], replace(resources, networks=NETWORKS))
        lights.append(int(draw(scene, messages, 3.3)[disc].sum()))
    assert lights[0] > lights[1] + 20_000
