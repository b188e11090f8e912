"""The end of all notes at the MIDI outputs of a performer that died."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # ports take 0.1 s to import: not before the first picture
    from installation.io.midi.outputs import TimedOutput

log = logging.getLogger(__name__)


class OutputSilencer:
    """Ends all notes at the MIDI outputs; the embedded synth ends with its performer."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._ports: dict[str, TimedOutput] = {}

    def open_outputs(self) -> None:
        """Open the outputs in advance: opening takes seconds on a busy machine.

        Not on Windows, where an output belongs to the process that opened it first.
        """
        if os.name != "nt":
            self._open_missing(logging.DEBUG)

    def __call__(self) -> None:
        """Send all-notes-off on every channel of each output, which stays open."""
        self._open_missing(logging.WARNING)
        for name, port in list(self._ports.items()):
            try:
                port.silence()
            except OSError as error:
                log.warning("cannot silence %s: %s", name, error)
                self._ports.pop(name, None)

    def _open_missing(self, level: int) -> None:
        from installation.io.midi.backend import MidiUnavailable, PortError
        from installation.io.midi.outputs import open_output

        for name in self._names:
            try:
                if name not in self._ports:
                    self._ports[name] = open_output(name)
            except (PortError, MidiUnavailable, OSError) as error:
                log.log(level, "cannot open %s to silence it: %s", name, error)
