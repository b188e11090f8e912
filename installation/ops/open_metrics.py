"""The status of the piece as OpenMetrics text, for Prometheus and its like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from installation.ops.exhibit_status import ExhibitStatus

OPEN_METRICS_MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
METRIC_PREFIX = "hidden_state"


def format_open_metrics(status: ExhibitStatus) -> bytes:
    """The figures of a status as OpenMetrics text.

    Parameters
    ----------
    status : ExhibitStatus

    Returns
    -------
    bytes
        Of the media type `OPEN_METRICS_MEDIA_TYPE`.

    Raises
    ------
    ImportError
        If prometheus-client is not installed (extra `web`).
    """
    from prometheus_client import CollectorRegistry, Gauge
    from prometheus_client.openmetrics.exposition import generate_latest

    registry = CollectorRegistry()
    for name, description, value in _exhibit_figures(status):
        Gauge(f"{METRIC_PREFIX}_{name}", description, registry=registry).set(value)
    for name, description, by_process in _process_figures(status):
        gauge = Gauge(f"{METRIC_PREFIX}_{name}", description, ["process"], registry=registry)
        for process, value in by_process.items():
            gauge.labels(process=process).set(value)
    return generate_latest(registry)


def _exhibit_figures(status: ExhibitStatus) -> Iterator[tuple[str, str, float]]:
    """Name, description and value of each figure that there is."""
    yield "well", "1 if visitors can see and hear the piece", status.state == "well"
    yield "closed", "1 outside the opening hours", status.state == "closed"
    yield "faults", "Number of faults", len(status.faults)
    yield "uptime_seconds", "Time since the start of the piece", status.uptime
    machine = status.machine
    groups: dict[str, Any] = {
        "picture": status.picture,
        "sound": status.sound,
        "midi": status.midi,
        "disk": machine.disk,
        "clock": machine.clock,
    }
    for group, values in groups.items():
        for name, value in (asdict(values) if values is not None else {}).items():
            if isinstance(value, int | float):
                yield f"{group}_{name}", f"{group.capitalize()}: {name.replace('_', ' ')}", value
            elif isinstance(value, tuple):
                yield f"{group}_{name}", f"{group.capitalize()}: number of {name}", len(value)
    yield "network_addresses", "Number of network addresses", len(machine.network.addresses)
    if machine.temperature is not None:
        yield "temperature_celsius", "Of the hottest sensor", machine.temperature
    if machine.undervoltage is not None:
        yield "undervoltage", "1 if the power supply is too weak", machine.undervoltage


def _process_figures(status: ExhibitStatus) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Name, description and value by process of each figure that there is."""
    processes = status.processes
    yield "restarts", "Restarts", {name: each.restarts for name, each in processes.items()}
    measured = {name: each.metrics for name, each in processes.items() if each.metrics}
    yield "memory_bytes", "Resident memory", {name: each.memory for name, each in measured.items()}
    for name, each in measured.items():
        if each.frame_rate is not None:
            yield "frame_rate", "Frames a second", {name: each.frame_rate}
        if each.lateness is not None:
            yield "note_lateness_p99_ms", "Lateness of note-ons", {name: each.lateness.p99}
            yield "visits", "Visits since the start", {name: each.visits}
