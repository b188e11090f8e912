"""A run with a window: the supervisor, the performer and the stage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from installation.config import MidiSettings
from installation.evolution.evolution_job import EvolutionJob, default_command
from installation.evolution.liked_motifs import MotifTeller
from installation.io.control.control_messages import ControlMessage
from installation.kiosk.cover import CoverKeeper
from installation.kiosk.display_power import find_display_power
from installation.kiosk.house_keeper import HouseKeeper
from installation.kiosk.house_rules import HouseRules
from installation.kiosk.loopback import DeviceLoopbackInput
from installation.kiosk.notifier import find_notifier
from installation.kiosk.watchdog import ExhibitWatchdog
from installation.ops.house_state import HouseState
from installation.ops.machine_status import MachineProbe
from installation.ops.service_folder import service_path
from installation.ops.status_file import SERVICE_STATUS_PATH, StatusFile
from installation.ops.wall_clock import SystemWallClock
from installation.process.control_pipe import ProcessTarget
from installation.process.managed_process import ManagedProcess, ProcessRole
from installation.process.picture_channel import create_picture_ring
from installation.process.process_lifetime import StopFlag
from installation.process.shared_ring import SharedRing
from installation.process.supervisor import HealthObserver, Supervisor
from installation.process.workers import (
    PerformerWorker,
    SilencerWorker,
    SpawnedChildren,
    StageWorker,
    preload_performer_modules,
    preload_stage_modules,
)
from installation.session.options import PlayOptions
from messages.clock import SECOND, MonotonicClock
from messages.crowd import LikedMotifs
from messages.training import TrainingStatus

STAGE_SILENCE_TIMEOUT_NS = 4 * SECOND // 5
"""Silence after which a stage counts as hung, ns: visitors see it freeze."""
CUE_RING_SLOTS = 128
"""Slots of the ring for messages to the stage: a quarter of a minute of busy music."""
CUE_SLOT_BYTES = 1 << 18
"""Bytes of a slot: the cue of a model of 8 layers of 2,700 units, which no live step could play.

A constant, so that the supervisor need not load the model.
"""
SILENCER_DELAY_NS = 3 * SECOND // 2
"""Time after the start at which the silencer starts, ns: it takes none from the start."""

log = logging.getLogger(__name__)
WebRoleMaker = Callable[[PlayOptions, str, str, int], ProcessRole]
"""Makes the role of the web process of options, the names of the rings for the stage's messages and
for copies of the picture, and the time now, ns."""


def create_cue_ring() -> SharedRing:
    """Create the ring for messages from the performer to the stage."""
    return SharedRing.create(CUE_SLOT_BYTES, CUE_RING_SLOTS)


def run_with_stage(
    options: PlayOptions,
    stop: StopFlag,
    children: SpawnedChildren,
    create_web_role: WebRoleMaker | None = None,
) -> str | None:
    """Play with a window where there is a display.

    Parameters
    ----------
    options : PlayOptions
    stop : StopFlag
        Set it to end.
    children : SpawnedChildren
        Spawned before the settings were read.
    create_web_role : WebRoleMaker, optional

    Returns
    -------
    str or None
        Reason why the piece could not be played, if so.

    Raises
    ------
    SharedMemoryError
        If there is not enough for the messages to the stage.
    """
    clock = MonotonicClock()
    started_at, ring = clock.now(), create_cue_ring()
    pictures = create_picture_ring() if create_web_role is not None else None
    picture_ring_name = "" if pictures is None else pictures.name
    log.info("playing, seed %d", options.seed)
    stage_role = ProcessRole(
        "stage",
        StageWorker(options, ring.name, started_at, picture_ring_name),
        vital=False,
        silence_timeout_ns=STAGE_SILENCE_TIMEOUT_NS,
        preload=preload_stage_modules,
        gestures=children.gestures,
    )
    performer = managed_performer(options, ring.name, started_at, children)
    managed = [performer, ManagedProcess(stage_role, clock, children.stage)]
    if create_web_role is not None:
        web_role = create_web_role(options, ring.name, picture_ring_name, started_at)
        managed.append(ManagedProcess(web_role, clock))

    def work_of_set(name: str) -> dict[str, ProcessTarget]:
        chosen = options.with_set(name)
        return {
            "performer": PerformerWorker(chosen, ring.name, started_at),
            "stage": StageWorker(chosen, ring.name, started_at, picture_ring_name),
        }

    try:
        observers = open_observers(options, started_at, stop, managed)
        silencer = managed_silencer(options.config.midi)
        return Supervisor(managed, clock, stop, observers, work_of_set, silencer).run()
    finally:
        for each in (ring, pictures):
            if each is not None:
                each.close()


def open_observers(
    options: PlayOptions, started_at: int, stop: StopFlag, managed: Sequence[ManagedProcess] = ()
) -> list[HealthObserver]:
    """What learns of the health: the status file, systemd's watchdog, the keeper of the hours."""
    notifier, observers = find_notifier(), list[HealthObserver]()
    status = open_status_file(options, started_at)
    if status is not None:
        observers.append(status)
    if notifier is not None:
        observers.append(ExhibitWatchdog(notifier))
    if options.config.kiosk.enabled and managed:
        observers.append(_create_house_keeper(options, stop, managed, status))
        observers.append(CoverKeeper())
    if options.config.evolution.enabled and managed:

        def tell(message: TrainingStatus | LikedMotifs) -> None:
            for child in managed:
                child.send(message)

        observers.append(
            EvolutionJob(options.config_of_set, SystemWallClock(), default_command(), tell)
        )
        observers.append(MotifTeller(Path(options.config.recording.folder), tell))
    return observers


def _create_house_keeper(
    options: PlayOptions,
    stop: StopFlag,
    managed: Sequence[ManagedProcess],
    status: StatusFile | None,
) -> HouseKeeper:
    kiosk = options.config.kiosk
    of_piece = [child for child in managed if not child.role.is_watcher]
    watchers = [child for child in managed if child.role.is_watcher]

    def tell_rules(rules: HouseRules) -> None:
        for child in of_piece:
            child.tell(rules)

    def check_sound() -> None:
        for child in of_piece:
            child.send(ControlMessage("sound_check", (), MonotonicClock().now()))

    def restart() -> None:
        if find_notifier() is not None:
            stop.set()  # systemd starts all of it again
            return
        for child in of_piece:
            child.end_on_request()

    def tell_state(state: HouseState) -> None:
        if status is not None:
            status.house = state
        for child in watchers:
            child.send(state)

    return HouseKeeper(
        kiosk,
        SystemWallClock(),
        tell_rules,
        tell_state,
        restart,
        MachineProbe(Path(options.config.recording.folder)),
        check_sound,
        find_display_power(),
        DeviceLoopbackInput(kiosk.loopback) if kiosk.loopback else None,
    )


def managed_performer(
    options: PlayOptions, ring_name: str, started_at: int, children: SpawnedChildren | None = None
) -> ManagedProcess:
    """The performer, for a run with a stage or without."""
    role = ProcessRole(
        "performer",
        PerformerWorker(options, ring_name, started_at),
        vital=True,
        preload=preload_performer_modules,
        gestures=children and children.gestures,
    )
    return ManagedProcess(role, MonotonicClock(), children and children.performer)


def managed_silencer(midi: MidiSettings) -> ManagedProcess | None:
    """The process that ends all notes when the performer dies; None without a MIDI output.

    The embedded synth ends with its performer.
    """
    if not midi.all_outputs:
        return None
    clock = MonotonicClock()
    worker = SilencerWorker(tuple(midi.all_outputs))
    role = ProcessRole("silencer", worker, vital=False, has_spare=False, is_watcher=True)
    silencer = ManagedProcess(role, clock)
    silencer.restart_at = clock.now() + SILENCER_DELAY_NS
    return silencer


def open_status_file(options: PlayOptions, started_at: int) -> StatusFile | None:
    """Open the status file, if the settings name one."""
    configured, folder = options.config.log.status, Path(options.config.recording.folder)
    path = Path(configured) if configured else service_path(SERVICE_STATUS_PATH.name)
    return None if path is None else StatusFile(path, started_at, MachineProbe(folder))
