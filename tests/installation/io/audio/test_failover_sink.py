"""Sound cards that go and come back."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pytest
from mido import Message

from installation.io.audio.failover_sink import (
    CHECK_INTERVAL_S,
    REOPEN_INTERVAL_CHECKS,
    SILENCE_TIMEOUT_NS,
    FailoverAudioSink,
)
from installation.io.audio.instruments import ClickInstrument
from installation.io.audio.mixer import InstrumentMixer
from installation.io.audio.sinks import AudioUnavailable, NullAudioSink
from installation.io.audio.synth import SAMPLE_RATE_HZ, Synth
from messages.clock import SECOND

START = 10**12
NEVER_S = 3600.0
"""Check interval beyond any test: the checks are made by hand."""
CHECK_NS = round(CHECK_INTERVAL_S * SECOND)
CHECKS_TO_SILENCE = SILENCE_TIMEOUT_NS // CHECK_NS + 2


class Card(NullAudioSink):
    """A card whose clock is by hand; pulled out, it asks for nothing."""

    def __init__(self, room: Room, name: str, starts: bool = True, start_ns: int = 0) -> None:
        self.name, self.pulled, self.stopped = name, False, False
        self.heard: list[np.ndarray] = []
        self.starts, self._start_ns, self._room = starts, start_ns, room
        super().__init__(SAMPLE_RATE_HZ, now=lambda: room.time)

    def start(self, render) -> None:
        if not self.starts:
            raise AudioUnavailable("it refuses")

        def keep(frames: int) -> np.ndarray:
            self.heard.append(render(frames))
            return self.heard[-1]

        self.attach(keep)
        self._room.time += self._start_ns
        self.render_due_frames()

    def stop(self) -> None:
        self.stopped = True


class Room:
    """A clock, the sinks there were, and the cards that may still be opened."""

    def __init__(self) -> None:
        self.time = START
        self.first = Card(self, "first card")
        self.sinks: list[Card] = []
        self.cards = [self.first]
        self.sink = FailoverAudioSink(
            self.open_card, self.make_fallback, now=lambda: self.time, check_interval=NEVER_S
        )

    def open_card(self) -> Card:
        if not self.cards:
            raise AudioUnavailable("no card")
        self.sinks.append(self.cards.pop(0))
        return self.sinks[-1]

    @staticmethod
    def open_nothing() -> Card:
        raise AudioUnavailable("no such card")

    def make_fallback(self) -> Card:
        self.sinks.append(Card(self, "no device"))
        return self.sinks[-1]

    def pass_checks(self, count: int) -> None:
        for _ in range(count):
            self.time += CHECK_NS
            for sink in self.sinks:
                if not sink.pulled:
                    sink.render_due_frames()
            self.sink.check_device()


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def synth(room):
    return Synth(
        InstrumentMixer({0: ClickInstrument()}, SAMPLE_RATE_HZ), room.sink, now=lambda: room.time
    )


def test_a_working_card_is_kept(room, synth) -> None:
    room.pass_checks(30)
    assert room.sinks == [room.first]


def test_a_silent_card_is_replaced_and_logged_once(room, synth, caplog) -> None:
    room.pass_checks(3)
    room.first.pulled = True
    room.pass_checks(CHECKS_TO_SILENCE + 5)
    assert [sink.name for sink in room.sinks] == ["first card", "no device"]
    assert room.first.stopped
    assert [one.levelno for one in caplog.records] == [logging.ERROR]
    assert "SILENT" in caplog.text


def test_a_machine_that_slept_keeps_its_card(room, synth) -> None:
    room.pass_checks(3)
    room.time += 20 * SECOND
    room.sink.check_device()  # before the card has asked again
    room.pass_checks(3)
    assert room.sinks == [room.first]


def test_notes_go_on_on_the_clock(room, synth) -> None:
    room.first.pulled = True
    for _ in range(40):
        synth.send_at(Message("note_on", note=60, velocity=100), room.time + CHECK_NS // 2)
        room.pass_checks(1)
    sound = np.concatenate(room.sinks[1].heard)[:, 0]
    assert np.count_nonzero(sound) > 30


@pytest.mark.parametrize("start_ns", [0, SECOND // 50])
def test_a_card_that_returns_plays_notes_in_time(room, synth, caplog, start_ns):
    room.first.pulled = True
    room.pass_checks(CHECKS_TO_SILENCE)
    second = Card(room, "second card", start_ns=start_ns)
    room.cards.append(second)
    room.pass_checks(REOPEN_INTERVAL_CHECKS)
    assert room.sinks[-1] is second
    assert "second card: sound is back" in caplog.text
    began = room.time - (sum(map(len, second.heard)) * SECOND) // SAMPLE_RATE_HZ
    due = room.time + 3 * SECOND // 4
    synth.send_at(Message("note_on", note=60, velocity=100), due)
    room.pass_checks(4)
    onset = int(np.flatnonzero(np.concatenate(second.heard)[:, 0])[0])
    assert abs(onset - (due - began) * SAMPLE_RATE_HZ // SECOND) <= 1


def test_a_card_that_does_not_start_leaves_the_fallback_running(room, synth) -> None:
    room.first.pulled = True
    room.pass_checks(CHECKS_TO_SILENCE)
    broken = Card(room, "broken card", starts=False)
    room.cards.append(broken)
    room.pass_checks(REOPEN_INTERVAL_CHECKS)
    assert broken.stopped and not room.sink.on_card
    before = len(room.sinks[1].heard)
    room.pass_checks(REOPEN_INTERVAL_CHECKS)
    assert len(room.sinks[1].heard) > before


def test_a_replaced_card_gets_silence(room, synth) -> None:
    room.first.pulled = True
    room.pass_checks(CHECKS_TO_SILENCE)
    synth.send_at(Message("note_on", note=60, velocity=100), room.time + CHECK_NS // 2)
    before = len(room.first.heard)
    room.first.pulled = False
    room.pass_checks(2)
    late = np.concatenate(room.first.heard[before:])
    assert len(late) and not late.any()
    assert np.concatenate(room.sinks[1].heard).any()


def sink_without_its_card(room: Room, open_preferred: Callable[[], Card]) -> FailoverAudioSink:
    """A sink that plays on the first card until the preferred one is there."""
    sink = FailoverAudioSink(
        lambda: room.first, lambda: Card(room, "none"), lambda: room.time, NEVER_S, open_preferred
    )
    sink.start(lambda frames: np.zeros((frames, 2), np.float32))
    return sink


@pytest.mark.parametrize("checks_before", range(REOPEN_INTERVAL_CHECKS))
def test_a_card_that_stands_in_is_missed_as_soon_as_any(checks_before) -> None:
    room = Room()
    sink = sink_without_its_card(room, Room.open_nothing)
    for check in range(checks_before + SILENCE_TIMEOUT_NS // CHECK_NS + 1):
        assert sink.on_card
        room.time += CHECK_NS
        if check < checks_before:
            room.first.render_due_frames()
        sink.check_device()
    assert not sink.on_card


def test_a_preferred_card_that_comes_later_takes_over(caplog) -> None:
    room, there = Room(), []

    def open_preferred() -> Card:
        if not there:
            raise AudioUnavailable("no such card")
        return there[0]

    sink = sink_without_its_card(room, open_preferred)
    assert sink.name == "first card"
    there.append(Card(room, "preferred card"))
    for _ in range(REOPEN_INTERVAL_CHECKS):
        room.time += CHECK_NS
        room.first.render_due_frames()
        sink.check_device()
    assert sink.name == "preferred card" and room.first.stopped
    assert caplog.messages[-1:] == ["preferred card: the sound comes from here now"]


def test_a_first_card_that_does_not_start_is_replaced_as_soon_as_there_is_another() -> None:
    room = Room()
    broken = Card(room, "broken card", starts=False)
    sink = FailoverAudioSink(
        lambda: broken, lambda: Card(room, "no device"), lambda: room.time, NEVER_S
    )
    sink.start(lambda frames: np.zeros((frames, 2), np.float32))
    assert (sink.on_card, sink.name) == (False, "no device")
    broken.starts = True
    for _ in range(REOPEN_INTERVAL_CHECKS):
        sink.check_device()
    assert (sink.on_card, sink.name) == (True, "broken card")


def test_where_the_preferred_card_does_not_start_another_one_plays_on() -> None:
    room = Room()
    preferred = Card(room, "preferred card", starts=False)
    other = Card(room, "other card")
    sink = FailoverAudioSink(
        lambda: other, lambda: Card(room, "none"), lambda: room.time, NEVER_S, lambda: preferred
    )
    sink.start(lambda frames: np.zeros((frames, 2), np.float32))
    assert (sink.on_card, sink.name) == (True, "other card")
    for _ in range(3 * REOPEN_INTERVAL_CHECKS):
        room.time += CHECK_NS
        other.render_due_frames()
        sink.check_device()
        assert sink.name == "other card" and not other.stopped
    preferred.starts = True
    for _ in range(REOPEN_INTERVAL_CHECKS):
        room.time += CHECK_NS
        other.render_due_frames()
        sink.check_device()
    assert sink.name == "preferred card" and other.stopped


def test_a_lost_card_is_replaced_by_another_where_the_preferred_one_does_not_start() -> None:
    room = Room()
    preferred, other = Card(room, "preferred card"), Card(room, "other card")
    sink = FailoverAudioSink(
        lambda: other, lambda: Card(room, "none"), lambda: room.time, NEVER_S, lambda: preferred
    )
    sink.start(lambda frames: np.zeros((frames, 2), np.float32))
    preferred.starts = False
    for _ in range(REOPEN_INTERVAL_CHECKS):
        room.time += CHECK_NS
        sink.check_device()
    assert (sink.on_card, sink.name) == (True, "other card")
