from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.sprites import blank_surface
from visuals.scenes.blend.temperature_slider import (
    MAX_TEMPERATURE,
    MIN_TEMPERATURE,
    TEMPERATURE_STEP,
    TemperatureSlider,
)

SLIDER = TemperatureSlider(84, 234, 300)


@given(st.floats(0, 1920))
def test_every_position_means_a_whole_step_within_the_ends(x):
    temperature = SLIDER.temperature_at(x)
    assert MIN_TEMPERATURE <= temperature <= MAX_TEMPERATURE
    assert temperature / TEMPERATURE_STEP == pytest.approx(round(temperature / TEMPERATURE_STEP))


@pytest.mark.parametrize("temperature", [0.5, 0.85, 1.0, 1.5])
def test_the_knob_lies_where_its_temperature_is(temperature):
    assert SLIDER.temperature_at(SLIDER.x_of(temperature)) == pytest.approx(temperature)


def test_a_finger_touches_the_line_and_its_margin():
    assert SLIDER.contains(84, 234)
    assert SLIDER.contains(400, 250)
    assert not SLIDER.contains(230, 300)
    assert not SLIDER.contains(1900, 234)


def test_the_knob_is_drawn_at_its_temperature():
    surface = blank_surface((500, 300))
    SLIDER.draw(surface, 1.0)
    assert sum(surface.get_at((round(SLIDER.x_of(1.0)), 234))[:3]) > 200
    assert not sum(surface.get_at((360, 220))[:3])
