from __future__ import annotations

import pytest

from installation.engine.live_controls import (
    LiveControlChange,
    SamplingChange,
    StyleSharesChange,
    UnitTouchesChange,
)
from installation.io.control.control_messages import ControlError, validate_control
from installation.session.controls.control_mapping import (
    EXTERNAL_SOURCE,
    MAX_TOUCHED_UNITS,
    ControlMapper,
)
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention


def read(mapper: ControlMapper, name: str, *values: object) -> object:
    return mapper.map_control(validate_control(name, values, 9)).change


def desk_of(*styles: str) -> ControlMapper:
    return ControlMapper(styles or ("irish",), layers=2, units=8)


def test_a_sampling_change_has_the_time_of_its_control() -> None:
    steered = desk_of().map_control(validate_control("density", [1.5], 9))
    assert steered == LiveControlChange(SamplingChange(density=1.5), 9)
    assert read(desk_of(), "temperature", 0.4) == SamplingChange(temperature=0.4)


def test_shares_stay_until_they_are_changed() -> None:
    mapper = desk_of("irish", "fife", "chorales")
    assert read(mapper, "blend", "fife", 0.5) == StyleSharesChange((1.0, 0.5, 0.0))
    assert read(mapper, "blend", "irish", 0.25) == StyleSharesChange((0.25, 0.5, 0.0))
    assert read(mapper, "style", "chorales") == StyleSharesChange((0.0, 0.0, 1.0))


def test_one_share_must_be_above_zero() -> None:
    mapper = desk_of("irish", "fife")
    with pytest.raises(ControlError, match="above 0"):
        read(mapper, "blend", "irish", 0.0)


@pytest.mark.parametrize("styles", [("irish",), ("irish", "fife")])
def test_a_style_that_does_not_play_is_refused(styles) -> None:
    with pytest.raises(ControlError, match="style"):
        read(desk_of(*styles), "style", "klezmer")


def test_units_stay_touched_until_they_are_released() -> None:
    mapper = desk_of()
    read(mapper, "poke", 0, 3, "hold", 0.5)
    both = (
        UnitIntervention(0, 3, InterventionKind.HOLD, 0.5),
        UnitIntervention(1, 4, InterventionKind.AMPLIFY, 4.0),
    )
    assert read(mapper, "poke", 1, 4, "amplify", 4.0) == UnitTouchesChange(both, EXTERNAL_SOURCE)
    assert read(mapper, "poke", 0, 3, "release", 0.0) == UnitTouchesChange(
        both[1:], EXTERNAL_SOURCE
    )


@pytest.mark.parametrize(
    "values", [(2, 0, "silence", 0.0), (0, 8, "silence", 0.0), (0, 0, "hold", 9.0)]
)
def test_a_unit_or_factor_out_of_bounds_is_refused(values) -> None:
    with pytest.raises(ControlError):
        read(desk_of(), "poke", *values)


def test_the_number_of_touched_units_is_bounded() -> None:
    mapper = ControlMapper(["irish"], layers=1, units=MAX_TOUCHED_UNITS + 1)
    for unit in range(MAX_TOUCHED_UNITS):
        read(mapper, "poke", 0, unit, "silence", 0.0)
    with pytest.raises(ControlError, match="no more than"):
        read(mapper, "poke", 0, MAX_TOUCHED_UNITS, "silence", 0.0)


def test_a_blend_sets_the_share_of_every_style():
    mapper = ControlMapper(["irish", "fife"], 2, 8)
    assert mapper.map_blend((0.25, 0.75), 9) == LiveControlChange(
        StyleSharesChange((0.25, 0.75)), 9
    )
    assert mapper.map_control(
        validate_control("blend", ("fife", 0.5), 10)
    ).change == StyleSharesChange((0.25, 0.5))


@pytest.mark.parametrize("shares", [(1.0,), (0.0, 0.0), (2.0, 0.0), (float("nan"), 1.0)])
def test_shares_out_of_bounds_are_refused(shares):
    with pytest.raises(ControlError):
        ControlMapper(["irish", "fife"], 2, 8).map_blend(shares, 9)
