"""The flash meter against strobes that pass and strobes that fail, and the dimmer it drives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.flash_meter import (
    FLASH_AREA_LIMIT,
    FieldOfView,
    FlashDimmer,
    FlashGuard,
    FlashMeasurement,
    FlashMeter,
)

WIDTH, HEIGHT, FRAMES_PER_SECOND = 60, 34, 60


def strobe(
    flashes: float,
    share: float = 1.0,
    bright: tuple[int, int, int] = (255, 255, 255),
    dark: tuple[int, int, int] = (0, 0, 0),
    field: FieldOfView | None = None,
) -> FlashMeasurement:
    """The worst of 2.5 s of a rectangle, `share` of the picture, that flashes so often a second."""
    meter = FlashMeter(WIDTH, HEIGHT, FRAMES_PER_SECOND, field)
    side = np.sqrt(share)
    width, height = round(side * WIDTH), round(side * HEIGHT)
    for k in range(int(2.5 * FRAMES_PER_SECOND)):
        frame = np.empty((WIDTH, HEIGHT, 3), np.uint8)
        frame[:] = dark
        frame[:width, :height] = (
            bright if int(2 * flashes * k / FRAMES_PER_SECOND) % 2 == 0 else dark
        )
        meter.push(frame)
    return meter.worst


def test_five_flashes_a_second_fail():
    assert strobe(5).general > FLASH_AREA_LIMIT


def test_under_three_flashes_a_second_pass():
    assert strobe(2.9).general == 0


def test_a_small_strobe_passes_and_a_larger_one_fails():
    assert strobe(10, share=0.01).general < FLASH_AREA_LIMIT < strobe(10, share=0.06).general


def test_a_small_strobe_fails_for_somebody_close():
    near = FieldOfView.for_viewer(width=3.0, distance=1.0)
    assert (
        strobe(10, share=0.02).general
        < FLASH_AREA_LIMIT
        < strobe(10, share=0.02, field=near).general
    )


def test_a_slight_change_of_light_is_no_flash():
    assert strobe(5, bright=(90, 90, 90), dark=(60, 60, 60)).general == 0


def test_a_change_between_bright_and_brighter_is_no_flash():
    assert strobe(5, bright=(255, 255, 255), dark=(240, 240, 240)).general == 0


def test_a_saturated_red_strobe_is_a_red_flash():
    assert strobe(5, bright=(200, 0, 0)).red > FLASH_AREA_LIMIT


def test_amber_light_is_no_red_flash():
    assert strobe(5, bright=(234, 185, 71)).red == 0


def test_a_slow_swell_is_no_flash():
    meter = FlashMeter(WIDTH, HEIGHT, FRAMES_PER_SECOND)
    for k in range(3 * FRAMES_PER_SECOND):
        level = int(127 - 127 * np.cos(2 * np.pi * k / FRAMES_PER_SECOND))
        meter.push(np.full((WIDTH, HEIGHT, 3), level, np.uint8))
    assert meter.worst.general == 0


def test_flashes_are_forgotten_after_a_second():
    meter = FlashMeter(WIDTH, HEIGHT, FRAMES_PER_SECOND)
    for k in range(2 * FRAMES_PER_SECOND):
        meter.push(np.full((WIDTH, HEIGHT, 3), 255 * (k // 5 % 2), np.uint8))
    assert meter.worst.general == 1
    for _ in range(FRAMES_PER_SECOND):
        flash = meter.push(np.zeros((WIDTH, HEIGHT, 3), np.uint8))
    assert flash.general == 0


def test_a_frame_of_another_size_is_refused():
    with pytest.raises(ValueError, match="shape"):
        FlashMeter(WIDTH, HEIGHT).push(np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def test_the_field_of_a_near_viewer_is_larger_than_that_of_a_far_one():
    far, near = FieldOfView.for_viewer(3, 3), FieldOfView.for_viewer(3, 6)
    assert (round(far.width, 2), round(far.height, 2)) == (0.17, 0.31)
    assert near.width > far.width


def test_a_field_larger_than_the_picture_is_refused():
    with pytest.raises(ValueError, match="field"):
        FieldOfView(1.5, 0.5)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_shares_stay_between_none_and_all(seed: int, brightest: int):
    generator = np.random.default_rng(seed)
    meter = FlashMeter(24, 14, 20)
    for _ in range(40):
        flash = meter.push(generator.integers(0, brightest + 1, (24, 14, 3)).astype(np.uint8))
        assert 0 <= flash.general <= 1 and 0 <= flash.red <= 1


def test_the_dimmer_leaves_a_calm_picture_alone():
    dimmer = FlashDimmer()
    assert [dimmer.push(FlashMeasurement(0.1)) for _ in range(100)] == [1.0] * 100


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), max_size=300))
def test_the_dimmer_never_jumps_nor_leaves_its_range(shares: list[float]):
    dimmer, before = FlashDimmer(), 1.0
    for share in shares:
        level = dimmer.push(FlashMeasurement(share))
        assert dimmer.MIN_LEVEL <= level <= 1 and abs(level - before) <= 0.05
        before = level


def test_the_dimmer_dims_sooner_than_it_brightens():
    dimmer = FlashDimmer()
    for _ in range(30):
        dimmer.push(FlashMeasurement(0.0, red=0.3))
    dimmed = dimmer.level
    for _ in range(30):
        dimmer.push(FlashMeasurement())
    assert dimmed == 0.35 and dimmer.level < 0.5


def grey(level: int):
    picture = blank_surface(PICTURE_SIZE_PX)
    picture.fill((level, level, level))
    return picture


@pytest.mark.parametrize(("brightness", "expected"), [(1.0, 200), (0.5, 100)])
def test_a_steady_picture_keeps_its_light_but_for_the_brightness(brightness, expected):
    guard, picture = FlashGuard(), grey(200)
    guard.limit_flashes(picture, brightness)
    assert picture.get_at((960, 540)).r == pytest.approx(expected, abs=1)
    assert guard.level == 1.0


def test_a_flashing_picture_is_dimmed():
    guard = FlashGuard()
    for number in range(90):
        guard.limit_flashes(grey(255 if number // 4 % 2 else 0), 1.0)
    assert guard.level < 1.0
