"""The two children of the supervisor: what the performer's and the stage's process run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from installation.gear.instruments import InstrumentError
from installation.gear.midi import MidiUnavailable, PortError
from installation.gear.outputs import open_output
from installation.house.link import Finished, Letter, Link, Lost, Unfit
from installation.house.logs import set_up_logging
from installation.house.options import OutputPathError, PlayOptions
from installation.house.performance import Performance, open_model
from installation.house.wire import Wire
from installation.live.clock import MonotonicClock
from installation.live.sinks import CueSink
from rnn.checkpoint import Checkpoint, CheckpointError
from rnn.styles import UnknownStyleError
from visuals.cues import Message, cue_size, pack, unpack

SLOTS = 256
"""Messages the wire holds: half a minute of busy music."""
UNFIT = (
    OutputPathError,
    UnknownStyleError,
    CheckpointError,
    PortError,
    MidiUnavailable,
    InstrumentError,
)
"""Errors that starting again would not mend."""

log = logging.getLogger(__name__)


def create_wire(checkpoint: Checkpoint) -> Wire:
    """A wire for the cues of a network."""
    sizes = checkpoint.network.sizes
    return Wire.create(cue_size(sizes.layers, sizes.units), SLOTS)


class WireSink(CueSink):
    """Puts the performer's messages on the wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def put(self, message: Message) -> None:
        self._wire.write(pack(message))


@dataclass(frozen=True, slots=True)
class PerformerWork:
    """What the performer's process runs.

    Parameters
    ----------
    options : PlayOptions
    wire : str
        Name of the wire that cues go on.
    """

    options: PlayOptions
    wire: str

    def __call__(self, pipe: Connection) -> None:
        """Play until told to stop."""
        set_up_logging(self.options.config.log)
        link, clock = Link(pipe), MonotonicClock()
        wire = Wire.attach(self.wire)
        try:
            performance = Performance(self.options, WireSink(wire), clock)
        except UNFIT as error:
            link.send(Unfit(str(error)))
            return

        def take(letter: Letter) -> None:
            if isinstance(letter, Lost):
                performance.let_go(letter.at)
            else:
                performance.take(letter)

        link.open(take)
        try:
            performance.run(link.stop, lambda: link.beat(clock.now()))
        finally:
            performance.close()
            link.close()
            wire.close()
        link.send(Finished())


@dataclass(frozen=True, slots=True)
class StageWork:
    """What the stage's process runs.

    Parameters
    ----------
    options : PlayOptions
    wire : str
        Name of the wire that cues come from.
    """

    options: PlayOptions
    wire: str

    def __call__(self, pipe: Connection) -> None:
        """Show until told to stop."""
        from installation.house.showing import NoDisplayError, open_stage

        set_up_logging(self.options.config.log)
        link, clock = Link(pipe), MonotonicClock()
        wire = Wire.attach(self.wire)
        link.open(lambda letter: None)
        config = self.options.config
        try:
            checkpoint = open_model(config.style)
            stage = open_stage(config.stage, checkpoint, _reader(wire), link.send)
        except NoDisplayError as error:
            link.send(Unfit(f"no display ({error}): playing without a window"))
            return
        try:
            while not link.stop.is_set():
                stage.frame()
                link.beat(clock.now())
            if self.options.screenshot is not None:
                stage.save_screenshot(self.options.screenshot)
        finally:
            stage.close()
            link.close()
            wire.close()


def _reader(wire: Wire) -> Callable[[], list[Message]]:
    """Messages that came since the last call; one that cannot be read is left out."""

    def poll() -> list[Message]:
        messages = []
        for data in wire.read():
            try:
                messages.append(unpack(data))
            except ValueError as error:
                log.warning("left out a cue: %s", error)
        return messages

    return poll


@dataclass(frozen=True, slots=True)
class Quieten:
    """Ends all notes at a MIDI output whose performer died."""

    name: str

    def __call__(self) -> None:
        """Send all-notes-off on every channel."""
        if not self.name:
            return  # the embedded synth died with its process
        try:
            port = open_output(self.name)
        except (PortError, MidiUnavailable) as error:
            log.warning("cannot silence %s: %s", self.name, error)
            return
        port.silence()
        port.close()
