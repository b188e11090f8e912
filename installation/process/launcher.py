"""A run with a window: the supervisor, the performer and the stage."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Thread

from installation.ops.status_file import StatusFile
from installation.process.cue_ring import create_cue_ring
from installation.process.managed_process import ManagedProcess, ProcessRole
from installation.process.output_silencer import OutputSilencer
from installation.process.process_lifetime import StopFlag
from installation.process.spawned_process import SpawnedProcess
from installation.process.supervisor import Supervisor
from installation.process.workers import (
    PerformerWorker,
    StageWorker,
    preload_performer_modules,
    preload_stage_modules,
)
from installation.session.model_loading import load_model
from installation.session.options import PlayOptions
from messages.clock import SECOND, MonotonicClock

STAGE_SILENCE_TIMEOUT_NS = SECOND
"""Silence after which a stage counts as hung, ns: visitors see it freeze."""

log = logging.getLogger(__name__)


def run_with_stage(
    options: PlayOptions, stop: StopFlag, performer: SpawnedProcess, stage: SpawnedProcess
) -> str | None:
    """Play with a window where there is a display.

    Parameters
    ----------
    options : PlayOptions
    stop : StopFlag
        Set it to end.
    performer, stage : SpawnedProcess
        Processes that were spawned early before the settings were read.

    Returns
    -------
    str or None
        Reason why the piece could not be played, if so.

    Raises
    ------
    UnknownStyleError, CheckpointError, PortError, MidiUnavailable
        If there is no model to play, or no port that was asked for.
    """
    config, clock = options.config, MonotonicClock()
    if not config.midi.wait:
        from installation.session.devices import check_ports  # takes 0.1 s to import

        check_ports(config.midi)
    started_at = clock.now()
    ring = create_cue_ring(load_model(config.style))
    log.info("playing, seed %d", options.seed)
    stage_role = ProcessRole(
        "stage",
        StageWorker(options, ring.name, started_at),
        vital=False,
        silence_timeout_ns=STAGE_SILENCE_TIMEOUT_NS,
        preload=preload_stage_modules,
    )
    children = (
        managed_performer(options, ring.name, started_at, performer),
        ManagedProcess(stage_role, clock, stage),
    )
    status = open_status_file(options, started_at)
    try:
        return Supervisor(children, clock, stop, status).run()
    finally:
        if status is not None:
            status.close()
        ring.close()


def managed_performer(
    options: PlayOptions, ring_name: str, started_at: int, spare: SpawnedProcess | None = None
) -> ManagedProcess:
    """Make a performer whose MIDI outputs are silenced when it dies.

    Parameters
    ----------
    options : PlayOptions
    ring_name : str
        Name of the shared ring for the stage's messages.
    started_at : int
        Start of the piece, ns.
    spare : SpawnedProcess, optional

    Returns
    -------
    ManagedProcess
    """
    silencer = OutputSilencer(options.config.midi.output)
    Thread(target=silencer.open_outputs, name="output silencer", daemon=True).start()
    role = ProcessRole(
        "performer",
        PerformerWorker(options, ring_name, started_at),
        vital=True,
        on_death=silencer,
        preload=preload_performer_modules,
    )
    return ManagedProcess(role, MonotonicClock(), spare)


def open_status_file(options: PlayOptions, started_at: int) -> StatusFile | None:
    """Open the status file, if the settings name one.

    Parameters
    ----------
    options : PlayOptions
    started_at : int
        Start of the piece, ns.

    Returns
    -------
    StatusFile or None
    """
    path = options.config.log.status
    return StatusFile(Path(path), started_at) if path else None
