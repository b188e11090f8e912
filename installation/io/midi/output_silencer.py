"""Output silencer: ends all notes at the MIDI outputs once the process that played has died."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from mido.backends.backend import Backend

from installation.io.midi.backend import load_backend
from installation.io.midi.hotplug import HotplugManager
from installation.io.midi.inputs import ReceivedMessage

SILENCE_PAUSES_S = (0.05, 0.1, 0.15)
"""Pauses after which all-notes-off is sent again, seconds.

JACK loses all messages to an input in the cycles in which one of its senders has just died. The sum
is less than the time in which the next performer could play its first note.
"""
OUTPUTS_ARE_SHARED = os.name != "nt"
"""Whether several processes may hold an output: on Windows the first one has it alone."""


class OutputSilencer:
    """Keeps the outputs open, and ends all notes there when asked; the embedded synth is none.

    Parameters
    ----------
    names : sequence of str
        Names or parts of names of the outputs.
    load : callable
        Returns the MIDI system; raises `MidiUnavailable`.
    wait : callable
        Waits for so many seconds.
    """

    def __init__(
        self,
        names: Sequence[str],
        load: Callable[[], Backend] = load_backend,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._names, self._load, self._wait = tuple(names), load, wait
        self._ports: HotplugManager | None = None

    @property
    def midi_lost(self) -> bool:
        """Whether the MIDI system died under this process."""
        return self._ports is not None and self._ports.midi_lost

    def open(self) -> None:
        """Open the outputs in advance, as opening takes seconds on a busy machine; follow them."""
        if OUTPUTS_ARE_SHARED:
            self._open_ports()

    def silence(self) -> None:
        """Send all-notes-off on every channel of each output, several times."""
        ports = self._ports or self._open_ports()
        for pause_s in (0.0, *SILENCE_PAUSES_S):
            self._wait(pause_s)
            for output in ports.outputs:
                output.silence()
        if not OUTPUTS_ARE_SHARED:
            self.close()

    def close(self) -> None:
        """Close the outputs."""
        ports, self._ports = self._ports, None
        if ports is not None:
            ports.close()

    def _open_ports(self) -> HotplugManager:
        self._ports = HotplugManager(
            None, self._names, _ignore, self._load, silences_new_ports=False
        )
        self._ports.open()
        return self._ports


def _ignore(received: ReceivedMessage) -> None:
    """No input is open."""
