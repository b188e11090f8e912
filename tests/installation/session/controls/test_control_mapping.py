from __future__ import annotations

import pytest

from installation.engine.live_controls import (
    InterventionsChange,
    LiveControlChange,
    SamplingChange,
    StyleSharesChange,
)
from installation.io.control.control_messages import ControlError, validate_control
from installation.session.controls.control_mapping import (
    EXTERNAL_ORIGIN,
    MAX_INTERVENTIONS,
    ControlMapper,
)
from messages.cues import BlendChange, ModelChange
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
    assert read(mapper, "poke", 1, 4, "amplify", 4.0) == InterventionsChange(both, EXTERNAL_ORIGIN)
    assert read(mapper, "poke", 0, 3, "release", 0.0) == InterventionsChange(
        both[1:], EXTERNAL_ORIGIN
    )


@pytest.mark.parametrize(
    "values", [(2, 0, "silence", 0.0), (0, 8, "silence", 0.0), (0, 0, "hold", 9.0)]
)
def test_a_unit_or_factor_out_of_bounds_is_refused(values) -> None:
    with pytest.raises(ControlError):
        read(desk_of(), "poke", *values)


def test_the_number_of_touched_units_is_bounded() -> None:
    mapper = ControlMapper(["irish"], layers=1, units=MAX_INTERVENTIONS + 1)
    for unit in range(MAX_INTERVENTIONS):
        read(mapper, "poke", 0, unit, "silence", 0.0)
    with pytest.raises(ControlError, match="no more than"):
        read(mapper, "poke", 0, MAX_INTERVENTIONS, "silence", 0.0)


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


def test_another_network_has_its_own_shares_and_no_intervention() -> None:
    mapper = desk_of("irish", "fife")
    read(mapper, "blend", "fife", 0.5)
    read(mapper, "poke", 0, 3, "silence", 0.0)
    mapper.send_message(ModelChange("another.safetensors"))
    mapper.send_message(BlendChange(5, ("irish", "fife"), (1.0, 0.0), 1.0))
    assert read(mapper, "blend", "fife", 0.25) == StyleSharesChange((1.0, 0.25))
    changed = read(mapper, "poke", 1, 4, "silence", 0.0).interventions
    assert [(each.layer, each.unit) for each in changed] == [(1, 4)]


def test_the_styles_are_those_of_the_network_that_plays() -> None:
    mapper = desk_of("irish", "fife")
    mapper.send_message(ModelChange("tune.safetensors"))
    mapper.send_message(BlendChange(5, ("a tune",), (1.0,), 1.0))
    assert (mapper.styles, mapper.leading_style) == (("a tune",), "a tune")


def test_a_model_that_is_told_again_changes_nothing() -> None:
    mapper = desk_of("irish", "fife")
    read(mapper, "blend", "fife", 0.5)
    mapper.send_message(ModelChange())  # as a new stage is told
    mapper.send_message(BlendChange(5, ("irish", "fife"), (1.0, 0.0), 1.0))
    assert read(mapper, "blend", "irish", 0.5) == StyleSharesChange((0.5, 0.5))
