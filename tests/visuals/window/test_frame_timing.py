from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KeyStruck, NoteCue, NoteSource
from messages.stage_timing import StageTiming
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import Typesetter
from visuals.timeline import Timeline
from visuals.window.frame_timing import MAX_SAMPLES, FrameTimes, FrameTimingMeter

MILLISECOND = 1_000_000


def a_timeline(*dues: float, source: NoteSource = NoteSource.NETWORK) -> Timeline:
    timeline = Timeline()
    for serial, due in enumerate(dues):
        signals = np.zeros((1, 6, 1), np.float32)
        ahead = np.zeros(88, np.float32)
        at, long = round(due * MILLISECOND), 100 * MILLISECOND
        timeline.apply_message(NoteCue(serial, at, long, 60, 80, source, 1.0, signals, ahead))
    return timeline


def shown(timeline: Timeline, frames: list[tuple[float, float]]) -> StageTiming:
    """What is measured of frames for a time, each shown at another, ms."""
    meter = FrameTimingMeter()
    for time, flipped in frames:
        at, seen = round(time * MILLISECOND), round(flipped * MILLISECOND)
        meter.record_frame(timeline, FrameTimes(at, at, seen, 9 * MILLISECOND))
    return meter.stage_timing


def test_early_and_late_are_both_errors():
    sync = shown(a_timeline(105, 125), [(100, 90), (110, 101), (120, 111), (130, 129)])
    assert sync.notes == 2
    assert sync.error_p50 == pytest.approx(4.0)  # 101 - 105 and 129 - 125


def test_each_note_counts_once_and_none_before_the_first_frame():
    assert shown(a_timeline(50, 105), [(100, 100), (110, 110), (120, 120)]).notes == 1


def test_a_visitors_note_cannot_be_known_of_and_does_not_count_among_the_others():
    timeline = a_timeline(105, source=NoteSource.VISITOR)
    assert shown(timeline, [(100, 100), (110, 110)]).error_p99 is None


def a_visitors_cue(serial: int, due: float) -> NoteCue:
    at = round(due * MILLISECOND)
    return NoteCue(serial, at, 0, 60, 80, NoteSource.VISITOR, 1.0, None, None)


def shown_frames(cues: dict[int, list[NoteCue]], count: int) -> StageTiming:
    """What is measured of frames every 16 ms from 100 ms on; cues by the frame that polls them."""
    timeline, meter = Timeline(), FrameTimingMeter()
    for frame in range(count):
        for cue in cues.get(frame, []):
            timeline.apply_message(cue)
        time = (100 + 16 * frame) * MILLISECOND
        meter.record_frame(timeline, FrameTimes(time, time, time, 9 * MILLISECOND))
    return meter.stage_timing


def test_the_delay_of_a_visitors_key_is_from_its_sound_to_the_flip_of_its_first_frame():
    sync = shown_frames({1: [a_visitors_cue(0, 110)]}, 4)
    assert (sync.visitor_notes, sync.visitor_p50, sync.visitor_p99) == (1, 6.0, 6.0)
    assert sync.notes == 0


def test_a_key_that_the_stage_hears_of_late_counts_from_its_sound():
    sync = shown_frames({2: [a_visitors_cue(0, 110)]}, 4)  # the frame of 116 did not know of it
    assert (sync.visitor_notes, sync.visitor_p50) == (1, 22.0)


def test_each_key_counts_once_and_none_that_sounded_before_the_first_frame():
    sync = shown_frames({0: [a_visitors_cue(0, 90)], 1: [a_visitors_cue(1, 112)]}, 6)
    assert (sync.visitor_notes, sync.visitor_p99) == (1, 4.0)


def test_two_keys_of_one_time_and_the_same_key_again_count_each():
    cues = [a_visitors_cue(serial, 110) for serial in (0, 1)]
    assert shown_frames({1: cues, 2: [a_visitors_cue(2, 130)]}, 4).visitor_notes == 3


def test_a_key_that_is_lit_after_its_frame_was_drawn_counts_in_that_frame():
    timeline, meter = Timeline(), FrameTimingMeter()
    meter.record_frame(timeline, FrameTimes(0, 0, 0, 0))
    timeline.apply_message(a_visitors_cue(0, 20))
    at, lit, flipped = (time * MILLISECOND for time in (16, 22, 24))
    meter.record_frame(timeline, FrameTimes(at, lit, flipped, 0))
    assert (meter.stage_timing.visitor_notes, meter.stage_timing.visitor_p50) == (1, 4.0)


def test_a_key_counts_from_the_first_frame_that_knows_of_it_and_once():
    timeline, meter = Timeline(), FrameTimingMeter()
    for frame, told in enumerate([None, KeyStruck(0, 110 * MILLISECOND, 60, 80), None]):
        if told is not None:
            timeline.apply_message(told)
        elif frame:
            timeline.apply_message(a_visitors_cue(0, 110))
        at = (100 + 16 * frame) * MILLISECOND
        meter.record_frame(timeline, FrameTimes(at, at, at, 0))
    assert (meter.stage_timing.visitor_notes, meter.stage_timing.visitor_p50) == (1, 6.0)


def test_the_keys_of_a_duet_that_is_played_again_are_notes_like_others():
    sync = shown_frames({0: [a_visitors_cue(-3, 110)]}, 4)
    assert (sync.visitor_notes, sync.notes) == (0, 1)


def test_delays_of_keys_are_told_to_operators():
    timeline, meter = Timeline(), FrameTimingMeter()
    meter.record_frame(timeline, FrameTimes(0, 0, 0, 0))
    timeline.apply_message(a_visitors_cue(0, 3))
    at = 16 * MILLISECOND
    meter.record_frame(timeline, FrameTimes(at, at, at, 0))
    assert any("key to light" in line and "13.0" in line for line in meter.report_lines)


def test_work_is_that_of_every_frame():
    sync = shown(a_timeline(), [(100, 100), (110, 110)])
    assert (sync.frames, sync.work_p50) == (2, 9.0)
    assert FrameTimingMeter().stage_timing == StageTiming()


def test_a_notes_error_is_from_its_due_time_to_the_flip_that_first_has_it():
    timeline, meter = Timeline(), FrameTimingMeter()
    timeline.apply_message(NoteCue(0, 5_000_000, 10, 60, 80, NoteSource.NETWORK, 1.0, None, None))
    for frame in range(4):
        time = frame * 4_000_000
        times = FrameTimes(time, time, time + 1_000_000, 2_000_000)
        meter.record_frame(timeline, times)
    assert meter.stage_timing.error_p50 == 4.0  # due at 5, in the frame of 8, shown at 9
    assert "1 notes" in meter.report_lines[0]


def test_early_light_counts_instead_of_the_frame_and_may_come_before_or_with_it():
    timeline, meter = Timeline(), FrameTimingMeter()
    meter.record_frame(timeline, FrameTimes(0, 0, 0, 0))
    for serial, due in enumerate((10, 12)):
        timeline.apply_message(a_visitors_cue(serial, due))
    meter.record_first_light(0, 10 * MILLISECOND, 13 * MILLISECOND)
    at = 20 * MILLISECOND
    meter.record_frame(timeline, FrameTimes(at, at, at, 0))
    timing = meter.stage_timing
    assert (timing.visitor_notes, timing.visitor_p50) == (2, 5.5)  # 3 and 8 ms


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_its_lines_lie_in_the_picture_of_every_layout(layout):
    pygame.font.init()
    timeline, meter = a_timeline(*range(1, MAX_SAMPLES + 1)), FrameTimingMeter()
    for time in (0, MAX_SAMPLES):
        meter.record_frame(timeline, FrameTimes(*(4 * [time * MILLISECOND])))
    surface = blank_surface(layout.size)
    meter.draw(surface, Typesetter(), ["detail 2"])
    columns = np.flatnonzero(pygame.surfarray.array_green(surface).max(axis=1))
    assert len(columns) and columns.max() < layout.size[0] - 1
