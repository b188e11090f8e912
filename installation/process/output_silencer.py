"""The end of all notes at the MIDI outputs of a performer that died."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Sequence

from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.outputs import TimedOutput, open_output

log = logging.getLogger(__name__)


class OutputSilencer:
    """Ends all notes at the MIDI outputs; the embedded synth ends with its performer.

    Parameters
    ----------
    names : sequence of str
        Names of the outputs.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._ports: dict[str, TimedOutput] = {}

    def open_outputs(self) -> None:
        """Open the outputs in advance: opening takes seconds on a busy machine.

        Not on Windows, where an output belongs to the process that opened it first.
        """
        if os.name == "nt":
            return
        for name in self._names:
            with contextlib.suppress(PortError, MidiUnavailable, OSError):
                self._ports[name] = open_output(name)

    def __call__(self) -> None:
        """Send all-notes-off on every channel of each output, which stays open."""
        for name in self._names:
            try:
                port = self._ports.get(name) or open_output(name)
                port.silence()
            except (PortError, MidiUnavailable, OSError) as error:
                log.warning("cannot silence %s: %s", name, error)
                self._ports.pop(name, None)
            else:
                self._ports[name] = port
