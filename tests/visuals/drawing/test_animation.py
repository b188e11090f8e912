from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.drawing.animation import (
    ATTACK_S,
    MAX_LIT_NOTES,
    LampLights,
    SpringMotion,
    anticipation_level,
    smoothstep,
)
from visuals.timeline import TimedCue

MILLISECOND = SECOND // 1000


def timed(due_ms: int, length_ms: int = 300, value: float = 1.0, pitch: int = 60) -> TimedCue:
    cue = NoteCue(
        due_ms,
        due_ms * MILLISECOND,
        length_ms * MILLISECOND,
        pitch,
        127,
        NoteSource.NETWORK,
        1.0,
        np.full((1, 6, 2), value, np.float32),
        np.zeros(88, np.float32),
    )
    return TimedCue(cue, cue.due + cue.duration)


def hidden(cue: NoteCue) -> np.ndarray:
    return cue.activations[0, 5]


def motion(damping: float = 0.3) -> SpringMotion:
    return SpringMotion(hidden, 2, [2.0, 3.0], damping)


def light(cues, ms: float) -> float:
    return float(lights(cues, ms, 1, lambda cue: 0)[0])


def lights(cues, ms: float, lamps: int, lamp=lambda cue: cue.pitch - 60) -> np.ndarray:
    return LampLights(lamp, lamps).levels_at(cues, (round(ms * MILLISECOND),))[0]


def test_motion_rests_before_the_first_cue():
    made = motion()
    assert made.position_at(0).tolist() == [0.0, 0.0]
    made.update_targets([timed(100)])
    assert made.position_at(50 * MILLISECOND).tolist() == [0.0, 0.0]


def test_motion_settles_on_what_the_last_cue_says():
    made = motion()
    made.update_targets([timed(0, value=-1.0), timed(500, value=0.7)])
    assert made.position_at(10 * SECOND) == pytest.approx([0.7, 0.7], abs=1e-3)


def test_motion_obeys_the_equation_of_a_damped_spring():
    made = SpringMotion(hidden, 2, [2.0, 3.0], 0.3)
    made.update_targets([timed(0, value=0.8)])
    step = 50_000  # ns
    t = 137 * MILLISECOND
    before, here, after = (made.position_at(t + k * step) for k in (-1, 0, 1))
    h = step / SECOND
    w = 2 * np.pi * np.array([2.0, 3.0])
    acceleration = (after - 2 * here + before) / h**2
    wanted = w**2 * (0.8 - here) - 2 * 0.3 * w * (after - before) / (2 * h)
    assert acceleration == pytest.approx(wanted, rel=1e-3)


@given(st.lists(st.tuples(st.integers(0, 2000), st.floats(-1, 1)), min_size=1, max_size=8))
def test_motion_never_jumps(script):
    cues = [timed(due, value=value) for due, value in sorted(script)]
    made = motion()
    made.update_targets(cues)
    for due in {cue.due for cue in cues}:
        assert made.position_at(due - 1000) == pytest.approx(made.position_at(due + 1000), abs=1e-3)


@settings(deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=8), st.integers(0, 7))
def test_motion_told_bit_by_bit_is_the_same(dues, told_first):
    cues = [timed(due, value=(due % 7) / 7) for due in sorted(dues)]
    once, bit_by_bit = motion(), motion()
    once.update_targets(cues)
    bit_by_bit.update_targets(cues[:told_first])
    bit_by_bit.update_targets(cues)
    assert once.position_at(2 * SECOND) == pytest.approx(bit_by_bit.position_at(2 * SECOND))


def test_forgetting_old_cues_moves_nothing():
    cues = [timed(0, value=1.0), timed(200, value=-1.0), timed(400, value=0.5)]
    made = motion()
    made.update_targets(cues)
    before = made.position_at(450 * MILLISECOND)
    made.update_targets(cues[2:])
    assert made.position_at(450 * MILLISECOND) == pytest.approx(before)


def test_along_agrees_with_at():
    made = motion()
    made.update_targets([timed(100, value=1.0), timed(400, value=-0.5)])
    times = np.array([[0, 150, 390, 900], [50, 250, 401, 2000]]) * MILLISECOND
    expected = [[made.position_at(int(t))[row] for t in times[row]] for row in range(2)]
    assert made.positions_at(times) == pytest.approx(np.array(expected))
    common = np.repeat(times[:1], 2, axis=0)
    np.testing.assert_array_equal(made.positions_at(times[:1]), made.positions_at(common))


def test_damping_of_one_is_refused():
    with pytest.raises(ValueError, match="damping"):
        SpringMotion(hidden, 2, 2.0, 1.0)


def test_light_is_dark_before_the_note_and_full_after_the_attack():
    note = [timed(1000)]
    assert light(note, 999) == 0.0
    assert light(note, 1000 + 1000 * ATTACK_S) > 0.9


def test_light_takes_its_attack_to_rise():
    note = [timed(1000)]
    assert light(note, 1030) < 0.5


def test_light_only_falls_after_its_attack():
    note = [timed(1000)]
    levels = [light(note, 1000 + 1000 * ATTACK_S + k * 17) for k in range(120)]
    assert all(later <= earlier for earlier, later in zip(levels, levels[1:], strict=False))
    assert levels[-1] < 0.05


def test_light_takes_more_than_350_ms_to_fall():
    note = [timed(1000, length_ms=60)]
    peak = light(note, 1090)
    assert light(note, 1060 + 350) > 0.35 * peak


@pytest.mark.parametrize("per_second", [5, 6, 8, 12])
def test_light_of_a_repeated_note_does_not_flicker(per_second):
    gap = 1000 // per_second
    notes = [timed(k * gap, length_ms=gap // 2) for k in range(3 * per_second)]
    levels = [light(notes, t) for t in range(1500, 2500, 5)]
    assert max(levels) - min(levels) < 0.15


def test_each_lamp_has_its_own_light():
    assert np.flatnonzero(lights([timed(0, pitch=62)], 100, 12)).tolist() == [2]


def test_charge_grows_towards_the_note():
    coming = timed(1000)
    assert anticipation_level(coming, 400 * MILLISECOND) == 0.0
    assert (
        0
        < anticipation_level(coming, 700 * MILLISECOND)
        < anticipation_level(coming, 900 * MILLISECOND)
        < 1
    )
    assert anticipation_level(None, 0) == 0.0


def test_levels_at_several_times_are_those_of_each():
    cues = [timed(0, pitch=60), timed(150, pitch=64), timed(300, 5000, pitch=60)]
    times = (-20, 40, 200, 320, 900, 4000)
    lamps = LampLights(lambda cue: cue.pitch - 60, 5)
    together = lamps.levels_at(cues, [ms * MILLISECOND for ms in times])
    alone = [lights(cues, ms, 5) for ms in times]
    assert together == pytest.approx(np.array(alone))
    assert not together[0].any()
    assert together[2, 0] > 0
    assert together[2, 4] > 0


def test_a_key_held_for_long_stays_lit_until_it_is_taken_for_stuck():
    key = [TimedCue(timed(0).cue, None)]
    assert light(key, 9_000) == pytest.approx(light(key, 14_000), rel=0.01)
    assert light(key, 14_900) > 0.3
    assert light(key, 17_000) < 0.01


def test_a_storm_of_notes_lights_the_newest_only():
    cues = [timed(k, 50, pitch=60 + k % 2) for k in range(2 * MAX_LIT_NOTES)]
    assert lights(cues, 2 * MAX_LIT_NOTES, 2).all()
    early = [timed(0, 5000, pitch=62), *cues]
    assert lights(early, 2 * MAX_LIT_NOTES, 3)[2] == 0


def test_lamps_follow_a_note_that_ends():
    lamps, held = LampLights(lambda cue: 0, 1), timed(0)
    times = [3 * SECOND]
    still, over = (
        lamps.levels_at((TimedCue(held.cue, end),), times) for end in (None, 500 * MILLISECOND)
    )
    assert still > 0.3
    assert over < 0.01


def test_a_smooth_step_is_flat_at_both_ends_and_keeps_its_kind():
    assert [smoothstep(share) for share in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert smoothstep(0.01) < 0.001
    assert smoothstep(np.zeros(2, np.float32)).dtype == np.float32
