"""The two children of the supervisor: what the performer's and the stage's process run."""

from __future__ import annotations

import contextlib
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from installation.engine.interfaces import CueSink
from installation.io.audio.instruments import InstrumentError
from installation.io.control.ableton_link import AbletonLinkUnavailable
from installation.io.control.osc import OscUnavailable
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.file_input import MidiFileInputError
from installation.io.midi.outputs import TimedOutput, open_output
from installation.ops.logging_setup import set_up_logging
from installation.ops.metrics import FrameRateMeter, ProcessMetrics, resident_memory_bytes
from installation.process.control_pipe import (
    ControlPipe,
    PipeMessage,
    StageLost,
    StageOpened,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.display_wait import await_display
from installation.process.gesture_channel import (
    GestureChannel,
    GestureReceiver,
    GestureSender,
)
from installation.process.process_lifetime import ProcessErrorLogger, die_with_parent
from installation.process.shared_ring import SharedRing
from installation.session.blend_partners import MAX_STYLES, load_blend_partners
from installation.session.live_session import LiveSession, load_model
from installation.session.options import OutputPathError, PlayOptions
from installation.thread_priority import use_batch_unless_realtime
from messages.clock import SECOND, MonotonicClock
from messages.cues import ModelChange, StageMessage
from messages.wire_format import contributions_size, cue_size, pack, unpack
from rnn.model.checkpoint import Checkpoint, CheckpointError
from rnn.styles import UnknownStyleError
from rnn.teaching.tune_learner import MAX_LAYERS, UNITS_PER_LAYER

CUE_RING_SLOTS = 256
"""Messages the wire holds: half a minute of busy music."""
WARM_UP_FRAMES = 170
"""Frames after which a stage has prepared all its scenes, and no frame may take long any more."""
RESTART_SEED_STEP = 1_000_003
"""A performer started again plays by a seed so much higher."""
UNRECOVERABLE_ERRORS = (
    OutputPathError,
    UnknownStyleError,
    CheckpointError,
    PortError,
    MidiUnavailable,
    InstrumentError,
    MidiFileInputError,
    OscUnavailable,
    AbletonLinkUnavailable,
)
"""Errors that starting again would not mend."""

log = logging.getLogger(__name__)


def create_cue_ring(checkpoint: Checkpoint) -> SharedRing:
    """A wire for the cues of a network, and of a small one learned in a lesson."""
    sizes = checkpoint.network.sizes
    largest = (
        cue_size(sizes.layers, sizes.units),
        cue_size(MAX_LAYERS, UNITS_PER_LAYER),
        contributions_size(MAX_STYLES, sizes.units),
    )
    return SharedRing.create(max(largest), CUE_RING_SLOTS)


class RingCueSink(CueSink):
    """Puts the performer's messages on the wire."""

    def __init__(self, wire: SharedRing) -> None:
        self._ring = wire

    def send_message(self, message: StageMessage) -> None:
        self._ring.write(pack(message))


@dataclass(frozen=True, slots=True)
class ProcessWorker(ABC):
    """What a child process runs.

    Parameters
    ----------
    options : PlayOptions
    wire : str
        Name of the wire that cues go on.
    begun : int
        When the first of its kind was to start, ns.
    gestures : GestureChannel, optional
        The way of gestures from the stage to the performer; none without a stage.
    """

    options: PlayOptions
    ring_name: str
    first_started_at: int
    gestures: GestureChannel | None = None

    name = "child"

    def __call__(self, pipe: Connection, life: int = 0) -> None:
        """Do it until told to stop; `life` is how many did it before."""
        die_with_parent()
        set_up_logging(self.options.config.log)
        with ProcessErrorLogger(self.name):
            self.run(pipe, self._options_after_restarts(life), life)

    @abstractmethod
    def run(self, pipe: Connection, options: PlayOptions, life: int) -> None:
        """The work itself; `life` is how many did it before."""

    def _options_after_restarts(self, life: int) -> PlayOptions:
        """Those of a later life: what is left of the time, other music, other files."""
        options = self.options
        if not life:
            return options
        passed = (MonotonicClock().now() - self.first_started_at) / SECOND
        left = None if options.seconds is None else max(0.1, options.seconds - passed)
        return replace(
            options,
            seed=options.seed + life * RESTART_SEED_STEP,
            seconds=left,
            record=_numbered_path(options.record, life),
            wav=_numbered_path(options.wav, life),
            play_along=None,
        )


def _numbered_path(path: Path | None, life: int) -> Path | None:
    return None if path is None else path.with_stem(f"{path.stem}-{life + 1}")


def preload_performer_modules() -> None:
    """Import what opens late: the libraries of ports and synth, as far as they are there."""
    for name in ("mido.backends.rtmidi", "pysfizz", "miniaudio"):
        with contextlib.suppress(ImportError, OSError):
            import_module(name)


def preload_stage_modules() -> None:
    """Import all that draws; what hinders it is told when it is the stage's turn."""
    with contextlib.suppress(ImportError):
        import_module("installation.process.stage_factory").preload_modules()


class PerformerWorker(ProcessWorker):
    """What the performer's process runs."""

    name = "performer"

    def run(self, pipe: Connection, options: PlayOptions, life: int) -> None:
        """Play until told to stop."""
        link, clock = ControlPipe(pipe), MonotonicClock()
        wire = SharedRing.attach(self.ring_name)
        RingCueSink(wire).send_message(ModelChange())  # if another before it played something else
        try:
            performance = LiveSession(options, RingCueSink(wire), clock)
        except UNRECOVERABLE_ERRORS as error:
            link.send(UnrecoverableFailure(str(error)))
            return

        def take(letter: PipeMessage) -> None:
            match letter:
                case StageLost(at) if receiver is not None:
                    receiver.release_window_input(at)
                case StageOpened(at):
                    performance.request_model_announcement(at)

        def beat() -> None:
            link.send_heartbeat(clock.now(), performance.collect_metrics)
            if performance.midi_dead:
                link.stop.set()

        receiver = None
        if self.gestures is not None:
            receiver = GestureReceiver(self.gestures, performance, clock.now)
            receiver.start()
        link.open(take)
        try:
            performance.run(link.stop, beat)
        finally:
            link.close()
            if receiver is not None:
                receiver.close()
            performance.close()
            wire.close()
        performance.raise_if_midi_dead()
        link.send(WorkFinished())


class StageWorker(ProcessWorker):
    """What the stage's process runs."""

    name = "stage"

    def run(self, pipe: Connection, options: PlayOptions, life: int) -> None:
        """Show until told to stop."""
        from installation.process.stage_factory import (
            BetweenFramesGcPolicy,
            NoDisplayError,
            open_stage,
            require_display,
        )

        use_batch_unless_realtime()
        link, clock, rate, frames = ControlPipe(pipe), MonotonicClock(), FrameRateMeter(), 0
        wire = SharedRing.attach(self.ring_name)
        link.open(lambda letter: None)
        if self.gestures is None:
            raise ValueError("a stage needs a way for its gestures")
        if life and not await_display(require_display, NoDisplayError, link, clock):
            return  # the one before had a display, so it may come back
        try:
            style = options.config.style
            checkpoint = load_model(style)
            sender = GestureSender(self.gestures, link.send)
            stage = open_stage(
                options.config.stage,
                checkpoint,
                make_ring_reader(wire),
                sender.send,
                partners=load_blend_partners(style, checkpoint),
                gc_policy=BetweenFramesGcPolicy(),
            )
        except NoDisplayError as error:
            link.send(UnrecoverableFailure(f"no display ({error}): playing without a window"))
            return

        link.send(StageOpened(clock.now()))  # one before it may have shown another network

        def vitals() -> ProcessMetrics:
            return ProcessMetrics(
                resident_memory_bytes(), frame_rate=rate.frames_per_second, sync=stage.stage_timing
            )

        try:
            while not link.stop.is_set():
                stage.show_frame()
                rate.record_frame(clock.now())
                frames += 1
                link.send_heartbeat(clock.now(), vitals, ready=frames > WARM_UP_FRAMES)
            if options.screenshot is not None:
                stage.save_screenshot(options.screenshot)
        finally:
            stage.close()
            sender.close()
            link.close()
            wire.close()


def make_ring_reader(wire: SharedRing) -> Callable[[], list[StageMessage]]:
    """Reads messages that came since the last call; one that cannot be read is left out."""

    def poll() -> list[StageMessage]:
        messages = []
        for data in wire.read():
            try:
                messages.append(unpack(data))
            except ValueError as error:
                log.warning("left out a cue: %s", error)
        return messages

    return poll


class OutputSilencer:
    """Ends all notes at the MIDI outputs whose performer died; the synth died with it.

    Parameters
    ----------
    names : sequence of str
        Of the outputs.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._ports: dict[str, TimedOutput] = {}

    def open_outputs(self) -> None:
        """Open the outputs beforehand: opening takes seconds on a busy machine.

        Not on Windows, where an output belongs to whoever opened it first.
        """
        if os.name == "nt":
            return
        for name in self._names:
            with contextlib.suppress(PortError, MidiUnavailable, OSError):
                self._ports[name] = open_output(name)

    def __call__(self) -> None:
        """Send all-notes-off on every channel of each; it stays open for the next time."""
        for name in self._names:
            try:
                port = self._ports.get(name) or open_output(name)
                port.silence()
            except (PortError, MidiUnavailable, OSError) as error:
                log.warning("cannot silence %s: %s", name, error)
                self._ports.pop(name, None)
            else:
                self._ports[name] = port
