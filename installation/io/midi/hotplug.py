"""Hot-plug: MIDI ports are opened when they appear and closed when they are gone.

No MIDI system reports a pulled cable, so a thread reads the port names once a second. A port is
known by the stem of its name, since ALSA gives it another number each time it is plugged in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event, Thread

from mido.backends.backend import Backend
from mido.ports import BasePort

from installation.io.drop_counter import DropCounter
from installation.io.midi.backend import MidiUnavailable, PortError, load_backend, match_port
from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.inputs import (
    MessageCallback,
    MidiInput,
    ReceivedMessage,
    playable_input_names,
)
from installation.io.midi.outputs import MidiOutput, ReconnectingOutput, VoiceRouting
from installation.io.midi.port_lister import BackendPortLister, MidiServerLost, port_lister_for
from installation.ops.metrics import MidiStatus

POLL_INTERVAL_S = 1.0  # time between two readings of the port names, seconds
SKIPPED_POLLS_WITHOUT_MIDI = 5  # polls skipped after one that found no MIDI system
POLL_JOIN_TIMEOUT_S = 2.0  # longest wait for a running poll when closing, seconds

PORT_OPEN_ERRORS = (OSError, ValueError, RuntimeError)
"""rtmidi's errors where a port is taken, or went after its name was read."""
NAME_READING_ERRORS = (ValueError, RuntimeError, TypeError)
"""rtmidi's errors where a port went while the names were read."""

_log = logging.getLogger(__name__)


class HotplugManager:
    """Keeps the requested inputs and outputs open whenever they exist.

    Parameters
    ----------
    inputs : sequence of str or None
        Names or parts of names (`match_port`). If empty, all playable ones are opened; with None,
        no input is.
    outputs : sequence of str
        As for the inputs; none is opened if it is empty.
    sink : callable
        Gets each `ReceivedMessage` of every input.
    load : callable
        Returns the MIDI system; raises `MidiUnavailable`.
    now : callable
        The monotonic clock, ns.
    beats : callable, optional
        Gets the messages of MIDI clocks.
    routing : mapping of str to VoiceRouting, optional
        Voices of the outputs, with their channels and programs, by the names in `outputs`.
    controlled : sequence of str
        Names of outputs to which controllers are sent; one that is not in `outputs` gets no notes.
    silences_new_ports : bool
        Whether an output is silenced as it is connected.

    Attributes
    ----------
    outputs : tuple of ReconnectingOutput
        One for each requested output, in order, connected or not.
    outputs_by_name : dict of str to ReconnectingOutput
        Among them those for controllers alone.
    received_count : int
        Number of messages received at all inputs.
    midi_lost : bool
        Whether the MIDI system died under this process; only another process can use it again.
    """

    def __init__(
        self,
        inputs: Sequence[str] | None,
        outputs: Sequence[str],
        sink: MessageCallback,
        load: Callable[[], Backend] = load_backend,
        now: Callable[[], int] = time.monotonic_ns,
        beats: MessageCallback | None = None,
        routing: Mapping[str, VoiceRouting] | None = None,
        controlled: Sequence[str] = (),
        silences_new_ports: bool = True,
    ) -> None:
        self.midi_lost = False
        self._echo_detector = EchoDetector()
        self.outputs = tuple(
            ReconnectingOutput(
                name, self._echo_detector, now, (routing or {}).get(name), silences_new_ports
            )
            for name in outputs
        )
        self._all_outputs = (
            *self.outputs,
            *(
                ReconnectingOutput(
                    name, self._echo_detector, now, silences_new_ports=silences_new_ports
                )
                for name in dict.fromkeys(controlled)
                if name not in outputs
            ),
        )
        self.outputs_by_name = {output.name: output for output in self._all_outputs}
        self._requested_inputs = None if inputs is None else tuple(inputs)
        self._inputs: dict[str, MidiInput] = {}
        self._sink, self._load, self._now, self._beats = sink, load, now, beats
        self.received_count = 0
        self._port_lister: BackendPortLister | None = None
        self._polls_to_skip = 0
        self._failed: set[str] = set()
        self._drop_counter = DropCounter("MIDI hot-plug", now)
        self._stop = Event()
        self._thread = Thread(target=self._poll_loop, name="hot-plug", daemon=True)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the open inputs."""
        return tuple(self._inputs)

    @property
    def status(self) -> MidiStatus:
        """The ports as they are now."""
        connected = (output.connected_port for output in self._all_outputs)
        return MidiStatus(
            self.inputs,
            tuple(name for name in connected if name is not None),
            tuple(self.missing_ports()),
            self.received_count,
            self.midi_lost,
        )

    def open(self) -> None:
        """Open the existing ports, and poll from now on."""
        self.poll_ports()
        for name in self.missing_ports():
            _log.warning("MIDI port %r is not there; waiting for it", name)
        self._thread.start()

    def missing_ports(self) -> list[str]:
        """The requested names without an open port."""
        lost = [output.name for output in self._all_outputs if output.connected_port is None]
        return self._missing_inputs() + lost

    def poll_ports(self) -> None:
        """Close the ports that are gone, open the requested ones, and send note ends again."""
        try:
            names = self._read_port_names()
        except MidiServerLost as error:
            if not self.midi_lost:
                _log.error("MIDI has died: %s", error)
                for each in self._inputs.values():
                    each.end_lost()
            self.midi_lost = True  # and the dead system's ports are not even closed
            return
        if names is None:
            return
        inputs, outputs = names
        self._close_lost_ports(inputs, outputs)
        for name in self._inputs_to_open(inputs):
            self._open_input(name)
        self._connect_outputs(outputs)
        for output in self._all_outputs:
            output.repeat_note_ends()
        for each in self._inputs.values():
            each.run_maintenance()

    def close(self) -> None:
        """Close every port, in bounded time."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(POLL_JOIN_TIMEOUT_S)
        if not self.midi_lost:
            for port in (*tuple(self._inputs.values()), *self._all_outputs):
                port.close()

    def _poll_loop(self) -> None:
        while not self._stop.wait(POLL_INTERVAL_S):
            try:
                self.poll_ports()
            except Exception as error:  # noqa: BLE001 - ports are followed whatever fails once
                self._drop_counter.record_drop("polls", f"{type(error).__name__}: {error}")

    def _receive(self, received: ReceivedMessage) -> None:
        self.received_count += 1
        self._sink(received)

    def _read_port_names(self) -> tuple[list[str], list[str]] | None:
        """Names of the existing inputs and outputs; none where there is no MIDI system.

        None where a port went meanwhile: only the next reading tells which.
        """
        if self._polls_to_skip:
            self._polls_to_skip -= 1
            return [], []
        try:
            if self._port_lister is None:
                self._port_lister = port_lister_for(self._load())
            names = self._port_lister.input_names(), self._port_lister.output_names()
        except MidiServerLost:
            raise
        except (MidiUnavailable, OSError) as error:
            self._log_failure_once("MIDI", error, logging.DEBUG)
            self._port_lister, self._polls_to_skip = None, SKIPPED_POLLS_WITHOUT_MIDI
            return [], []
        except NAME_READING_ERRORS as error:
            _log.debug("the MIDI ports are read again: %s", error)
            return None
        self._failed.discard("MIDI")
        return names

    def _close_lost_ports(self, inputs: list[str], outputs: list[str]) -> None:
        for name in [name for name in self._inputs if name not in inputs]:
            _log.warning("MIDI input %s is gone; its keys are released", name)
            lost = self._inputs.pop(name)
            lost.end_lost()
            lost.close()
        for output in self._all_outputs:
            if output.connected_port is not None and output.connected_port not in outputs:
                _log.warning("MIDI output %s is gone", output.connected_port)
                output.disconnect()

    def _missing_inputs(self) -> list[str]:
        free, requested = list(self._inputs), self._requested_inputs or ()
        return [wanted for wanted in requested if _pop_match(wanted, free) is None]

    def _inputs_to_open(self, names: list[str]) -> Iterable[str]:
        if self._requested_inputs is None:
            return []
        free = [name for name in names if name not in self._inputs]
        if not self._requested_inputs:
            return playable_input_names(free)
        found = [_pop_match(wanted, free) for wanted in self._missing_inputs()]
        return [name for name in found if name is not None]

    def _open_input(self, name: str) -> None:
        if port := self._open_port(self._port_lister.backend.open_input, name):
            self._inputs[name] = MidiInput(
                port, self._receive, now=self._now, echo=self._echo_detector, beats=self._beats
            )
            _log.info("MIDI input %s", name)

    def _connect_outputs(self, names: list[str]) -> None:
        taken = [output.connected_port for output in self._all_outputs]
        free = [name for name in names if name not in taken]
        for output in self._all_outputs:
            if output.connected_port is not None or (name := _pop_match(output.name, free)) is None:
                continue
            if port := self._open_port(self._port_lister.backend.open_output, name):
                output.connect(MidiOutput(port))
                _log.info("MIDI output %s", name)

    def _open_port(self, open_port: Callable[[str], BasePort], name: str) -> BasePort | None:
        """The opened port; None where it cannot be opened yet."""
        try:
            port = open_port(name)
        except PORT_OPEN_ERRORS as error:
            self._log_failure_once(name, error, logging.WARNING)
            return None
        self._failed.discard(name)
        return port

    def _log_failure_once(self, name: str, error: Exception, level: int) -> None:
        """Log a failure the first time; again only after a success."""
        if name not in self._failed:
            self._failed.add(name)
            _log.log(level, "%s cannot be opened yet: %s", name, error)


def _pop_match(wanted: str, free: list[str]) -> str | None:
    """The port meant by `wanted`, removed from the free ones; None if there is none."""
    try:
        name = match_port(wanted, free, "port")
    except PortError:
        return None
    free.remove(name)
    return name
