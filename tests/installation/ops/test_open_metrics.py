from __future__ import annotations

import pytest

from installation.ops.exhibit_status import ExhibitStatus, ProcessHealth, judge_exhibit
from installation.ops.machine_status import MachineStatus
from installation.ops.metrics import ProcessMetrics
from installation.ops.open_metrics import format_open_metrics
from messages.stage_timing import PictureStatus

parser = pytest.importorskip("prometheus_client.openmetrics.parser")


def test_the_figures_can_be_read_by_prometheus():
    stage = ProcessMetrics(7, frame_rate=60.0, picture=PictureStatus(9, 0.1, 0.5))
    status = ExhibitStatus.from_health({"stage": ProcessHealth("well", 2, stage)})
    text = format_open_metrics(judge_exhibit(status, MachineStatus(temperature=40.5))).decode()
    families = parser.text_string_to_metric_families(text)
    samples = {
        (one.name, *one.labels.values()): one.value for each in families for one in each.samples
    }
    assert samples["hidden_state_well",] == 0
    assert samples["hidden_state_picture_frames",] == 9
    assert samples["hidden_state_temperature_celsius",] == 40.5
    assert samples["hidden_state_restarts", "stage"] == 2
    assert samples["hidden_state_frame_rate", "stage"] == 60.0
