from __future__ import annotations

import pytest

from installation.engine.live_controls import Mixing, Steered, Tasting, Touching
from installation.io.control.control_messages import ControlError, check_control
from installation.session.control_mapping import HAND, MOST_FINGERS, Desk
from rnn.generation.unit_intervention import Kind, Touch


def read(desk: Desk, name: str, *values: object) -> object:
    return desk.read(check_control(name, values, 9)).change


def desk_of(*styles: str) -> Desk:
    return Desk(styles or ("irish",), layers=2, units=8)


def test_a_taste_is_changed_at_the_moment_it_came() -> None:
    steered = desk_of().read(check_control("density", [1.5], 9))
    assert steered == Steered(Tasting(density=1.5), 9)
    assert read(desk_of(), "temperature", 0.4) == Tasting(temperature=0.4)


def test_faders_keep_their_places() -> None:
    desk = desk_of("irish", "fife", "chorales")
    assert read(desk, "blend", "fife", 0.5) == Mixing((1.0, 0.5, 0.0))
    assert read(desk, "blend", "irish", 0.25) == Mixing((0.25, 0.5, 0.0))
    assert read(desk, "style", "chorales") == Mixing((0.0, 0.0, 1.0))


def test_the_last_fader_cannot_go_down() -> None:
    desk = desk_of("irish", "fife")
    with pytest.raises(ControlError, match="above 0"):
        read(desk, "blend", "irish", 0.0)


@pytest.mark.parametrize("styles", [("irish",), ("irish", "fife")])
def test_a_style_that_does_not_play_is_refused(styles) -> None:
    with pytest.raises(ControlError, match="style"):
        read(desk_of(*styles), "style", "klezmer")


def test_fingers_stay_until_they_are_let_go() -> None:
    desk = desk_of()
    read(desk, "poke", 0, 3, "hold", 0.5)
    both = (Touch(0, 3, Kind.HOLD, 0.5), Touch(1, 4, Kind.AMPLIFY, 4.0))
    assert read(desk, "poke", 1, 4, "amplify", 4.0) == Touching(both, HAND)
    assert read(desk, "poke", 0, 3, "release", 0.0) == Touching(both[1:], HAND)


@pytest.mark.parametrize(
    "values", [(2, 0, "silence", 0.0), (0, 8, "silence", 0.0), (0, 0, "hold", 9.0)]
)
def test_a_unit_or_factor_there_is_not_is_refused(values) -> None:
    with pytest.raises(ControlError):
        read(desk_of(), "poke", *values)


def test_hands_have_only_so_many_fingers() -> None:
    desk = Desk(["irish"], layers=1, units=MOST_FINGERS + 1)
    for unit in range(MOST_FINGERS):
        read(desk, "poke", 0, unit, "silence", 0.0)
    with pytest.raises(ControlError, match="no more than"):
        read(desk, "poke", 0, MOST_FINGERS, "silence", 0.0)


def test_all_faders_may_be_moved_at_once():
    desk = Desk(["irish", "fife"], 2, 8)
    assert desk.mix((0.25, 0.75), 9) == Steered(Mixing((0.25, 0.75)), 9)
    assert desk.read(check_control("blend", ("fife", 0.5), 10)).change == Mixing((0.25, 0.5))


@pytest.mark.parametrize("shares", [(1.0,), (0.0, 0.0), (2.0, 0.0), (float("nan"), 1.0)])
def test_faders_that_mean_nothing_are_refused(shares):
    with pytest.raises(ControlError):
        Desk(["irish", "fife"], 2, 8).mix(shares, 9)
