from __future__ import annotations

from dataclasses import replace

import pytest

from installation.ops.exhibit_status import (
    ExhibitStatus,
    ProcessHealth,
    find_faults,
    judge_exhibit,
)
from installation.ops.machine_status import DiskStatus, MachineStatus
from installation.ops.metrics import MidiStatus, ProcessMetrics, SoundStatus
from messages.stage_timing import PictureStatus

PICTURE = PictureStatus(900, 0.02, 0.08, 1.0, "x11, 1920 by 1080")
SOUND = SoundStatus("ALSA audio", samples=48_000, volume=0.8, peak=0.2, silent_for=0.0)
LATE = 300.0


def health(
    picture: PictureStatus | None = PICTURE,
    sound: SoundStatus | None = SOUND,
    midi: MidiStatus | None = MidiStatus(),  # noqa: B008 - frozen
    silence: float = 0.0,
) -> dict[str, ProcessHealth]:
    return {
        "performer": ProcessHealth("well", metrics=ProcessMetrics(sound=sound, midi=midi)),
        "stage": ProcessHealth("well", metrics=ProcessMetrics(picture=picture), silence=silence),
    }


def judge(processes: dict[str, ProcessHealth], machine: MachineStatus | None = None):
    status = replace(ExhibitStatus.from_health(processes), uptime=LATE)
    return judge_exhibit(status, machine or MachineStatus())


def test_a_piece_that_is_seen_and_heard_is_well():
    assert judge(health()).state == "well"


@pytest.mark.parametrize(
    ("processes", "subject", "words"),
    [
        (health(picture=None), "picture", "no picture"),
        (health(picture=replace(PICTURE, frame_age=9.0)), "picture", "stands still"),
        (health(silence=4.0), "picture", "stands still"),
        (health(picture=replace(PICTURE, mean_light=0.0)), "picture", "black"),
        (health(picture=replace(PICTURE, display="")), "picture", "goes nowhere"),
        ({"performer": health()["performer"]}, "picture", "no window"),
        (health() | {"stage": ProcessHealth("done")}, "picture", "no screen"),
        (health() | {"stage": ProcessHealth("held", 3)}, "picture", "3 restarts"),
        (health() | {"performer": ProcessHealth("held", 2)}, "sound", "2 restarts"),
        (health(sound=None), "sound", "No sound leaves"),
        (health(sound=replace(SOUND, on_card=False)), "sound", "no sound card"),
        (health(sound=replace(SOUND, volume=0.0)), "sound", "turned down"),
        (health(sound=replace(SOUND, unheard_for=8.0)), "sound", "nothing sounds"),
        (health(midi=MidiStatus(lost=True)), "sound", "MIDI has died"),
    ],
)
def test_what_visitors_cannot_see_or_hear_is_named(processes, subject, words):
    status = judge(processes)
    assert status.state == "unwell"
    assert status.faults[0].subject == subject and words in status.sentence


@pytest.mark.parametrize(
    ("sound", "midi", "words"),
    [
        (None, MidiStatus(outputs=("synth",), volume=0.0), "turned down"),
        (None, MidiStatus(outputs=("lights",), volume=None), "No sound leaves"),
        (replace(SOUND, on_card=False), MidiStatus(outputs=("drums",)), "no sound card"),
        (replace(SOUND, unheard_for=8.0), MidiStatus(outputs=("drums",)), "nothing sounds"),
        (replace(SOUND, volume=0.0), MidiStatus(outputs=("drums",), volume=0.0), "turned down"),
    ],
)
def test_a_midi_output_hides_no_silence(sound, midi, words):
    status = judge(health(sound=sound, midi=midi))
    assert status.state == "unwell" and words in status.sentence


def test_a_synthesiser_outside_counts_as_sound():
    assert judge(health(sound=None, midi=MidiStatus(outputs=("synth",)))).state == "well"


def test_dim_pictures_are_not_black():
    dim = replace(PICTURE, brightness=0.1, mean_light=0.007)
    assert find_faults(ExhibitStatus.from_health(health(picture=dim))) == []


def test_a_new_piece_may_still_lack_its_picture():
    status = replace(ExhibitStatus.from_health(health(picture=None)), uptime=3.0)
    assert judge_exhibit(status, MachineStatus()).state == "starting"


def test_a_full_disk_leaves_it_well_and_is_said():
    status = judge(health(), MachineStatus(disk=DiskStatus("recordings", 5_000_000)))
    assert (status.state, status.sentence[:9]) == ("well", "Only 5 MB")


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (MachineStatus(undervoltage=True), "power supply"),
        (MachineStatus(temperature=91.0), "91 degrees"),
    ],
)
def test_what_the_machine_lacks_is_said(machine, words):
    assert words in judge(health(), machine).sentence


def test_what_the_self_test_found_is_said_and_leaves_it_well():
    found = ("Self-test at 09:52: The loudspeakers are not heard.",)
    running = replace(ExhibitStatus.from_health(health()), uptime=LATE, self_test=found)
    status = judge_exhibit(running, MachineStatus())
    assert (status.state, status.sentence) == ("well", found[0])
    assert [fault.subject for fault in status.faults] == ["self-test"]


def test_a_missing_port_is_said():
    assert "keys" in judge(health(midi=MidiStatus(missing=("keys",)))).sentence


def test_outside_the_hours_it_is_closed():
    status = replace(ExhibitStatus.from_health(health(picture=None)), state="closed", uptime=LATE)
    assert judge_exhibit(status, MachineStatus()).state == "closed"
