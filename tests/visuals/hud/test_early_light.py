from __future__ import annotations

import pytest

from messages.clock import MILLISECOND, SECOND
from messages.cues import KeyStruck, Turn, TurnChange
from visuals.drawing.sprites import blank_surface
from visuals.hud.early_light import EarlyLight
from visuals.timeline import Timeline
from visuals.window.frame_clock import DummyStageClock
from visuals.window.frame_timing import FrameTimes, FrameTimingMeter
from visuals.window.presenter import DummyPresenter

SPRITE = (blank_surface((4, 4)), (0, 0))


class LightPresenter(DummyPresenter):
    """Counts the light that is added to the frame it would show."""

    def __init__(self, can_add_light: bool = True) -> None:
        super().__init__()
        self._can_add_light, self.lit = can_add_light, 0

    @property
    def can_add_light(self) -> bool:
        return self._can_add_light

    def add_light(self, light) -> bool:
        self.lit += 1
        return True


class Room:
    """An early light with a presenter, and messages that wait for it."""

    def __init__(self, can_add_light: bool = True, has_piano: bool = True) -> None:
        self.clock, self.meter = DummyStageClock(10 * SECOND), FrameTimingMeter()
        self.presenter, self.waiting = LightPresenter(can_add_light), []
        self.asked: list[int] = []  # pitches

        def wave_lamp(key: KeyStruck):
            self.asked.append(key.pitch)
            return SPRITE if has_piano else None

        self.early = EarlyLight(self.poll, self.presenter, self.meter, self.clock, wave_lamp)

    def poll(self) -> list:
        told, self.waiting = self.waiting, []
        return told

    def strike(self, serial: int, pitch: int = 60, velocity: int = 127) -> KeyStruck:
        """Tell of a key, and let it be lit."""
        key = KeyStruck(serial, self.clock.time, pitch, velocity)
        self.waiting.append(key)
        self.early.light_struck_keys()
        return key


def test_a_key_is_lit_once_and_its_message_is_kept_for_the_next_frame():
    room = Room()
    turn = TurnChange(0, Turn.ATTRACT)
    room.waiting.append(turn)
    key = room.strike(0)
    assert room.presenter.lit == 1
    assert room.early.take_messages() == [turn, key]
    assert room.early.take_messages() == [] and room.presenter.lit == 1


def test_a_key_told_as_the_frame_takes_its_messages_is_lit_at_once():
    room = Room()
    room.waiting.append(KeyStruck(0, room.clock.time, 60, 100))
    assert len(room.early.take_messages()) == 1
    assert room.presenter.lit == 1


def test_messages_are_not_read_more_often_than_each_half_millisecond():
    room = Room()
    room.strike(0)
    room.strike(1)
    assert len(room.waiting) == 1
    room.clock.sleep(MILLISECOND)
    room.early.light_struck_keys()
    assert room.waiting == [] and len(room.early.take_messages()) == 2


def test_a_presenter_that_cannot_add_light_leaves_the_messages_to_the_frame():
    room = Room(can_add_light=False)
    key = room.strike(0)
    assert room.waiting == [key]
    assert room.early.take_messages() == [key]
    assert room.presenter.lit == 0 and room.asked == []


@pytest.mark.parametrize("has_piano", [True, False])
def test_the_first_light_of_a_key_counts_and_only_if_there_was_one(has_piano):
    room, timeline = Room(has_piano=has_piano), Timeline()
    room.meter.record_frame(timeline, FrameTimes(0, 0, 0, 0))
    key = room.strike(0)
    timeline.apply_message(key)
    flip = key.due + 15 * MILLISECOND
    room.meter.record_frame(timeline, FrameTimes(flip, flip, flip, 0))
    delay_ms = room.meter.stage_timing.visitor_p50
    assert delay_ms < 0.1 if has_piano else delay_ms == 15.0


def test_the_wave_of_a_chord_begins_once():
    room = Room()
    for pitch in (60, 64, 67):
        room.strike(pitch, pitch)
        room.clock.sleep(2 * MILLISECOND)
    assert room.asked == [60]
    assert room.presenter.lit == 1


def test_while_a_frame_replaces_the_shown_one_no_key_is_lit_or_lost():
    room = Room()
    room.early.hold()
    key = room.strike(0)
    assert room.presenter.lit == 0 and room.waiting == [key]
    room.early.release()
    room.early.light_struck_keys()
    assert room.presenter.lit == 1 and room.early.take_messages() == [key]
