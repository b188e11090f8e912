"""The handling of Ctrl-C: a first one that loses nothing, and a second one that ends at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType


class InterruptHandler:
    """Handles Ctrl-C within a `with`: the first requests a stop, the second raises.

    Parameters
    ----------
    stop : callable
        Called at the first one, inside the signal handler: it may only set plain attributes.

    Attributes
    ----------
    interrupted : bool
        Whether there was a Ctrl-C.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.interrupted = False

    def __enter__(self) -> InterruptHandler:
        self._before = signal.signal(signal.SIGINT, self._on_first_interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _on_first_interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        self._stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)
