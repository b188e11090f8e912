from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.control.control_messages import (
    CONTROL_ARGUMENTS,
    LASTING_CONTROLS,
    STAFF_ARGUMENTS,
    ControlError,
    ControlMessage,
    validate_control,
)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("temperature", (0.8,)),
        ("density", (-2,)),
        ("style", ("fife",)),
        ("blend", ("fife", 0.5)),
        ("poke", (1, 200, "amplify", 4.0)),
    ],
)
def test_valid_values_pass(name, values):
    assert validate_control(name, list(values), 7) == ControlMessage(name, values, 7)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("temperature", [math.nan], "0.05..3"),
        ("temperature", [math.inf], "0.05..3"),
        ("temperature", [0], "0.05..3"),
        ("temperature", [10**400], "0.05..3"),
        ("poke", [10**400, 1, "hold", 0.0], "0..63"),
        ("temperature", ["hot"], "must be a number"),
        ("temperature", [True], "must be a number"),
        ("temperature", [], "takes 1 values, not 0"),
        ("style", [""], "must be a word"),
        ("poke", [0, 1.5, "hold", 0.0], "whole number"),
        ("poke", [0, 1, "tickle", 0.0], "one of silence, hold"),
        ("volume", [1], "no control 'volume'"),
    ],
)
def test_invalid_values_name_the_accepted_ones(name, values, words):
    with pytest.raises(ControlError, match=words):
        validate_control(name, values, 0)


VALUES = st.one_of(st.floats(), st.integers(), st.text(max_size=5), st.binary(), st.none())


@given(st.sampled_from([*CONTROL_ARGUMENTS, "x"]), st.lists(VALUES, max_size=5))
def test_any_values_pass_or_are_refused_in_one_line(name, values):
    try:
        control = validate_control(name, values, 0)
    except ControlError as error:
        assert "\n" not in str(error)
    else:
        numbers = [value for value in control.values if isinstance(value, float)]
        assert all(math.isfinite(number) for number in numbers)


def test_the_staff_has_controls_of_its_own():
    control = validate_control("volume", [0.5], 7, STAFF_ARGUMENTS)
    assert control == ControlMessage("volume", (0.5,), 7)
    with pytest.raises(ControlError, match="no control 'volume'"):
        validate_control("volume", [0.5], 7)
    with pytest.raises(ControlError, match="one of stage, performer, all"):
        validate_control("restart", ["web"], 7, STAFF_ARGUMENTS)


def test_a_number_of_the_staff_that_no_float_holds_is_refused():
    with pytest.raises(ControlError, match=r"0\.\.1"):
        validate_control("volume", [10**400], 0, STAFF_ARGUMENTS)


def test_only_controls_of_the_staff_last():
    assert set(LASTING_CONTROLS) < STAFF_ARGUMENTS.keys()
