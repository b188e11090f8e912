from __future__ import annotations

import math

import pytest

from installation.config import CrowdSettings
from installation.web.audience.opinions import (
    GLIDE_PER_S,
    MAX_OPINIONS,
    MAX_OPINIONS_PER_ADDRESS,
    Crowd,
    Opinion,
    OpinionError,
    check_opinion,
)
from messages.clock import SECOND

MINUTE = 60 * SECOND
BOUNDS = CrowdSettings(minutes=4, temperature=0.5, density=2.0, octave=0.5, blend=0.5)
WILD = Opinion((1.0, 1.0, -1.0), (), "a", 0)


def steered(crowd: Crowd, seconds: int, start: int = 0, styles: int = 3):
    """The last steering after some seconds."""
    changes = [crowd.update(start + second * SECOND, styles) for second in range(seconds + 1)]
    return [change for change in changes if change is not None][-1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"wildness": math.nan},
        {"surprise": 1e9},
        {"surprise": 10**400},
        {"brightness": "1"},
        {"wildness": True},
        {"wildness": None},
        {"styles": [math.inf]},
        {"styles": [0.1] * 17},
        {"styles": {}},
        {"styles": [10**400]},
    ],
)
def test_what_is_no_opinion_is_refused(wrong):
    right = {"wildness": 0.0, "surprise": 0.0, "brightness": 0.0, "styles": []}
    assert check_opinion(right, "a", 3) == Opinion((0.0, 0.0, 0.0), (), "a", 3)
    with pytest.raises(OpinionError):
        check_opinion(right | wrong, "a", 3)


def test_a_crowd_moves_the_music_slowly_and_within_the_bounds():
    crowd = Crowd(BOUNDS)
    for voice in range(99):
        crowd.put(str(voice), WILD)
    first, last = steered(crowd, 2), steered(crowd, 30, start=2 * SECOND)
    assert 0 < first.steering.density <= 2 * GLIDE_PER_S * BOUNDS.density
    steering = last.steering
    assert 1.3 < steering.temperature_factor <= 1.5
    assert 1.6 < steering.density <= 2.0
    assert -0.5 <= steering.register < -0.4


def test_one_phone_has_one_voice_however_often_it_speaks():
    often, once = Crowd(BOUNDS), Crowd(BOUNDS)
    once.put("a", WILD)
    for crowd in (often, once):
        crowd.put("b", Opinion((-1.0, -1.0, 1.0), (), "b", 0))
    for _ in range(100):
        often.put("a", WILD)
    assert len(often) == 2
    assert steered(often, 20).steering == steered(once, 20).steering


def test_opinions_fade_until_nothing_is_steered():
    crowd = Crowd(BOUNDS)
    crowd.put("a", WILD)
    assert steered(crowd, 20).lights.voices == 1
    last = steered(crowd, 60, start=4 * MINUTE)
    assert last.lights.voices == 0
    assert last.steering.density == 0
    assert last.steering.temperature_factor == 1.0
    assert crowd.update(6 * MINUTE, 3) is None


def test_the_crowd_wants_styles_only_if_they_are_those_that_play():
    crowd = Crowd(BOUNDS)
    crowd.put("a", Opinion((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), "a", 0))
    crowd.put("b", Opinion((0.0, 0.0, 0.0), (1.0,), "b", 0))
    wanted = steered(crowd, 30).steering
    assert max(wanted.shares) == wanted.shares[1] > 0.8
    assert 0.2 < wanted.share_weight <= 0.5
    assert len(steered(crowd, 2, start=30 * SECOND, styles=2).steering.shares) == 2


def test_a_flood_of_voices_is_bounded():
    crowd = Crowd(BOUNDS)
    for voice in range(MAX_OPINIONS + 500):
        crowd.put(str(voice), Opinion((0.0, 0.0, 0.0), (), str(voice % 1000), voice))
    assert len(crowd) == MAX_OPINIONS


def test_one_address_cannot_fill_the_room():
    crowd = Crowd(BOUNDS)
    for voice in range(1000):
        crowd.put(str(voice), WILD)
    assert len(crowd) == MAX_OPINIONS_PER_ADDRESS


def test_the_stage_is_told_of_the_newest_only():
    crowd = Crowd(BOUNDS)
    for voice in range(300):
        crowd.put(str(voice), Opinion((voice / 300, 0.0, 0.0), (), str(voice), 0))
    lights = crowd.update(0, 3).lights
    assert lights.voices == 300
    assert 0 < len(lights.places) < 100
    assert lights.places[-1][0] == pytest.approx(1.0, abs=0.01)
