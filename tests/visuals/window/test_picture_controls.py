from __future__ import annotations

from visuals.input.key_bindings import (
    StageCommand,
)
from visuals.window.picture_controls import BRIGHTNESS_LEVELS, PictureControls
from visuals.window.stage_options import StageOptions


def test_brightness_goes_by_steps_and_stays_between_the_least_and_that_of_the_options():
    controls = PictureControls(StageOptions(brightness=0.5))
    seen = [controls.brightness]
    for darker in [True] * 5 + [False] * 6:
        controls.apply_command(StageCommand.DARKER if darker else StageCommand.BRIGHTER)
        seen.append(controls.brightness)
    assert seen[0] == seen[-1] == 0.5
    assert min(seen) == 0.5 * BRIGHTNESS_LEVELS[0]
    assert seen[:6] == sorted(seen[:6], reverse=True)


def test_switches_toggle_and_a_reset_gives_the_options_back():
    controls = PictureControls(StageOptions(reduced_motion=True))
    for command in (
        StageCommand.TOGGLE_REDUCED_MOTION,
        StageCommand.TOGGLE_STATISTICS,
        StageCommand.DARKER,
    ):
        controls.apply_command(command)
    assert (controls.reduced_motion, controls.shows_statistics) == (False, True)
    controls.reset()
    assert (controls.reduced_motion, controls.shows_statistics) == (True, False)
    assert controls.brightness == 1.0


def test_other_commands_change_nothing():
    controls = PictureControls(StageOptions())
    controls.apply_command(StageCommand.NEXT_LANGUAGE)
    assert (controls.reduced_motion, controls.shows_statistics, controls.brightness) == (
        False,
        False,
        1.0,
    )
