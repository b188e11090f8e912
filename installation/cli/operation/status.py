"""`hidden-state status`: what the running piece tells about itself."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, JsonOption
from installation.config import Config, ConfigError, load_config
from installation.ops.exhibit_status import ExhibitStatus
from installation.ops.machine_status import MachineStatus
from installation.ops.status_file import (
    SERVICE_STATUS_PATH,
    StatusError,
    read_status,
    status_as_json,
)


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the state of the running piece, from the status file that log.status names.

    Ends with status 0 if visitors can see and hear it, or it is closed; else with 1.
    """
    with exit_on_error(ConfigError, StatusError):
        found = read_running_status(load_config(config))
    if as_json:
        typer.echo(json.dumps(status_as_json(found), indent=1))
    else:
        _print_status(found, Console(highlight=False, soft_wrap=True))
    raise typer.Exit(0 if found.state in ("well", "closed") else 1)


def read_running_status(config: Config) -> ExhibitStatus:
    """The status of the piece that runs with these settings; raises `StatusError`."""
    if config.log.status:
        return read_status(Path(config.log.status))
    if SERVICE_STATUS_PATH.exists():
        return read_status(SERVICE_STATUS_PATH)
    raise StatusError("log.status names no status file; write one into config.toml")


def _print_status(found: ExhibitStatus, console: Console) -> None:
    colour = "green" if found.state in ("well", "closed") else "red"
    console.print(f"[{colour}]{found.state}[/]  {escape(found.sentence)}")
    for fault in found.faults[1:]:
        console.print(f"      {escape(fault.sentence)}")
    table = Table.grid(padding=(0, 2))
    for subject, line in describe_status(found):
        table.add_row(subject, escape(line))
    console.print(table)


def describe_status(found: ExhibitStatus) -> list[tuple[str, str]]:
    """Subjects of a status, and a line about each."""
    picture, sound, midi = found.picture, found.sound, found.midi
    lines = [("running", f"{found.uptime:.0f} s, written {found.written}")]
    for name, health in found.processes.items():
        lines.append((name, f"{health.state}, {health.restarts} restarts"))
    if picture is not None:
        age = "none yet" if picture.frame_age is None else f"last {picture.frame_age:.1f} s ago"
        display = picture.display or "no display"
        light = f"light {picture.mean_light:.3f}"
        lines.append(("picture", f"{display}; {picture.frames} frames, {age}, {light}"))
    stage = found.processes.get("stage")
    if stage is not None and stage.metrics is not None:
        for lesson, row in stage.metrics.answers.items():
            before = f"{row.before_right} of {row.before_answered} right before"
            after = f"{row.after_right} of {row.after_answered} after"
            lines.append((f"lesson {lesson}", f"{before}, {after}"))
    if sound is not None:
        silence = "" if sound.silent_for is None else f", silent for {sound.silent_for:.0f} s"
        text = f"{sound.device}; {sound.samples} samples, peak {sound.peak:.2f} in 10 s{silence}"
        lines.append(("sound", text))
    if midi is not None:
        ports = (("in", midi.inputs), ("out", midi.outputs), ("missing", midi.missing))
        named = (f"{name} {', '.join(names)}" for name, names in ports if names)
        lines.append(("MIDI", "; ".join(named) or "no ports"))
    return lines + _describe_machine(found.machine)


def _describe_machine(machine: MachineStatus) -> list[tuple[str, str]]:
    lines = [("network", ", ".join(machine.network.addresses) or "none")]
    if machine.disk is not None:
        lines.append(("disk", f"{machine.disk.free / 1e9:.1f} GB free for {machine.disk.folder}"))
    sources = {True: "set by a time server", False: "not set by a time server", None: "not told"}
    clock = f"{sources[machine.clock.synchronised]}, stepped by {machine.clock.stepped:.1f} s"
    lines.append(("clock", clock))
    if machine.temperature is not None:
        lines.append(("machine", f"{machine.temperature:.0f} degrees"))
    return lines
