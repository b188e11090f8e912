"""Piece link: what the supervisor tells about the piece, and what the staff asks of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from installation.io.control.control_messages import (
    STAFF_ARGUMENTS,
    ControlError,
    ControlRefusal,
    validate_control,
)
from installation.ops.exhibit_status import ExhibitStatus, judge_exhibit
from installation.ops.house_state import HouseState
from installation.ops.machine_status import MachineStatus
from installation.ops.metrics import Setting
from installation.ops.status_file import status_as_json
from installation.process.control_pipe import HealthReport, PipeMessage
from messages.clock import SECOND
from messages.training import TrainingStatus

MAX_CONTROLS_PER_SECOND = 10
MAX_REPORT_AGE_NS = 4 * SECOND  # age from which a report says nothing about now, ns
REFUSAL_SHOWN_NS = 10 * SECOND  # time for which the sentence of the status tells a refusal, ns
LIGHTS = {"well": "green", "starting": "amber", "unwell": "red", "closed": "grey"}


class TooManyControlsError(ControlError):
    """More controls in a second than the piece takes."""


class PieceLink:
    """Keeps the last report, and passes controls on at a bounded rate.

    Parameters
    ----------
    send : callable
        Sends a message to the supervisor.
    now : callable
        The monotonic clock, ns.

    Attributes
    ----------
    machine : MachineStatus
    training : TrainingStatus
    set_name : str
        Name of the set that plays, or played last; empty until it is known.
    """

    def __init__(self, send: Callable[[PipeMessage], None], now: Callable[[], int]) -> None:
        self.machine, self.training = MachineStatus(), TrainingStatus()
        self.set_name = ""
        self._send, self._now, self._house = send, now, HouseState()
        self._report, self._reported_at = HealthReport({}, 0.0), now()
        self._refusal, self._refused_at, self._refusals = "", 0, 0
        self._control_times: deque[int] = deque(maxlen=MAX_CONTROLS_PER_SECOND)

    def handle_message(self, message: PipeMessage) -> None:
        """Keep what the supervisor tells."""
        match message:
            case HealthReport():
                self._report, self._reported_at = message, self._now()
                if "set" in (settings := self._performer_settings):
                    self.set_name = str(settings["set"].value)
            case TrainingStatus():
                self.training = message
            case HouseState():
                self._house = message
            case ControlRefusal(control, reason):
                self._refused_at, self._refusals = self._now(), self._refusals + 1
                self._refusal = f"{control.name.capitalize()} refused: {reason}."

    def steer(self, name: str, values: Sequence[object]) -> None:
        """Ask for something; raises `ControlError` if the piece does not know it."""
        now = self._now()
        control = validate_control(name, values, now, STAFF_ARGUMENTS)
        times = self._control_times
        if len(times) == MAX_CONTROLS_PER_SECOND and now - times[0] < SECOND:
            raise TooManyControlsError("too many changes at once; try again in a second")
        times.append(now)
        self._send(control)

    @property
    def status(self) -> ExhibitStatus:
        """The status now."""
        report = self._report
        status = replace(
            ExhibitStatus.from_health(report.processes),
            written=datetime.now().astimezone().isoformat(timespec="seconds"),
            uptime=round(report.uptime, 1),
            state="closed" if self._house.is_closed else "starting",
            self_test=self._house.self_test,
        )
        judged = judge_exhibit(status, self.machine)
        if self._now() - self._reported_at > MAX_REPORT_AGE_NS:
            sentence = "The piece does not answer this page: look at the machine itself."
            return replace(judged, state="unwell", sentence=sentence)
        settings = self._settings(status)
        is_silent = "silence" in settings and settings["silence"]["value"]
        if is_silent and judged.state != "closed":
            return replace(judged, sentence="Silence is on: switch it off to hear the piece again.")
        if self._refusal and self._now() - self._refused_at < REFUSAL_SHOWN_NS:
            return replace(judged, sentence=self._refusal) if judged.state == "well" else judged
        return judged

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the styles that play, in the piece's order."""
        settings = self._performer_settings
        return settings["style"].choices if "style" in settings else ()

    @property
    def _performer_settings(self) -> dict[str, Setting]:
        health = self._report.processes.get("performer")
        return {} if health is None or health.metrics is None else health.metrics.settings

    def describe(self) -> dict[str, Any]:
        """The status as JSON, with the traffic light, the settings and the last refusal."""
        status = self.status
        light = LIGHTS[status.state]
        if light == "green" and status.faults:
            light = "amber"
        return status_as_json(status) | {
            "light": light,
            "settings": self._settings(status),
            "training": asdict(self.training),
            "refused": {"count": self._refusals, "sentence": self._refusal},
        }

    def _settings(self, status: ExhibitStatus) -> dict[str, Any]:
        return {
            name: {"value": setting.value, "choices": setting.choices}
            for health in status.processes.values()
            if health.metrics is not None
            for name, setting in health.metrics.settings.items()
        }
