"""The handling of Ctrl-C: the first one loses no work, the second one ends at once."""

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
        It is asked to stop by the first Ctrl-C.

    Attributes
    ----------
    interrupted : bool
        Whether Ctrl-C was pressed.
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
