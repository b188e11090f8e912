"""The patchbay: MIDI ports that come and go while the piece plays.

No MIDI system tells of a pulled cable, so the names of the ports are read once a second, on a
thread of its own. A port is known by its stem, since ALSA numbers it anew when it comes back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from mido.backends.backend import Backend

from installation.io.midi.backend import MidiUnavailable, PortError, load_backend, match_port
from installation.io.midi.input_filter import Echo
from installation.io.midi.inputs import MidiInput, Sink, playable_names
from installation.io.midi.outputs import MidiOutput
from installation.io.midi.port_lister import MidiDied, PortNames, port_names
from installation.io.midi.reconnecting_output import Socket

PERIOD = 1.0
"""Seconds between two looks at the ports."""
WITHOUT_MIDI = 5
"""Looks left out after one that found no MIDI system at all."""
PATIENCE = 2.0
"""Seconds to wait for a look that is under way when closing."""

CANNOT_OPEN = (OSError, ValueError, RuntimeError)
"""What rtmidi raises where a port is taken, or went between its name being read and now."""

_log = logging.getLogger(__name__)


class Patchbay:
    """Opens the inputs and outputs that were asked for, whenever they are there.

    Parameters
    ----------
    inputs, outputs : sequence of str
        Names or parts of names (`midi.match_port`); no input means every one somebody may play.
    sink : callable
        Gets each `Received` of every input.
    load : callable
        Finds the MIDI system; raises `MidiUnavailable`.
    now : callable
        The monotonic clock, ns.
    beats : callable, optional
        Gets what clocks send.

    Attributes
    ----------
    outputs : tuple of Socket
        One for each name, in order; there from the start, whatever is plugged in.
    dead : bool
        Whether the MIDI system has died under this process: only another process can use it again.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        outputs: Sequence[str],
        sink: Sink,
        load: Callable[[], Backend] = load_backend,
        now: Callable[[], int] = time.monotonic_ns,
        beats: Sink | None = None,
    ) -> None:
        self.dead = False
        self._echo = Echo()
        self.outputs = tuple(Socket(name, self._echo, now) for name in outputs)
        self._wanted = tuple(inputs)
        self._inputs: dict[str, MidiInput] = {}
        self._sink, self._load, self._now, self._beats = sink, load, now, beats
        self._backend: Backend | None = None
        self._ports: PortNames | None = None
        self._leave_out = 0
        self._failed: set[str] = set()
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="patchbay", daemon=True)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that are open."""
        return tuple(self._inputs)

    @property
    def dropped(self) -> int:
        """Messages the open inputs have dropped."""
        return sum(one.tally.counts.total() for one in tuple(self._inputs.values()))

    def open(self) -> None:
        """Open what is there, and look again once a second."""
        self.look()
        for name in self.missing():
            _log.warning("MIDI port %r is not there; waiting for it", name)
        self._thread.start()

    def missing(self) -> list[str]:
        """Names that were asked for and have no port now."""
        free = list(self._inputs)
        lost = [socket.name for socket in self.outputs if socket.plugged is None]
        return [name for name in self._wanted if _take(name, free) is None] + lost

    def look(self) -> None:
        """Let go of the ports that are gone, and take up those that have come."""
        try:
            inputs, outputs = self._names()
        except MidiDied as error:
            self._die(error)
            return
        self._lose(inputs, outputs)
        self._take_inputs(inputs)
        self._take_outputs(outputs)
        for one in self._inputs.values():
            one.look_after()

    def close(self) -> None:
        """Close every port; takes no longer than their bounds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        if self.dead:
            return
        for one in tuple(self._inputs.values()):
            one.close()
        for socket in self.outputs:
            socket.close()

    def _watch(self) -> None:
        while not self._stop.wait(PERIOD):
            self.look()

    def _die(self, error: MidiDied) -> None:
        """Let go of all keys; nothing else of MIDI is touched any more, not even closed."""
        if not self.dead:
            _log.error("MIDI has died: %s", error)
            for one in self._inputs.values():
                one.let_go()
        self.dead = True

    def _names(self) -> tuple[list[str], list[str]]:
        """Names of the inputs and outputs that are there; none where there is no MIDI.

        Raises
        ------
        MidiDied
        """
        if self._leave_out:
            self._leave_out -= 1
            return [], []
        try:
            if self._ports is None:
                self._backend = self._load()
                self._ports = port_names(self._backend)
            names = self._ports.inputs(), self._ports.outputs()
        except MidiDied:
            raise
        except (MidiUnavailable, OSError) as error:
            self._fail("MIDI", error)
            self._ports, self._leave_out = None, WITHOUT_MIDI
            return [], []
        self._failed.discard("MIDI")
        return names

    def _lose(self, inputs: list[str], outputs: list[str]) -> None:
        for name in [name for name in self._inputs if name not in inputs]:
            _log.warning("MIDI input %s is gone; its keys are released", name)
            gone = self._inputs.pop(name)
            gone.let_go()
            gone.close()
        for socket in self.outputs:
            if socket.plugged is not None and socket.plugged not in outputs:
                _log.warning("MIDI output %s is gone", socket.plugged)
                socket.unplug()

    def _take_inputs(self, names: list[str]) -> None:
        for name in self._choose(names):
            try:
                port = self._backend.open_input(name)
            except CANNOT_OPEN as error:
                self._fail(name, error)
                continue
            self._failed.discard(name)
            self._inputs[name] = MidiInput(
                port, self._sink, self._now, echo=self._echo, beats=self._beats
            )
            _log.info("MIDI input %s", name)

    def _choose(self, names: list[str]) -> list[str]:
        """The inputs to open now: those asked for, or all that may be played."""
        if not self._wanted:
            return [name for name in playable_names(names) if name not in self._inputs]
        held, free = list(self._inputs), [name for name in names if name not in self._inputs]
        missing = [wanted for wanted in self._wanted if _take(wanted, held) is None]
        return [found for wanted in missing if (found := _take(wanted, free)) is not None]

    def _take_outputs(self, names: list[str]) -> None:
        free = [name for name in names if name not in [one.plugged for one in self.outputs]]
        for socket in self.outputs:
            if socket.plugged is not None or (name := _take(socket.name, free)) is None:
                continue
            try:
                port = self._backend.open_output(name)
            except CANNOT_OPEN as error:
                self._fail(name, error)
                continue
            self._failed.discard(name)
            socket.plug(MidiOutput(port))
            _log.info("MIDI output %s", name)

    def _fail(self, name: str, error: Exception) -> None:
        """Tell of a failure once, until it is over."""
        if name not in self._failed:
            self._failed.add(name)
            level = logging.DEBUG if name == "MIDI" else logging.WARNING
            _log.log(level, "%s cannot be opened yet: %s", name, error)


def _take(wanted: str, free: list[str]) -> str | None:
    """The port meant by `wanted`, taken out of those that are free."""
    try:
        found = match_port(wanted, free, "port")
    except PortError:
        return None
    free.remove(found)
    return found
