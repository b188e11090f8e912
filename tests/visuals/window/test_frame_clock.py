from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.window.frame_clock import (
    MAX_SLEEP_NS,
    DetailController,
    DummyStageClock,
    FrameClock,
)


def nothing() -> None: ...


def test_deadlines_do_not_drift():
    clock = DummyStageClock()
    frame_clock = FrameClock(clock, rate=60)
    start = clock.time
    for _ in range(600):
        deadline = frame_clock.next_deadline()
        frame_clock.wait_until(deadline, nothing)
    assert deadline - start == pytest.approx(10e9, abs=20_000_000)


def test_waiting_ends_no_sooner_than_the_deadline():
    clock = DummyStageClock()
    frame_clock = FrameClock(clock)
    deadline = frame_clock.next_deadline()
    frame_clock.wait_until(deadline, nothing)
    assert clock.time >= deadline


def test_missed_frames_are_left_out():
    clock = DummyStageClock()
    frame_clock = FrameClock(clock, rate=50)
    first = frame_clock.next_deadline()
    clock.sleep(100_000_000)
    assert frame_clock.next_deadline() - first >= 100_000_000
    assert (frame_clock.next_deadline() - first) % 20_000_000 == 0


def test_a_frame_in_time_shows_the_middle_between_its_deadline_and_the_next():
    clock = DummyStageClock()
    frame_clock = FrameClock(clock, rate=50)
    deadline = frame_clock.next_deadline()
    frame_clock.record_work(9_000_000)
    assert frame_clock.shown_time(deadline) == deadline + 10_000_000


def test_a_frame_that_takes_longer_shows_the_time_at_which_it_is_seen():
    clock = DummyStageClock()
    frame_clock = FrameClock(clock, rate=50)
    for work in (30_000_000, 500_000_000, 30_000_000):  # one of them was a stall
        frame_clock.record_work(work)
    begun = clock.time
    shown = frame_clock.shown_time(frame_clock.next_deadline())
    assert shown - begun == pytest.approx(45_000_000, abs=10_000)  # 15 ms before the next is seen


def test_after_a_stall_the_picture_does_not_run_ahead():
    clock = DummyStageClock()
    frame_clock = FrameClock(clock, rate=50)
    frame_clock.record_work(3_000_000_000)
    assert frame_clock.shown_time(frame_clock.next_deadline()) - clock.time <= 150_000_000


def test_the_time_that_is_shown_never_goes_back():
    clock = DummyStageClock()
    frame_clock, shown = FrameClock(clock, rate=50), []
    for work in (80_000_000, *[1_000_000] * 12):
        frame_clock.record_work(work)
        shown.append(frame_clock.shown_time(frame_clock.next_deadline()))
        clock.sleep(work)
    assert shown == sorted(shown)


def test_events_are_looked_at_while_waiting():
    clock = DummyStageClock()
    looks: list[int] = []
    frame_clock = FrameClock(clock, rate=60)
    frame_clock.wait_until(frame_clock.next_deadline(), lambda: looks.append(clock.time))
    gaps = [b - a for a, b in zip(looks, looks[1:], strict=False)]
    assert len(looks) >= 6
    assert max(gaps) <= MAX_SLEEP_NS + 10_000


@given(st.lists(st.integers(0, 80_000_000), max_size=40))
def test_every_deadline_lies_ahead_and_after_the_last(works):
    clock = DummyStageClock()
    frame_clock = FrameClock(clock)
    last = 0
    for work in works:
        deadline = frame_clock.next_deadline()
        assert deadline > last
        assert deadline > clock.time - 20_000
        clock.sleep(work)
        frame_clock.wait_until(deadline, nothing)
        last = deadline


def test_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="rate"):
        FrameClock(DummyStageClock(), 0)


def test_slow_frames_cost_detail_and_quick_ones_bring_it_back():
    controller = DetailController()
    for _ in range(DetailController.WINDOW_FRAMES):
        controller.record_frame(DetailController.SLOW_FRAME_NS + 1)
    assert controller.detail_level == 1
    for _ in range(DetailController.WINDOW_FRAMES):
        controller.record_frame(DetailController.FAST_FRAME_NS - 1)
    assert controller.detail_level == 2


def test_a_starved_stage_gives_up_detail_within_two_seconds():
    controller = DetailController()
    for _ in range(10):
        controller.record_frame(200_000_000)
    assert controller.detail_level == 1


def test_a_few_slow_frames_change_nothing():
    controller = DetailController()
    for k in range(3 * DetailController.WINDOW_FRAMES):
        controller.record_frame(30_000_000 if k % 10 == 0 else 9_000_000)
    assert controller.detail_level == 2


def test_frames_lost_at_the_tail_cost_detail_however_quick_the_others_are():
    controller = DetailController()
    for k in range(DetailController.WINDOW_FRAMES):
        controller.record_frame(20_000_000 if k % 5 == 0 else 6_000_000)
    assert controller.detail_level == 1


def test_what_was_too_much_is_tried_again_later_and_later():
    controller = DetailController()
    changes = []
    for stretch in range(40):
        before = controller.detail_level
        # all of it is too much for this machine, a little less is easy
        for _ in range(DetailController.WINDOW_FRAMES):
            controller.record_frame(20_000_000 if before == 2 else 5_000_000)
        if controller.detail_level > before:
            changes.append(stretch)
    gaps = [later - sooner for sooner, later in zip(changes, changes[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 8 > gaps[0]


@pytest.mark.parametrize(("quality", "detail"), [("full", 2), ("light", 0)])
def test_a_quality_that_was_chosen_stays(quality, detail):
    controller = DetailController(quality)
    for taken in (1_000_000, 40_000_000):
        for _ in range(2 * DetailController.WINDOW_FRAMES):
            controller.record_frame(taken)
    assert controller.detail_level == detail
