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
from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.inputs import MessageCallback, MidiInput, playable_input_names
from installation.io.midi.outputs import MidiOutput
from installation.io.midi.port_lister import MidiPortLister, MidiServerLost, port_lister_for
from installation.io.midi.reconnecting_output import ReconnectingOutput

POLL_INTERVAL_S = 1.0
"""Seconds between two looks at the ports."""
SKIPPED_POLLS_WITHOUT_MIDI = 5
"""Looks left out after one that found no MIDI system at all."""
POLL_JOIN_TIMEOUT_S = 2.0
"""Seconds to wait for a look that is under way when closing."""

PORT_OPEN_ERRORS = (OSError, ValueError, RuntimeError)
"""What rtmidi raises where a port is taken, or went between its name being read and now."""

_log = logging.getLogger(__name__)


class HotplugManager:
    """Opens the inputs and outputs that were asked for, whenever they are there.

    Parameters
    ----------
    inputs, outputs : sequence of str
        Names or parts of names (`midi.match_port`); no input means every one somebody may play.
    sink : callable
        Gets each `ReceivedMessage` of every input.
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
        sink: MessageCallback,
        load: Callable[[], Backend] = load_backend,
        now: Callable[[], int] = time.monotonic_ns,
        beats: MessageCallback | None = None,
    ) -> None:
        self.midi_lost = False
        self._echo_detector = EchoDetector()
        self.outputs = tuple(ReconnectingOutput(name, self._echo_detector, now) for name in outputs)
        self._requested_inputs = tuple(inputs)
        self._inputs: dict[str, MidiInput] = {}
        self._sink, self._load, self._now, self._beats = sink, load, now, beats
        self._backend: Backend | None = None
        self._port_lister: MidiPortLister | None = None
        self._polls_to_skip = 0
        self._failed: set[str] = set()
        self._stop = Event()
        self._thread = Thread(target=self._poll_loop, name="patchbay", daemon=True)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that are open."""
        return tuple(self._inputs)

    @property
    def dropped_count(self) -> int:
        """Messages the open inputs have dropped."""
        return sum(one.drop_counter.counts.total() for one in tuple(self._inputs.values()))

    def open(self) -> None:
        """Open what is there, and look again once a second."""
        self.poll_ports()
        for name in self.missing_ports():
            _log.warning("MIDI port %r is not there; waiting for it", name)
        self._thread.start()

    def missing_ports(self) -> list[str]:
        """Names that were asked for and have no port now."""
        free = list(self._inputs)
        lost = [socket.name for socket in self.outputs if socket.connected_port is None]
        return [name for name in self._requested_inputs if _pop_match(name, free) is None] + lost

    def poll_ports(self) -> None:
        """Let go of the ports that are gone, and take up those that have come."""
        try:
            inputs, outputs = self._read_port_names()
        except MidiServerLost as error:
            self._abandon_midi(error)
            return
        self._close_lost_ports(inputs, outputs)
        self._open_inputs(inputs)
        self._open_outputs(outputs)
        for one in self._inputs.values():
            one.run_maintenance()

    def close(self) -> None:
        """Close every port; takes no longer than their bounds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(POLL_JOIN_TIMEOUT_S)
        if self.midi_lost:
            return
        for one in tuple(self._inputs.values()):
            one.close()
        for socket in self.outputs:
            socket.close()

    def _poll_loop(self) -> None:
        while not self._stop.wait(POLL_INTERVAL_S):
            self.poll_ports()

    def _abandon_midi(self, error: MidiServerLost) -> None:
        """Let go of all keys; nothing else of MIDI is touched any more, not even closed."""
        if not self.midi_lost:
            _log.error("MIDI has died: %s", error)
            for one in self._inputs.values():
                one.release_all()
        self.midi_lost = True

    def _read_port_names(self) -> tuple[list[str], list[str]]:
        """Names of the inputs and outputs that are there; none where there is no MIDI.

        Raises
        ------
        MidiServerLost
        """
        if self._polls_to_skip:
            self._polls_to_skip -= 1
            return [], []
        try:
            if self._port_lister is None:
                self._backend = self._load()
                self._port_lister = port_lister_for(self._backend)
            names = self._port_lister.input_names(), self._port_lister.output_names()
        except MidiServerLost:
            raise
        except (MidiUnavailable, OSError) as error:
            self._log_failure_once("MIDI", error)
            self._port_lister, self._polls_to_skip = None, SKIPPED_POLLS_WITHOUT_MIDI
            return [], []
        self._failed.discard("MIDI")
        return names

    def _close_lost_ports(self, inputs: list[str], outputs: list[str]) -> None:
        for name in [name for name in self._inputs if name not in inputs]:
            _log.warning("MIDI input %s is gone; its keys are released", name)
            gone = self._inputs.pop(name)
            gone.release_all()
            gone.close()
        for socket in self.outputs:
            if socket.connected_port is not None and socket.connected_port not in outputs:
                _log.warning("MIDI output %s is gone", socket.connected_port)
                socket.disconnect()

    def _open_inputs(self, names: list[str]) -> None:
        for name in self._inputs_to_open(names):
            try:
                port = self._backend.open_input(name)
            except PORT_OPEN_ERRORS as error:
                self._log_failure_once(name, error)
                continue
            self._failed.discard(name)
            self._inputs[name] = MidiInput(
                port, self._sink, self._now, echo=self._echo_detector, beats=self._beats
            )
            _log.info("MIDI input %s", name)

    def _inputs_to_open(self, names: list[str]) -> list[str]:
        """The inputs to open now: those asked for, or all that may be played."""
        if not self._requested_inputs:
            return [name for name in playable_input_names(names) if name not in self._inputs]
        held, free = list(self._inputs), [name for name in names if name not in self._inputs]
        missing = [wanted for wanted in self._requested_inputs if _pop_match(wanted, held) is None]
        return [found for wanted in missing if (found := _pop_match(wanted, free)) is not None]

    def _open_outputs(self, names: list[str]) -> None:
        free = [name for name in names if name not in [one.connected_port for one in self.outputs]]
        for socket in self.outputs:
            if socket.connected_port is not None or (name := _pop_match(socket.name, free)) is None:
                continue
            try:
                port = self._backend.open_output(name)
            except PORT_OPEN_ERRORS as error:
                self._log_failure_once(name, error)
                continue
            self._failed.discard(name)
            socket.connect(MidiOutput(port))
            _log.info("MIDI output %s", name)

    def _log_failure_once(self, name: str, error: Exception) -> None:
        """Tell of a failure once, until it is over."""
        if name not in self._failed:
            self._failed.add(name)
            level = logging.DEBUG if name == "MIDI" else logging.WARNING
            _log.log(level, "%s cannot be opened yet: %s", name, error)


def _pop_match(wanted: str, free: list[str]) -> str | None:
    """The port meant by `wanted`, taken out of those that are free."""
    try:
        found = match_port(wanted, free, "port")
    except PortError:
        return None
    free.remove(found)
    return found
