"""The work of the child processes, in a form that travels to them.

The supervisor imports this module, so the modules that a worker needs are imported in the child.
"""

from __future__ import annotations

import contextlib
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING, ClassVar

from installation.process.control_pipe import ControlPipe, PipeMessage, SilenceRequest
from installation.process.gesture_channel import GestureChannel, create_gesture_ring
from installation.process.process_lifetime import exit_at_once, fatal_errors_logged
from installation.process.shared_ring import SharedRing
from installation.process.spawned_process import SpawnedProcess
from messages.clock import SECOND, MonotonicClock

if TYPE_CHECKING:  # the settings take a tenth of a second to import; the first spawn does not wait
    from installation.session.options import PlayOptions

SILENCER_POLL_INTERVAL_S = 0.1  # longest wait of the silencer for an order, seconds


@dataclass(frozen=True, slots=True)
class ProcessWorker(ABC):
    """The work of one role.

    Parameters
    ----------
    options : PlayOptions
    ring_name : str
        Name of the shared ring for the stage's messages.
    first_started_at : int
        Start of the role's first process, ns.
    """

    options: PlayOptions
    ring_name: str
    first_started_at: int

    name: ClassVar[str] = "worker"

    def __call__(self, control_pipe: ControlPipe, restart_count: int) -> None:
        """Work until told to stop."""
        from installation.ops.logging_setup import set_up_worker_logging

        set_up_worker_logging(self.options.config.log)
        passed_s = (MonotonicClock().now() - self.first_started_at) / SECOND
        options = self.options.after_restarts(restart_count, passed_s)
        with fatal_errors_logged(self.name):
            self.run(control_pipe, options, restart_count)

    @abstractmethod
    def run(self, control_pipe: ControlPipe, options: PlayOptions, restart_count: int) -> None:
        """Do the work itself."""


class PerformerWorker(ProcessWorker):
    """Plays the music."""

    name: ClassVar[str] = "performer"

    def run(self, control_pipe: ControlPipe, options: PlayOptions, restart_count: int) -> None:
        from installation.process.performer_process import run_performer

        run_performer(control_pipe, options, self.ring_name, restart_count)


@dataclass(frozen=True, slots=True)
class StageWorker(ProcessWorker):
    """Shows the stage in a window."""

    picture_ring_name: str = ""  # shared ring for small copies of the picture, if wanted
    name: ClassVar[str] = "stage"

    def run(self, control_pipe: ControlPipe, options: PlayOptions, restart_count: int) -> None:
        from installation.process.stage_process import run_stage

        run_stage(control_pipe, options, self.ring_name, restart_count, self.picture_ring_name)


@dataclass(frozen=True, slots=True)
class SilencerWorker:
    """Ends all notes at the MIDI outputs when the supervisor asks for it.

    Parameters
    ----------
    output_names : tuple of str
    """

    output_names: tuple[str, ...]

    def __call__(self, control_pipe: ControlPipe, restart_count: int) -> None:
        """Work until told to stop, or until MIDI is lost: another process can use it again."""
        # the performer tells the same of the same ports
        logging.getLogger("installation.io.midi").setLevel(logging.CRITICAL)
        with fatal_errors_logged("silencer"):
            self._run(control_pipe)
        exit_at_once()  # a MIDI library whose server is gone may never let the interpreter end

    def _run(self, control_pipe: ControlPipe) -> None:
        from installation.io.midi.output_silencer import OutputSilencer

        requested, clock = Event(), MonotonicClock()

        def take(message: PipeMessage) -> None:
            if isinstance(message, SilenceRequest):
                requested.set()

        silencer = OutputSilencer(self.output_names)
        control_pipe.open(take)
        control_pipe.send_heartbeat(clock.now(), ready=False)  # opening may never return
        silencer.open()
        while requested.is_set() or not (control_pipe.stop.is_set() or silencer.midi_lost):
            control_pipe.send_heartbeat(clock.now())
            if requested.wait(SILENCER_POLL_INTERVAL_S):
                requested.clear()
                silencer.silence()


@dataclass(frozen=True, slots=True)
class SpawnedChildren:
    """A performer and a stage that import their modules, before the settings are known.

    Parameters
    ----------
    performer, stage : SpawnedProcess
    gesture_ring : SharedRing
    gestures : GestureChannel
        Over that ring, from the stage to the performer.
    """

    performer: SpawnedProcess
    stage: SpawnedProcess
    gesture_ring: SharedRing
    gestures: GestureChannel

    @classmethod
    def spawn(cls) -> SpawnedChildren:
        """Start both processes, the one that takes longer first.

        Raises
        ------
        SharedMemoryError
            If there is not enough for the gestures of the stage.
        """
        ring = create_gesture_ring()
        gestures = GestureChannel.over(ring)
        stage = SpawnedProcess.spawn("stage", preload_stage_modules, gestures)
        performer = SpawnedProcess.spawn("performer", preload_performer_modules, gestures)
        return cls(performer, stage, ring, gestures)

    def close(self) -> None:
        """Kill what is left of both, and free the ring."""
        self.performer.kill()
        self.stage.kill()
        self.gesture_ring.close()


def preload_performer_modules() -> None:
    """Import what a performer needs, and the libraries of ports and synth where installed."""
    for name in (
        "installation.process.performer_process",
        "mido.backends.rtmidi",
        "pysfizz",
        "miniaudio",
    ):
        with contextlib.suppress(ImportError, OSError):
            import_module(name)


def preload_stage_modules() -> None:
    """Import what a stage needs; a missing library is reported when the work starts."""
    with contextlib.suppress(ImportError):
        import_module("installation.session.stage_factory").preload_modules()
        import_module("installation.process.stage_process")
        import_module("messages.wire_format")
