from __future__ import annotations

from multiprocessing import Pipe

import pytest

from installation.process import display_wait as awaiting
from installation.process.control_pipe import ControlPipe, Heartbeat
from installation.process.display_wait import await_display
from messages.clock import MonotonicClock


class NoScreenError(Exception):
    """There is none."""


@pytest.fixture
def link(monkeypatch):
    monkeypatch.setattr(awaiting, "INITIAL_RETRY_DELAY_NS", 20_000_000)
    monkeypatch.setattr(awaiting, "HEARTBEAT_INTERVAL_S", 0.01)
    ours, theirs = Pipe()
    made = ControlPipe(theirs)
    made.ours = ours
    return made


def test_a_display_that_comes_back_is_found(link):
    looks = []

    def look() -> None:
        looks.append(0)
        if len(looks) < 3:
            raise NoScreenError("gone")

    assert await_display(look, NoScreenError, link, MonotonicClock())
    assert len(looks) == 3


def test_signs_of_life_are_given_meanwhile_and_not_as_if_ready(link):
    looks = iter((True, True, False))

    def look() -> None:
        if next(looks):
            raise NoScreenError("gone")

    await_display(look, NoScreenError, link, MonotonicClock())
    assert link.ours.poll()
    letter = link.ours.recv()
    assert isinstance(letter, Heartbeat)
    assert not letter.ready


def test_waiting_ends_when_the_piece_does(link):
    def look() -> None:
        link.stop.set()
        raise NoScreenError("gone")

    assert not await_display(look, NoScreenError, link, MonotonicClock())


def test_another_error_is_not_waited_for(link):
    def look() -> None:
        raise ValueError("no such scene")

    with pytest.raises(ValueError, match="scene"):
        await_display(look, NoScreenError, link, MonotonicClock())
