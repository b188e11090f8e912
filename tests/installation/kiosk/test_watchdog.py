from __future__ import annotations

from dataclasses import replace

import pytest

from installation.kiosk.notifier import DummyNotifier
from installation.kiosk.watchdog import ExhibitWatchdog
from installation.ops.exhibit_status import ProcessHealth
from installation.ops.metrics import MidiStatus, ProcessMetrics, SoundStatus
from messages.clock import SECOND
from messages.stage_timing import PictureStatus

PICTURE = PictureStatus(900, 0.02, 0.08, 1.0, "x11, 1920 by 1080")
SOUND = SoundStatus("ALSA audio", volume=0.8)


def health(picture=PICTURE, sound=SOUND, state="well") -> dict[str, ProcessHealth]:
    heard = ProcessMetrics(sound=sound, midi=MidiStatus())
    return {
        "performer": ProcessHealth("well", metrics=heard),
        "stage": ProcessHealth(state, metrics=ProcessMetrics(picture=picture)),
    }


@pytest.fixture
def notifier():
    return DummyNotifier()


@pytest.fixture
def watchdog(notifier):
    return ExhibitWatchdog(notifier)


def sent_without_status(notifier) -> list[str]:
    return [message for message in notifier.sent if not message.startswith("STATUS=")]


def test_ready_comes_first_then_signs_of_life_then_the_end(watchdog, notifier):
    watchdog.update(0, health(state="starting"))
    for second in (1, 2, 3):
        watchdog.update(second * SECOND, health())
    watchdog.close()
    assert sent_without_status(notifier) == ["READY=1", *["WATCHDOG=1"] * 3, "STOPPING=1"]


def test_signs_of_life_come_once_a_second(watchdog, notifier):
    for tenth in range(20):
        watchdog.update(tenth * SECOND // 10, health())
    assert sent_without_status(notifier).count("WATCHDOG=1") == 2


@pytest.mark.parametrize(
    "ill",
    [
        health(picture=replace(PICTURE, mean_light=0.0)),
        health(picture=replace(PICTURE, frame_age=20.0)),
        health(sound=replace(SOUND, unheard_for=20.0)),
        health(picture=None),
        health(state="held"),
    ],
    ids=["black", "no frames", "silent", "no picture", "stage held"],
)
def test_the_watchdog_is_not_fed_while_visitors_see_or_hear_nothing(watchdog, notifier, ill):
    watchdog.update(0, health())
    for second in range(1, 40):
        watchdog.update(second * SECOND, ill)
    assert sent_without_status(notifier) == ["READY=1", "WATCHDOG=1"]
    watchdog.update(40 * SECOND, health())
    assert notifier.sent[-1] == "WATCHDOG=1"


def test_a_fault_that_no_restart_mends_restarts_nothing(watchdog, notifier):
    watchdog.update(0, health(sound=replace(SOUND, on_card=False)))
    assert notifier.sent[-1] == "WATCHDOG=1"
    assert any("no sound card" in message for message in notifier.sent)
