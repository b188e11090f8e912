from __future__ import annotations

import pytest

from installation.engine.live_controls import (
    LiveControlChange,
    SamplingChange,
    StyleSharesChange,
    UnitTouchesChange,
)
from installation.io.control.control_messages import ControlError, validate_control
from installation.session.control_mapping import EXTERNAL_SOURCE, MAX_TOUCHED_UNITS, ControlMapper
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention


def read(desk: ControlMapper, name: str, *values: object) -> object:
    return desk.map_control(validate_control(name, values, 9)).change


def desk_of(*styles: str) -> ControlMapper:
    return ControlMapper(styles or ("irish",), layers=2, units=8)


def test_a_taste_is_changed_at_the_moment_it_came() -> None:
    steered = desk_of().map_control(validate_control("density", [1.5], 9))
    assert steered == LiveControlChange(SamplingChange(density=1.5), 9)
    assert read(desk_of(), "temperature", 0.4) == SamplingChange(temperature=0.4)


def test_faders_keep_their_places() -> None:
    desk = desk_of("irish", "fife", "chorales")
    assert read(desk, "blend", "fife", 0.5) == StyleSharesChange((1.0, 0.5, 0.0))
    assert read(desk, "blend", "irish", 0.25) == StyleSharesChange((0.25, 0.5, 0.0))
    assert read(desk, "style", "chorales") == StyleSharesChange((0.0, 0.0, 1.0))


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
    both = (
        UnitIntervention(0, 3, InterventionKind.HOLD, 0.5),
        UnitIntervention(1, 4, InterventionKind.AMPLIFY, 4.0),
    )
    assert read(desk, "poke", 1, 4, "amplify", 4.0) == UnitTouchesChange(both, EXTERNAL_SOURCE)
    assert read(desk, "poke", 0, 3, "release", 0.0) == UnitTouchesChange(both[1:], EXTERNAL_SOURCE)


@pytest.mark.parametrize(
    "values", [(2, 0, "silence", 0.0), (0, 8, "silence", 0.0), (0, 0, "hold", 9.0)]
)
def test_a_unit_or_factor_there_is_not_is_refused(values) -> None:
    with pytest.raises(ControlError):
        read(desk_of(), "poke", *values)


def test_hands_have_only_so_many_fingers() -> None:
    desk = ControlMapper(["irish"], layers=1, units=MAX_TOUCHED_UNITS + 1)
    for unit in range(MAX_TOUCHED_UNITS):
        read(desk, "poke", 0, unit, "silence", 0.0)
    with pytest.raises(ControlError, match="no more than"):
        read(desk, "poke", 0, MAX_TOUCHED_UNITS, "silence", 0.0)


def test_all_faders_may_be_moved_at_once():
    desk = ControlMapper(["irish", "fife"], 2, 8)
    assert desk.map_blend((0.25, 0.75), 9) == LiveControlChange(StyleSharesChange((0.25, 0.75)), 9)
    assert desk.map_control(
        validate_control("blend", ("fife", 0.5), 10)
    ).change == StyleSharesChange((0.25, 0.5))


@pytest.mark.parametrize("shares", [(1.0,), (0.0, 0.0), (2.0, 0.0), (float("nan"), 1.0)])
def test_faders_that_mean_nothing_are_refused(shares):
    with pytest.raises(ControlError):
        ControlMapper(["irish", "fife"], 2, 8).map_blend(shares, 9)
