"""The handling of Ctrl-C: a first one that loses nothing, and a second one that ends at once."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Protocol


class Stoppable(Protocol):
    """Work that ends soon after its plain attribute `stop_requested` is set."""

    stop_requested: bool


class InterruptHandler:
    """Handles Ctrl-C within a `with`: the first requests a stop, the second raises.

    Parameters
    ----------
    work : Stoppable
        What the first one stops.

    Attributes
    ----------
    interrupted : bool
        Whether there was one.
    """

    def __init__(self, work: Stoppable) -> None:
        self._work = work
        self.interrupted = False

    def __enter__(self) -> InterruptHandler:
        self._before = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        self._work.stop_requested = True
