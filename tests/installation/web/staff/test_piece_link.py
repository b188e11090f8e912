from __future__ import annotations

from dataclasses import replace

import pytest

from installation.io.control.control_messages import ControlError, ControlMessage, ControlRefusal
from installation.ops.exhibit_status import ProcessHealth
from installation.ops.house_state import HouseState
from installation.ops.machine_status import DiskStatus, MachineStatus
from installation.ops.metrics import Setting
from installation.process.control_pipe import HealthReport
from installation.web.staff.piece_link import MAX_CONTROLS_PER_SECOND, TooManyControlsError
from messages.clock import SECOND
from messages.training import TrainingStatus
from tests.installation.web.conftest import HEARD, WELL


def test_a_control_is_checked_and_passed_on(desk):
    desk.link.steer("volume", [0.5])
    assert desk.asked == [ControlMessage("volume", (0.5,), desk.clock.now())]
    for name, values in (("volume", [2]), ("volume", ["x"]), ("quit", []), ("restart", ["web"])):
        with pytest.raises(ControlError):
            desk.link.steer(name, values)
    assert len(desk.asked) == 1


def test_no_more_than_so_many_controls_a_second_reach_the_piece(desk):
    for _ in range(MAX_CONTROLS_PER_SECOND):
        desk.link.steer("quiet", [1])
    with pytest.raises(TooManyControlsError):
        desk.link.steer("quiet", [1])
    desk.clock.sleep(SECOND)
    desk.link.steer("quiet", [1])


def test_a_piece_that_is_well_is_green_and_its_settings_are_known(desk):
    described = desk.link.describe()
    assert described["light"] == "green"
    assert described["settings"]["style"] == {"value": "irish", "choices": ("irish",)}


def test_a_fault_that_visitors_do_not_notice_is_amber(desk):
    desk.link.machine = MachineStatus(disk=DiskStatus("recordings", 1000))
    assert desk.link.describe()["light"] == "amber"


def test_what_the_self_test_found_is_amber(desk):
    desk.link.handle_message(HouseState(self_test=("Self-test at 09:52: no sound.",)))
    described = desk.link.describe()
    assert (described["light"], described["sentence"]) == ("amber", "Self-test at 09:52: no sound.")


def test_outside_the_hours_it_is_grey(desk):
    desk.link.handle_message(HouseState(is_closed=True))
    assert desk.link.describe()["light"] == "grey"


def test_a_lost_stage_is_red_with_a_sentence(desk):
    processes = WELL | {"stage": ProcessHealth("held", restarts=3)}
    desk.link.handle_message(HealthReport(processes, 60.0))
    described = desk.link.describe()
    assert described["light"] == "red"
    assert "no picture" in described["sentence"]


def test_a_supervisor_that_says_nothing_is_said(desk):
    desk.clock.sleep(5 * SECOND)
    described = desk.link.describe()
    assert described["light"] == "red"
    assert "does not answer" in described["sentence"]


def test_silence_is_named_as_the_cause(desk):
    silent = replace(HEARD, settings={"silence": Setting(1.0)})
    processes = WELL | {"performer": ProcessHealth("well", metrics=silent)}
    desk.link.handle_message(HealthReport(processes, 60.0))
    assert "Silence is on" in desk.link.describe()["sentence"]


def test_a_refusal_is_told_with_its_reason_for_a_while(desk):
    assert desk.link.describe()["refused"]["count"] == 0
    control = ControlMessage("set", ("chapel",), 1)
    desk.link.handle_message(ControlRefusal(control, "another set was chosen less than 5 s ago"))
    reason = "Set refused: another set was chosen less than 5 s ago."
    described = desk.link.describe()
    assert (described["sentence"], described["light"]) == (reason, "green")
    assert described["refused"] == {"count": 1, "sentence": reason}
    desk.clock.sleep(10 * SECOND)
    desk.link.handle_message(HealthReport(WELL, 60.0))
    assert desk.link.describe()["sentence"] != reason


def test_a_refusal_hides_no_fault(desk):
    processes = WELL | {"stage": ProcessHealth("held", restarts=3)}
    desk.link.handle_message(HealthReport(processes, 60.0))
    desk.link.handle_message(ControlRefusal(ControlMessage("set", ("x",), 1), "no set x"))
    assert "no picture" in desk.link.describe()["sentence"]


def test_a_training_is_told_of(desk):
    desk.link.handle_message(TrainingStatus(is_running=True, step=3, gradient_norms=(0.5,)))
    told = desk.link.describe()["training"]
    assert told["is_running"] and told["step"] == 3 and told["gradient_norms"] == (0.5,)


def test_the_set_that_plays_is_known_even_while_a_performer_starts(desk):
    assert desk.link.set_name == ""
    told = replace(HEARD, settings={"set": Setting("chapel", ("chapel", "none"))})
    processes = WELL | {"performer": ProcessHealth("well", metrics=told)}
    desk.link.handle_message(HealthReport(processes, 60.0))
    starting = WELL | {"performer": ProcessHealth("starting")}
    desk.link.handle_message(HealthReport(starting, 61.0))
    assert desk.link.set_name == "chapel"
