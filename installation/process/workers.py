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
from installation.io.control.ableton_link import LinkUnavailable
from installation.io.control.osc import OscUnavailable
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.file_input import PlayAlongError
from installation.io.midi.outputs import TimedOutput, open_output
from installation.ops.logging_setup import set_up_logging
from installation.ops.metrics import FrameRate, Vitals, memory_in_use
from installation.process.control_pipe import Finished, Letter, Link, Lost, Opened, Unfit
from installation.process.display_wait import await_display
from installation.process.process_lifetime import LastWords, die_with_parent
from installation.process.shared_ring import Wire
from installation.session.blend_partners import MOST_STYLES, open_partners
from installation.session.live_session import Performance, open_model
from installation.session.options import OutputPathError, PlayOptions
from installation.thread_priority import make_way
from messages.clock import SECOND, MonotonicClock
from messages.cues import Message, StyleChange
from messages.wire_format import cue_size, pack, shares_size, unpack
from rnn.model.checkpoint import Checkpoint, CheckpointError
from rnn.styles import UnknownStyleError
from rnn.teaching.tune_learner import MOST_LAYERS, UNITS

SLOTS = 256
"""Messages the wire holds: half a minute of busy music."""
READY_AFTER = 170
"""Frames after which a stage has prepared all its scenes, and no frame may take long any more."""
NEXT_SEED = 1_000_003
"""A performer started again plays by a seed so much higher."""
UNFIT = (
    OutputPathError,
    UnknownStyleError,
    CheckpointError,
    PortError,
    MidiUnavailable,
    InstrumentError,
    PlayAlongError,
    OscUnavailable,
    LinkUnavailable,
)
"""Errors that starting again would not mend."""

log = logging.getLogger(__name__)


def create_wire(checkpoint: Checkpoint) -> Wire:
    """A wire for the cues of a network, and of a small one learned in a lesson."""
    sizes = checkpoint.network.sizes
    largest = (
        cue_size(sizes.layers, sizes.units),
        cue_size(MOST_LAYERS, UNITS),
        shares_size(MOST_STYLES, sizes.units),
    )
    return Wire.create(max(largest), SLOTS)


class WireSink(CueSink):
    """Puts the performer's messages on the wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def put(self, message: Message) -> None:
        self._wire.write(pack(message))


@dataclass(frozen=True, slots=True)
class Work(ABC):
    """What a child process runs.

    Parameters
    ----------
    options : PlayOptions
    wire : str
        Name of the wire that cues go on.
    begun : int
        When the first of its kind was to start, ns.
    """

    options: PlayOptions
    wire: str
    begun: int

    name = "child"

    def __call__(self, pipe: Connection, life: int = 0) -> None:
        """Do it until told to stop; `life` is how many did it before."""
        die_with_parent()
        set_up_logging(self.options.config.log)
        with LastWords(self.name):
            self.work(pipe, self._options(life), life)

    @abstractmethod
    def work(self, pipe: Connection, options: PlayOptions, life: int) -> None:
        """The work itself; `life` is how many did it before."""

    def _options(self, life: int) -> PlayOptions:
        """Those of a later life: what is left of the time, other music, other files."""
        options = self.options
        if not life:
            return options
        passed = (MonotonicClock().now() - self.begun) / SECOND
        left = None if options.seconds is None else max(0.1, options.seconds - passed)
        return replace(
            options,
            seed=options.seed + life * NEXT_SEED,
            seconds=left,
            record=_another(options.record, life),
            wav=_another(options.wav, life),
            play_along=None,
        )


def _another(path: Path | None, life: int) -> Path | None:
    return None if path is None else path.with_stem(f"{path.stem}-{life + 1}")


def prepare_performer() -> None:
    """Import what opens late: the libraries of ports and synth, as far as they are there."""
    for name in ("mido.backends.rtmidi", "pysfizz", "miniaudio"):
        with contextlib.suppress(ImportError, OSError):
            import_module(name)


def prepare_stage() -> None:
    """Import all that draws; what hinders it is told when it is the stage's turn."""
    with contextlib.suppress(ImportError):
        import_module("installation.process.stage_factory").prepare()


class PerformerWork(Work):
    """What the performer's process runs."""

    name = "performer"

    def work(self, pipe: Connection, options: PlayOptions, life: int) -> None:
        """Play until told to stop."""
        link, clock = Link(pipe), MonotonicClock()
        wire = Wire.attach(self.wire)
        WireSink(wire).put(StyleChange())  # if another before it played something else
        try:
            performance = Performance(options, WireSink(wire), clock)
        except UNFIT as error:
            link.send(Unfit(str(error)))
            return

        def take(letter: Letter) -> None:
            match letter:
                case Lost(at):
                    performance.let_go(at)
                case Opened(at):
                    performance.greet(at)
                case _:
                    performance.take(letter)

        def beat() -> None:
            link.beat(clock.now(), performance.vitals)
            if performance.dead:
                link.stop.set()

        link.open(take)
        try:
            performance.run(link.stop, beat)
        finally:
            performance.close()
            link.close()
            wire.close()
        performance.check()
        link.send(Finished())


class StageWork(Work):
    """What the stage's process runs."""

    name = "stage"

    def work(self, pipe: Connection, options: PlayOptions, life: int) -> None:
        """Show until told to stop."""
        from installation.process.stage_factory import (
            GarbageSweeper,
            NoDisplayError,
            open_stage,
            show_display,
        )

        make_way()
        link, clock, rate, frames = Link(pipe), MonotonicClock(), FrameRate(), 0
        wire = Wire.attach(self.wire)
        link.open(lambda letter: None)
        if life and not await_display(show_display, NoDisplayError, link, clock):
            return  # the one before had a display, so it may come back
        try:
            style = options.config.style
            checkpoint = open_model(style)
            stage = open_stage(
                options.config.stage,
                checkpoint,
                wire_reader(wire),
                link.send,
                partners=open_partners(style, checkpoint),
                sweeper=GarbageSweeper(),
            )
        except NoDisplayError as error:
            link.send(Unfit(f"no display ({error}): playing without a window"))
            return

        link.send(Opened(clock.now()))  # one before it may have shown another network

        def vitals() -> Vitals:
            return Vitals(memory_in_use(), frame_rate=rate.value, sync=stage.sync)

        try:
            while not link.stop.is_set():
                stage.frame()
                rate.tick(clock.now())
                frames += 1
                link.beat(clock.now(), vitals, ready=frames > READY_AFTER)
            if options.screenshot is not None:
                stage.save_screenshot(options.screenshot)
        finally:
            stage.close()
            link.close()
            wire.close()


def wire_reader(wire: Wire) -> Callable[[], list[Message]]:
    """Reads messages that came since the last call; one that cannot be read is left out."""

    def poll() -> list[Message]:
        messages = []
        for data in wire.read():
            try:
                messages.append(unpack(data))
            except ValueError as error:
                log.warning("left out a cue: %s", error)
        return messages

    return poll


class Quieten:
    """Ends all notes at the MIDI outputs whose performer died; the synth died with it.

    Parameters
    ----------
    names : sequence of str
        Of the outputs.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._ports: dict[str, TimedOutput] = {}

    def prepare(self) -> None:
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
